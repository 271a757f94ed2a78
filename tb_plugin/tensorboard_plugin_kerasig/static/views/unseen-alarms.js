/** Alarms of runs that nobody chose not to see: of many runs, some are shown before anybody chooses. */

import { h } from "../dom.js";
import { count, counted, short } from "../format.js";

/**
 * @typedef {import("../derive.js").Run} Run
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

const MOST_NAMED = 3;
/** As below the slider. */
const MARK = "\u25b2";

/**
 * @param {Run} run
 * @param {string | null} set
 * @returns {number} At how many records of the set an alarm fired; 0 where the server does not say.
 */
function alarmedOf({ sets }, set) {
  return sets.find(({ title }) => title === set)?.alarmed ?? 0;
}

/**
 * @param {Run} run
 * @param {string | null} set
 * @returns {VNode | null} A mark in the list of runs.
 */
export function alarmMark(run, set) {
  const records = alarmedOf(run, set);
  if (!records) return null;
  const label = `An alarm fired in ${counted(records, "record")}`;
  return h("span", { class: "fired flag", role: "img", key: "fired", "aria-label": label, title: label }, MARK);
}

/**
 * @param {View} view
 * @param {State} state
 * @param {(patch: Partial<State>) => void} choose
 * @returns {VNode | null} Which of the runs that are not shown have alarms, and a way to see them.
 */
export function unseenAlarms(view, state, choose) {
  if (state.runs !== null) return null;
  const unseen = view.runs.filter((run) => run.has && run.listed && !run.chosen && alarmedOf(run, view.set) > 0);
  if (!unseen.length) return null;
  const named = unseen.slice(0, MOST_NAMED);
  const shown = view.runs.filter(({ chosen }) => chosen);
  const runs = view.runs.filter((run) => shown.includes(run) || unseen.includes(run)).map(({ run }) => run);
  return h(
    "p",
    { class: "unseen-alarms", key: "unseen-alarms" },
    h("span", { class: "fired flag", "aria-hidden": "true" }, MARK),
    ` Alarms fired in ${counted(unseen.length, "run")} that ${unseen.length === 1 ? "is" : "are"} not shown: `,
    named.flatMap(({ label }, i) => [i ? ", " : "", h("bdi", { key: i }, short(label, 40) || ".")]),
    unseen.length > named.length && ` and ${count(unseen.length - named.length)} more`,
    ". ",
    h(
      "button",
      { type: "button", class: "link", on: { click: () => choose({ runs }) } },
      unseen.length === 1 ? "Show it too" : "Show them too",
    ),
  );
}
