/** Mean maps of a whole set of images: at the first and the newest step, and by class. */

import { palette } from "../color.js";
import { h } from "../dom.js";
import { count, counted, short } from "../format.js";
import { painted } from "./overlay.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../overview.js").Means} Means
 * @typedef {import("../overview.js").MeansLeaf} MeansLeaf
 */

const MAP_SIDE = 104;
const CLASS_SIDE = 48;
/** Sizes have a hue that neither sign has. */
const GAMMA = 0.7;

/**
 * @param {MeansLeaf} leaf
 * @param {number} index Of a step.
 * @param {Float32Array} sizes
 * @returns {Float32Array}
 */
export function at({ shape }, index, sizes) {
  const width = shape.reduce((all, size) => all * size, 1);
  return sizes.subarray(index * width, (index + 1) * width);
}

/**
 * @param {MeansLeaf} leaf
 * @param {Float32Array} sizes
 * @param {Means} header
 * @returns {VNode}
 */
export function meanMaps(leaf, sizes, { steps, probes }) {
  const shown = [...new Set([0, steps.length - 1])];
  const limit = limitOf(shown.flatMap((i) => [...at(leaf, i, sizes)]));
  const name = (/** @type {number} */ i) =>
    `Mean size of the attribution over ${counted(probes[i], "probe")} at step ${count(steps[i])}`;
  return h(
    "div",
    { class: "mean-maps" },
    shown.map((i) =>
      h(
        "figure",
        { key: steps[i] },
        canvas(leaf, at(leaf, i, sizes), limit, MAP_SIDE, name(i)),
        h("figcaption", { class: "muted" }, `step ${count(steps[i])}`),
      ),
    ),
    h(
      "p",
      { class: "muted" },
      `Mean size of the attribution over ${counted(probes[shown[shown.length - 1]], "probe")}.`,
    ),
  );
}

/**
 * @param {MeansLeaf} leaf
 * @param {Float32Array | undefined} sizes
 * @param {string[] | null} names
 * @returns {VNode | null} The mean maps of those that have each class explained, small, on a scale of their own.
 */
export function meanMapsByClass(leaf, sizes, names) {
  const all = leaf.classes ?? [];
  if (!sizes || !all.length) return null;
  const limit = limitOf(sizes);
  const draw = (/** @type {{class: number, probes: number}} */ found, /** @type {number} */ i) => {
    const name = String(names?.[found.class] ?? found.class);
    const title = `${short(name, 60)}: ${counted(found.probes, "probe")}`;
    return h(
      "figure",
      { key: found.class, title },
      canvas(leaf, at(leaf, i, sizes), limit, CLASS_SIDE, `Mean size of the attribution, ${title}`),
      h("figcaption", { class: "muted" }, h("bdi", null, short(name, 20))),
    );
  };
  return h(
    "details",
    { class: "by-class", key: "classes" },
    h("summary", null, `By explained class (${count(all.length)})`),
    h("div", { class: "mean-maps" }, all.map(draw)),
  );
}

/**
 * @param {ArrayLike<number>} sizes
 * @returns {number} The 99th percentile: one odd position must not make all others pale.
 */
function limitOf(sizes) {
  const sorted = Float64Array.from(sizes).sort();
  return sorted[Math.round(0.99 * (sorted.length - 1))] || sorted[sorted.length - 1];
}

/**
 * @param {MeansLeaf} leaf
 * @param {Float32Array} sizes
 * @param {number} limit
 * @param {number} side In CSS pixels.
 * @param {string} label
 * @returns {VNode}
 */
function canvas({ shape: [height, width] }, sizes, limit, side, label) {
  const factor = side / Math.max(height, width);
  return h("canvas", {
    class: "image mean",
    role: "img",
    "aria-label": label,
    style: { width: `${Math.round(width * factor)}px`, height: `${Math.round(height * factor)}px` },
    effect: {
      deps: [sizes.buffer, sizes.byteOffset, limit],
      run: (/** @type {HTMLCanvasElement} */ element) => {
        painted(heat(sizes, width, height, limit), element);
      },
    },
  });
}

/**
 * @param {Float32Array} sizes
 * @param {number} width
 * @param {number} height
 * @param {number} limit
 * @returns {ImageData}
 */
function heat(sizes, width, height, limit) {
  const image = new ImageData(width, height);
  const { positive } = palette(GAMMA, "absolute");
  const most = positive.length / 4 - 1;
  for (let i = 0; i < sizes.length; i++) {
    const shade = 4 * Math.round(most * Math.min(1, limit > 0 ? sizes[i] / limit : 0));
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = positive[shade + c];
    image.data[4 * i + 3] = 255 * positive[shade + 3];
  }
  return image;
}
