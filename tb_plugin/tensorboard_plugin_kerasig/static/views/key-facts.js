/** The four numbers of a probe that are read first: its score, what of it is explained, the error, and whether to rely on it. */

import { h } from "../dom.js";
import { digits, exact, percent, short } from "../format.js";
import { measureIn } from "../measures.js";
import { number } from "../packed.js";
import { allowed, share, toleranceOf } from "../quantity.js";
import { term } from "../terms.js";
import { about } from "./about.js";
import { classOf } from "./facts.js";
import { reasonOf } from "./reason.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../measures.js").Measure} Measure
 *
 * @typedef {object} Error An error beside what is allowed.
 * @property {Measure} measure
 * @property {number} value
 * @property {number | undefined} tolerance
 */

/** Fields of a record that say how far its attributions are off. */
const ERRORS = ["residual", "map_error"];

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record Header.
 * @param {Record<string, any>} inputs Header.
 * @param {number} probe
 * @returns {VNode}
 */
export function keyFacts(column, record, inputs, probe) {
  const { remedy } = reasonOf(record, probe);
  return h(
    "section",
    { class: "key-facts", "aria-label": "In short" },
    h("dl", null, [
      score(column, record, inputs, probe),
      ...explained(column, record, probe),
      error(column, record, probe),
      trust(column, record, probe),
    ]),
    remedy !== "" && h("p", { class: "remedy" }, short(remedy, 600)),
  );
}

/**
 * @param {VNode} name
 * @param {string} fact
 * @param {any} value
 * @param {string} [kind]
 * @param {string | null} [title]
 * @returns {VNode}
 */
function row(name, fact, value, kind = "", title = null) {
  return h(
    "div",
    { key: fact },
    h("dt", null, name),
    h("dd", { class: kind, "data-fact": fact, title: title && short(title, 600) }, value),
  );
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {Record<string, any>} inputs
 * @param {number} probe
 * @returns {VNode}
 */
function score({ table }, record, inputs, probe) {
  const measure = measureIn([table], "score");
  const target = record.classes?.[probe];
  const value = number(record.score?.[probe]);
  const of = typeof target === "number" ? [" of ", h("bdi", null, short(classOf(inputs, target), 40))] : [];
  return row(about(measure, measure.label, of), "score", digits(value), "number", exact(value));
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {VNode[]} The shares in its regions, where it has any; else how much of the change of the score is explained.
 */
function explained({ table, step }, record, probe) {
  const at = table && step !== null ? table.steps.indexOf(step) : -1;
  const shares = (table?.names ?? []).flatMap((name) => {
    const measure = table?.measure(name);
    const value = table && at >= 0 ? table.value(name, at, probe) : NaN;
    // The first that is charted of a region's: what its map is asked for.
    return measure?.region != null && measure.charted < Infinity && Number.isFinite(value)
      ? [row(about(measure), `${name}`, share(value), "number", exact(value))]
      : [];
  });
  if (shares.length) return shares.slice(0, 2);
  const [delta, all] = [
    number(record.delta?.[probe]),
    number(record.score?.[probe]) - number(record.baseline_score?.[probe]),
  ];
  const value = all === 0 ? NaN : 1 + delta / all;
  return [row(about(term("explainedShare")), "change explained", percent(value, 1), "number", exact(value))];
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {Error} The one that is nearest to what is allowed, or furthest beyond it; without tolerances the first.
 */
export function worstError(column, record, probe) {
  const errors = errorsOf(column, record, probe);
  const beyond = (/** @type {Error} */ { value, tolerance }) => (tolerance === undefined ? -1 : value / tolerance || 0);
  return errors.reduce((worst, other) => (beyond(other) > beyond(worst) ? other : worst));
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {Error[]}
 */
function errorsOf({ table }, record, probe) {
  return ERRORS.map((name) => ({
    measure: measureIn([table], name),
    value: number(record[name]?.[probe]),
    tolerance: toleranceOf(record, name),
  }));
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {string} The error in words: beside what is allowed, or where the log does not say that, each error by name.
 */
export function errorWords(column, record, probe) {
  const worst = worstError(column, record, probe);
  if (worst.tolerance !== undefined) return inWords(worst);
  return errorsOf(column, record, probe)
    .map((error) => `${error.measure.label} ${inWords(error)}`)
    .join(", ");
}

/**
 * @param {Error} error
 * @returns {string}
 */
function inWords({ measure, value, tolerance }) {
  return allowed({ ...measure, percent: true }, value, tolerance);
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {VNode}
 */
function error(column, record, probe) {
  const worst = worstError(column, record, probe);
  const known = worst.tolerance !== undefined && Number.isFinite(worst.value);
  const fits = known ? worst.value <= Number(worst.tolerance) : record.converged?.[probe] !== false;
  return row(
    about(term("error")),
    "error",
    [tick(fits), known ? inWords(worst) : errorWords(column, record, probe)],
    fits ? "number" : "number warning",
    `${worst.measure.label}: ${exact(worst.value)}`,
  );
}

/**
 * @param {boolean} good
 * @returns {VNode} A tick or a warning, beside words that say the same.
 */
export function tick(good) {
  return h("span", { class: good ? "tick-mark" : "warning", "aria-hidden": "true" }, good ? "\u2713 " : "\u26a0 ");
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {number} probe
 * @returns {VNode}
 */
function trust({ table, step }, record, probe) {
  const at = table && step !== null ? table.steps.indexOf(step) : -1;
  const logged = table && at >= 0 ? table.value("trusted", at, probe) : NaN;
  const converged = record.converged?.[probe] !== false;
  const name = Number.isNaN(logged) ? "converged" : "trusted";
  const measure = measureIn([table], name);
  const yes = Number.isNaN(logged) ? converged : logged === 1;
  const { reason } = reasonOf(record, probe);
  const why =
    reason !== null ? reason : converged && !yes ? "the score is the baseline\u2019s" : "the error is too large";
  const told = yes ? "yes" : ["no: ", h("bdi", { "data-fact": "reason" }, short(why, 60))];
  return row(about(measure, measure.flag?.[0]), name, [tick(yes), told], yes ? "" : "warning", yes ? null : why);
}
