/** A sheet over the page: a dialog that Escape, its button or a click beside it closes. */

import { h } from "../dom.js";

/**
 * @param {object} sheet
 * @param {string} sheet.name Of its kind: its class, and the beginning of its title's id.
 * @param {boolean} sheet.open
 * @param {() => void} sheet.close
 * @param {any} sheet.title
 * @param {any[]} inside What stands below the title; it is there only as far as it is given.
 * @returns {import("../dom.js").VNode}
 */
export function sheet({ name, open, close, title }, inside) {
  const id = `${name}-title`;
  return h(
    "dialog",
    {
      class: `sheet ${name}`,
      key: name,
      "aria-labelledby": id,
      effect: {
        deps: [open],
        run: (/** @type {HTMLDialogElement} */ dialog) => {
          if (open && !dialog.open) dialog.showModal();
          else if (!open && dialog.open) dialog.close();
        },
      },
      on: { close, click: (/** @type {Event} */ event) => event.target === event.currentTarget && close() },
    },
    inside.length > 0 &&
      h(
        "div",
        { class: "inside" },
        h(
          "div",
          { class: "head" },
          h("h2", { id }, title),
          h("button", { type: "button", class: "chip", on: { click: close } }, "Close"),
        ),
        inside,
      ),
  );
}
