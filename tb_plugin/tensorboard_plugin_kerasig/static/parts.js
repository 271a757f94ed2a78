/** What a probe's attributions are told by, as parts that make up the whole: words, features, regions, blocks. Pure. */

import { kindOf, traitsOf } from "./traits.js";
import { groupsOf, inputLeafOf, product, regionsOf, values, wordsOf } from "./views/values.js";
import { grouped, split } from "./waterfall.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Parts
 * @property {{name: string, value: number, up: number, down: number}[]} parts Each position is in one of them.
 * @property {string} one What one of them is called.
 * @property {string} many What several are called.
 */

/** Along each axis of a picture without regions. */
const BLOCKS = 3;
/** Stretches of a signal that has one channel. */
const STRETCHES = 10;
const PLACES = [
  ["top", "middle", "bottom"],
  ["left", "centre", "right"],
];

/**
 * @param {Packed} record
 * @param {Packed} inputs
 * @param {number} probe
 * @returns {Parts} Of all leaves together.
 */
export function partsOf(record, inputs, probe) {
  const several = record.leaves.filter((_, leaf) => record.get(probe, leaf)).length > 1;
  const all = record.leaves.flatMap(({ name }, leaf) => {
    const found = ofLeaf(record, inputs, probe, leaf);
    if (!found) return [];
    const parts = several ? found.parts.map((part) => ({ ...part, name: `${name}: ${part.name}` })) : found.parts;
    return [{ ...found, parts }];
  });
  const names = new Set(all.map(({ many }) => many));
  const { one, many } = names.size === 1 ? all[0] : { one: "part", many: "parts" };
  return { parts: all.flatMap(({ parts }) => parts), one, many };
}

/**
 * @param {Packed} record
 * @param {Packed} inputs
 * @param {number} probe
 * @param {number} leaf Of the record.
 * @returns {Parts | null} Null where nothing was stored.
 */
function ofLeaf(record, inputs, probe, leaf) {
  const [kind, inputLeaf] = [kindOf(record, inputs, leaf), inputLeafOf(record, inputs, leaf)];
  const traits = traitsOf(inputs.header, kind);
  const found = values(record, probe, leaf, traits.sequence ? 1 : Infinity);
  if (!found) return null;
  const { numbers, shape } = found;
  const axis = traits.axes[0] ?? "feature";
  if (traits.sequence) {
    const words = wordsOf(inputs, inputLeaf, probe);
    const one = traits.names === "tokens" ? "word" : axis;
    // What follows the last word is told of together, as it is wherever a sentence is shown.
    const told = traits.names === "tokens" && words?.length ? Math.min(words.length, numbers.length) : numbers.length;
    const names = Array.from({ length: told }, (_, i) => words?.[i] || `${axis} ${i}`);
    if (told < numbers.length) names.push(`${numbers.length - told} \u00d7 padding`);
    return { parts: grouped(numbers, (i) => Math.min(i, told), names), one, many: `${one}s` };
  }
  if (!traits.ordered || shape.length < 2 || (traits.names === "features" && shape.length > 2))
    return shape.length === 1 && traits.ordered
      ? stretches(numbers, axis)
      : features(found, inputs, inputLeaf, groupsOf(inputs, record.leaves[leaf]));
  if (traits.names === "features") return signal(found, inputs, axis);
  return picture(found, regionsOf({ ...at(record, inputs, probe, leaf), inputLeaf, kind }), traits.axes);
}

/**
 * @param {Packed} record
 * @param {Packed} inputs
 * @param {number} probe
 * @param {number} leaf
 * @returns {any} As far as regions are asked for.
 */
function at(record, inputs, probe, leaf) {
  return { record, inputs, probe, leaf };
}

/**
 * @param {import("./views/values.js").Values} found
 * @param {Packed} inputs
 * @param {number} inputLeaf
 * @param {string[] | null} groups
 * @returns {Parts}
 */
