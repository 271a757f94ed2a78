/** Long names in little room, with both of their ends: what tells names apart often stands last. */

import { h } from "../dom.js";
import { short } from "../format.js";

/** Letters at the end that are always seen, and how long a name is at least whose middle may go. */
const [LAST, LONG] = [9, 18];
/** In other writing, what comes last may not stand last. */
const PLAIN = /^[\x20-\x7e]+$/;

/**
 * @param {string} name
 * @param {number} [most] Letters.
 * @returns {import("../dom.js").VNode} The name, of which the middle is left out where there is no room for all of it.
 */
export function ends(name, most = 80) {
  const text = short(name, most);
  if (text !== name || text.length < LONG || !PLAIN.test(text)) return h("bdi", null, text);
  return h(
    "bdi",
    { class: "ends" },
    h("span", { key: "first" }, text.slice(0, -LAST)),
    h("span", { key: "last" }, text.slice(-LAST)),
  );
}
