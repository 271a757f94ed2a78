/** What the whole set has in common: mean maps, leading features and words, at the first and the newest step. */

import { css, runColor } from "../color.js";
import { h } from "../dom.js";
import { extra } from "../extras.js";
import { count, counted, digits, short } from "../format.js";
import { percent } from "../overview.js";
import { traitsOf } from "../traits.js";
import { ends } from "./ends.js";
import { at, meanMaps, meanMapsByClass } from "./mean-maps.js";
import { runName } from "./run-title.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../overview.js").Means} Means
 * @typedef {import("../overview.js").MeansLeaf} MeansLeaf
 *
 * @typedef {object} Known
 * @property {Means} header
 * @property {(name: string) => Float32Array | undefined} array
 */

const MOST_BARS = 10;
const CURVE = { width: 220, height: 64 };

/**
 * @param {View} view
 * @param {Data} data
 * @param {Column} column
 * @returns {Known | null} The means of a run's set, once they are there.
 */
export function meansOf(view, data, column) {
  const found = view.overview ? extra(data, column, "means", 0)?.columns : undefined;
  return found ? { header: /** @type {any} */ (found.header), array: (name) => found.arrays.get(name) } : null;
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @param {Column[]} columns
 * @returns {VNode}
 */
export function whole(view, state, data, columns) {
  return h(
    "section",
    { class: "whole", key: "whole", "aria-labelledby": "whole-title" },
    h("h2", { id: "whole-title" }, "Over all probes"),
    columns.map((column) => {
      const means = meansOf(view, data, column);
      const { run, key } = column;
      return h(
        "section",
        { class: "of-run", key, style: { "border-color": runColor(run.index, state.dark) } },
        columns.length > 1 && h("h3", { title: short(run.name) }, runName(run.name, run.label)),
        means ? leaves(column, means) : h("p", { class: "muted" }, "\u2026"),
      );
    }),
  );
}

/**
 * @param {Column} column
 * @param {Known} means
 * @returns {VNode[]}
 */
function leaves(column, means) {
  const { header, array } = means;
  if (!header.leaves.length) return [h("p", { class: "muted" }, whyNothing(header))];
  return header.leaves.map((leaf, i) => {
    const traits = traitsOf(column.inputs?.header ?? {}, leaf.kind);
    const { coordinates, feature_names } = column.inputs?.header ?? {};
    const names = coordinates?.[leaf.name] ?? feature_names ?? null;
    const sizes = array(`size/${i}`);
    const drawn = leaf.words
      ? words(leaf)
      : sizes && !traits.ordered
        ? features(leaf, sizes, array(`low/${i}`), array(`high/${i}`), header, names)
        : sizes && leaf.shape.length === 2 && traits.names === ""
          ? [
              meanMaps(leaf, sizes, header),
              meanMapsByClass(leaf, array(`classes/${i}`), column.inputs?.header.class_names),
            ]
          : sizes && curve(leaf, sizes, header);
    return h(
      "figure",
      { key: leaf.name },
      header.leaves.length > 1 && h("figcaption", { class: "muted" }, short(leaf.name, 40)),
      drawn || null,
    );
  });
}

/**
 * @param {Means} means
 * @returns {string}
 */
function whyNothing({ steps, probes }) {
  const without = steps.filter((_, i) => !probes[i]);
  if (!without.length) return "The positions of these probes have nothing in common that could be summed up.";
  return `No map has numbers that are finite at step ${without.map(count).join(", ")}.`;
}

/**
 * @param {MeansLeaf} leaf
 * @param {Float32Array} sizes
 * @param {Float32Array | undefined} low
 * @param {Float32Array | undefined} high
 * @param {Means} header
 * @param {string[] | null} names
 * @returns {VNode} Mean size per feature, the largest first, with its spread over the probes and what it was at first.
 */
function features(leaf, sizes, low, high, { steps, probes }, names) {
  const last = steps.length - 1;
  const [now, before] = [at(leaf, last, sizes), at(leaf, 0, sizes)];
  const order = Array.from(now.keys())
    .sort((a, b) => now[b] - now[a])
    .slice(0, MOST_BARS);
  const tops = high ? at(leaf, last, high) : now;
  const bottoms = low ? at(leaf, last, low) : now;
  const most = Math.max(...order.map((i) => Math.max(tops[i], now[i], before[i])), 1e-30);
  const place = (/** @type {number} */ value) => `${(100 * value) / most}%`;
  const width = leaf.shape.at(-1) ?? 1;
  const nameOf = (/** @type {number} */ i) =>
    names?.length === width ? names[i % width] : leaf.shape.length === 1 || !names ? `feature ${i}` : names[i];
  return h(
    "div",
    { class: "leaders" },
    h(
      "ol",
      null,
      order.map((i) =>
        h(
          "li",
          { key: i, title: `${digits(now[i])}; from ${digits(bottoms[i])} to ${digits(tops[i])} for most probes` },
          h("span", { class: "name", title: short(String(nameOf(i))) }, ends(String(nameOf(i)))),
          h(
            "span",
            { class: "length" },
            h("i", { class: "bar-of", style: { width: place(now[i]) } }),
            h("i", { class: "spread-of", style: { left: place(bottoms[i]), width: place(tops[i] - bottoms[i]) } }),
            steps.length > 1 && h("i", { class: "was", style: { left: place(before[i]) } }),
          ),
          h("span", { class: "number" }, digits(now[i])),
        ),
      ),
    ),
    h(
      "p",
      { class: "muted" },
      `Mean size over ${counted(probes[last], "probe")} at step ${count(steps[last])}; thin line: 8 of 10 probes`,
      steps.length > 1 && `; tick: the mean at step ${count(steps[0])}`,
      ".",
    ),
  );
}

/**
 * @param {MeansLeaf} leaf
 * @returns {VNode}
 */
function words({ words: found = [] }) {
  const last = found[found.length - 1] ?? [];
  const most = Math.max(...last.map(({ share }) => share), 1e-30);
  return h(
    "div",
    { class: "leaders" },
    h(
      "ol",
      null,
      last.slice(0, MOST_BARS).map(({ word, share, signed, probes, padding }) =>
        h(
          "li",
          { key: padding ? 0 : word, title: `in ${counted(probes, "probe")}` },
          padding ? h("em", { class: "name" }, "padding") : h("bdi", { class: "name" }, short(word, 40)),
          h(
            "span",
            { class: "length" },
            h("i", {
              class: "bar-of",
              style: { width: `${(100 * share) / most}%`, background: css(Math.sign(signed), 1) },
            }),
          ),
          h("span", { class: "number" }, percent(share)),
        ),
      ),
    ),
    h("p", { class: "muted" }, "Share of the attribution that a word holds, in the mean over all probes."),
  );
}

/**
 * @param {MeansLeaf} leaf
 * @param {Float32Array} sizes
 * @param {Means} header
 * @returns {VNode} Mean size over time, at the first and the newest step.
 */
function curve(leaf, sizes, { steps, probes }) {
  const [length, channels] = [leaf.shape[0] ?? 1, leaf.shape.slice(1).reduce((all, size) => all * size, 1)];
  const over = (/** @type {number} */ index) => {
    const row = at(leaf, index, sizes);
    return Array.from({ length }, (_, t) => row.subarray(t * channels, (t + 1) * channels).reduce((a, b) => a + b, 0));
  };
  const last = steps.length - 1;
  const [now, before] = [over(last), over(0)];
  const most = Math.max(...now, ...before, 1e-30);
  const { width, height } = CURVE;
  const path = (/** @type {number[]} */ ys) =>
    `M${ys.map((y, t) => `${((t * width) / Math.max(1, length - 1)).toFixed(1)} ${(height * (1 - y / most)).toFixed(1)}`).join("L")}`;
  return h(
    "div",
    { class: "mean-curve" },
    h(
      "svg",
      {
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": `Mean size of the attribution at each of ${count(length)} positions, over ${counted(probes[last], "probe")}`,
      },
      h("path", { class: "before", d: path(before) }),
      h("path", { class: "after", d: path(now) }),
    ),
    h(
      "p",
      { class: "muted" },
      `Mean size at each moment, over ${counted(probes[last], "probe")}: step ${count(steps[last])}`,
      last > 0 && `, thin: step ${count(steps[0])}`,
      ".",
    ),
  );
}