function features({ numbers, shape }, inputs, inputLeaf, groups) {
  const given = inputs.header.feature_names;
  const known = Array.isArray(given) && inputLeaf >= 0 && given.length === inputs.leaves[inputLeaf].shape.at(-1);
  const name = (/** @type {number} */ i) => {
    if (groups) return groups[i];
    if (!known) return `feature ${i}`;
    const own = String(given[i % given.length]);
    return shape.length > 1 ? `${own} [${Math.floor(i / given.length)}]` : own;
  };
  return {
    parts: grouped(
      numbers,
      (i) => i,
      Array.from(numbers, (_, i) => name(i)),
    ),
    one: "feature",
    many: "features",
  };
}

/**
 * @param {Float32Array} numbers
 * @param {string} axis
 * @returns {Parts}
 */
function stretches(numbers, axis) {
  const count = Math.min(STRETCHES, numbers.length);
  const of = split(numbers.length, count);
  const ends = Array.from({ length: count }, () => [Infinity, -Infinity]);
  for (let i = 0; i < numbers.length; i++) {
    const end = ends[of(i)];
    end[0] = Math.min(end[0], i);
    end[1] = Math.max(end[1], i);
  }
  const names = ends.map(([from, to]) => (from === to ? `${axis} ${from}` : `${axis}s ${from} to ${to}`));
  return { parts: grouped(numbers, of, names), one: "stretch", many: "stretches" };
}

/**
 * @param {import("./views/values.js").Values} found
 * @param {Packed} inputs
 * @param {string} axis
 * @returns {Parts} Of several channels each one, over its whole length.
 */
function signal({ numbers, shape }, inputs, axis) {
  const channels = product(shape.slice(1));
  if (channels < 2) return stretches(numbers, axis);
  const given = inputs.header.feature_names;
  const known = Array.isArray(given) && given.length === channels;
  const names = Array.from({ length: channels }, (_, c) => (known ? String(given[c]) : `channel ${c}`));
  return { parts: grouped(numbers, (i) => i % channels, names), one: "channel", many: "channels" };
}

/**
 * @param {import("./views/values.js").Values} found
 * @param {{name: string, mask: Uint8Array}[]} regions Over the same positions, or over some with other axes behind them.
 * @param {string[]} axes
 * @returns {Parts} The regions and the rest; without any, blocks, and of volumes stretches of slices.
 */
function picture({ numbers, shape }, regions, axes) {
  const fitting = regions.filter(({ mask }) => mask.length && numbers.length % mask.length === 0);
  if (fitting.length) {
    const inner = fitting.map(({ mask }) => numbers.length / mask.length);
    const of = (/** @type {number} */ i) => {
      const first = fitting.findIndex(({ mask }, region) => mask[Math.floor(i / inner[region])]);
      return first < 0 ? fitting.length : first;
    };
    // A position of several regions counts for the first of them.
    const names = [...fitting.map(({ name }) => `region \u201c${name}\u201d`), "the rest"];
    return { parts: grouped(numbers, of, names), one: "region", many: "regions" };
  }
  const slices = shape.length > 3 || (shape.length === 3 && axes.length > 3);
  if (slices) return planes(numbers, shape, axes[0] ?? "slice");
  const [rows, columns] = shape;
  const [ofRow, ofColumn] = [split(rows, BLOCKS), split(columns, BLOCKS)];
  const inner = product(shape.slice(2));
  const of = (/** @type {number} */ i) => {
    const place = Math.floor(i / inner);
    return BLOCKS * ofRow(Math.floor(place / columns)) + ofColumn(place % columns);
  };
  const names = PLACES[0].flatMap((row) => PLACES[1].map((column) => `${row} ${column}`));
  return { parts: grouped(numbers, of, names), one: "block", many: "blocks" };
}

/**
 * @param {Float32Array} numbers
 * @param {number[]} shape
 * @param {string} axis
 * @returns {Parts}
 */
function planes(numbers, shape, axis) {
  const inner = product(shape.slice(1));
  const sums = new Float32Array(shape[0]);
  for (let i = 0; i < numbers.length; i++) sums[Math.floor(i / inner)] += numbers[i];
  const { parts, ...called } = stretches(sums, axis);
  const count = Math.min(STRETCHES, shape[0]);
  const of = split(shape[0], count);
  const names = parts.map(({ name }) => name);
  return { ...called, parts: grouped(numbers, (i) => of(Math.floor(i / inner)), names) };
}
