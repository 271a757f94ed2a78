/** The button that copies the link to what is shown, and the link itself where the browser does not let it be copied. */

import { h } from "../dom.js";
import { icon } from "./icons.js";

/**
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode}
 */
export function sharing({ shared }, { share, choose }) {
  const label = "Copy the link to what is shown";
  return h(
    "div",
    { class: "sharing" },
    h("span", { class: "muted", role: "status" }, shared === true && "Link copied"),
    h(
      "button",
      { type: "button", class: "icon small", "aria-label": label, title: `${label} (C)`, on: { click: share } },
      icon("link"),
    ),
    typeof shared === "string" &&
      h(
        "div",
        {
          class: "sheetlet",
          role: "group",
          "aria-label": "Link to what is shown",
          on: {
            keydown: (/** @type {KeyboardEvent} */ event) => {
              if (event.key !== "Escape") return;
              event.preventDefault();
              choose({ shared: null });
            },
            focusout: (/** @type {any} */ event) => {
              if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) choose({ shared: null });
            },
          },
        },
        h("label", { for: "link" }, "The browser does not let the page copy. The link:"),
        h("input", {
          id: "link",
          type: "text",
          readonly: true,
          value: shared,
          effect: { deps: [shared], run: (/** @type {HTMLInputElement} */ input) => input.select() },
        }),
      ),
  );
}
