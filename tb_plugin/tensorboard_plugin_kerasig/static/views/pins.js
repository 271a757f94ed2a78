/** Probes that were put aside: one button each, on every view. */

import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { icon } from "./icons.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../derive.js").View} View
 * @typedef {import("./page.js").Actions} Actions
 * @typedef {import("../dom.js").VNode} VNode
 */

/**
 * @param {State} state
 * @param {string | null} set
 * @param {number} probe
 * @returns {boolean}
 */
export function isPinned(state, set, probe) {
  return state.pins.some((pin) => pin.set === set && pin.probe === probe);
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode | false}
 */
export function pins(view, state, actions) {
  if (!state.pins.length) return false;
  return h(
    "section",
    { class: "pins", "aria-label": "Pinned probes" },
    state.pins.map((pin) => {
      const here = pin.set === view.set;
      const name = here ? nameOf(view, pin.probe) : `${pin.set} \u203a ${pin.probe}`;
      const shown = here && (state.view === "probe" || state.view === "path") && pin.probe === view.probe;
      return h(
        "span",
        { class: "pin", key: `${pin.probe}:${pin.set}`, "data-pin": `${pin.probe}` },
        h(
          "button",
          {
            type: "button",
            class: "open",
            title: short(name),
            "aria-current": shown ? "true" : null,
            on: { click: () => actions.open(pin.probe, pin.set) },
          },
          h("bdi", { class: "name" }, short(name, 60)),
        ),
        h(
          "button",
          {
            type: "button",
            class: "icon small",
            "aria-label": `Unpin ${short(name, 60)}`,
            title: "Unpin",
            on: { click: () => actions.pin(pin.probe, pin.set) },
          },
          icon("close"),
        ),
      );
    }),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @param {number} probe
 * @returns {VNode} A switch that pins a probe of the set that is shown.
 */
export function pinButton(view, state, actions, probe) {
  const on = isPinned(state, view.set, probe);
  return h(
    "button",
    {
      type: "button",
      class: "icon small pinning",
      "aria-pressed": String(on),
      "aria-label": `Pin ${short(nameOf(view, probe), 60)}`,
      title: on ? "Unpin (P)" : "Pin (P)",
      on: {
        click: (/** @type {Event} */ event) => {
          event.stopPropagation();
          actions.pin(probe);
        },
      },
    },
    icon(on ? "pinned" : "pin"),
  );
}
