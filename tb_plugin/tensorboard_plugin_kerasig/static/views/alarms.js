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

/**
 * @param {View} view
 * @param {Go} go
 * @returns {VNode[]} One mark per step at which an alarm fired.
 */
export function marks({ alarms, steps }, go) {
  const last = steps.length - 1;
  return alarms.map((index) => {
    const label = `Alarm at step ${count(steps[index])}`;
    return h("button", {
      class: "mark",
      type: "button",
      key: `alarm ${steps[index]}`,
      "aria-label": label,
      title: label,
      style: { "--at": String(last > 0 ? index / last : 0) },
      on: { click: () => go(index) },
    });
  });
}

/**
 * @param {View} view
 * @param {Go} go
 * @returns {VNode | null} All steps with an alarm, and the sentences of those on the page; null without any.
 */
export function alarms(view, go) {
  if (!view.alarms.length) return null;
  return h(
    "section",
    { class: "alarms", "aria-label": "Alarms" },
    h(
      "div",
      { class: "chips" },
      h("span", { class: "flag" }, "\u26a0 Alarms at step"),
      view.alarms.map((index) =>
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
    ),
    view.columns.flatMap((column) => sentences(column, view.columns.length > 1)),
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
      several && [h("bdi", { class: "name" }, short(run.name, 60) || "."), ", "],
      h("bdi", { class: "name" }, short(String(alarm?.name ?? "Alarm"), 100)),
      ` at step ${count(step)}: `,
      h("bdi", null, short(String(alarm?.message ?? ""), SENTENCE)),
    ),
  );
}
