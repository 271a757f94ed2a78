/** The values of several pictures of bars, feature by feature: pure. */

import { traitsOf } from "./traits.js";
import { nameOf } from "./views/bars.js";
import { regionsOf, values } from "./views/values.js";

/**
 * @typedef {import("./views/values.js").Picture} Picture
 *
 * @typedef {object} Row
 * @property {number} index Its place before they were put in order.
 * @property {string} name
 * @property {number[]} values One per picture; NaN where one has no such feature.
 * @property {number} given Its input; NaN where it is not the same in all.
 * @property {number} region Index of the first region that it lies in; -1 for none.
 *
 * @typedef {object} Features
 * @property {Row[]} rows
 * @property {number[] | null} rest Of each picture, the sum of what has no row; null where nothing is left out.
 * @property {number} left How many features that are.
 */

/**
 * @param {(Picture | null)[]} pictures
 * @param {{top: number, all: number, by?: number}} how Up to `all` features keep their place; of more, `top` are left,
 *   those of the largest mean size, or of the largest size in picture `by`, by which all are put in order.
 * @returns {Features}
 */
export function featuresOf(pictures, { top, all, by }) {
  const rows = joined(pictures);
  const weight = new Map(rows.map((row) => [row, by === undefined ? mean(row.values) : size(row.values[by])]));
  const ordered = rows.length > all;
  if (ordered) rows.sort((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0) || a.index - b.index);
  const left = ordered ? rows.splice(top) : [];
  const rest = left.length ? pictures.map((_, i) => left.reduce((sum, { values }) => sum + (values[i] || 0), 0)) : null;
  return { rows, rest, left: left.length };
}

/**
 * @param {(Picture | null)[]} pictures
 * @returns {Row[]} Every feature of any picture. Those of one name are told apart by their order.
 */
function joined(pictures) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  pictures.forEach((picture, place) => {
    if (!picture) return;
    const { record, inputs, probe, leaf, inputLeaf, kind } = picture;
    const { sequence } = traitsOf(inputs.header, kind);
    const map = values(record, probe, leaf, sequence ? 1 : Infinity);
    if (!map) return;
    const given = !sequence && inputLeaf >= 0 ? values(inputs, probe, inputLeaf)?.numbers : undefined;
    const regions = regionsOf(picture);
    /** @type {Map<string, number>} */
    const seen = new Map();
    map.numbers.forEach((value, index) => {
      const name = nameOf(picture, map.shape, index);
      const time = seen.get(name) ?? 0;
      seen.set(name, time + 1);
      const key = JSON.stringify([name, time]);
      const input = given?.[index] ?? NaN;
      const region = regions.findIndex(({ mask }) => mask[index] === 1);
      const row = rows.get(key) ?? { index: rows.size, name, values: pictures.map(() => NaN), given: input, region };
      rows.set(key, row);
      row.values[place] = value;
      if (row.given !== input) row.given = NaN;
    });
  });
  return [...rows.values()];
}

/**
 * @param {number} value
 * @returns {number}
 */
function size(value) {
  return Math.abs(value) || 0;
}

/**
 * @param {number[]} values
 * @returns {number} Of the sizes of those that are there.
 */
function mean(values) {
  const there = values.filter((value) => !Number.isNaN(value));
  return there.reduce((sum, value) => sum + size(value), 0) / (there.length || 1);
}
