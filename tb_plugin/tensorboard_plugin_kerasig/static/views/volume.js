/** Volume probes: one slice at a time as an image, with a slider through them. */

import { h } from "../dom.js";
import { signed } from "../format.js";
import { mapOf } from "../maps.js";
import { frame, image } from "./image.js";
import { largeImage } from "./probe-image.js";
import { LEAST_SIDE } from "./room.js";
import { depthOf, shownSlice, sliced, sliceOf, sumsOf } from "./slices.js";
import { inputLeafOf } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../dom.js").VNode} VNode
 */

/** The height of what stands above the slice. */
const SLIDER = 116;
/** Of more slices than this, a scale is taken of some, evenly chosen. */
const MOST_SLICES = 16;
const PROFILE = { width: 400, height: 44 };

/** @type {import("./looks.js").Look} */
export const volume = {
  style: "picture",
  strip: "columns",
  positions: "voxels",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  set: "volumes",
  unit: "volume",
  card: { width: 140, lowest: 240 },
  layered: true,
  lengths: false,
  earlier: false,
  inset: SLIDER,
  draw: (picture) => {
    const [at, depth] = [shownSlice(picture), depthOf(picture)];
    return h(
      "div",
      { class: "slice" },
      image(sliced(picture, at)),
      h("p", { class: "muted number" }, `slice ${placeIn(at, depth)}`),
    );
  },
  large: largeVolume,
  frames: (what, side) =>
    what.record.leaves.flatMap((_, leaf) => {
      const picture = { ...what, leaf, inputLeaf: inputLeafOf(what.record, what.inputs, leaf) };
      const drawable = what.record.get(what.probe, leaf) && volume.fits(what.record.leaves[leaf].shape, picture);
      return drawable ? [frame(sliced(picture, shownSlice(picture)), side)] : [];
    }),
  plane: (shape) => (shape.length === 3 || shape.length === 4 ? shape.slice(1, 3) : null),
  maps: (record, probe, leaf, smooth) => {
    const depth = record.leaves[leaf].shape[0];
    const stride = Math.ceil(depth / MOST_SLICES);
    const some = Array.from({ length: Math.ceil(depth / stride) }, (_, i) => i * stride);
    return some.flatMap((at) => mapOf(sliceOf(record, probe, leaf, at), probe, leaf, smooth) ?? []);
  },
  turn: (picture, by) => turned(picture, shownSlice(picture) + by),
  fits: (shape) => shape.length === 3 || shape.length === 4,
};

/**
 * @param {number} at
 * @param {number} depth
 * @returns {string} Counted from 0, as rows and columns are.
 */
function placeIn(at, depth) {
  return `${at} (0\u2013${depth - 1})`;
}

/**
 * @param {Picture} picture
 * @param {number} at
 * @returns {Partial<import("../state.js").State>} With that slice, or the last one before the end.
 */
function turned(picture, at) {
  return { slice: Math.max(0, Math.min(depthOf(picture) - 1, at)) };
}

/**
 * @param {Large} large
 * @returns {VNode}
 */
function largeVolume(large) {
  const { picture, side, choose } = large;
  const [at, depth] = [shownSlice(picture), depthOf(picture)];
  const { raising, lowering } = sumsOf(picture.record, picture.probe, picture.leaf);
  const to = (/** @type {number} */ slice) => choose(turned(picture, slice));
  const id = `slice-${large.column.run.index}-${picture.leaf}`;
  const follows = picture.state.slice === null;
  const button = (/** @type {number} */ by, /** @type {string} */ label, /** @type {string} */ text) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-label": label,
        disabled: at + by < 0 || at + by >= depth,
        on: { click: () => to(at + by) },
      },
      text,
    );
  return h(
    "div",
    {
      class: "volume",
      "data-slice": at,
      on: {
        keydown: (/** @type {KeyboardEvent} */ event) => {
          const by = { PageUp: -1, PageDown: 1 }[event.key];
          if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          choose((state) => turned(picture, shownSlice({ ...picture, state }) + by));
        },
      },
    },
    h(
      "div",
      { class: "slices", style: { width: `${Math.min(side, 448)}px` } },
      h(
        "div",
        { class: "which-slice" },
        h("label", { for: id }, "Slice"),
        h("output", { for: id, class: "number" }, placeIn(at, depth)),
      ),
      button(-1, "Previous slice", "\u2039"),
      h(
        "div",
        { class: "depth" },
        profile(raising, lowering, at),
        h("input", {
          type: "range",
          id,
          min: 0,
          max: depth - 1,
          step: 1,
          value: String(at),
          "aria-valuetext": `slice ${at}, attribution ${signed((raising[at] ?? 0) + (lowering[at] ?? 0))}`,
          on: { input: (/** @type {any} */ event) => to(Number(event.target.value)) },
        }),
      ),
      button(1, "Next slice", "\u203a"),
      h(
        "button",
        {
          type: "button",
          class: "chip strongest",
          "aria-pressed": String(follows),
          title: "The slice with most attribution, of each step",
          on: { click: () => choose({ slice: follows ? at : null }) },
        },
        "Most attribution",
      ),
    ),
    largeImage({ ...large, side: Math.max(LEAST_SIDE, side - SLIDER), picture: sliced(picture, at) }, [
      ["slice", String(at)],
    ]),
  );
}

/**
 * @param {Float64Array} raising
 * @param {Float64Array} lowering
 * @param {number} at
 * @returns {VNode} What each slice adds to the score and takes from it, over the slider.
 */
function profile(raising, lowering, at) {
  const { width, height } = PROFILE;
  const most = Math.max(...raising, ...lowering.map(Math.abs)) || 1;
  const [step, middle] = [width / (raising.length || 1), height / 2];
  const bars = (/** @type {string} */ name, /** @type {Float64Array} */ sums) =>
    h("path", {
      class: name,
      d: Array.from(sums, (sum, i) => {
        const [x, gap] = [i * step, Math.min(1, step / 5)];
        return `M${x + gap} ${middle}H${x + step - gap}V${middle - (sum / most) * middle}H${x + gap}Z`;
      }).join(""),
    });
  return h(
    "svg",
    { class: "profile", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    h("rect", { class: "now", x: at * step, y: 0, width: step, height }),
    bars("raises", raising),
    bars("lowers", lowering),
  );
}
