/** What alarms found, visible at once: who, when, in which words, and the causal check as two bars. */

import { runColor } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { count, counted, short } from "../format.js";
import { findingsOf, percent } from "../overview.js";
import { number } from "../packed.js";
import { suspectLines } from "./suspect-line.js";
import { unseenAlarms } from "./unseen-alarms.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../overview.js").Overview} Overview
 * @typedef {import("../overview.js").Finding} Finding
 */

const SHOWN_AT_FIRST = 3;
const SENTENCE = 600;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Overview} overview
 * @returns {VNode | null}
 */
export function findings(view, state, actions, overview) {
  const found = findingsOf(overview.runs);
  const lines = suspectLines(view, state, actions);
  const unseen = unseenAlarms(view, state, actions.choose);
  if (!found.length && !lines.length && !unseen) return null;
  const alarms = found.length > 0 || unseen !== null;
  const drawn = found.map(({ finding, sum }) => {
    const column = view.columns.find(({ run }) => run.run === sum.run);
    return column ? one(view, state, actions, column, finding) : null;
  });
  const rest = drawn.slice(SHOWN_AT_FIRST);
  return h(
    "section",
    { class: "findings", key: "findings", "aria-labelledby": "findings-title" },
    h("h2", { id: "findings-title" }, alarms ? "Alarms" : "Suspects"),
    drawn.slice(0, SHOWN_AT_FIRST),
    rest.length > 0 && h("details", { key: "rest" }, h("summary", null, `${count(rest.length)} more`), rest),
    unseen,
    alarms && lines.length > 0 && h("h2", { key: "suspects" }, "Suspects"),
    lines,
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {import("../derive.js").Column} column
 * @param {Finding} finding
 * @returns {VNode}
 */
function one(view, state, actions, { run, key, table }, finding) {
  const step = table ? table.steps[table.at(finding.step)] : finding.step;
  const color = runColor(run.index, state.dark);
  const again = finding.records > 1 && `and in ${counted(finding.records - 1, "later record")}`;
  return h(
    "article",
    {
      class: finding.loud === false ? "finding quiet" : "finding",
      key: `${key} ${finding.name} ${finding.message}`,
      style: { "border-left-color": color },
    },
    h(
      "h3",
      null,
      h("bdi", { class: "kind" }, short(String(finding.name), 60)),
      h("span", { class: "muted" }, " in "),
      h("bdi", { title: short(run.name) }, short(run.label, 60)),
      h(
        "button",
        {
          type: "button",
          class: "link",
          title: "Go to this step",
          on: { click: () => actions.visit(nearest(view.steps, step)) },
        },
        `step ${count(step)}`,
      ),
      again && h("span", { class: "muted" }, again),
    ),
    h("p", null, h("bdi", null, short(String(finding.message), SENTENCE))),
    check(finding),
  );
}

/**
 * @param {Finding} finding
 * @returns {VNode | null} How much of the score is lost where the region is replaced, beside random regions.
 */
function check({ effect, random_effect: random }) {
  const [own, others] = [number(effect), number(random)];
  if (!Number.isFinite(own) || !Number.isFinite(others)) return null;
  const most = Math.max(Math.abs(own), Math.abs(others), 1e-12);
  const bar = (/** @type {string} */ label, /** @type {number} */ value, /** @type {string} */ kind) =>
    h(
      "div",
      { class: "loss", key: kind },
      h("dt", null, label),
      h("dd", null, h("i", { class: kind, style: { width: `${(100 * Math.max(0, value)) / most}%` } })),
      h("dd", { class: "number" }, percent(value)),
    );
  return h(
    "dl",
    { class: "losses", "aria-label": "Score lost where the region is replaced by the baseline" },
    bar("score lost without the region", own, "own"),
    bar("without a random region, at most", others, "random"),
  );
}
