/** What differs between two records: pure, and kept for as long as the records are. */

import { values } from "./views/values.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Change Of one probe.
 * @property {number} cosine Of the two attributions; NaN where one of them is zero or not finite.
 * @property {number} rank Spearman's correlation of the values' sizes, where either is not zero; NaN where it is not
 *   defined.
 * @property {number} drift 1 - cosine, 0 where both are zero: what the page sorts by.
 * @property {number} rankByChance Mean of `rank` over all ways to lay each map's values on its own nonzero positions.
 * @property {number} driftByChance Of `drift`.
 */

/** @type {WeakMap<Packed, WeakMap<Packed, {difference: Packed, changes: Map<number, Change>}>>} */
const pairs = new WeakMap();

/**
 * @param {Packed} a
 * @param {Packed} b
 * @returns {{difference: Packed, changes: Map<number, Change>}}
 */
function pairOf(a, b) {
  const known = pairs.get(a) ?? new WeakMap();
  pairs.set(a, known);
  const pair = known.get(b) ?? { difference: subtract(a, b), changes: new Map() };
  known.set(b, pair);
  return pair;
}

/**
 * @param {Packed} a
 * @param {Packed} b
 * @returns {Packed} A record of B - A, of the leaves and probes that have the same shape in both.
 */
export function differenceOf(a, b) {
  return pairOf(a, b).difference;
}

/**
 * @param {Packed} a
 * @param {Packed} b
 * @param {number} probe
 * @returns {Change}
 */
export function changeOf(a, b, probe) {
  const { changes } = pairOf(a, b);
  const known = changes.get(probe);
  if (known) return known;
  const [one, other] = both(a, b, probe);
  const change = measure(one, other);
  changes.set(probe, change);
  return change;
}

/**
 * @param {Packed} a
 * @param {Packed} b
 * @param {number} leaf Of B.
 * @returns {number} A's leaf of the same name and shape; -1 if there is none.
 */
function partner(a, b, leaf) {
  const { name, shape } = b.leaves[leaf];
  return a.leaves.findIndex((other) => other.name === name && other.shape.join() === shape.join());
}

/**
 * @param {Packed} a
 * @param {Packed} b
 * @returns {Packed}
 */
function subtract(a, b) {
  /** @type {Map<string, import("./packed.js").Payload>} */
  const payloads = new Map();
  for (const key of b.payloads.keys()) {
    const [probe, leaf] = key.split("/").map(Number);
    const mate = partner(a, b, leaf);
    const [one, other] = [mate < 0 ? null : values(a, probe, mate), values(b, probe, leaf)];
    if (!one || !other) continue;
    payloads.set(key, { numbers: other.numbers.map((value, i) => value - one.numbers[i]), factor: 1 });
  }
  return Object.create(b, { payloads: { value: payloads }, peaks: { value: new Map() } });
}

/**
 * @param {Packed} a
 * @param {Packed} b
 * @param {number} probe
 * @returns {[number[], number[]]} The values of all leaves that both have, one after the other.
 */
function both(a, b, probe) {
  /** @type {[number[], number[]]} */
  const found = [[], []];
  b.leaves.forEach((_, leaf) => {
    const mate = partner(a, b, leaf);
    const [one, other] = [mate < 0 ? null : values(a, probe, mate), values(b, probe, leaf)];
    if (!one || !other) return;
    for (const value of one.numbers) found[0].push(value);
    for (const value of other.numbers) found[1].push(value);
  });
  return found;
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @returns {Change}
 */
export function measure(a, b) {
  if (!a.length) return { cosine: NaN, rank: NaN, drift: NaN, rankByChance: NaN, driftByChance: NaN };
  const cosine = correlation(a, b);
  // Where both are zero, as on a black background, there is nothing to put in order.
  const ranked = a.flatMap((value, i) => (value !== 0 || b[i] !== 0 ? [i] : []));
  if (!ranked.length) return { cosine, rank: NaN, drift: 0, rankByChance: NaN, driftByChance: 0 };
  const [one, other] = [a, b].map((values) => centred(ranks(ranked.map((i) => Math.abs(values[i])))));
  const finite = a.every(Number.isFinite) && b.every(Number.isFinite);
  const [ofOne, ofOther] = [a, b].map((values) => values.filter((value) => value !== 0).length);
  const both = ofOne + ofOther - ranked.length;
  const alone = (ranked.length - ofOne) * (ranked.length - ofOther);
  const chance = clipped((both * (sum(a) / ofOne) * (sum(b) / ofOther)) / lengths(a, b));
  return {
    cosine,
    rank: finite ? correlation(one, other) : NaN,
    drift: 1 - cosine,
    rankByChance: finite ? clipped((0 - ranked.length * alone) / 4 / lengths(one, other)) : NaN,
    driftByChance: 1 - chance,
  };
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @returns {number} The cosine of two vectors.
 */
function correlation(a, b) {
  let ab = 0;
  for (let i = 0; i < a.length; i++) ab += a[i] * b[i];
  return clipped(ab / lengths(a, b));
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @returns {number} The product of the lengths of two vectors.
 */
function lengths(a, b) {
  // One root of both: the cosine of two that are the same is exactly 1. A double holds squares of float32 with ease.
  return Math.sqrt(squares(a) * squares(b));
}

/**
 * @param {number} value
 * @returns {number} Within -1 and 1.
 */
function clipped(value) {
  return Math.max(-1, Math.min(1, value));
}

/**
 * @param {number[]} values
 * @returns {number}
 */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * @param {number[]} values
 * @returns {number} The sum of their squares.
 */
function squares(values) {
  return values.reduce((total, value) => total + value * value, 0);
}

/**
 * @param {number[]} places From 0.
 * @returns {number[]} Less their mean.
 */
function centred(places) {
  const middle = (places.length - 1) / 2;
  return places.map((place) => place - middle);
}

/**
 * @param {number[]} values
 * @returns {number[]} Their places from 0; those that are equal share the mean of theirs.
 */
function ranks(values) {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const found = new Array(values.length);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]] === values[order[first]]) last++;
    for (let i = first; i <= last; i++) found[order[i]] = (first + last) / 2;
    first = last + 1;
  }
  return found;
}
