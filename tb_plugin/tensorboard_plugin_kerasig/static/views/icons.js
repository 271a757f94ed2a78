/** Icons drawn for this page, in a box of 24. */

import { h } from "../dom.js";

const PATHS = {
  first: "M5 5h2.5v14H5zM20 5v14l-10.5-7z",
  previous: "M16.5 5v14L6 12z",
  play: "M8 4.5v15L20 12z",
  pause: "M6.5 5H10v14H6.5zM14 5h3.5v14H14z",
  next: "M7.5 5v14L18 12z",
  last: "M16.5 5H19v14h-2.5zM4 5v14l10.5-7z",
};

/**
 * @param {keyof typeof PATHS} name
 * @returns {import("../dom.js").VNode}
 */
export function icon(name) {
  return h(
    "svg",
    { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
    h("path", { d: PATHS[name] }),
  );
}
