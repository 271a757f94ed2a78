/** A tabular probe, large: its features by rank, with how the ranks have changed. */

import { REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { extra } from "../extras.js";
import { count, digits, exact, short, signed } from "../format.js";
import { term } from "../terms.js";
import { nameOf } from "./bars.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { bar } from "./track.js";
import { regionsOf, values } from "./values.js";
import { meaning } from "./words.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Before An earlier record's ranks.
 * @property {number | null} step
 * @property {number[] | null} ranks Null where there is none, or not yet.
 */

const TOP = 40;

/**
 * @param {ArrayLike<number>} numbers
 * @returns {number[]} For each value its rank by size, from 1; equal ones in the order they are stored in.
 */
export function ranksOf(numbers) {
  const order = Array.from(numbers, (_, i) => i).sort(
    (a, b) => (Math.abs(numbers[b]) || 0) - (Math.abs(numbers[a]) || 0) || a - b,
  );
  const ranks = new Array(order.length);
  order.forEach((i, rank) => (ranks[i] = rank + 1));
  return ranks;
}

/**
 * @param {Large} large
 * @returns {VNode}
 */
export function largeTable(large) {
  const { picture } = large;
  const { record, inputs, probe, leaf, inputLeaf, limit, paint } = picture;
  const { numbers, shape } = values(record, probe, leaf) ?? { numbers: new Float32Array(0), shape: [] };
  const given = inputLeaf >= 0 ? values(inputs, probe, inputLeaf)?.numbers : undefined;
  const ranks = ranksOf(numbers);
  const order = ranks.map((rank, i) => ({ rank, i })).sort((a, b) => a.rank - b.rank);
  const top = order.slice(0, TOP).map(({ i }) => i);
  const [first, previous] = [before(large, "first"), before(large, "previous")];
  const at = cursorOf(large, numbers.length);
  const locate = (/** @type {PointerEvent} */ event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-feature]"));
    return row ? Number(row.dataset.feature) : null;
  };
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) =>
    top[Math.max(0, Math.min(top.length - 1, top.indexOf(index) + dx + dy))];
  const rest = order.slice(TOP).reduce((sum, { i }) => sum + (numbers[i] || 0), 0);
  const title = (/** @type {Before} */ { step }) =>
    step === null ? "There is no earlier record." : `Since step ${count(step)}`;
  return h(
    "div",
    { class: "sight wide" },
    h(
      "div",
      { class: "stage text", ...aiming(large, "Features by rank", numbers.length, locate, move, top[0] ?? 0) },
      h(
        "table",
        { class: "features" },
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { class: "number", title: meaning(term("place")) }, "rank"),
            h("th", { class: "number", title: title(first) }, "vs first"),
            h("th", { class: "number", title: title(previous) }, "vs prev."),
            h("th", null, "feature"),
            given && h("th", { class: "number", title: meaning(term("input")) }, "input"),
            h("th", { class: "number", title: meaning(term("attribution")) }, "attribution"),
            h("th", null, h("span", { class: "unseen" }, "bar")),
          ),
        ),
        h(
          "tbody",
          null,
          top.map((i) => {
            const name = nameOf(picture, shape, i);
            return h(
              "tr",
              { key: i, "data-feature": i, class: i === at ? "aimed" : "" },
              h("td", { class: "number muted" }, ranks[i]),
              h("td", { class: "number", "data-since": "first" }, change(first, ranks[i], i)),
              h("td", { class: "number", "data-since": "previous" }, change(previous, ranks[i], i)),
              h("td", { class: "what", title: short(name) }, dots(picture, i), h("bdi", null, short(name, 80))),
              given && h("td", { class: "number" }, digits(given[i])),
              h("td", { class: "number" }, signed(paint.absolute ? Math.abs(numbers[i]) : numbers[i])),
              h("td", null, bar(numbers[i], limit, paint)),
            );
          }),
          order.length > TOP &&
            h(
              "tr",
              { key: "rest", class: "muted" },
              h("td", { colspan: 3 }),
              h("td", { colspan: given ? 2 : 1 }, `${count(order.length - TOP)} more, summed`),
              h("td", { class: "number" }, signed(rest)),
              h("td"),
            ),
        ),
      ),
    ),
    readout(
      at === null
        ? null
        : [
            ["feature", short(nameOf(picture, shape, at), 60)],
            ["attribution", exact(numbers[at])],
            ...(given ? [/** @type {[string, string]} */ (["input", exact(given[at]).replace("+", "")])] : []),
          ],
    ),
  );
}

/**
 * @param {Large} large
 * @param {"first" | "previous"} what
 * @returns {Before}
 */
function before({ data, column, picture: { probe, leaf } }, what) {
  const { table, step } = column;
  const at = table && step !== null ? table.drawn.indexOf(step) : -1;
  if (!table || at <= 0) return { step: null, ranks: null };
  const wanted = table.drawn[what === "first" ? 0 : at - 1];
  const found = extra(data, column, what, probe);
  const numbers = found?.packed && found.need.args.step === wanted ? values(found.packed, probe, leaf)?.numbers : null;
  return { step: wanted, ranks: numbers ? ranksOf(numbers) : null };
}

/**
 * @param {Before} before
 * @param {number} rank
 * @param {number} i
 * @returns {VNode | string}
 */
function change({ ranks }, rank, i) {
  if (!ranks || ranks[i] === undefined) return "";
  const by = ranks[i] - rank;
  if (by === 0) return h("span", { class: "muted" }, "=");
  const text = by > 0 ? `${by} higher` : `${-by} lower`;
  return h(
    "span",
    { class: by > 0 ? "up" : "down", title: `${text}: was ${ranks[i]}` },
    `${by > 0 ? "\u25b2" : "\u25bc"} ${Math.abs(by)}`,
  );
}

/**
 * @param {import("./values.js").Picture} picture
 * @param {number} i
 * @returns {VNode[]}
 */
function dots(picture, i) {
  return regionsOf(picture).flatMap(({ mask, name }, region) =>
    mask[i] === 1
      ? [
          h("i", {
            class: "dot",
            style: { background: REGION_COLORS[region % REGION_COLORS.length] },
            title: short(name),
          }),
        ]
      : [],
  );
}
