/** The menu of files that a view can be saved as. */

import { h } from "../dom.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 */

/** @type {[import("../save.js").Form, string, string][]} */
const FORMS = [
  ["png", "Picture (PNG)", "The page as it is seen"],
  ["csv", "Table (CSV)", "The numbers of this view, in full"],
];

/**
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode}
 */
export function saving(state, actions) {
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
      FORMS.map(([form, label, title]) =>
        h(
          "button",
          {
            type: "button",
            key: form,
            title,
            on: {
              click: (/** @type {any} */ event) => {
                close(event);
                actions.save(form);
              },
            },
          },
          label,
        ),
      ),
    ),
    state.unsaved !== null && h("span", { class: "warning", role: "alert" }, state.unsaved),
  );
}
