/** Volumes cut into slices: which is shown, the one with most attribution until another is chosen; and what it is. */

import { product } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("../packed.js").Packed} Packed
 *
 * @typedef {object} Sums What each slice of a map adds up to.
 * @property {Float64Array} raising
 * @property {Float64Array} lowering Not above zero.
 */

/**
 * @param {Picture} picture
 * @returns {number}
 */
export function depthOf({ record, leaf }) {
  return record.leaves[leaf].shape[0];
}

/**
 * @param {Picture} picture
 * @returns {number} The chosen slice in the views of one probe; else, and until one is chosen, that with most attribution
 *   in all records that are seen beside each other.
 */
export function shownSlice(picture) {
  const { record, probe, leaf, state, beside = [record] } = picture;
  const depth = depthOf(picture);
  if (state.slice !== null && (state.view === "probe" || state.view === "path"))
    return Math.min(depth - 1, state.slice);
  const { name } = record.leaves[leaf];
  const total = new Float64Array(depth);
  for (const other of beside) {
    const same = other.leaves.findIndex((found) => found.name === name && found.shape[0] === depth);
    const { raising, lowering } = sumsOf(other, probe, same);
    for (let i = 0; i < raising.length; i++) total[i] += raising[i] - lowering[i];
  }
  return total.indexOf(Math.max(...total));
}

/** @type {WeakMap<Packed, Map<string, any>>} */
const kept = new WeakMap();

/**
 * @template T
 * @param {Packed} packed
 * @param {string} what
 * @param {() => T} make
 * @returns {T} What was made of it before, or is now.
 */
function keep(packed, what, make) {
  const own = kept.get(packed) ?? new Map();
  kept.set(packed, own);
  if (!own.has(what)) own.set(what, make());
  return own.get(what);
}

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf -1 where the record has no such leaf.
 * @returns {Sums} Empty where nothing was stored.
 */
export function sumsOf(record, probe, leaf) {
  const payload = leaf < 0 ? undefined : record.get(probe, leaf);
  if (!payload) return { raising: new Float64Array(0), lowering: new Float64Array(0) };
  return keep(record, `sums ${probe}/${leaf}`, () => {
    const { shape } = record.leaves[leaf];
    const [raising, lowering] = [new Float64Array(shape[0]), new Float64Array(shape[0])];
    const size = product(shape.slice(1));
    payload.numbers.forEach((stored, i) => {
      const value = stored * payload.factor;
      if (value > 0) raising[Math.floor(i / size)] += value;
      else if (value < 0) lowering[Math.floor(i / size)] += value;
    });
    return { raising, lowering };
  });
}

/**
 * @param {Packed} packed
 * @param {number} probe
 * @param {number} leaf
 * @param {number} at
 * @returns {Packed} The record or the inputs as if this slice of the leaf were all of it.
 */
export function sliceOf(packed, probe, leaf, at) {
  // Values may still be to come; what was made before they had would have none.
  const payload = packed.get(probe, leaf);
  return keep(packed, `slice ${probe}/${leaf}/${at} ${Boolean(payload)}`, () => {
    const { shape } = packed.leaves[leaf];
    const size = product(shape.slice(1));
    const own = (/** @type {Uint8Array} */ mask, /** @type {number} */ of) =>
      mask.subarray(
        (of * shape[0] + at) * product(shape.slice(1, 3)),
        (of * shape[0] + at + 1) * product(shape.slice(1, 3)),
      );
    const regions = packed.regions.map((region) => {
      if (region.leaf !== leaf || region.shape.length !== 4) return region;
      const [probes, , ...rest] = region.shape;
      return { ...region, shape: [1, ...rest], mask: own(region.mask, probes === 1 ? 0 : probe) };
    });
    const numbers = payload?.numbers.subarray(at * size, (at + 1) * size);
    const leaves = packed.leaves.map((other, i) => (i === leaf ? { ...other, shape: shape.slice(1) } : other));
    return Object.create(packed, {
      leaves: { value: leaves },
      regions: { value: regions },
      payloads: { value: new Map(numbers ? [[`${probe}/${leaf}`, { ...payload, numbers }]] : []) },
    });
  });
}

/**
 * @template {Picture} P
 * @param {P} picture
 * @param {number} at Of the map's slices; the input, which may have more, is cut at the same share of its depth.
 * @returns {P} Of an image.
 */
export function sliced(picture, at) {
  const { record, inputs, probe, leaf, inputLeaf } = picture;
  const cut = { ...picture, record: sliceOf(record, probe, leaf, at) };
  if (inputLeaf < 0) return cut;
  const depth = inputs.leaves[inputLeaf].shape[0];
  const beneath = Math.min(depth - 1, Math.floor(((at + 0.5) * depth) / depthOf(picture)));
  // The whole volume's range: a slice of air stays dark.
  return { ...cut, inputs: sliceOf(inputs, probe, inputLeaf, beneath), whole: inputs };
}
