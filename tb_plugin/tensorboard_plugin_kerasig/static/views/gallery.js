/** All probes of a set at one step; of several runs, the same probe side by side. */

import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { number } from "../packed.js";
import { pinButton } from "./pins.js";
import { opening } from "./tabs.js";
import { pictures } from "./pictures.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode}
 */
export function gallery(view, state, actions) {
  const columns = view.columns.filter((column) => column.inputs && column.record && !column.error);
  const busy = view.columns.some((column) => !column.settled);
  const cards = columns.length
    ? Array.from({ length: view.probes }, (_, probe) => card(view, state, actions, columns, probe))
    : [];
  return h(
    "section",
    {
      class: "gallery",
      "data-kind": view.kind,
      "aria-label": "Probes",
      "aria-busy": String(busy),
      style: { "--runs": String(columns.length || 1) },
    },
    cards,
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Column[]} columns
 * @param {number} probe
 * @returns {VNode}
 */
function card(view, state, actions, columns, probe) {
  const header = columns.find(({ inputs }) => inputs && probe < inputs.header.probes)?.inputs?.header ?? {};
  const name = header.names?.[probe] ?? `probe ${probe}`;
  const group = header.groups?.[probe];
  return h(
    "article",
    { class: "card", key: probe, "aria-label": short(name), "data-probe": probe, on: { click: opening(actions, probe) } },
    h(
      "h3",
      { title: short(name) },
      h("button", { type: "button", class: "open" }, h("bdi", { class: "name" }, short(name))),
      group && h("bdi", { class: "tag" }, short(group, 40)),
      pinButton(view, state, actions, probe),
    ),
    h(
      "div",
      { class: "cells" },
      columns.map((column) => cell(view, state, column, probe, columns.length > 1, name)),
    ),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Column} column
 * @param {number} probe
 * @param {boolean} several Whether there are other runs to tell this one from.
 * @param {string} name The card's.
 * @returns {VNode}
 */
function cell(view, state, column, probe, several, name) {
  const { run, inputs, record, step } = column;
  const title =
    several &&
    h(
      "div",
      { class: "of", style: { "border-color": runColor(run.index, state.dark) }, title: short(run.name) },
      h("bdi", { class: "name" }, short(run.name) || "."),
      step !== null &&
        step !== view.step &&
        h("span", { class: "muted", title: "This run has no record at the chosen step." }, `step ${count(step)}`),
    );
  if (!inputs || !record || probe >= record.header.probes)
    return h("div", { class: "cell", key: column.key }, title, h("p", { class: "muted" }, "not in this run"));
  const own = inputs.header.names?.[probe] ?? name;
  const drawn = pictures({
    record,
    inputs,
    probe,
    limit: view.limit(column, probe),
    kind: inputs.header.probe_kind,
    state,
  });
  return h(
    "div",
    { class: "cell", key: column.key },
    title,
    own !== name && h("bdi", { class: "name muted", title: short(own) }, short(own)),
    h("div", { class: "pictures" }, drawn.length ? drawn : h("p", { class: "muted" }, "no values")),
    facts(column, record.header, inputs.header, probe),
  );
}

/**
 * @param {Column} column
 * @param {Record<string, any>} record Header.
 * @param {Record<string, any>} inputs Header.
 * @param {number} probe
 * @returns {VNode}
 */
function facts(column, record, inputs, probe) {
  const className = (/** @type {number} */ index) => inputs.class_names?.[index] ?? String(index);
  const target = record.classes?.[probe];
  const predicted = record.predicted?.[probe];
  const label = inputs.labels?.[probe];
  const known = typeof label === "number" && Number.isInteger(label) && predicted !== undefined && predicted !== null;
  const wrong = known && predicted !== label;
  const residual = number(record.residual?.[probe]);
  const doubtful = record.converged?.[probe] === false;
  const doubt = `Not converged: residual ${digits(residual)}, map error ${digits(number(record.map_error?.[probe]))}.`;
  const shown = [
    fact(
      "target",
      typeof target === "number" ? h("bdi", null, short(className(target), 60)) : "value",
      typeof target === "number" ? className(target) : record.target,
    ),
    typeof predicted === "number" &&
      fact(
        "predicted",
        [
          h("bdi", null, short(className(predicted), 60)),
          wrong && h("span", { class: "wrong", title: `The label is ${short(className(label), 60)}.` }, " \u2717"),
        ],
        className(predicted),
      ),
    fact("score", digits(number(record.score?.[probe])), null, "number"),
    fact(
      "residual",
      [
        doubtful && h("span", { class: "warning", role: "img", "aria-label": doubt, title: doubt }, "\u26a0 "),
        digits(residual),
      ],
      doubtful ? doubt : null,
      "number",
    ),
  ].filter(Boolean);
  return h("dl", { class: "facts", "data-facts": String(shown.length) }, shown);
}

/**
 * @param {string} name
 * @param {any} value
 * @param {string | null} [title]
 * @param {string} [kind]
 * @returns {VNode}
 */
function fact(name, value, title = null, kind = "") {
  return h(
    "div",
    null,
    h("dt", null, name),
    h("dd", { class: kind, title: title && short(title), "data-fact": name }, value),
  );
}
