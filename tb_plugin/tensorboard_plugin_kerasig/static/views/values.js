/** Reading a probe's values out of a record, reduced to the positions that a picture has. */

/**
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../packed.js").Leaf} Leaf
 *
 * @typedef {object} Picture What a picture is made of: one leaf of one probe of one run at one step.
 * @property {Packed} record
 * @property {Packed} inputs
 * @property {number} probe
 * @property {number} leaf Index in the record.
 * @property {number} inputLeaf Index in the inputs; -1 where positions do not correspond to an input's.
 * @property {number} limit
 * @property {string} kind
 * @property {import("../state.js").State} state
 * @property {import("../scales.js").Paint} [paint] Where it is not the usual one.
 * @property {Packed[]} [beside] The records that are seen beside each other: what is chosen of one is chosen of all.
 * @property {number} [room] How wide it may be, in CSS pixels.
 * @property {boolean} [marked] Whether its regions are what is to be seen: shaded in series, with a strong outline in pictures.
 * @property {Packed} [whole] The inputs that a picture is cut out of, whose brightness it keeps.
 *
 * @typedef {object} Values
 * @property {Float32Array} numbers
 * @property {number[]} shape
 */

/**
 * @param {Packed} packed
 * @param {number} probe
 * @param {number} leaf
 * @param {number} [rank] Axes to keep; those after them are summed, so that completeness survives.
 * @returns {Values | null} Null where nothing was stored.
 */
export function values(packed, probe, leaf, rank = Infinity) {
  const payload = packed.get(probe, leaf);
  if (!payload) return null;
  const full = packed.leaves[leaf].shape;
  const shape = full.slice(0, rank);
  const numbers = new Float32Array(product(shape));
  const inner = product(full.slice(rank));
  for (let i = 0; i < numbers.length; i++) {
    let sum = 0;
    for (let j = 0; j < inner; j++) sum += payload.numbers[i * inner + j];
    numbers[i] = sum * payload.factor;
  }
  return { numbers, shape };
}

/**
 * @param {number[]} shape
 * @returns {number}
 */
export function product(shape) {
  return shape.reduce((all, size) => all * size, 1);
}

/**
 * @param {Picture} picture
 * @returns {{name: string, mask: Uint8Array, shape: number[]}[]} The regions of the picture's input, for its probe.
 */
export function regionsOf({ inputs, inputLeaf, probe }) {
  return inputs.regions
    .filter((region) => region.leaf === inputLeaf)
    .map(({ name, mask, shape: [probes, ...shape] }) => {
      const size = product(shape);
      const at = probes === 1 ? 0 : probe;
      return { name, shape, mask: mask.subarray(at * size, (at + 1) * size) };
    });
}

/**
 * @param {import("../packed.js").Packed} inputs
 * @param {number} leaf Of the inputs; -1 where positions do not correspond to an input's.
 * @param {number} probe
 * @returns {string[] | undefined} The words at a leaf's positions: its own where several sequences have words.
 */
export function wordsOf({ header, leaves }, leaf, probe) {
  const own = header.leaf_tokens?.[leaves[leaf]?.name];
  const several = Object.keys(header.leaf_tokens ?? {}).length > 1;
  return (own ?? (several && leaf >= 0 ? undefined : header.tokens))?.[probe];
}

/**
 * @param {Packed} inputs
 * @param {Leaf | undefined} leaf Of a record.
 * @returns {string[] | null} What a leaf's groups are called, where it is in other coordinates than its input.
 */
export function groupsOf(inputs, leaf) {
  if (!leaf?.grouped) return null;
  const names = inputs.header.coordinates?.[leaf.name];
  return Array.from({ length: leaf.shape[0] ?? 0 }, (_, i) => String(names?.[i] ?? `group ${i}`));
}

/**
 * @param {Packed} record
 * @param {Packed} inputs
 * @param {number} leaf Of the record.
 * @returns {number} The leaf of the inputs that has its positions; -1 where none has.
 */
export function inputLeafOf(record, inputs, leaf) {
  const { name, positions_of: of, grouped } = record.leaves[leaf];
  if (grouped) return -1;
  return inputs.leaves.findIndex((input) => input.name === (of ?? name));
}
