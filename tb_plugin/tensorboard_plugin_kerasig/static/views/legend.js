/** What the colours and marks mean, in numbers. */

import { css, REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { digits, short, signed } from "../format.js";

const SHADES = 48;

/**
 * @param {import("../derive.js").View} view
 * @param {import("../scales.js").Scale | null} [scale] Of the views of one probe.
 * @returns {import("../dom.js").VNode}
 */
export function legend(view, scale = null) {
  const {
    shared: limit,
    saturates,
    words,
    paint,
  } = scale ?? { ...view, shared: view.sharedLimit, words: view.limitWords };
  const { sign } = paint;
  const own = Number.isNaN(limit);
  const high = own ? "+max" : (saturates ? "\u2265" : "") + signed(limit);
  const low = own ? "\u2212max" : (saturates ? "\u2264" : "") + digits(-limit);
  const [first, last] = [sign === "absolute" || sign === "positive" ? 0 : -SHADES, sign === "negative" ? 0 : SHADES];
  const ticks = {
    signed: [low, "0", high],
    absolute: ["0", high.replace("+", "")],
    positive: ["0", high],
    negative: [low, "0"],
  };
  const meanings = {
    signed: ["lowers the score", "raises it"],
    absolute: ["no effect", "raises or lowers"],
    positive: ["no effect, or lowers", "raises it"],
    negative: ["lowers the score", "no effect, or raises"],
  };
  const names = [...new Set(view.columns.flatMap(({ inputs }) => inputs?.regions.map(({ name }) => name) ?? []))];
  const row = (/** @type {string} */ name, /** @type {string[]} */ texts) =>
    h(
      "div",
      { class: `ticks ${name}` },
      texts.map((text) => h("span", null, text)),
    );
  return h(
    "div",
    { class: "legend" },
    h("div", { class: "gradient", style: { "background-image": gradient(first, last, paint.palette) } }),
    row("number", ticks[sign]),
    row("muted", meanings[sign]),
    h("p", { class: "muted limit" }, words),
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

/** By palette and ends: a sidebar is drawn at each step. @type {WeakMap<object, Map<string, string>>} */
const made = new WeakMap();

/**
 * @param {number} first The shade it begins at.
 * @param {number} last
 * @param {import("../color.js").Palette} palette
 * @returns {string} In CSS.
 */
function gradient(first, last, palette) {
  const own = made.get(palette) ?? new Map();
  made.set(palette, own);
  const key = `${first} ${last}`;
  const known = own.get(key);
  if (known) return known;
  const colors = Array.from({ length: last - first + 1 }, (_, i) => css(first + i, SHADES, palette));
  const text = `linear-gradient(to right, ${colors.join(", ")})`;
  own.set(key, text);
  return text;
}
