/** A value as a bar, from the middle or, of sizes, from the left. */

import { css } from "../color.js";
import { h } from "../dom.js";

/** By which a stored value may be off. */
const ROUNDING = 1e-3;

/**
 * @param {number} value
 * @param {number} limit The bar's length is linear in the value; what is beyond the limit fills its half, and ends in an
 *   arrow.
 * @param {{palette?: import("../color.js").Palette, absolute?: boolean}} [paint]
 * @returns {import("../dom.js").VNode}
 */
export function bar(value, limit, { palette, absolute = false } = {}) {
  const share = limit > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / limit) : 0;
  const cut = limit > 0 && Math.abs(value) > limit * (1 + ROUNDING);
  const background = css(Math.sign(value), 1, palette);
  const place = absolute
    ? { left: "0", width: `${100 * share}%` }
    : { [value < 0 ? "right" : "left"]: "50%", width: `${50 * share}%` };
  return h(
    "span",
    { class: absolute ? "track plain" : "track", "aria-hidden": "true" },
    h("i", { class: cut ? `cut ${value < 0 && !absolute ? "down" : "up"}` : "", style: { ...place, background } }),
  );
}
