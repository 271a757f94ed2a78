import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/parts.js";
import { inputLeafOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/views/values.js";
import { record } from "./records.js";

const KINDS = {
  image: { axes: ["row", "column", "channel"], names: "", ordered: true, sequence: false },
  volume: { axes: ["slice", "row", "column", "channel"], names: "", ordered: true, sequence: false },
  tokens: { axes: ["position", "unit"], names: "tokens", ordered: true, sequence: true },
  tabular: { axes: ["feature"], names: "features", ordered: false, sequence: false },
  series: { axes: ["position", "channel"], names: "features", ordered: true, sequence: false },
  graph: { axes: ["node", "feature"], names: "", ordered: true, sequence: true },
};

/** One probe of a kind whose values are 1, -2, 3, -4, ... */
function probe(kind, shape, header = {}, regions = []) {
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i % 2 ? -1 : 1) * (i + 1));
  const leaves = [{ name: "x", shape }];
  const inputs = record([values], { leaves, header: { probe_kind: kind, kinds: KINDS, ...header } });
  inputs.regions = regions;
  const found = partsOf(record([values], { leaves }), inputs, 0);
  const total = found.parts.reduce((sum, { value }) => sum + value, 0);
  assert.ok(Math.abs(total - values.reduce((sum, value) => sum + value, 0)) < 1e-6);
  for (const { value, up, down } of found.parts) assert.ok(Math.abs(value - up - down) < 1e-9 && up >= 0 && down <= 0);
  return found;
}

const named = ({ parts }) => parts.map(({ name, value }) => [name, value]);

test("a table is told by its features", () => {
  assert.deepEqual(named(probe("tabular", [3], { feature_names: ["a", "b", "c"] })), [
    ["a", 1],
    ["b", -2],
    ["c", 3],
  ]);
  assert.deepEqual(
    probe("tabular", [2]).parts.map(({ name }) => name),
    ["feature 0", "feature 1"],
  );
});

test("groups of other coordinates are told by their own names, whatever their input is", () => {
  const values = Float32Array.from([1, -2]);
  const leaves = [{ name: "x", shape: [2], kind: "tabular", grouped: true }];
  const header = { probe_kind: "image", kinds: KINDS, feature_names: ["a", "b"], coordinates: { x: ["mean red"] } };
  const inputs = record([Array(4).fill(1)], { leaves: [{ name: "x", shape: [2, 2] }], header });
  const found = record([values], { leaves });
  // What has no name has a number.
  assert.deepEqual(named(partsOf(found, inputs, 0)), [
    ["mean red", 1],
    ["group 1", -2],
  ]);
  assert.equal(inputLeafOf(found, inputs, 0), -1);
});

test("a text is told by its words, a graph by its nodes, whatever units they have", () => {
  const found = probe("tokens", [2, 2], { tokens: [["how", ""]] });
  assert.deepEqual(named(found), [
    ["how", -1],
    ["position 1", -1],
  ]);
  assert.deepEqual([found.one, found.many], ["word", "words"]);
  const [how, padding] = probe("tokens", [4], { tokens: [["how"]] }).parts;
  assert.deepEqual([how.name, how.value], ["how", 1]);
  assert.deepEqual(padding, { name: "3 \u00d7 padding", value: -3, up: 3, down: -6 });
  assert.deepEqual(named(probe("graph", [3])), [
    ["node 0", 1],
    ["node 1", -2],
    ["node 2", 3],
  ]);
});

test("a signal is told by its channels, of one channel by stretches", () => {
  assert.deepEqual(named(probe("series", [2, 2], { feature_names: ["I", "II"] })), [
    ["I", 4],
    ["II", -6],
  ]);
  const { parts, many } = probe("series", [20, 1]);
  assert.equal(parts.length, 10);
  assert.deepEqual([parts[0].name, parts[9].name, many], ["positions 0 to 1", "positions 18 to 19", "stretches"]);
  assert.equal(probe("series", [20]).parts.length, 10);
});

test("a picture is told by its regions and the rest, a position of two by the first", () => {
  const regions = [
    { name: "tag", leaf: 0, shape: [1, 2, 2], mask: Uint8Array.of(1, 0, 0, 0) },
    { name: "left", leaf: 0, shape: [1, 2, 2], mask: Uint8Array.of(1, 0, 1, 0) },
  ];
  assert.deepEqual(named(probe("image", [2, 2], {}, regions)), [
    ["region \u201ctag\u201d", 1],
    ["region \u201cleft\u201d", 3],
    ["the rest", -6],
  ]);
});

test("a picture without regions is told by nine blocks, a volume by stretches of slices", () => {
  const { parts } = probe("image", [6, 9, 1]);
  assert.equal(parts.length, 9);
  assert.deepEqual([parts[0].name, parts[8].name], ["top left", "bottom right"]);
  // The first two rows, of which the first three columns each.
  assert.equal(parts[0].value, 1 - 2 + 3 - 10 + 11 - 12);
  assert.deepEqual(
    probe("volume", [3, 2, 2]).parts.map(({ name }) => name),
    ["slice 0", "slice 1", "slice 2"],
  );
});

test("of several leaves each part has the name of its own", () => {
  const leaves = [
    { name: "one", shape: [2] },
    { name: "two", shape: [1] },
  ];
  const header = { probe_kind: "tabular", kinds: KINDS };
  const both = () => record([[[1, 2], [3]]], { leaves, header });
  assert.deepEqual(
    partsOf(both(), both(), 0).parts.map(({ name }) => name),
    ["one: feature 0", "one: feature 1", "two: feature 0"],
  );
});
