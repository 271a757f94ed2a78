/** How large a set's regions are. Pure, and kept for as long as the inputs are. */

/**
 * @typedef {import("./packed.js").Packed} Packed
 */

/** @type {WeakMap<Packed, Map<string, number>>} */
const known = new WeakMap();

/**
 * @param {Packed} inputs
 * @param {string} name Of a region.
 * @returns {number} The mean, over the probes that have any of it, of its share of the positions; NaN where none has, or
 * where the mask does not say how many positions there are: beside other leaves, and among words, of which some only pad.
 */
export function areaOf(inputs, name) {
  const areas = known.get(inputs) ?? new Map();
  known.set(inputs, areas);
  if (!areas.has(name)) areas.set(name, area(inputs, name));
  return areas.get(name) ?? NaN;
}

/**
 * @param {Packed} inputs
 * @param {string} name
 * @returns {number}
 */
function area(inputs, name) {
  const { attributed, tokens, leaf_tokens: words } = inputs.header;
  const region = inputs.regions.find((other) => other.name === name);
  if (!region || tokens || words || (attributed?.length ?? 1) > 1) return NaN;
  const { mask, shape } = region;
  const size = mask.length / Math.max(1, shape[0]);
  const shares = [];
  for (let from = 0; from + size <= mask.length && size > 0; from += size) {
    let inside = 0;
    for (let i = from; i < from + size; i++) inside += mask[i];
    if (inside) shares.push(inside / size);
  }
  return shares.length ? shares.reduce((sum, share) => sum + share, 0) / shares.length : NaN;
}
