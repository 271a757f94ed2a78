/** The keys of the whole page, and what the sheet says about them; controls that use a key themselves keep it. */

import { derive } from "./derive.js";
import { VIEW_NAMES } from "./state.js";
import { TITLES } from "./views/tabs.js";

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

/** @type {Binding[]} */
export const BINDINGS = [
  ...VIEW_NAMES.map((name, i) => ({
    group: "Views",
    key: String(i + 1),
    shown: String(i + 1),
    does: TITLES[name],
    act: (/** @type {Context} */ { actions }) => actions.show(name),
  })),
  bind("Views", "Escape", "Esc", "back to the gallery", ({ actions }) => actions.show("gallery")),
  bind("Views", "?", "?", "this sheet", ({ actions }) => actions.choose({ help: true })),
  bind("Steps", "ArrowLeft", "\u2190", "previous step", ({ view, actions }) => actions.go(view.index - 1)),
  bind("Steps", "ArrowRight", "\u2192", "next step", ({ view, actions }) => actions.go(view.index + 1)),
  bind("Steps", "Home", "Home", "first step", ({ actions }) => actions.go(0)),
  bind("Steps", "End", "End", "newest step, and follow it", ({ view, actions }) => actions.go(view.steps.length - 1)),
  bind("Steps", " ", "Space", "play, pause", ({ state, actions }) => actions.play(!state.playing)),
  bind("Probes", "Enter", "Enter", "open the card in focus", null, ["gallery"]),
  bind("Probes", "j", "J", "next probe", ({ actions }) => actions.turn(1), ONE),
  bind("Probes", "k", "K", "previous probe", ({ actions }) => actions.turn(-1), ONE),
  bind("Probes", "p", "P", "pin the probe, or the card in focus", ({ actions }) => actions.pinFocused()),
];

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
    if (event.shiftKey && event.key !== "?") return;
    const { state } = store;
    const target = /** @type {HTMLElement} */ (event.target);
    if (state.help) {
      // The dialog has its own keys; those pressed outside the frame do not reach it.
      if (event.key === "?" || event.key === "Escape") actions.choose({ help: false });
      return;
    }
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox], [type=radio])")) return;
    if (target.matches("[type=radio], [type=range]:not(.slider)") && /^Arrow|^Home$|^End$/.test(event.key)) return;
    if (event.key === " " && target.matches("button, input:not([type=range]), a, summary")) return;
    const found = BINDINGS.find(({ key, views }) => key === event.key && (!views || views.includes(state.view)));
    if (!found?.act) return;
    event.preventDefault();
    const view = derive(state, store.data);
    if (found.group !== "Steps" || view.steps.length) found.act({ state, view, actions });
  };
}
