import assert from "node:assert/strict";
import { test } from "node:test";
import { probeName } from "../../tb_plugin/tensorboard_plugin_kerasig/static/naming.js";

const TEXT = { probe_kind: "tokens", kinds: { tokens: { axes: ["position"], names: "tokens", sequence: true } } };

test("a name that was given is the name, whatever else there is", () => {
  assert.equal(probeName({ ...TEXT, names: ["a"], tokens: [["b"]], labels: [0] }, 0), "a");
  // That of another probe is one that was given.
  assert.equal(probeName({ names: ["probe 1"], labels: [0] }, 0), "probe 1");
});

test("a text without a name is called by its first words", () => {
  const tokens = [
    ["how", "many", "people", "live", "in", "the", "city"],
    ["what", "", null, "is"],
    ["", ""],
  ];
  const header = { ...TEXT, names: ["probe 0", "probe 1", "probe 2"], tokens, labels: [0, 1, 2] };
  assert.equal(probeName(header, 0), "how many people live in the\u2026");
  assert.equal(probeName(header, 1), "what is");
  assert.equal(probeName(header, 2), "label 2 #3");
  assert.equal(probeName({ ...header, leaf_tokens: { question: [["who"]] } }, 0), "who");
  // Of a graph, tokens are no words.
  assert.equal(probeName({ ...header, probe_kind: "graph" }, 0), "label 0 #1");
});

test("others are called by their label and number", () => {
  const header = { names: ["probe 0", "probe 1"], labels: [1, 1], class_names: ["cat", "dog"] };
  assert.deepEqual([probeName(header, 0), probeName(header, 1)], ["dog #1", "dog #2"]);
  assert.equal(probeName({ labels: [7], class_names: ["cat"] }, 0), "label 7 #1");
});

test("what is known of nothing is called by its place", () => {
  for (const header of [undefined, {}, { labels: [0.25] }, { labels: [null] }, { names: ["probe 0"] }])
    assert.equal(probeName(header, 0), "probe 0");
});
