import assert from "node:assert/strict";
import { test } from "node:test";
import { measureOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/measures.js";
import { allowed, share, told, toleranceOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/quantity.js";
import { areaOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/regions.js";

test("shares are in percent with the digits that can be read", () => {
  for (const [value, text] of [
    [0, "0%"],
    [1, "100%"],
    [0.3333, "33.3%"],
    [0.02041, "2%"],
    [0.0123, "1.2%"],
    [0.00804, "0.8%"],
    [-0.25, "\u221225%"],
    [1e-7, "1.0e\u22125%"],
    [NaN, "\u2013"],
  ])
    assert.equal(share(value), text);
});

test("an error is told beside what is allowed, where the log says that", () => {
  const residual = measureOf("residual");
  assert.equal(allowed(residual, 0.008, 0.01), "0.8% of 1% allowed");
  assert.equal(allowed(residual, 0.008, undefined), "0.8%");
  assert.equal(allowed(residual, NaN, 0.01), "\u2013");
  assert.equal(told(measureOf("score"), 0.25), "0.250");
  assert.equal(told(measureOf("region_signed/tag"), 0.25), "25%");
  assert.equal(told(measureOf("mine", { signed: true, percent: true }), 0.25), "+25%");
});

test("a tolerance is what the record's header says of the measure, and a number", () => {
  const header = { tolerances: { residual: 0.01, map_error: "NaN" } };
  assert.equal(toleranceOf(header, "residual"), 0.01);
  for (const [given, name] of [
    [header, "map_error"],
    [header, "drift"],
    [header, "constructor"],
    [{}, "residual"],
    [undefined, "residual"],
  ])
    assert.equal(toleranceOf(given, name), undefined);
});

test("a region's area is its share of the positions, over the probes that have any of it", () => {
  const inputs = (region, more = {}) => ({
    header: { probes: 3, attributed: ["x"], ...more },
    regions: [{ name: "tag", leaf: 0, ...region }],
  });
  const each = { shape: [3, 2, 2], mask: Uint8Array.of(1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0) };
  assert.equal(areaOf(inputs(each), "tag"), 0.5);
  const shared = { shape: [1, 4], mask: Uint8Array.of(1, 0, 0, 0) };
  assert.equal(areaOf(inputs(shared), "tag"), 0.25);
  for (const [given, name] of [
    [inputs(each), "other"],
    [inputs(each, { attributed: ["x", "y"] }), "tag"],
    [inputs(each, { tokens: [["a"], ["b"], ["c"]] }), "tag"],
    [inputs({ shape: [1, 2], mask: Uint8Array.of(0, 0) }), "tag"],
  ])
    assert.ok(Number.isNaN(areaOf(given, name)));
});
