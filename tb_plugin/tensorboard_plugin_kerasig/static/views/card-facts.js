/** What a card says about a probe in numbers. */

import { h } from "../dom.js";
import { digits, brief as isBrief, short } from "../format.js";
import { measureIn } from "../measures.js";
import { number } from "../packed.js";
import { share, told } from "../quantity.js";
import { errorWords, tick, worstError } from "./key-facts.js";
import { reasonOf } from "./reason.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../dom.js").VNode} VNode
 */

/** Letters of a sentence that is read where the pointer rests. */
const LONGEST = 600;

/**
 * @param {Column} column
 * @param {Record<string, any>} record Header.
 * @param {Record<string, any>} inputs Header.
 * @param {number} probe
 * @param {string[]} [more] Stats that are asked for besides.
 * @returns {VNode}
 */
export function facts(column, record, inputs, probe, more = []) {
  const className = (/** @type {number} */ index) => inputs.class_names?.[index] ?? String(index);
  const target = record.classes?.[probe];
  const predicted = record.predicted?.[probe];
  const label = inputs.labels?.[probe];
  const known = typeof label === "number" && Number.isInteger(label) && predicted !== undefined && predicted !== null;
  const wrong = known && predicted !== label;
  const doubtful = record.converged?.[probe] === false;
  const worst = worstError(column, record, probe);
  const limited = worst.tolerance !== undefined;
  const error = `${limited ? `${worst.measure.label} ` : ""}${errorWords(column, record, probe)}`;
  const brief = limited ? errorWords(column, record, probe).replace(" allowed", "") : share(worst.value);
  const { reason, remedy } = reasonOf(record, probe);
  const doubt =
    reason === null ? `Not converged: ${error}.` : `Not converged, ${reason}: ${error}.${remedy && ` ${remedy}`}`;
  const shown = [
    fact(
      "target",
      typeof target === "number" ? h("bdi", null, short(className(target), 60)) : "value",
      typeof target === "number" ? className(target) : record.target,
      typeof target === "number" ? lengthOf(className(target)) : "",
    ),
    typeof predicted === "number" &&
      fact(
        "predicted",
        [
          h("bdi", null, short(className(predicted), 60)),
          wrong && h("span", { class: "wrong", title: `The label is ${short(className(label), 60)}.` }, " \u2717"),
        ],
        className(predicted),
        lengthOf(className(predicted)),
      ),
    fact("score", digits(number(record.score?.[probe])), null, "number"),
    fact(
      "error",
      [doubtful ? reason === null && [mark(doubt), " "] : tick(true), brief],
      doubtful ? doubt : error,
      "number",
    ),
    reason !== null && why(reason, remedy, doubt),
    // Others are told of every probe, in words or as a mark.
    ...more.filter((name) => !measureIn([column.table], name).onCard).map((name) => stat(name, column, probe)),
  ].filter(Boolean);
  return h("dl", { class: "facts", "data-facts": String(shown.length) }, shown);
}

/**
 * @param {Column} column
 * @param {Record<string, any>} record Header.
 * @param {number} probe
 * @param {string[]} more Stats that are asked for besides.
 * @returns {VNode} What the facts of several runs are called, beside all of them: a line each.
 */
export function factNames({ table }, record, probe, more) {
  const names = [
    ...["target", ...(typeof record.predicted?.[probe] === "number" ? ["predicted"] : []), "score", "error"],
    ...more
      .map((name) => measureIn([table], name))
      .flatMap((measure) => (measure.onCard ? [] : short(words(measure), 24))),
  ];
  return h(
    "ul",
    { class: "fact-names muted", "aria-hidden": "true" },
    names.map((name, i) => h("li", { key: i }, name)),
  );
}

/**
 * @param {string} doubt
 * @returns {VNode}
 */
function mark(doubt) {
  return h(
    "span",
    { class: "warning", role: "img", "aria-label": short(doubt, LONGEST), title: short(doubt, LONGEST) },
    "\u26a0",
  );
}

/**
 * @param {string} reason
 * @param {string} remedy
 * @param {string} doubt
 * @returns {VNode} Beside the mark in place of a name: on a small card there is no room for both.
 */
function why(reason, remedy, doubt) {
  const title = short(remedy || doubt, LONGEST);
  return h(
    "div",
    null,
    h("dt", null, mark(doubt)),
    h("dd", { class: "warning long", title, "data-fact": "reason" }, h("bdi", null, short(reason, 40))),
  );
}

/**
 * @param {string} text
 * @returns {string} A class: what may not fit is cut off.
 */
function lengthOf(text) {
  return isBrief(text) ? "" : "long";
}

/**
 * @param {string} name
 * @param {Column} column
 * @param {number} probe
 * @returns {VNode}
 */
function stat(name, { table, step }, probe) {
  const value = table && step !== null ? table.value(name, table.at(step), probe) : NaN;
  // Beside such a name there may be no room for all of it.
  const measure = measureIn([table], name);
  return fact(short(words(measure), 24), told(measure, value), null, "number long");
}

/**
 * @param {string} name
 * @param {any} value
 * @param {string | null} [title]
 * @param {string} [kind]
 * @returns {VNode}
 */
function fact(name, value, title = null, kind = "") {
  return h("div", null, term(name), h("dd", { class: kind, title: title && short(title), "data-fact": name }, value));
}

/** @type {Map<string, VNode>} */
const terms = new Map();

/**
 * @param {string} name
 * @returns {VNode} One description for all probes and steps, that need not be compared.
 */
function term(name) {
  const known = terms.get(name) ?? h("dt", null, name);
  terms.set(name, known);
  return known;
}
