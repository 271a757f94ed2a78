/** Where the scalars of a log jumped from one step to the next, the most unusual first. */

import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { count, digits } from "../format.js";
import { told } from "../quantity.js";
import { term } from "../terms.js";
import { jumpsOf } from "../timeline.js";
import { about } from "./about.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./page.js").Actions} Actions
 * @typedef {import("./tracks.js").Track} Track
 */

const MOST_JUMPS = 12;

/**
 * @param {View} view
 * @param {Track[]} tracks
 * @param {string[]} names
 * @param {string} shown
 * @param {Actions} actions
 * @returns {VNode}
 */
export function jumps(view, tracks, names, shown, actions) {
  const all = tracks
    .flatMap((track) =>
      names
        .filter((name) => track.table.names.includes(name))
        .flatMap((name) => jumpsOf(track.table, name).map((jump) => ({ ...track, jump }))),
    )
    .sort((a, b) => b.jump.size - a.jump.size);
  if (!all.length) return h("p", { class: "muted jumps", key: "jumps" }, "No scalar jumped from one step to the next.");
  return h(
    "table",
    { class: "jumps readings", key: "jumps" },
    h("caption", null, all.length > MOST_JUMPS ? `Largest jumps, ${MOST_JUMPS} of ${count(all.length)}` : "Jumps"),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", null, "scalar"),
        h("th", null, "run"),
        h("th", { class: "number" }, "step"),
        h("th", { class: "number" }, "mean, before and after"),
        h("th", { class: "number" }, about(term("jump"))),
      ),
    ),
    h(
      "tbody",
      null,
      all.slice(0, MOST_JUMPS).map(({ table, name: run, color, column, jump }) => {
        const step = table.steps[jump.index];
        const go = () => {
          actions.choose({ stat: jump.name });
          actions.go(nearest(view.steps, step));
        };
        return h(
          "tr",
          { key: `${column.key} ${jump.name} ${step}`, class: jump.name === shown ? "shown" : "" },
          h(
            "td",
            null,
            h(
              "button",
              { type: "button", class: "open", on: { click: go } },
              h("span", { class: "name" }, words(table.measure(jump.name))),
            ),
          ),
          h("td", null, h("i", { class: "swatch", style: { background: color } }), h("bdi", { class: "name" }, run)),
          h("td", { class: "number" }, count(step)),
          h("td", { class: "number" }, change(jump.from, jump.to, table.measure(jump.name))),
          h("td", { class: "number" }, told({ ...table.measure(jump.name), signed: false }, jump.usual)),
        );
      }),
    ),
  );
}

/**
 * @param {number} from
 * @param {number} to
 * @param {import("../measures.js").Measure} [measure] A plain number's if left out.
 * @returns {string}
 */
export function change(from, to, measure) {
  const text = (/** @type {number} */ value) => (measure ? told(measure, value) : digits(value));
  return `${text(from)} \u2192 ${text(to)}`;
}
