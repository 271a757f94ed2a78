/** What a log says of the kinds of its probes, so that the page knows none by name: pure. */

/**
 * @typedef {object} Traits
 * @property {string[]} axes What the axes of a probe's values are called, the first ones first.
 * @property {"tokens" | "features" | ""} names What the things at its positions are called by.
 * @property {boolean} ordered Whether positions are looked at in their order, or the largest first.
 * @property {boolean} sequence Whether positions are the first axis alone: what follows it can be summed.
 */

/** @type {Traits} */
const UNKNOWN = { axes: [], names: "", ordered: true, sequence: false };

/**
 * @param {Record<string, any>} header Of the inputs.
 * @param {string} kind
 * @returns {Traits}
 */
export function traitsOf(header, kind) {
  return Object.hasOwn(header.kinds ?? {}, kind) ? header.kinds[kind] : UNKNOWN;
}

/**
 * @param {Record<string, any>} header Of the inputs.
 * @returns {string} The kind that its probes are seen as: of what is attributed to, where that is in other coordinates.
 */
export function shownKind(header) {
  return header.shown_as ?? header.probe_kind;
}

/**
 * @param {import("./packed.js").Packed} record
 * @param {import("./packed.js").Packed | null} inputs
 * @param {number} leaf Of the record.
 * @returns {string} The kind of what a leaf shows: its own where the log says so, else the set's.
 */
export function kindOf(record, inputs, leaf) {
  return record.leaves[leaf]?.kind ?? inputs?.header.probe_kind ?? "";
}
