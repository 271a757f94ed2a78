/** Icons drawn for this page, in a box of 24. */

import { h } from "../dom.js";

const PATHS = {
  first: "M5 5h2.5v14H5zM20 5v14l-10.5-7z",
  previous: "M16.5 5v14L6 12z",
  play: "M8 4.5v15L20 12z",
  pause: "M6.5 5H10v14H6.5zM14 5h3.5v14H14z",
  next: "M7.5 5v14L18 12z",
  up: "M12 5l7 8h-5v6h-4v-6H5z",
  down: "M12 19l-7-8h5V5h4v6h5z",
  last: "M16.5 5H19v14h-2.5zM4 5v14l10.5-7z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12 19 17.6 17.6 19 12 13.4 6.4 19 5 17.6 10.6 12 5 6.4z",
  sidebar: "M3 4h18v16H3zm2 2v12h4V6zm6 0v12h8V6z",
  minus: "M5 11h14v2.2H5z",
  plus: "M10.9 5h2.2v5.9H19v2.2h-5.9V19h-2.2v-5.9H5v-2.2h5.9z",
  pin: "M8 3h8v2h-1v6l3 3v2h-5v6h-2v-6H6v-2l3-3V5H8zm3 2v6.8L8.8 14h6.4L13 11.8V5z",
  link: "M10.6 13.4a1 1 0 0 0 1.4 0l5-5a2.8 2.8 0 0 0-4-4l-2.5 2.5 1.4 1.4L14.4 5.8a.8.8 0 0 1 1.2 1.2l-5 5a1 1 0 0 0 0 1.4zM13.4 10.6a1 1 0 0 0-1.4 0l-5 5a2.8 2.8 0 0 0 4 4l2.5-2.5-1.4-1.4-2.5 2.5a.8.8 0 0 1-1.2-1.2l5-5a1 1 0 0 0 0-1.4z",
  save: "M11 4h2v7.2l2.6-2.6L17 10l-5 5-5-5 1.4-1.4 2.6 2.6zM5 17.5h14v2H5z",
  pinned: "M8 3h8v2h-1v6l3 3v2h-5v6h-2v-6H6v-2l3-3V5H8z",
};

/** One description of each: what is the same object as before need not be compared. @type {Map<string, import("../dom.js").VNode>} */
const made = new Map();

/**
 * @param {keyof typeof PATHS} name
 * @returns {import("../dom.js").VNode}
 */
export function icon(name) {
  const known = made.get(name);
  if (known) return known;
  const path = h("path", { d: PATHS[name] });
  const icon = h("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" }, path);
  made.set(name, icon);
  return icon;
}
