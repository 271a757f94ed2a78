/** What the colours and marks mean, in numbers. */

import { css, REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { digits, short, signed } from "../format.js";

const SHADES = 48;
const COLORS = Array.from({ length: 2 * SHADES + 1 }, (_, i) => css(i - SHADES, SHADES));
const GRADIENT = `linear-gradient(to right, ${COLORS.join(", ")})`;

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @returns {import("../dom.js").VNode}
 */
export function legend(view, state) {
  const limit = view.sharedLimit;
  const own = state.scale === "probe";
  const more = view.saturates ? "\u2265" : "";
  const names = [...new Set(view.columns.flatMap(({ inputs }) => inputs?.regions.map(({ name }) => name) ?? []))];
  return h(
    "div",
    { class: "legend" },
    h("div", { class: "gradient", style: { "background-image": GRADIENT } }),
    h(
      "div",
      { class: "ticks number" },
      own
        ? [h("span", null, "\u2212max"), h("span", null, "0"), h("span", null, "+max")]
        : [
            h("span", null, view.saturates ? `\u2264${digits(-limit)}` : digits(-limit)),
            h("span", null, "0"),
            h("span", null, more + signed(limit)),
          ],
    ),
    h("div", { class: "ticks muted" }, h("span", null, "lowers the score"), h("span", null, "raises it")),
    own && h("p", { class: "muted" }, "Each probe has its own scale: do not compare strengths between them."),
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
