/** Suspects as a table: a row for each, with the causal check as two bars. */

import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { interval, moved, movedAtMatched } from "../intervals.js";
import { number } from "../packed.js";
import { share } from "../quantity.js";
import { term } from "../terms.js";
import { about } from "./about.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../audits.js").Suspect} Suspect
 * @typedef {import("../intervals.js").Interval} Interval
 *
 * @typedef {object} How
 * @property {string} key
 * @property {string} label
 * @property {Suspect | null} chosen The one that is looked at.
 * @property {((suspect: Suspect) => void) | null} choose Null where rows are only to be read.
 */

const HEADS = ["suspectShare", "emphasis", "leadMoved", "flips", "byChance", "groupSize", "firstClear"];

/**
 * @param {Suspect[]} suspects
 * @param {How} how
 * @returns {VNode}
 */
export function suspectTable(suspects, { key, label, chosen, choose }) {
  // One scale for all rows, so that bars can be compared.
  const most = suspects.reduce((top, suspect) => Math.max(top, ...lossesOf(suspect)), 1e-12);
  return h(
    "div",
    { class: "suspect-table", key, tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      { class: choose ? "readings" : "readings grey" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          ["suspectPlace", "suspectGroup"].map((name) => h("th", { key: name, scope: "col" }, about(term(name)))),
          HEADS.map((name) => h("th", { class: "number", key: name, scope: "col" }, about(term(name)))),
        ),
      ),
      h(
        "tbody",
        null,
        suspects.map((suspect, i) => row(suspect, i, most, suspect === chosen, choose)),
      ),
    ),
  );
}

/**
 * @param {Suspect} suspect
 * @param {number} key
 * @param {number} most The largest of all.
 * @param {boolean} chosen
 * @param {How["choose"]} choose
 * @returns {VNode}
 */
function row(suspect, key, most, chosen, choose) {
  const { name, family, group, n, first, flips, p } = suspect;
  const [now, emphasis] = [interval(suspect.share), interval(suspect.emphasis)];
  const text = h("bdi", null, short(name, 80));
  return h(
    "tr",
    {
      key,
      class: chosen ? "shown" : null,
      "data-suspect": short(name, 80),
      on: choose ? { click: () => choose(suspect) } : undefined,
    },
    h(
      "th",
      { scope: "row" },
      choose ? h("button", { type: "button", class: "link open", "aria-pressed": String(chosen) }, text) : text,
      h("span", { class: "muted kind" }, h("bdi", null, short(family, 40))),
    ),
    h("td", null, h("bdi", null, short(group, 60))),
    h("td", { class: "number" }, spread(now, share)),
    h("td", { class: "number" }, spread(emphasis, times)),
    h("td", { class: "number" }, bars(suspect, most)),
    h("td", { class: "number" }, share(number(flips))),
    h("td", { class: "number" }, chance(p)),
    h("td", { class: "number" }, typeof n === "number" ? count(n) : "\u2013"),
    h("td", { class: "number" }, typeof first === "number" ? count(first) : "\u2013"),
  );
}

/**
 * @param {Suspect} suspect
 * @returns {number[]} What moves with its place, and in the mean with matched ones; what is not known is left out.
 */
function lossesOf(suspect) {
  return [moved(suspect).mean, movedAtMatched(suspect).mean].filter(Number.isFinite);
}

/**
 * @param {Suspect} suspect
 * @param {number} most
 * @returns {VNode} Two bars: what moves with the place over what moves with matched ones.
 */
function bars(suspect, most) {
  const bar = (/** @type {number} */ value, /** @type {string} */ kind, /** @type {string} */ what) =>
    h(
      "span",
      { class: "loss-of", key: kind, title: `${what}: ${share(value)}` },
      h("i", { class: kind, style: { width: `${Math.max(0, Math.min(100, (100 * value) / most)) || 0}%` } }),
      h("span", { class: "unseen" }, what),
      h("b", null, share(value)),
    );
  return h(
    "span",
    { class: "losses-of" },
    bar(moved(suspect).mean, "own", "with the place"),
    bar(movedAtMatched(suspect).mean, "random", "with matched places, in the mean"),
  );
}

/**
 * @param {Interval} of
 * @param {(value: number) => string} tell
 * @returns {(VNode | string | false)[]} The mean over its interval.
 */
export function spread({ mean, low, high }, tell) {
  const known = Number.isFinite(low) && Number.isFinite(high);
  return [tell(mean), known && h("span", { class: "muted between" }, ` ${tell(low)} to ${tell(high)}`)];
}

/**
 * @param {number} value
 * @returns {string} How many times as much.
 */
export function times(value) {
  return Number.isFinite(value) ? `${digits(value)}\u00d7` : digits(value);
}

/**
 * @param {unknown} p
 * @returns {string} As a percentage; what is smaller than one in ten thousand is no number to rely on.
 */
export function chance(p) {
  const value = number(p);
  return value < 1e-4 ? "below 0.01%" : share(value);
}
