/** The keys of the whole page, and what the sheet says about them; controls that use a key themselves keep it. */

import { turned } from "./audits.js";
import { derive } from "./derive.js";
import { another } from "./pace.js";
import { isUnfolded } from "./room.js";
import { VIEW_NAMES } from "./state.js";
import { swapped } from "./views/compare.js";
import { fitting } from "./views/looks.js";
import { picturesOf } from "./views/probe.js";
import { TITLES } from "./views/tabs.js";
import { scalars } from "./views/timeline.js";
import { actualSize, zoomedIn } from "./views/zoombar.js";
import { ZOOM_STEP } from "./zoom.js";

/**
 * @typedef {object} Context
 * @property {import("./state.js").State} state
 * @property {import("./derive.js").View} view
 * @property {import("./views/page.js").Actions} actions
 *
 * @typedef {object} Binding
 * @property {string} group
 * @property {string} key As an event has it.
 * @property {string} shown As a keyboard has it.
 * @property {string} does
 * @property {((context: Context) => void) | null} act Null where the control in focus acts by itself.
 * @property {(import("./state.js").ViewName)[]} [views] Where it does so; everywhere if left out.
 */

const ONE = /** @type {import("./state.js").ViewName[]} */ (["probe", "path"]);
const TURNED = /** @type {import("./state.js").ViewName[]} */ (["probe", "path", "timeline"]);

const SUSPECTS = /** @type {import("./state.js").ViewName[]} */ (["suspects"]);

const SHOWN = /** @type {import("./state.js").State["show"][]} */ (["overlay", "input", "map"]);
const SIGNS = /** @type {import("./state.js").State["sign"][]} */ ([...["signed", "absolute", "positive", "negative"]]);

const SPREADS = /** @type {import("./state.js").State["spread"][]} */ (["mean", "probes"]);

/** @type {Binding[]} */
export const BINDINGS = [
  ...VIEW_NAMES.map((name, i) => ({
    group: "Views",
    key: String(i + 1),
    shown: String(i + 1),
    does: TITLES[name],
    act: (/** @type {Context} */ { actions }) => actions.show(name),
  })),
  bind("Views", "Escape", "Esc", "back to the gallery", ({ state, actions }) =>
    state.filming
      ? actions.choose({ filming: null })
      : state.full
        ? actions.choose({ full: false })
        : actions.show("gallery"),
  ),
  bind("Views", "f", "F", "save a picture of the view, or the card in focus", ({ actions }) => actions.saveFocused()),
  bind("Views", "c", "C", "copy the link to what is shown", ({ actions }) => actions.share()),
  bind("Views", "b", "B", "the choices at the side, shown or hidden", ({ state, actions }) =>
    actions.choose({ sidebar: !isUnfolded(state) }),
  ),
  bind("Views", "?", "?", "this sheet", ({ actions }) => actions.choose({ help: true })),
  bind("Steps", "ArrowLeft", "\u2190", "previous step", ({ view, actions }) => actions.go(view.index - 1)),
  bind("Steps", "ArrowRight", "\u2192", "next step", ({ view, actions }) => actions.go(view.index + 1)),
  bind("Steps", "Home", "Home", "first step", ({ actions }) => actions.go(0)),
  bind("Steps", "End", "End", "newest step, and follow it", ({ view, actions }) => actions.go(view.steps.length - 1)),
  bind("Steps", " ", "Space", "play, pause", ({ state, actions }) => actions.play(!state.playing)),
  bind("Steps", ",", ",", "play slower", ({ state, actions }) => actions.choose({ speed: another(state.speed, -1) })),
  bind("Steps", ".", ".", "play faster", ({ state, actions }) => actions.choose({ speed: another(state.speed, 1) })),
  bind("Probes", "Enter", "Enter", "open the card in focus", null, ["gallery"]),
  bind(
    "Suspects",
    "j",
    "J",
    "next suspect",
    ({ view, state, actions }) => actions.choose(turned(view, state, 1)),
    SUSPECTS,
  ),
  bind(
    "Suspects",
    "k",
    "K",
    "previous suspect",
    ({ view, state, actions }) => actions.choose(turned(view, state, -1)),
    SUSPECTS,
  ),
  bind("Probes", "j", "J", "next probe", ({ actions }) => actions.turn(1), TURNED),
  bind("Probes", "k", "K", "previous probe", ({ actions }) => actions.turn(-1), TURNED),
  bind(
    "Probes",
    "i",
    "I",
    "overlay, input or map",
    ({ state, actions }) => actions.choose({ show: after(SHOWN, state.show) }),
    ["probe"],
  ),
  bind(
    "Probes",
    "s",
    "S",
    "signed, absolute, positive only or negative only",
    ({ state, actions }) => actions.choose({ sign: after(SIGNS, state.sign) }),
    ONE,
  ),
  bind("Pictures", "+", "+", "zoom in", ({ actions }) => actions.choose(zoomedIn(ZOOM_STEP)), ["probe"]),
  bind("Pictures", "-", "\u2212", "zoom out", ({ actions }) => actions.choose(zoomedIn(1 / ZOOM_STEP)), ["probe"]),
  bind("Pictures", "0", "0", "whole picture", ({ actions }) => actions.choose({ zoom: null }), ["probe"]),
  bind("Pictures", "a", "A", "actual size", ({ view, actions }) => actions.choose(actualSize(view)), ["probe"]),
  bind("Pictures", "l", "L", "full screen", ({ state, actions }) => actions.choose({ full: !state.full }), ["probe"]),
  bind("Volumes", "[", "[", "previous slice", (context) => turn(context, -1), ["probe"]),
  bind("Volumes", "]", "]", "next slice", (context) => turn(context, 1), ["probe"]),
  bind("Path", "[", "[", "previous recorded \u03b1", ({ actions }) => actions.frame(-1), ["path"]),
  bind("Path", "]", "]", "next recorded \u03b1", ({ actions }) => actions.frame(1), ["path"]),
  bind(
    "Timeline",
    "m",
    "M",
    "mean, or each probe",
    ({ state, actions }) => actions.choose({ spread: after(SPREADS, state.spread) }),
    ["timeline"],
  ),
  bind("Timeline", "[", "[", "previous scalar", (context) => stat(context, -1), ["timeline"]),
  bind("Timeline", "]", "]", "next scalar", (context) => stat(context, 1), ["timeline"]),
  bind("Compare", "x", "X", "swap A and B", ({ view, actions }) => actions.choose(swapped(view)), ["compare"]),
  bind("Probes", "p", "P", "pin the probe, or the card in focus", ({ actions }) => actions.pinFocused()),
];

