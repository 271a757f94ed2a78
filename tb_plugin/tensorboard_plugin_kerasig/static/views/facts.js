/** Everything that is known of one probe in one record, in numbers. */

import { h } from "../dom.js";
import { count, digits, exact, short, signed } from "../format.js";
import { number } from "../packed.js";
import { reasonOf } from "./reason.js";
import { words } from "./words.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {[string, any, string | null, string]} Row Name, what is shown, a longer form of it, and its class.
 */

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record Header.
 * @param {Record<string, any>} inputs Header.
 * @param {number} probe
 * @returns {VNode}
 */
export function facts(column, record, inputs, probe) {
  const { table, step } = column;
  const at = table && step !== null ? table.steps.indexOf(step) : -1;
  const stat = (/** @type {string} */ name) => (table && at >= 0 ? table.value(name, at, probe) : NaN);
  const of = (/** @type {string} */ name) => number(record[name]?.[probe]);
  const [score, baseline] = [of("score"), of("baseline_score")];
  const doubtful = record.converged?.[probe] === false;
  const { reason, remedy } = reasonOf(record, probe);
  const told = (/** @type {string} */ section, even = false) =>
    (table?.names ?? []).flatMap((name) => {
      const measure = table?.measure(name);
      if (measure?.section !== section || !(even || Number.isFinite(stat(name)))) return [];
      return [amount(words(measure), stat(name), measure.signed ? signed : digits)];
    });
  const measured = told("Measured");
  const evaluations = of("n_evaluations");
  return h(
    "div",
    { class: "numbers" },
    list("Explained", classes(record, inputs, probe)),
    list("Score", [
      amount("score", score),
      amount("baseline score", baseline),
      amount("difference", score - baseline, signed),
    ]),
    list("Attributions", told("Attributions", true)),
    list(
      "Error",
      [
        amount("completeness error", of("delta"), signed),
        amount("residual", of("residual")),
        amount("map error", of("map_error")),
        [
          "converged",
          doubtful ? [h("span", { class: "warning", "aria-hidden": "true" }, "\u26a0 "), "no"] : "yes",
          doubtful ? "Its error is above the tolerance." : null,
          doubtful ? "warning" : "",
        ],
        ...(reason === null
          ? []
          : [/** @type {Row} */ (["reason", h("bdi", null, short(reason, 60)), reason, "warning"])]),
        ["evaluations", Number.isFinite(evaluations) ? count(evaluations) : "\u2013", null, "number"],
      ],
      remedy,
    ),
    measured.length > 0 && list("Measured", measured),
  );
}

/**
 * @param {Record<string, any>} record
 * @param {Record<string, any>} inputs
 * @param {number} probe
 * @returns {Row[]}
 */
function classes(record, inputs, probe) {
  const className = (/** @type {number} */ index) => String(inputs.class_names?.[index] ?? index);
  const bdi = (/** @type {number} */ index) => h("bdi", null, short(className(index), 60));
  const [target, predicted] = [record.classes?.[probe], record.predicted?.[probe]];
  const label = inputs.labels?.[probe];
  const known = typeof label === "number" && Number.isInteger(label);
  /** @type {Row[]} */
  const rows = [
    typeof target === "number"
      ? ["target", bdi(target), className(target), ""]
      : ["target", "value", String(record.target ?? ""), ""],
  ];
  if (typeof predicted === "number") {
    const wrong = known && predicted !== label;
    const mark = wrong && h("span", { class: "wrong", title: "Not the label." }, " \u2717");
    rows.push(["predicted", [bdi(predicted), mark], className(predicted), ""]);
  }
  if (known && typeof predicted === "number") rows.push(["label", bdi(label), className(label), ""]);
  else if (typeof label === "number") rows.push(["label", digits(label), null, "number"]);
  return rows;
}

/**
 * @param {string} name
 * @param {number} value
 * @param {(value: number) => string} [text]
 * @returns {Row}
 */
function amount(name, value, text = digits) {
  return [name, text(value), Number.isFinite(value) ? exact(value) : null, "number"];
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {string} [sentence] Below them.
 * @returns {VNode}
 */
function list(title, rows, sentence = "") {
  return h(
    "section",
    { key: title },
    h("h2", null, title),
    h(
      "dl",
      null,
      rows.map(([name, value, longer, kind]) =>
        h(
          "div",
          { key: name },
          h("dt", null, name),
          h("dd", { class: kind, "data-fact": name, title: longer && short(longer) }, value),
        ),
      ),
    ),
    sentence !== "" && h("p", { class: "remedy" }, short(sentence, 600)),
  );
}
