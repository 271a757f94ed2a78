/** A, B and B - A of one probe beside each other: as one table of bars, or as three pictures. */

import { runColor } from "../color.js";
import { differenceOf } from "../difference.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";
import { shownKind } from "../traits.js";
import { besideTables } from "./beside.js";
import { lookOf } from "./looks.js";
import { pictures } from "./pictures.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Third
 * @property {string} name "A", "B" or what differs.
 * @property {VNode} head
 * @property {Packed} record
 * @property {Packed} inputs
 */

const DIFFERENCE = "B \u2212 A";
/** Features with a row, those that differ most first. */
const SHOWN = { top: 12, all: 0, by: 2 };

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./compare.js").Pair} pair
 * @param {number} probe
 * @param {number} limit
 * @param {import("../scales.js").Paint} paint
 * @returns {VNode}
 */
export function thirds(view, state, { a, b }, probe, limit, paint) {
  const difference = differenceOf(a.record, b.record);
  // One table where both have the same features.
  const together =
    [a, b].every(({ inputs }) => lookOf(shownKind(inputs.header)).card.together) &&
    difference.leaves.some((_, leaf) => difference.get(probe, leaf));
  /** @type {Third[]} */
  const sides = [
    { name: "A", head: sideHead(view, state, 0), ...a },
    { name: "B", head: sideHead(view, state, 1), ...b },
    { name: DIFFERENCE, head: differenceHead(together), ...b, record: difference },
  ];
  const beside = [a.record, b.record];
  if (!together)
    return h(
      "div",
      { class: "thirds" },
      sides.map(({ name, head, record, inputs }) => {
        const error = errorOf(record, inputs, probe);
        const made = error ? [] : pictures({ record, inputs, probe, limit, state, paint, beside });
        const sentence = error ? short(error) : name === DIFFERENCE ? "of different shapes" : "no values";
        return h(
          "div",
          { class: "third", key: name },
          head,
          made.length ? made : h("p", { class: error ? "broken" : "muted" }, sentence),
        );
      }),
    );
  const columns = sides.map(({ name, ...side }) => ({ key: name, name, ...side, limit }));
  const table = { sides: columns, probe, state, paint, across: 3, records: beside, how: SHOWN, choose: null };
  return h("div", { class: "together" }, besideTables(table));
}

/**
 * @param {Packed} record
 * @param {Packed} inputs
 * @param {number} probe
 * @returns {string | undefined}
 */
function errorOf(record, inputs, probe) {
  return record.errors.get(probe) ?? inputs.errors.get(probe);
}

/**
 * @param {View} view
 * @param {State} state
 * @param {number} which
 * @returns {VNode} Which run at which step.
 */
function sideHead({ sides }, state, which) {
  const { which: letter, run, step } = sides[which];
  return h(
    "h4",
    {
      class: "of",
      style: { "border-color": run ? runColor(run.index, state.dark) : "transparent" },
      title: short(run?.name ?? ""),
    },
    h("span", { class: "side-name" }, `${letter.toUpperCase()}: `, h("bdi", null, short(run?.label ?? "", 60) || ".")),
    step !== null && h("span", { class: "muted at" }, `step ${count(step)}`),
  );
}

/**
 * @param {boolean} sorted
 * @returns {VNode}
 */
function differenceHead(sorted) {
  return h(
    "h4",
    { class: "of", style: { "border-color": "transparent" } },
    h("span", { class: "side-name" }, DIFFERENCE),
    sorted && h("span", { class: "muted at" }, "largest first"),
  );
}
