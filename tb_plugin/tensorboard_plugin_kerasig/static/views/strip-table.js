/** A probe's leading features as bars, at each of some steps. */

import { h } from "../dom.js";
import { stripOf } from "../extras.js";
import { count, digits, short, signed } from "../format.js";
import { kindOf } from "../traits.js";
import { nameOf } from "./bars.js";
import { ends } from "./ends.js";
import { bar } from "./track.js";
import { inputLeafOf, values } from "./values.js";

/**
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../dom.js").VNode} VNode
 */

/** Features of a probe. */
const TOP = 5;

/**
 * @param {Data} data
 * @param {Column} column
 * @param {number[]} steps
 * @param {number} probe
 * @param {(step: number) => Record<string, any>} open
 * @param {number} limit The length of a whole half bar.
 * @returns {VNode | false} The features that lead at the newest step, with a bar at each step.
 */
export function stripTable(data, column, steps, probe, open, limit) {
  const { inputs } = column;
  const records = steps.map((step) => stripOf(data, column, step));
  const last = records[records.length - 1];
  if (!inputs?.has(probe) || !last?.has(probe)) return false;
  const leaf = last.leaves.findIndex((_, i) => last.get(probe, i));
  const inputLeaf = leaf < 0 ? -1 : inputLeafOf(last, inputs, leaf);
  const picture = { record: last, inputs, probe, leaf, inputLeaf, kind: kindOf(last, inputs, leaf) };
  const newest = leaf < 0 ? null : values(last, probe, leaf);
  if (!newest) return false;
  const order = Array.from(newest.numbers.keys())
    .sort((a, b) => Math.abs(newest.numbers[b] || 0) - Math.abs(newest.numbers[a] || 0))
    .slice(0, TOP);
  const maps = records.map((record) => (record?.has(probe) ? values(record, probe, leaf) : null));
  return h(
    "table",
    { class: "over-steps" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", null, "feature"),
        steps.map((step) =>
          h(
            "th",
            { key: step, class: "number" },
            h("button", { ...open(step), class: "moment link" }, `step ${count(step)}`),
          ),
        ),
      ),
    ),
    h(
      "tbody",
      null,
      order.map((i) =>
        h(
          "tr",
          { key: i },
          rowHead(nameOf(/** @type {any} */ (picture), newest.shape, i)),
          maps.map((map, j) => {
            const value = map?.numbers[i] ?? NaN;
            return h(
              "td",
              { key: steps[j], title: signed(value) },
              bar(value, limit),
              h("span", { class: "unseen" }, digits(value)),
            );
          }),
        ),
      ),
    ),
  );
}

/**
 * @param {string} name
 * @returns {VNode}
 */
function rowHead(name) {
  return h("th", { scope: "row", title: short(name) }, ends(name));
}
