/** Which probe a view of one probe is about, and the ways to another. */

import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { term } from "../terms.js";
import { aboutAll } from "./about.js";
import { icon } from "./icons.js";
import { pinButton } from "./pins.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode}
 */
export function subject(view, state, actions) {
  const { probe, probes } = view;
  const header = view.columns.find(({ inputs }) => inputs && probe < inputs.header.probes)?.inputs?.header;
  const group = header?.groups?.[probe];
  const other = state.view === "probe" ? "path" : "probe";
  return h(
    "header",
    { class: "subject" },
    // Gets the focus when a probe is opened: a control would keep the page's keys for itself.
    h("h2", { class: "unseen", tabindex: -1 }, `Probe ${short(nameOf(view, probe), 60)}`),
    h(
      "button",
      {
        class: "icon",
        type: "button",
        "aria-label": "Previous probe",
        title: "Previous probe (K)",
        on: { click: () => actions.turn(-1) },
      },
      icon("previous"),
    ),
    h(
      "select",
      {
        class: "which",
        "aria-label": "Probe",
        value: String(probe),
        on: { change: (/** @type {any} */ event) => actions.open(Number(event.target.value)) },
      },
      Array.from({ length: probes }, (_, i) =>
        h("option", { value: i, key: i, selected: i === probe }, short(nameOf(view, i), 60)),
      ),
    ),
    h(
      "button",
      {
        class: "icon",
        type: "button",
        "aria-label": "Next probe",
        title: "Next probe (J)",
        on: { click: () => actions.turn(1) },
      },
      icon("next"),
    ),
    pinButton(view, state, actions, probe),
    h("span", { class: "muted" }, `${probe + 1} of ${probes}`),
    group && h("bdi", { class: "tag name" }, short(group, 60)),
    h("span", { class: "space" }),
    aboutAll(
      "What this view shows",
      ["attribution", "input", "place", "sinceFirst", "sincePrevious", "step", "epoch", "record"].map(term),
    ),
    h(
      "button",
      { type: "button", class: "chip", on: { click: () => actions.show(other, ".subject h2") } },
      other === "path" ? "Its path" : "Its attributions",
    ),
  );
}
