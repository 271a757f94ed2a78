/** What a number means: a tooltip where the pointer rests, and the same and more on a click, by key and by touch. */

import { h, mount } from "../dom.js";
import { round, short } from "../format.js";
import { address } from "../http.js";
import { share } from "../quantity.js";
import { meaning, words } from "./words.js";

/**
 * @typedef {import("../measures.js").Measure} Measure
 * @typedef {import("../dom.js").VNode} VNode
 */

const ID = "about";
const GAP = 6;
const WIDTH = 320;

/**
 * @param {Measure} measure
 * @param {string} [text] Where it is not the label.
 * @param {(VNode | string)[]} [more] After it.
 * @returns {VNode} What the quantity is called, which tells on a click what it is.
 */
export function about(measure, text = words(measure), more = []) {
  return h(
    "button",
    {
      type: "button",
      class: "about",
      "aria-haspopup": "dialog",
      title: meaning(measure),
      on: { click: (/** @type {Event} */ event) => show(event, text, [measure]) },
    },
    h("span", { class: "term name" }, text, more),
    h("span", { class: "ask", "aria-hidden": "true" }),
  );
}

/**
 * @param {string} title Of them all.
 * @param {Measure[]} measures
 * @returns {VNode} A question mark that tells what they are.
 */
export function aboutAll(title, measures) {
  return h(
    "button",
    {
      type: "button",
      class: "about all",
      "aria-haspopup": "dialog",
      "aria-label": title,
      title,
      on: { click: (/** @type {Event} */ event) => show(event, title, measures) },
    },
    h("span", { class: "ask", "aria-hidden": "true" }),
  );
}

/**
 * @param {Event} event Of a button; the cards below it stay as they are.
 * @param {string} title
 * @param {Measure[]} measures
 * @returns {void}
 */
function show(event, title, measures) {
  event.stopPropagation();
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const sheet = sheetOf();
  if (!sheet.showPopover) return;
  const single = measures.length === 1;
  mount(
    sheet,
    [
      h("h2", { id: `${ID}-title` }, h("bdi", null, short(title, 120))),
      ...measures.flatMap((measure) => [
        single ? null : h("h3", { key: `name ${measure.label}` }, h("bdi", null, words(measure))),
        ...explained(measure),
      ]),
    ].filter((part) => part !== null),
  );
  sheet.showPopover();
  place(sheet, button.getBoundingClientRect());
  sheet.focus();
}

/**
 * @param {Measure} measure
 * @returns {VNode[]}
 */
function explained({ sentence, unit, better, range: [low, high], percent, anchor }) {
  const number = (/** @type {number} */ value) => (percent ? share(value) : round(value));
  const span =
    low !== null && high !== null
      ? `${number(low)} to ${number(high)}`
      : low !== null
        ? `${number(low)} and more`
        : high !== null && `${number(high)} and less`;
  const good = better === "up" ? "the more, the better" : better === "down" ? "the less, the better" : "";
  const rows = [
    ["unit", percent ? "percent" : unit],
    ["values", span],
    ["good", good],
  ].filter(([, text]) => text);
  return [
    h("p", null, h("bdi", null, short(sentence || "The log says nothing about it.", 600))),
    h(
      "dl",
      null,
      rows.map(([name, text]) =>
        h("div", null, h("dt", null, name), h("dd", null, h("bdi", null, short(String(text), 60)))),
      ),
    ),
    anchor
      ? h(
          "p",
          null,
          h(
            "a",
            {
              href: `${address("definitions.html", {})}#${encodeURIComponent(anchor)}`,
              target: "_blank",
              rel: "noopener",
            },
            "How it is computed",
          ),
        )
      : h("p", { class: "muted" }, "It is not among kerasig's own."),
  ];
}

/** @returns {HTMLElement} The one sheet of the page, beside what the views draw: it outlives their steps. */
function sheetOf() {
  const known = document.getElementById(ID);
  if (known) return known;
  const made = document.createElement("div");
  made.id = ID;
  made.tabIndex = -1;
  for (const [name, value] of [
    ["popover", "auto"],
    ["role", "dialog"],
    ["aria-labelledby", `${ID}-title`],
  ])
    made.setAttribute(name, value);
  // The page's own keys do nothing while it is read.
  made.addEventListener("keydown", (event) => {
    if (event.key === "Tab") return;
    event.stopPropagation();
    if (event.key === "Escape") made.hidePopover();
  });
  return document.body.appendChild(made);
}

/**
 * @param {HTMLElement} sheet
 * @param {DOMRect} beside What it is about.
 * @returns {void}
 */
function place(sheet, beside) {
  const { innerWidth, innerHeight } = window;
  sheet.style.maxWidth = `${Math.min(WIDTH, innerWidth - 2 * GAP)}px`;
  const { width, height } = sheet.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(beside.left, innerWidth - width - GAP));
  const below = beside.bottom + GAP;
  const top = below + height <= innerHeight - GAP ? below : Math.max(GAP, beside.top - height - GAP);
  sheet.style.left = `${left}px`;
  sheet.style.top = `${top}px`;
}
