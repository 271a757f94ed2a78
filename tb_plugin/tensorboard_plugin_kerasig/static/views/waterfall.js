/** The score's waterfall: from the baseline's score to the score, part by part, with what the integral is off by at last. */

import { css } from "../color.js";
import { h } from "../dom.js";
import { count, digits, exact, short, signed } from "../format.js";
import { number } from "../packed.js";
import { partsOf } from "../parts.js";
import { term } from "../terms.js";
import { extent, waterfall } from "../waterfall.js";
import { about } from "./about.js";
import { ends } from "./ends.js";

/**
 * @typedef {import("../waterfall.js").Bar} Bar
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../derive.js").Column} Column
 *
 * @typedef {object} Way One run's.
 * @property {Bar[]} bars
 * @property {string} one What a part is called.
 */

/** @type {WeakMap<import("../packed.js").Packed, Map<number, Way>>} */
const kept = new WeakMap();

/**
 * @param {Column} column
 * @param {number} probe
 * @returns {Way} None while the values are coming.
 */
function wayOf({ record, inputs }, probe) {
  const none = { bars: [], one: "part" };
  if (!record?.has(probe) || !inputs?.has(probe) || probe >= record.header.probes) return none;
  const known = kept.get(record) ?? new Map();
  kept.set(record, known);
  const way = known.get(probe) ?? made(record, inputs, probe);
  known.set(probe, way);
  return way;
}

/**
 * @param {import("../packed.js").Packed} record
 * @param {import("../packed.js").Packed} inputs
 * @param {number} probe
 * @returns {Way}
 */
function made(record, inputs, probe) {
  const { parts, one, many } = partsOf(record, inputs, probe);
  const [baseline, score] = ["baseline_score", "score"].map((name) => number(record.header[name]?.[probe]));
  const others = (/** @type {number} */ rest) => `${count(rest)} other ${rest === 1 ? one : many}`;
  return { bars: parts.length ? waterfall(baseline, score, parts, others) : [], one };
}

/**
 * @param {Column[]} columns Those that are seen beside each other.
 * @param {Column} column One of them.
 * @param {number} probe
 * @returns {VNode | false} Its bars, on an axis that all have in common.
 */
export function scoreWaterfall(columns, column, probe) {
  const { bars, one } = wayOf(column, probe);
  if (!bars.length) return false;
  const [low, high] = extent(columns.map((other) => wayOf(other, probe).bars));
  const place = (/** @type {number} */ value) => (100 * (Math.min(high, Math.max(low, value)) - low)) / (high - low);
  return h(
    "section",
    { class: "waterfall" },
    h("h2", null, about(term("waterfall"))),
    h(
      "table",
      null,
      h(
        "thead",
        { class: "unseen" },
        h(
          "tr",
          null,
          [one, "adds to the score", "score after it"].map((text) => h("th", { key: text, scope: "col" }, text)),
        ),
      ),
      h(
        "tbody",
        null,
        bars.map((bar, i) => line(bar, i, place)),
      ),
    ),
  );
}

/**
 * @param {Bar} bar
 * @param {number} i
 * @param {(value: number) => number} place In percent of the axis.
 * @returns {VNode}
 */
function line({ kind, name, from, to, up, down }, i, place) {
  const total = kind === "total";
  const added = to - from;
  const [left, right] = [place(Math.min(from, to)), place(Math.max(from, to))];
  const mixed = up > 0 && down < 0 ? `: ${signed(up)} raises and ${signed(down)} lowers the score` : "";
  const title = total ? exact(to).replace("+", "") : `${short(name, 100)}: ${exact(added)}${mixed}`;
  return h(
    "tr",
    { key: `${i} ${name}`, class: kind, title },
    h("th", { scope: "row" }, ends(name, 60)),
    h("td", { class: "number" }, total ? digits(to) : signed(added)),
    h(
      "td",
      { class: "way" },
      h("span", { class: "unseen" }, digits(to)),
      // From the bar before to this one, so that the eye follows.
      h("i", { class: "from", "aria-hidden": "true", style: { left: `${place(total ? to : from)}%` } }),
      h("i", {
        class: "beam",
        "aria-hidden": "true",
        style: {
          left: `${left}%`,
          width: `${right - left}%`,
          ...(kind === "part" || kind === "others" ? { background: css(Math.sign(added), 1) } : {}),
        },
      }),
    ),
  );
}
