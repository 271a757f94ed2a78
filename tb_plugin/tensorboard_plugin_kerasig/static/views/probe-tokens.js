/** A token probe, large: the sentence as highlighted text, and every token with its number. */

import { css, REGION_COLORS, textOn } from "../color.js";
import { h } from "../dom.js";
import { exact, short, signed } from "../format.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { regionsOf, values, wordsOf } from "./values.js";

/**
 * @param {import("./cursor.js").Large} large
 * @returns {import("../dom.js").VNode}
 */
export function largeTokens(large) {
  const { picture } = large;
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const numbers = values(record, probe, leaf, 1)?.numbers ?? new Float32Array(0);
  const ids = inputLeaf >= 0 ? inputs.get(probe, inputLeaf)?.numbers : undefined;
  const words = Array.from(
    wordsOf(inputs, inputLeaf, probe) ?? Array.from(numbers, (_, i) => (ids ? `#${ids[i]}` : `${i}`)),
    String,
  );
  const regions = regionsOf(picture);
  const at = cursorOf(large, words.length);
  const colors = (/** @type {number} */ i) => ({
    "background-color": css(numbers[i], limit, paint.palette),
    color: textOn(numbers[i], limit, state.dark, paint.palette),
  });
  const shown = (/** @type {string} */ word) => (word === "" ? "\u2423" : short(word, 60));
  const locate = (/** @type {PointerEvent} */ event) => {
    const found = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-position]"));
    return found ? Number(found.dataset.position) : null;
  };
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) =>
    Math.max(0, Math.min(words.length - 1, index + dx + dy));
  const beyond = numbers.subarray(words.length);
  const rest = beyond.reduce((sum, value) => sum + value, 0);
  return h(
    "div",
    { class: "sight wide" },
    h(
      "div",
      { class: "stage text", ...aiming(large, "Tokens and their attributions", words.length, locate, move, 0) },
      h(
        "p",
        { class: "sentence" },
        words.map((word, i) => [
          h("bdi", { class: i === at ? "token aimed" : "token", "data-position": i, style: colors(i) }, shown(word)),
          " ",
        ]),
      ),
      h(
        "ol",
        { class: "positions" },
        words.map((word, i) => {
          const region = regions.findIndex(({ mask }) => mask[i] === 1);
          return h(
            "li",
            { class: i === at ? "aimed" : "", key: i, "data-position": i },
            h("span", { class: "place muted number" }, i),
            h(
              "bdi",
              { class: "word", title: short(word) },
              region >= 0 && mark(regions[region].name, region),
              shown(word),
            ),
            h("span", { class: "amount number", style: colors(i) }, signed(numbers[i] ?? NaN)),
          );
        }),
        beyond.some((value) => value !== 0) &&
          h(
            "li",
            { key: "rest", class: "muted" },
            h("span", { class: "place" }),
            h("span", { class: "word" }, `${beyond.length} \u00d7 padding`),
            h("span", { class: "amount number" }, signed(rest)),
          ),
      ),
    ),
    readout(
      at === null
        ? null
        : [
            ["position", String(at)],
            ["token", shown(words[at] ?? "")],
            ["attribution", exact(numbers[at] ?? NaN)],
            ...(ids ? [/** @type {[string, string]} */ (["input", String(ids[at] ?? "")])] : []),
          ],
    ),
  );
}

/**
 * @param {string} name
 * @param {number} index
 * @returns {import("../dom.js").VNode}
 */
function mark(name, index) {
  return h("i", {
    class: "dot",
    style: { background: REGION_COLORS[index % REGION_COLORS.length] },
    title: short(name),
  });
}
