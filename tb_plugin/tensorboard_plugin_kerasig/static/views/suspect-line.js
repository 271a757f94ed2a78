/** Suspects where other things are shown: a line for each run in the overview, and a mark where each first stood clear. */

import { arrivals } from "../audits.js";
import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./frame.js").Mark} Mark
 */

const SENTENCE = 300;
const MOST_NAMED = 3;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode[]} What the audit that is shown found in each run, and the way to it.
 */
export function suspectLines({ audits }, state, actions) {
  return audits.flatMap((own) => {
    const { column, at, summary } = own;
    const { run, key } = column;
    if (at === null || !summary || summary.error !== null) return [];
    const found = (summary.clear ?? 0) > 0;
    return [
      h(
        "p",
        {
          class: found ? "finding suspect-line" : "finding suspect-line quiet",
          key: `suspects ${key}`,
          "data-run": run.run,
          style: { "border-left-color": runColor(run.index, state.dark) },
        },
        h("bdi", { title: short(run.name) }, short(run.label, 60) || "."),
        h("span", { class: "muted" }, ` at step ${count(at)}: `),
        found ? places(own) : h("bdi", null, short(String(summary.sentence ?? ""), SENTENCE)),
        " ",
        h(
          "button",
          { type: "button", class: "link", on: { click: () => actions.show("suspects", "#tab-suspects") } },
          found ? "See the suspects" : "What was looked at",
        ),
      ),
    ];
  });
}

/**
 * @param {import("../audits.js").OfRun} own
 * @returns {(VNode | string)[]} Those that stand clear, in one line.
 */
function places({ told, at, summary }) {
  const clear = (told?.suspects ?? []).filter((place) => at !== null && place.clear.includes(at));
  const all = summary?.clear ?? clear.length;
  const named = clear.slice(0, MOST_NAMED);
  const rest = all - named.length;
  const between = (/** @type {number} */ i) => (i === 0 ? "" : i === all - 1 ? " and " : ", ");
  return [
    all === 1 ? "1 suspect stands clear: " : `${count(all)} suspects stand clear: `,
    ...named.flatMap(({ name, group }, i) => [
      between(i),
      h("bdi", null, h("strong", null, short(name, 60))),
      " in ",
      h("bdi", null, short(group, 40)),
    ]),
    rest > 0 ? ` and ${count(rest)} more.` : ".",
  ];
}

/**
 * @param {View} view
 * @returns {Mark[]} Where suspects first stood clear, within the steps that are drawn.
 */
export function suspectMarks({ audits, steps }) {
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 0];
  const several = audits.length > 1;
  return arrivals(audits)
    .filter(({ step }) => step >= first && step <= last)
    .sort((a, b) => a.step - b.step)
    .map(({ own, step, group, name }) => {
      const where = `suspect at step ${count(step)}: ${short(name, 60)} in ${short(group, 40)}`;
      const title = several ? `${short(own.column.run.label, 40)}: ${where}` : `S${where.slice(1)}`;
      return { at: step, kind: /** @type {const} */ ("suspect"), title };
    });
}
