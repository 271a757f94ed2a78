/** What nodes of a graph are called, what they are, and what the log has on the edges between them. Pure. */

import { digits } from "./format.js";
import { values, wordsOf } from "./views/values.js";

/**
 * @typedef {import("./views/values.js").Picture} Picture
 */

/** Features of a node that are told. */
const MOST_TOLD = 3;

/**
 * @param {Picture} picture
 * @returns {(i: number) => string} The name of a node, where it has one, else its number.
 */
export function namesOf({ inputs, inputLeaf, probe }) {
  const words = wordsOf(inputs, inputLeaf, probe);
  return (i) => String(words?.[i] ?? i);
}

/**
 * @param {Picture} picture
 * @returns {((i: number) => string) | null} What a node is, of its features that are not 0; null where features have no
 *   names.
 */
export function typesOf({ inputs, inputLeaf, probe }) {
  const names = inputs.header.feature_names;
  const given = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2) : null;
  const [count, features] = given?.shape ?? [];
  if (!given || !Array.isArray(names) || names.length !== features) return null;
  return (i) => {
    if (i >= count) return "";
    const own = Array.from(given.numbers.subarray(i * features, (i + 1) * features));
    const told = own.flatMap((value, f) =>
      value === 0 ? [] : [Math.abs(value - 1) < 1e-4 ? String(names[f]) : `${names[f]} ${digits(value)}`],
    );
    return [...told.slice(0, MOST_TOLD), ...(told.length > MOST_TOLD ? ["\u2026"] : [])].join(", ");
  };
}

/**
 * @param {Picture} picture
 * @param {number[][]} edges
 * @param {number} count Nodes of the array, those that fill it up too.
 * @returns {Float32Array | null} The attribution of each edge, where another leaf of the record has it: one value for each,
 *   or a matrix of nodes by nodes, of which both directions count.
 */
export function edgeValues({ record, probe, leaf }, edges, count) {
  if (!edges.length) return null;
  for (let other = 0; other < record.leaves.length; other++) {
    const { shape } = record.leaves[other];
    if (other === leaf || !record.get(probe, other)) continue;
    if (shape.length >= 2 && shape[0] === count && shape[1] === count) {
      const matrix = values(record, probe, other, 2)?.numbers;
      const of = (/** @type {number} */ a, /** @type {number} */ b) => matrix?.[a * count + b] ?? NaN;
      return Float32Array.from(edges, ([a, b]) => (a === b ? of(a, a) : of(a, b) + of(b, a)));
    }
    if (shape[0] === edges.length && edges.length !== count) return values(record, probe, other, 1)?.numbers ?? null;
  }
  return null;
}

/**
 * @param {import("./packed.js").Packed} record
 * @param {import("./packed.js").Packed | null} inputs
 * @param {number} probe
 * @returns {number[]} The leaves that have values for the probe, and a picture of their own: a matrix of nodes by nodes has
 *   none where it colours the edges between the nodes of another leaf. What the probes are about comes first.
 */
export function picturedLeaves(record, inputs, probe) {
  const subject = inputs?.leaves[inputs.header.subject]?.name;
  const isAbout = (/** @type {number} */ leaf) => {
    const { name, positions_of: of } = record.leaves[leaf];
    return (of ?? name) === subject;
  };
  const there = record.leaves.map((_, leaf) => leaf).filter((leaf) => record.get(probe, leaf));
  there.sort((a, b) => Number(isAbout(b)) - Number(isAbout(a)));
  if (!inputs?.header.edges?.[probe]?.length) return there;
  const isMatrix = (/** @type {number[]} */ [rows, columns]) => rows === columns;
  const nodes = there
    .filter((leaf) => !isMatrix(record.leaves[leaf].shape))
    .map((leaf) => record.leaves[leaf].shape[0]);
  return there.filter((leaf) => {
    const { shape } = record.leaves[leaf];
    return !(shape.length === 2 && isMatrix(shape) && nodes.includes(shape[0]));
  });
}
