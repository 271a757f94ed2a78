import assert from "node:assert/strict";
import { test } from "node:test";
import { Packed } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import {
  alphaOf,
  at,
  framesOf,
  gained,
  nearestAlpha,
  profileOf,
  slopeMap,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/paths.js";
import { container } from "./records.js";

test("the ends that a rule has no nodes at are known by their scores", () => {
  const stored = { alphas: [0.25, 0.75, "NaN"], scores: [1, 3, "NaN"], slopes: [4, 4, "NaN"] };
  assert.deepEqual(profileOf(stored, 0, 4), {
    alphas: [0, 0.25, 0.75, 1],
    scores: [0, 1, 3, 4],
    slopes: [NaN, 4, 4, NaN],
  });
  assert.deepEqual(stored.alphas, [0.25, 0.75, "NaN"]);
  assert.equal(profileOf({ alphas: ["NaN"], scores: [1], slopes: [1] }), null);
});

test("several baselines' paths are averaged", () => {
  const profile = profileOf({ alphas: [0, 1, 0, 0.5, 1], scores: [0, 2, 4, 4, 8], slopes: [2, 2, 0, 0, 0] });
  assert.equal(profile.alphas.length, 101);
  assert.deepEqual(
    [0, 0.5, 1].map((alpha) => at(profile, "scores", alpha)),
    [2, 2.5, 5],
  );
  assert.equal(at(profile, "slopes", 0.3), 1);
});

test("between evaluated places a score is in proportion, beyond them what is there", () => {
  const profile = { alphas: [0, 0.5, 0.6, 1], scores: [NaN, 2, NaN, 10], slopes: [NaN, NaN, NaN, NaN] };
  assert.deepEqual(
    [0, 0.5, 0.75, 1].map((alpha) => at(profile, "scores", alpha)),
    [2, 2, 6, 10],
  );
  assert.equal(at(profile, "slopes", 0.5), NaN);
});

test("a score's change is reached where it is first reached, whether it falls or rises", () => {
  for (const sign of [1, -1]) {
    const profile = { alphas: [0, 0.5, 0.6, 1], scores: [0, 3, 1, 4].map((score) => sign * score), slopes: [] };
    assert.equal(gained(profile, 0.5), 0.75);
    assert.ok(Math.abs(alphaOf(profile, 0.5) - 1 / 3) < 1e-12);
    assert.equal(alphaOf(profile, 0), 0);
    assert.equal(alphaOf(profile, 1), 1);
  }
  const flat = { alphas: [0, 1], scores: [2, 2], slopes: [] };
  assert.deepEqual([gained(flat, 0.5), alphaOf(flat, 0.5)], [NaN, NaN]);
});

test("an interior record is cut into a record for each alpha", () => {
  const header = { probes: 1, alphas: [0, 0.5, 1], leaves: [{ name: "x", shape: [2] }] };
  const array = Float32Array.of(1, 2, 3, -4, 5, 6);
  const interior = new Packed(container(header, "payloads", [{ probe: 0, leaf: 0, encoding: "float32", array }]));
  const frames = framesOf(interior);
  assert.deepEqual(
    frames.map((frame) => [...frame.get(0, 0).numbers]),
    [
      [1, 2],
      [3, -4],
      [5, 6],
    ],
  );
  assert.deepEqual(
    frames.map((frame) => frame.peak(0)),
    [2, 4, 6],
  );
  assert.equal(framesOf(interior), frames);
});

test("the nearest alpha is the first of two that are equally near", () => {
  assert.deepEqual(
    [-1, 0.25, 0.3, 2].map((alpha) => nearestAlpha([0, 0.5, 1], alpha)),
    [0, 0, 1, 2],
  );
  assert.equal(nearestAlpha([], 0.5), -1);
});

test("a slope map has a column per step, alpha 1 on top, and a gap where a step has no path", () => {
  const none = { alphas: [], scores: [], slopes: [] };
  const rising = { alphas: [0, 1], scores: [0, 2], slopes: [1, 3] };
  const { rows, slopes, halves } = slopeMap({ steps: [0, 1], paths: [none, rising], logged: 2 });
  assert.equal(rows, 101);
  assert.deepEqual([slopes[1], slopes[2 * 50 + 1], slopes[2 * 100 + 1]], [3, 2, 1]);
  assert.equal(slopes[0], NaN);
  assert.deepEqual(halves, [NaN, 0.5]);
});