/**
 * @param {Context} context
 * @param {number} by
 * @returns {void}
 */
function turn({ state, view, actions }, by) {
  const picture = picturesOf(view, state).find((picture) => fitting(picture).turn);
  if (picture)
    actions.choose(
      /** @type {NonNullable<import("./views/looks.js").Look["turn"]>} */ (fitting(picture).turn)(picture, by),
    );
}

/**
 * @param {Context} context
 * @param {number} by
 * @returns {void}
 */
function stat({ state, view, actions }, by) {
  const { names, name } = scalars(view, state);
  if (name !== null) actions.choose({ stat: names[(names.indexOf(name) + by + names.length) % names.length] });
}

/**
 * @template T
 * @param {T[]} options
 * @param {T} now
 * @returns {T} The one that follows, in a circle.
 */
function after(options, now) {
  return options[(options.indexOf(now) + 1) % options.length];
}

/**
 * @param {string} group
 * @param {string} key
 * @param {string} shown
 * @param {string} does
 * @param {Binding["act"]} act
 * @param {Binding["views"]} [views]
 * @returns {Binding}
 */
function bind(group, key, shown, does, act, views) {
  return { group, key, shown, does, act, views };
}

/**
 * @param {import("./state.js").Store} store
 * @param {import("./views/page.js").Actions} actions
 * @returns {(event: KeyboardEvent) => void}
 */
export function keys(store, actions) {
  return (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.shiftKey && !["?", "+"].includes(event.key)) return;
    // Where a plus needs the Shift key, its key without it does the same.
    const pressed = event.key === "=" ? "+" : event.key;
    const { state } = store;
    const target = /** @type {HTMLElement} */ (event.target);
    if (state.keeping !== null) {
      if (event.key === "Escape") actions.choose({ keeping: null });
      return;
    }
    if (state.help) {
      // The dialog has its own keys; those pressed outside the frame do not reach it.
      if (event.key === "?" || event.key === "Escape") actions.choose({ help: false });
      return;
    }
    if (
      event.key !== "Escape" &&
      target.matches("select, textarea, input:not([type=range], [type=checkbox], [type=radio])")
    )
      return;
    if (target.matches("[type=radio], [type=range]:not(.slider)") && /^Arrow|^Home$|^End$/.test(event.key)) return;
    if (event.key === " " && target.matches("button, input:not([type=range]), a, summary")) return;
    const found = BINDINGS.find(({ key, views }) => key === pressed && (!views || views.includes(state.view)));
    if (!found?.act) return;
    event.preventDefault();
    const view = derive(state, store.data);
    if (found.group !== "Steps" || view.steps.length) found.act({ state, view, actions });
  };
}
