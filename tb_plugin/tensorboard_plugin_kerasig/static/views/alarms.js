/** Alarms: marks on the step slider, and what they say where their step is shown. */

import { h } from "../dom.js";
import { count, short } from "../format.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(index: number) => void} Go
 */

/** The longest sentence that is shown. */
const SENTENCE = 2000;
/** Marks that have room beside each other on the slider. */
const MOST_MARKS = 80;
/** Sentences that are seen without being asked for: what they are about is below them. */
const SAID_AT_ONCE = 3;
/** Steps that are listed at a time. */
const MOST_LISTED = 24;

/**
 * @param {View} view
 * @param {Go} go
 * @returns {VNode[]} A mark at each step at which an alarm fired; one for several that would cover each other.
 */
export function marks({ alarms, steps }, go) {
  const last = steps.length - 1;
  return together(alarms, steps.length).map((group) => {
    const [first, end] = [group[0], group[group.length - 1]];
    const label =
      group.length === 1
        ? `Alarm at step ${count(steps[first])}`
        : `Alarms at ${count(group.length)} steps from ${count(steps[first])} to ${count(steps[end])}`;
    return h("button", {
      class: "mark",
      type: "button",
      key: `alarm ${steps[first]}`,
      "aria-label": label,
      title: label,
      style: { "--at": String(last > 0 ? first / last : 0) },
      on: { click: () => go(first) },
    });
  });
}

/**
 * @param {number[]} alarms Indices of steps, ascending.
 * @param {number} steps How many there are.
 * @returns {number[][]} The alarms that share a mark.
 */
function together(alarms, steps) {
  if (alarms.length <= MOST_MARKS) return alarms.map((index) => [index]);
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const index of alarms) {
    const place = Math.floor((MOST_MARKS * index) / steps);
    const group = groups.get(place);
    if (group) group.push(index);
    else groups.set(place, [index]);
  }
  return [...groups.values()];
}

/**
 * @param {View} view
 * @param {Go} go
 * @returns {VNode | null} The steps with an alarm, and the sentences of those on the page; null without any. Of many
 * steps, some around the shown one, and ways to those before and after them.
 */
export function alarms(view, go) {
  const all = view.alarms;
  if (!all.length) return null;
  const latest = Math.max(0, all.filter((index) => index <= view.index).length - 1);
  const from = latest - (latest % MOST_LISTED);
  const to = Math.min(all.length, from + MOST_LISTED);
  const said = view.columns.flatMap((column) => sentences(column, view.columns.length > 1));
  const way = (/** @type {number} */ number, /** @type {string} */ where, /** @type {number} */ index) =>
    number > 0 &&
    h(
      "button",
      {
        type: "button",
        class: "chip number",
        key: where,
        title: `Step ${count(view.steps[index])}`,
        on: { click: () => go(index) },
      },
      `${count(number)} ${where}`,
    );
  return h(
    "section",
    { class: "alarms", "aria-label": "Alarms" },
    h(
      "div",
      { class: "chips" },
      h("span", { class: "flag" }, "\u26a0 Alarms at step"),
      way(from, "earlier", all[from - 1]),
      all.slice(from, to).map((index) =>
        h(
          "button",
          {
            type: "button",
            class: "chip alarmed number",
            key: view.steps[index],
            "aria-pressed": String(index === view.index),
            on: { click: () => go(index) },
          },
          count(view.steps[index]),
        ),
      ),
      way(all.length - to, "later", all[to]),
    ),
    said.slice(0, SAID_AT_ONCE),
    said.length > SAID_AT_ONCE &&
      h(
        "details",
        { key: "rest" },
        h("summary", null, `${count(said.length - SAID_AT_ONCE)} more at this step`),
        said.slice(SAID_AT_ONCE),
      ),
  );
}

/**
 * @param {import("../derive.js").Column} column
 * @param {boolean} several Whether there are other runs to tell this one from.
 * @returns {VNode[]}
 */
function sentences({ record, step, run, key, error }, several) {
  const fired = record && !error ? record.header.alarms : null;
  if (!Array.isArray(fired) || step === null) return [];
  return fired.map((alarm, i) =>
    h(
      "p",
      { class: "alarm", role: "status", key: `${key} ${i}` },
      several && [h("bdi", { class: "name" }, short(run.label, 60) || "."), ", "],
      h("bdi", { class: "name" }, short(String(alarm?.name ?? "Alarm"), 100)),
      ` at step ${count(step)}: `,
      h("bdi", null, short(String(alarm?.message ?? ""), SENTENCE)),
    ),
  );
}
