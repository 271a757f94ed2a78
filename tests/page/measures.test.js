import assert from "node:assert/strict";
import { test } from "node:test";
import { measureIn, measureOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/measures.js";
import { available } from "../../tb_plugin/tensorboard_plugin_kerasig/static/views/charts.js";
import { meaning, words } from "../../tb_plugin/tensorboard_plugin_kerasig/static/views/words.js";
import { table } from "./records.js";

const COLUMNS = { trusted: [[1, 0]], glow: [[2, 10]], "heat/tag": [[0.5, 0.7]], clock: [[3, 3]] };
const MEASURES = [
  { label: "share trusted", flag: ["trusted", "not trusted"] },
  { label: "the glow", on_maps: true, charted: 0, unit: "lumen", better: "down", sentence: "How bright it is." },
  { label: "heat", region: "tag" },
  { label: "clock", hidden: true },
];
const TOLD = table([0], COLUMNS, { measures: MEASURES });

test("a stat is called, filtered by trust and put in order as its log says, whatever its name", () => {
  assert.deepEqual(TOLD.mean("glow"), [2]);
  assert.deepEqual(TOLD.mean("heat/tag"), [0.6]);
  assert.deepEqual(available([TOLD]), ["glow", "trusted", "heat/tag"]);
  assert.equal(words(TOLD.measure("heat/tag")), "heat in \u201ctag\u201d");
  assert.equal(meaning(TOLD.measure("glow")), "How bright it is. In lumen. Less is better.");
  assert.equal(meaning(TOLD.measure("clock")), null);
});

test("of several logs the first that has a stat says what it is", () => {
  const other = table([0], { glow: [[1, 1]] }, { measures: [{ label: "another glow" }] });
  assert.equal(measureIn([null, TOLD, other], "glow").label, "the glow");
  assert.equal(measureIn([other, TOLD], "glow").label, "another glow");
  assert.equal(measureIn([], "nowhere").label, "nowhere");
});

test("a log of before stats were described looks as it did", () => {
  const old = table([0], {
    score: [[1, 3]],
    residual: [[0.1, 0.3]],
    trusted: [[1, 0]],
    drift: [[0.5, 1]],
    epoch: [[1, 1]],
  });
  assert.deepEqual(available([old]), ["drift", "residual", "score", "trusted"]);
  assert.deepEqual([old.mean("drift"), old.mean("score")], [[0.5], [2]]);
  assert.equal(words(measureOf("region_lift/my tag")), "lift in \u201cmy tag\u201d");
  assert.equal(words(measureOf("map_error")), "map error");
  assert.deepEqual(measureOf("correct").flag, ["correct", "wrong"]);
  // No name is taken for a field that every object has.
  assert.equal(measureOf("constructor").label, "constructor");
});
