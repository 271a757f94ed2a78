/** Everything that is known of one probe in one record, in numbers: the four that are read first, and the rest on demand. */

import { h } from "../dom.js";
import { count, digits, exact, short, signed } from "../format.js";
import { measureIn } from "../measures.js";
import { number } from "../packed.js";
import { told } from "../quantity.js";
import { term } from "../terms.js";
import { about } from "./about.js";
import { words } from "./words.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../measures.js").Measure} Measure
 *
 * @typedef {object} Row
 * @property {Measure} measure
 * @property {string} name
 * @property {any} value What is shown.
 * @property {string | null} [longer] A longer form of it.
 * @property {string} [kind] Its class.
 */

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record Header.
 * @param {Record<string, any>} inputs Header.
 * @param {number} probe
 * @param {boolean} open Whether they are unfolded.
 * @param {(open: boolean) => void} fold
 * @returns {VNode}
 */
export function allFacts(column, record, inputs, probe, open, fold) {
  const groups = groupsOf(column, record, inputs, probe).filter(({ rows }) => rows.length);
  const all = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  return h(
    "details",
    {
      class: "all-facts",
      open,
      on: {
        toggle: (/** @type {any} */ event) => {
          if (event.target.open !== open) fold(event.target.open);
        },
      },
    },
    h("summary", null, `All ${count(all)} numbers`),
    open &&
      h(
        "div",
        { class: "numbers" },
        groups.map(({ title, rows }) => list(title, rows)),
      ),
  );
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {Record<string, any>} inputs
 * @param {number} probe
 * @returns {{title: string, rows: Row[]}[]}
 */
function groupsOf(column, record, inputs, probe) {
  const { table, step } = column;
  const at = table && step !== null ? table.steps.indexOf(step) : -1;
  const stat = (/** @type {string} */ name) => (table && at >= 0 ? table.value(name, at, probe) : NaN);
  const of = (/** @type {string} */ name) => number(record[name]?.[probe]);
  const field = (/** @type {string} */ name) => amount(measureIn([table], name), of(name));
  const measured = (/** @type {(measure: Measure) => boolean} */ fits, even = false) =>
    (table?.names ?? []).flatMap((name) => {
      const measure = table?.measure(name);
      if (!measure || !fits(measure) || !(even || Number.isFinite(stat(name)))) return [];
      return [amount(measure, stat(name))];
    });
  const own = (/** @type {Measure} */ { section }) => section !== "" && section !== "Attributions";
  const sections = new Set(
    (table?.names ?? [])
      .flatMap((name) => table?.measure(name) ?? [])
      .filter(own)
      .map(titleOf),
  );
  const evaluations = of("n_evaluations");
  return [
    { title: "Explained", rows: classes(column, record, inputs, probe) },
    {
      title: "Score",
      rows: [field("baseline_score"), amount(term("difference"), of("score") - of("baseline_score"))],
    },
    { title: "Attributions", rows: measured(({ section }) => section === "Attributions", true) },
    {
      title: "Error",
      rows: [
        field("delta"),
        field("residual"),
        field("map_error"),
        {
          measure: measureIn([table], "n_evaluations"),
          name: words(measureIn([table], "n_evaluations")),
          value: Number.isFinite(evaluations) ? count(evaluations) : "\u2013",
          kind: "number",
        },
      ],
    },
    ...[...sections].map((title) => ({
      title,
      rows: measured((measure) => own(measure) && titleOf(measure) === title),
    })),
  ];
}

/**
 * @param {Measure} measure
 * @returns {string} The group that it is listed in: the section of the documents that defines it.
 */
function titleOf({ anchor, section }) {
  const title = anchor.replaceAll("-", " ").slice(0, 60);
  return title ? title[0].toUpperCase() + title.slice(1) : section;
}

/**
 * @param {Record<string, any>} inputs Header.
 * @param {number} index
 * @returns {string} What a class is called.
 */
export function classOf(inputs, index) {
  return String(inputs.class_names?.[index] ?? index);
}

/**
 * @param {import("../derive.js").Column} column
 * @param {Record<string, any>} record
 * @param {Record<string, any>} inputs
 * @param {number} probe
 * @returns {Row[]}
 */
function classes({ table }, record, inputs, probe) {
  const bdi = (/** @type {number} */ index) => h("bdi", null, short(classOf(inputs, index), 60));
  const [target, predicted] = [record.classes?.[probe], record.predicted?.[probe]];
  const label = inputs.labels?.[probe];
  const known = typeof label === "number" && Number.isInteger(label);
  /** @type {Row[]} */
  const rows = [
    typeof target === "number"
      ? { measure: term("explained"), name: "target", value: bdi(target), longer: classOf(inputs, target) }
      : { measure: term("explained"), name: "target", value: "value", longer: String(record.target ?? "") },
  ];
  if (typeof predicted === "number") {
    const wrong = known && predicted !== label;
    const mark = wrong && h("span", { class: "wrong", title: "Not the label." }, " \u2717");
    const measure = measureIn([table], "predicted");
    rows.push({ measure, name: "predicted", value: [bdi(predicted), mark], longer: classOf(inputs, predicted) });
  }
  const of = term("label");
  if (known && typeof predicted === "number")
    rows.push({ measure: of, name: "label", value: bdi(label), longer: classOf(inputs, label) });
  else if (typeof label === "number") rows.push({ measure: of, name: "label", value: digits(label), kind: "number" });
  return rows;
}

/**
 * @param {Measure} measure
 * @param {number} value
 * @returns {Row}
 */
function amount(measure, value) {
  const { flag } = measure;
  if (flag && (value === 0 || value === 1))
    return {
      measure,
      name: words(measure),
      value: value === 1 ? "yes" : "no",
      longer: flag[1 - value],
      kind: "number",
    };
  const text = measure.percent ? told(measure, value) : (measure.signed ? signed : digits)(value);
  const longer = Number.isFinite(value) ? exact(value) : null;
  return { measure, name: words(measure), value: text, longer, kind: "number" };
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @returns {VNode}
 */
function list(title, rows) {
  return h(
    "section",
    { key: title },
    h("h2", null, short(title, 60)),
    h(
      "dl",
      null,
      rows.map(({ measure, name, value, longer = null, kind = "" }) =>
        h(
          "div",
          { key: name },
          h("dt", null, about(measure, measure.flag && kind ? measure.flag[0] : name)),
          h("dd", { class: kind, "data-fact": name, title: longer && short(longer) }, value),
        ),
      ),
    ),
  );
}
