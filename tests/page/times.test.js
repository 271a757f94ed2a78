/** Ticks of a time axis, and what nodes are called. */

import assert from "node:assert/strict";
import test from "node:test";
import { moment, rateOf, ticks } from "../../tb_plugin/tensorboard_plugin_kerasig/static/times.js";

test("seconds are counted where it is known how many samples make one", () => {
  assert.equal(rateOf({ rate: 500 }), 500);
  const texts = ticks(1000, 500, 8).map(({ text }) => text);
  assert.deepEqual(texts, ["0", "0.5", "1", "1.5"]);
  assert.equal(ticks(1000, 500, 8)[2].at, 500.5 / 1000);
  assert.equal(moment(250, 500), "0.500 s");
});

test("without a rate, and with one that is none, samples are", () => {
  for (const rate of [undefined, null, 0, -5, "500", NaN, Infinity, {}]) assert.ok(Number.isNaN(rateOf({ rate })));
  assert.deepEqual(
    ticks(250, NaN, 6).map(({ text }) => text),
    ["0", "50", "100", "150", "200"],
  );
  assert.deepEqual(
    ticks(3, NaN, 9).map(({ text }) => text),
    ["0", "1", "2"],
  );
  assert.equal(moment(7, NaN), "sample 7");
});

test("ticks are no more than have room, and lie on the axis", () => {
  for (const length of [1, 2, 7, 96, 1000, 12_345, 1_000_000])
    for (const rate of [NaN, 0.001, 1, 50, 360, 44_100])
      for (const most of [1, 3, 10]) {
        const found = ticks(length, rate, most);
        assert.ok(found.length >= 1 && found.length <= most + 1, `${length} ${rate} ${most}: ${found.length}`);
        for (const { at } of found) assert.ok(at > 0 && at < 1);
        assert.equal(new Set(found.map(({ text }) => text)).size, found.length);
      }
});
