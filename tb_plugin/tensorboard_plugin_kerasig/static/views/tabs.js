/** The list of views, one of which is shown. */

import { h } from "../dom.js";
import { VIEW_NAMES } from "../state.js";
import { saving } from "./saving.js";
import { sharing } from "./sharing.js";
import { foldButton } from "./sidebar.js";

/**
 * @typedef {import("../state.js").ViewName} ViewName
 */

/** @type {Record<ViewName, string>} */
export const TITLES = {
  overview: "Overview",
  gallery: "Gallery",
  probe: "Probe",
  path: "Path",
  timeline: "Timeline",
  compare: "Compare",
  suspects: "Suspects",
};

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode}
 */
export function tabs(view, state, actions) {
  const names = namesOf(view, state);
  const at = names.indexOf(state.view);
  const turn = (/** @type {KeyboardEvent} */ event) => {
    const { length } = names;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    actions.show(names[(to + length) % length], `#tab-${names[(to + length) % length]}`);
  };
  return h(
    "div",
    { class: "tabs" },
    foldButton(state, actions.choose),
    h(
      "div",
      { class: "tablist", role: "tablist", "aria-label": "Views", on: { keydown: turn } },
      names.map((name) =>
        h(
          "button",
          {
            type: "button",
            role: "tab",
            class: "tab",
            id: `tab-${name}`,
            key: name,
            "aria-selected": String(name === state.view),
            "aria-controls": name === state.view ? "panel" : null,
            // One stop for the tab key; arrows go from tab to tab.
            tabindex: name === state.view ? 0 : -1,
            title: `${TITLES[name]} (${VIEW_NAMES.indexOf(name) + 1})`,
            on: { click: () => actions.show(name, `#tab-${name}`) },
          },
          TITLES[name],
        ),
      ),
    ),
    h("span", { class: "space" }),
    sharing(state, actions),
    saving(view, actions),
    h(
      "button",
      {
        type: "button",
        class: "keys",
        "aria-haspopup": "dialog",
        title: "All keys (?)",
        on: { click: () => actions.choose({ help: true }) },
      },
      h("kbd", { "aria-hidden": "true" }, "?"),
      " keys",
    ),
  );
}

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @returns {ViewName[]} Those that have something to show: suspects where any run was audited, or where they are asked for.
 */
function namesOf({ runs }, state) {
  const audited = state.view === "suspects" || runs.some(({ audits }) => audits.length > 0);
  return VIEW_NAMES.filter((name) => name !== "suspects" || audited);
}

/**
 * @param {import("./page.js").Actions} actions
 * @param {number} probe
 * @returns {(event: MouseEvent) => void} For clicks on a card: they open its probe, unless they end the selection of
 * a text.
 */
export function opening(actions, probe) {
  return (event) => {
    const selection = window.getSelection();
    const within = selection?.containsNode(/** @type {Node} */ (event.currentTarget), true);
    if (!(selection && !selection.isCollapsed && within)) actions.open(probe);
  };
}
