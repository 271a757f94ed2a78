/** What a view or a card can be saved as: a menu, a sheet, and how far an animation is. */

import { MOST_FRAMES } from "../animation.js";
import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { count, counted, percent, short } from "../format.js";
import { icon } from "./icons.js";
import { sheet } from "./sheet.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../save.js").Form} Form
 * @typedef {import("./page.js").Actions} Actions
 */

/** @type {[Form, string, string][]} */
const PICTURES = [
  ["png", "Picture (PNG)", "What is seen, without the controls"],
  ["svg", "Drawing (SVG)", "The same as shapes and texts, to be edited or printed at any size"],
];
/** @type {[Form, string, string]} */
const TABLE = ["csv", "Table (CSV)", "The numbers of this view, in full"];

/**
 * @param {View} view
 * @param {boolean} whole Whether of the whole view.
 * @param {(form: Form, event: Event) => void} choose
 * @returns {VNode[]} A button for each form.
 */
function forms({ steps }, whole, choose) {
  const { length } = steps;
  const frames = length > MOST_FRAMES ? `${MOST_FRAMES} of ${count(length)} records` : counted(length, "record");
  /** @type {[Form, string, string][]} */
  const moving =
    length > 1 ? [["gif", `Animation (GIF, ${frames})`, "What is seen at each step, one after the other"]] : [];
  return [...PICTURES, ...moving, ...(whole ? [TABLE] : [])].map(([form, label, title]) =>
    h(
      "button",
      { type: "button", key: form, title, on: { click: (/** @type {Event} */ event) => choose(form, event) } },
      label,
    ),
  );
}

/**
 * @param {View} view
 * @param {Actions} actions
 * @returns {VNode}
 */
export function saving(view, actions) {
  const close = (/** @type {any} */ event) => {
    const menu = event.target.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus();
  };
  return h(
    "details",
    {
      class: "menu",
      on: {
        keydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key !== "Escape" || !(/** @type {any} */ (event.currentTarget).open)) return;
          event.preventDefault();
          close(event);
        },
        focusout: (/** @type {any} */ event) => {
          if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget))
            event.currentTarget.open = false;
        },
      },
    },
    h("summary", { class: "keys" }, "Save"),
    h(
      "div",
      { class: "sheetlet" },
      forms(view, true, (form, event) => {
        close(event);
        actions.save(form);
      }),
    ),
  );
}

/**
 * @param {View} view
 * @param {Actions} actions
 * @param {number} probe
 * @returns {VNode} What opens the sheet of one card.
 */
export function keepButton(view, { choose }, probe) {
  return h(
    "button",
    {
      type: "button",
      class: "icon small keeping",
      // A key does the same: no third stop for each of many cards.
      tabindex: -1,
      "aria-label": `Save ${short(nameOf(view, probe), 60)}`,
      title: "Save this card (F)",
      on: {
        click: (/** @type {Event} */ event) => {
          event.stopPropagation();
          choose({ keeping: probe });
        },
      },
    },
    icon("save"),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode} The sheet of the card that is to be saved.
 */
export function keeping(view, { keeping: probe }, { choose, save }) {
  const close = () => choose({ keeping: null });
  const title = probe !== null && ["Save ", h("bdi", null, short(nameOf(view, probe), 60))];
  return sheet(
    { name: "keep", open: probe !== null, close, title },
    probe === null
      ? []
      : [
          h(
            "div",
            { class: "forms" },
            forms(view, false, (form) => {
              close();
              save(form, probe);
            }),
          ),
        ],
  );
}

/**
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode[]} How far the animation is, and what ends it; or why something was not saved.
 */
export function filming({ filming: now, unsaved }, { choose }) {
  if (!now && unsaved !== null) {
    return [
      h(
        "div",
        { class: "filming unsaved", key: "unsaved" },
        h("span", { class: "warning", role: "alert" }, unsaved),
        h("button", { type: "button", class: "plain", on: { click: () => choose({ unsaved: null }) } }, "Close"),
      ),
    ];
  }
  if (!now) return [];
  const share = now.done / Math.max(1, now.of);
  return [
    h(
      "div",
      { class: "filming", role: "group", "aria-label": "Animation", key: "filming" },
      h("span", { role: "status" }, now.done < now.of / 2 ? "Going through the steps" : "Making the animation"),
      h("progress", { max: now.of, value: now.done, "aria-label": "Progress" }),
      h("span", { class: "number" }, percent(share)),
      h("button", { type: "button", class: "plain", on: { click: () => choose({ filming: null }) } }, "Cancel"),
    ),
  ];
}
