/** What nodes of a graph are called, and what the log has on its edges. */

import assert from "node:assert/strict";
import test from "node:test";
import {
  edgeValues,
  namesOf,
  picturedLeaves,
  typesOf,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/nodes.js";

const packed = (leaves, header = {}) => ({
  header,
  leaves: leaves.map(({ name, shape }) => ({ name, shape })),
  get: (_probe, leaf) => ({ numbers: Float32Array.from(leaves[leaf].numbers), factor: 1 }),
});

test("a node is what its features say, where they have names", () => {
  const inputs = packed([{ name: "nodes", shape: [3, 4], numbers: [1, 0, 0, 0, 0, 1, 0, 0.5, 1, 1, 1, 1] }], {
    feature_names: ["carbon", "oxygen", "ring", "charge"],
    tokens: [["C", "O"]],
  });
  const picture = { inputs, inputLeaf: 0, probe: 0 };
  assert.deepEqual([0, 1, 2, 9].map(typesOf(picture)), [
    "carbon",
    "oxygen, charge 0.500",
    "carbon, oxygen, ring, \u2026",
    "",
  ]);
  assert.deepEqual([0, 1, 2].map(namesOf(picture)), ["C", "O", "2"]);
  assert.equal(typesOf({ ...picture, inputs: { ...inputs, header: { feature_names: ["a"] } } }), null);
});

test("edges have the values of a leaf with one each, or of a matrix in both directions", () => {
  const edges = [
    [0, 1],
    [1, 2],
  ];
  const nodes = { name: "nodes", shape: [3, 1], numbers: [1, 2, 3] };
  const each = { name: "bonds", shape: [2, 2], numbers: [1, 2, 3, 4] };
  const matrix = { name: "adjacency", shape: [3, 3], numbers: [0, 1, 0, 10, 0, 2, 0, 20, 0] };
  const of = (other) => edgeValues({ record: packed([nodes, ...other]), probe: 0, leaf: 0 }, edges, 3);
  assert.deepEqual([...of([each])], [3, 7]);
  assert.deepEqual([...of([matrix])], [11, 22]);
  assert.equal(of([]), null);
});

test("a matrix of nodes by nodes has no picture of its own where edges have its colours", () => {
  const leaves = [
    { name: "adjacency", shape: [3, 3], numbers: new Array(9).fill(1) },
    { name: "atoms", shape: [3], numbers: [1, 2, 3] },
  ];
  const of = (some, header) => picturedLeaves(packed(some), packed(some, header), 0);
  const edges = [[[0, 1]]];
  assert.deepEqual(of(leaves, { edges }), [1]);
  assert.deepEqual(of(leaves, {}), [0, 1]);
  assert.deepEqual(of(leaves.slice(0, 1), { edges }), [0]);
  assert.deepEqual(of(leaves, { subject: 1 }), [1, 0]);
  assert.deepEqual(of(leaves, { subject: 0 }), [0, 1]);
  const other = { name: "atoms", shape: [4, 2], numbers: new Array(8).fill(1) };
  assert.deepEqual(of([leaves[0], other], { edges }), [0, 1]);
});
