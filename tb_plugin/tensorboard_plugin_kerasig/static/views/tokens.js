/** Token probes: the words, each on its attribution's colour. */

import { css, REGION_COLORS, textOn } from "../color.js";
import { h } from "../dom.js";
import { short, signed } from "../format.js";
import { regionsOf, values, wordsOf } from "./values.js";

/**
 * @param {import("./values.js").Picture} picture
 * @returns {import("../dom.js").VNode}
 */
export function tokens(picture) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const map = values(record, probe, leaf, 1)?.numbers ?? new Float32Array(0);
  const ids = inputLeaf >= 0 ? inputs.get(probe, inputLeaf)?.numbers : undefined;
  const words = wordsOf(inputs, inputLeaf, probe) ?? Array.from(map, (_, i) => (ids ? `#${ids[i]}` : `${i}`));
  const kept = words.length - padding(words, map);
  const regions = regionsOf(picture);
  const chips = words.slice(0, kept).map((/** @type {string} */ word, /** @type {number} */ i) => {
    const value = map[i] ?? NaN;
    const region = regions.findIndex(({ mask }) => mask[i] === 1);
    return h(
      "bdi",
      {
        class: "token",
        title: `${short(word)}: ${signed(value)}${region < 0 ? "" : `, in region ${short(regions[region].name)}`}`,
        style: {
          "background-color": css(value, limit, paint?.palette),
          color: textOn(value, limit, state.dark, paint?.palette),
          ...(region < 0 ? {} : { "box-shadow": `inset 0 -2px ${REGION_COLORS[region % REGION_COLORS.length]}` }),
        },
      },
      word === "" ? "\u2423" : short(word, 60),
    );
  });
  const rest = words.length - kept;
  return h(
    "p",
    { class: "words" },
    chips.map((/** @type {any} */ chip) => [chip, " "]),
    rest > 0 && h("span", { class: "muted" }, `${rest} \u00d7 ${short(words[kept], 20)} `),
    beyond(map.subarray(words.length), picture),
  );
}

/**
 * @param {Float32Array} values Of the positions after the last word.
 * @param {import("./values.js").Picture} picture
 * @returns {import("../dom.js").VNode | false} Their sum, where a model reads the padding.
 */
function beyond(values, { limit, state }) {
  if (!values.some((value) => value !== 0)) return false;
  const sum = values.reduce((total, value) => total + value, 0);
  return h(
    "span",
    {
      class: "token padding",
      title: `${values.length} positions after the last word: ${signed(sum)}`,
      style: { "background-color": css(sum, limit), color: textOn(sum, limit, state.dark) },
    },
    `${values.length} \u00d7 padding`,
  );
}

/**
 * @param {string[]} words
 * @param {Float32Array} map
 * @returns {number} How many equal words at the end have no attribution at all: what a sentence was padded with.
 */
function padding(words, map) {
  let size = 0;
  while (size < words.length && map[words.length - 1 - size] === 0 && words[words.length - 1 - size] === words.at(-1))
    size++;
  return size > 1 ? size : 0;
}
