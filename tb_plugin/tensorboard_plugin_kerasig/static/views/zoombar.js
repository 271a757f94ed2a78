/** The buttons that zoom: all large pictures at once. */

import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { count, percent, short } from "../format.js";
import { fitted } from "../sizes.js";
import { bounded, MOST_SCALE, ZOOM_STEP, zoomedBy, zoomOf } from "../zoom.js";
import { icon } from "./icons.js";
import { LEAST_SIDE, sideFor } from "./room.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../state.js").State} State
 * @typedef {import("../derive.js").View} View
 */

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode}
 */
export function zoombar(view, state, { choose }) {
  const { zoom, full } = state;
  const { scale } = zoomOf(zoom);
  const one = actualScale(view, state);
  const shown = scale / one;
  return h(
    "div",
    { class: "zoombar", role: "group", "aria-label": "Zoom", key: "zoombar" },
    button("minus", "Zoom out", "\u2212", scale === 1 || scale <= one, () => choose(zoomedIn(1 / ZOOM_STEP, one))),
    h("output", { class: "number", "aria-label": "Size" }, percent(shown)),
    button("plus", "Zoom in", "+", scale >= MOST_SCALE, () => choose(zoomedIn(ZOOM_STEP))),
    chip("Actual size", "One pixel of the picture is one of the page (A)", Math.abs(shown - 1) < 1e-3, () =>
      choose(actualSize(view)),
    ),
    chip("Whole picture", "As large as there is room for (0)", zoom === null, () => choose({ zoom: null })),
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": String(full),
        title: full ? "Back to the page (Esc)" : "Fill the screen with the pictures (L)",
        on: { click: () => choose({ full: !full }) },
      },
      "Full screen",
    ),
    full && h("bdi", { class: "name" }, short(nameOf(view, view.probe), 60)),
    full && view.step !== null && h("span", { class: "muted" }, `step ${count(view.step)}`),
  );
}

/**
 * @param {number} factor
 * @param {number} [least] How small a picture that is smaller than its place may become.
 * @returns {(state: State) => Partial<State>}
 */
export function zoomedIn(factor, least) {
  return ({ zoom }) => ({ zoom: zoomedBy(zoom, factor, undefined, least) });
}

/**
 * @param {View} view
 * @returns {(state: State) => Partial<State>} One pixel of the picture for one of the page, around what is in the middle.
 */
export function actualSize(view) {
  return (state) => ({ zoom: bounded({ ...zoomOf(state.zoom), scale: actualScale(view, state) }) });
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {number} The scale at which one pixel of the picture is one of the page.
 */
function actualScale(view, state) {
  const { plane, look } = view;
  const side = sideFor(view, state);
  return plane ? plane[1] / fitted(plane, look.inset ? Math.max(LEAST_SIDE, side - look.inset) : side).width : 1;
}

/**
 * @param {"plus" | "minus"} name
 * @param {string} label
 * @param {string} key
 * @param {boolean} disabled
 * @param {() => void} act
 * @returns {VNode}
 */
function button(name, label, key, disabled, act) {
  return h(
    "button",
    {
      type: "button",
      class: "icon small",
      "aria-label": label,
      title: `${label} (${key})`,
      disabled,
      on: { click: act },
    },
    icon(name),
  );
}

/**
 * @param {string} text
 * @param {string} title
 * @param {boolean} pressed
 * @param {() => void} act
 * @returns {VNode}
 */
function chip(text, title, pressed, act) {
  return h(
    "button",
    { type: "button", class: "chip", title, "aria-pressed": String(pressed), on: { click: act } },
    text,
  );
}
