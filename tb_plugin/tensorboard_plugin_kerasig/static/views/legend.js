/** What the colours and marks mean, in numbers. */

import { css, REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { digits, short, signed } from "../format.js";

const SHADES = 48;
const USUAL = gradient(-SHADES);

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("../scales.js").Scale | null} [scale] Of the views of one probe.
 * @returns {import("../dom.js").VNode}
 */
export function legend(view, state, scale = null) {
  const limit = scale ? scale.shared : view.sharedLimit;
  const own = scale ? Number.isNaN(limit) : state.scale === "probe";
  const absolute = scale?.paint.absolute ?? false;
  const first = absolute ? 0 : -SHADES;
  const saturates = scale ? scale.saturates : view.saturates;
  const high = own ? "+max" : (saturates ? "\u2265" : "") + signed(limit);
  const low = own ? "\u2212max" : (saturates ? "\u2264" : "") + digits(-limit);
  const names = [...new Set(view.columns.flatMap(({ inputs }) => inputs?.regions.map(({ name }) => name) ?? []))];
  return h(
    "div",
    { class: "legend" },
    h("div", {
      class: "gradient",
      style: { "background-image": scale ? gradient(first, scale.paint.palette) : USUAL },
    }),
    h(
      "div",
      { class: "ticks number" },
      (absolute ? ["0", high.replace("+", "")] : [low, "0", high]).map((text) => h("span", null, text)),
    ),
    h(
      "div",
      { class: "ticks muted" },
      (absolute ? ["no effect", "raises or lowers"] : ["lowers the score", "raises it"]).map((text) =>
        h("span", null, text),
      ),
    ),
    own &&
      h(
        "p",
        { class: "muted" },
        `Each ${scale ? "picture" : "probe"} has its own scale: do not compare strengths between them.`,
      ),
    names.map((name, i) =>
      h(
        "div",
        { class: "key" },
        h("i", { class: "outline", style: { "border-color": REGION_COLORS[i % REGION_COLORS.length] } }),
        "region ",
        h("bdi", null, short(name, 60)),
      ),
    ),
    h(
      "div",
      { class: "key" },
      h("span", { class: "warning", "aria-hidden": "true" }, "\u26a0"),
      "not converged: its error is above the tolerance",
    ),
  );
}

/**
 * @param {number} first The shade it begins at.
 * @param {import("../color.js").Palette} [palette]
 * @returns {string} In CSS.
 */
function gradient(first, palette) {
  const colors = Array.from({ length: SHADES - first + 1 }, (_, i) => css(first + i, SHADES, palette));
  return `linear-gradient(to right, ${colors.join(", ")})`;
}
