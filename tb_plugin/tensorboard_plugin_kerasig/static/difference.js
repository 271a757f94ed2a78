/** What differs between two records: pure, and kept for as long as the records are. */

import { values } from "./views/values.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Change Of one probe.
 * @property {number} cosine Of the two attributions; NaN where one of them is zero or not finite.
 * @property {number} rank Spearman's correlation of the values' sizes; NaN where it is not defined.
 * @property {number} drift 1 - cosine, 0 where both are zero: what the page sorts by.
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
  if (!a.length) return { cosine: NaN, rank: NaN, drift: NaN };
  const cosine = correlation(a, b, 0, 0);
  const [one, other] = [ranks(a.map(Math.abs)), ranks(b.map(Math.abs))];
  const middle = (a.length - 1) / 2;
  const none = a.every((value) => value === 0) && b.every((value) => value === 0);
  const finite = a.every(Number.isFinite) && b.every(Number.isFinite);
  return { cosine, rank: finite ? correlation(one, other, middle, middle) : NaN, drift: none ? 0 : 1 - cosine };
}

/**
 * @param {number[]} a
 * @param {number[]} b
 * @param {number} from What is taken off of each value of `a`.
 * @param {number} off And of `b`.
 * @returns {number}
 */
function correlation(a, b, from, off) {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - from, b[i] - off];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  // One root of both: of two that are the same it is exactly 1. Squares of float32 are far from what a double cannot hold.
  const found = ab / Math.sqrt(aa * bb);
  return Math.max(-1, Math.min(1, found));
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
