import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, levels, stepLabels, ticks, wideness } from "../../tb_plugin/tensorboard_plugin_kerasig/static/axis.js";
import { random } from "./records.js";

test("ticks are round and hold what is drawn between them", () => {
  const next = random(1);
  for (let i = 0; i < 500; i++) {
    const low = (next() - 0.5) * 10 ** Math.floor(12 * next() - 6);
    const high = low + next() * 10 ** Math.floor(12 * next() - 6);
    const found = ticks(low, high);
    // What differs by less than a millionth is drawn as a constant.
    if (high - low < 2e-6 * Math.max(Math.abs(low), Math.abs(high))) continue;
    const slack = 1e-8 * (found[1] - found[0]);
    assert.ok(found[0] <= low + slack && found.at(-1) >= high - slack, `${low} ${high}: ${found}`);
    assert.ok(found.length >= 2 && found.length <= 7, `${low} ${high}: ${found}`);
    const [size, power] = [found[1] - found[0], 10 ** Math.floor(Math.log10(found[1] - found[0]) + 1e-9)];
    assert.ok(
      [1, 2, 5, 10].some((factor) => Math.abs(size / power - factor) < 1e-3),
      `${found}`,
    );
  }
});

test("a constant has an axis with room around it", () => {
  for (const [value, least, most] of [
    [0, 0, 1],
    [3, 1.5, 4.5],
    [-2, -3, -1],
    [1e-7, 5e-8, 1.5e-7],
  ]) {
    const found = ticks(value, value);
    assert.ok(found[0] <= least && found.at(-1) >= most && found.length >= 2, `${value}: ${found}`);
  }
});

test("an axis from 0 begins there, and shares are in percent", () => {
  const texts = (...of) => levels(...of).map(({ text }) => text);
  assert.deepEqual(texts(0.004, 0.0105, { zero: true, percent: true }), ["0%", "0.5%", "1%", "1.5%"]);
  assert.deepEqual(texts(0.1, 1, { zero: true, percent: true }), ["0%", "50%", "100%"]);
  assert.equal(levels(5, 6, { zero: true })[0].at, 0);
  assert.equal(levels(5, 6)[0].at, 5);
  assert.equal(levels(-6, -5, { zero: true }).at(-1).at, 0);
  assert.deepEqual(texts(NaN, NaN), ["0", "0.5", "1"]);
});

test("labels of neighbours differ", () => {
  const texts = (...of) => levels(...of).map(({ text }) => text);
  assert.deepEqual(texts(3.0001, 3.0004), ["3.0001", "3.0002", "3.0003", "3.0004"]);
  assert.deepEqual(texts(-1203, -1201), ["\u22121203", "\u22121202", "\u22121201"]);
  assert.deepEqual(texts(0.99981, 0.99987, { percent: true }), ["99.98%", "99.985%", "99.99%"]);
});

test("the extent is over what is finite", () => {
  assert.deepEqual(extent([[1, NaN, -3], Float32Array.of(Infinity, 7)]), [-3, 7]);
  assert.deepEqual(extent([[NaN], []]), [NaN, NaN]);
});

test("the first and the last step have labels, and none lies over another", () => {
  const next = random(2);
  for (let i = 0; i < 500; i++) {
    const first = Math.floor(next() * 10 ** Math.floor(7 * next()));
    const last = first + 1 + Math.floor(next() * 10 ** Math.floor(7 * next()));
    const width = 60 + Math.floor(1200 * next());
    const found = stepLabels(first, last, width);
    assert.equal(found.at(-1).at, last);
    if (found.length > 1) assert.equal(found[0].at, first);
    const place = (at) => ((at - first) / (last - first)) * width;
    const ends = found.map(({ at, text, anchor }) => {
      const from = place(at) - { start: 0, middle: 0.5, end: 1 }[anchor] * wideness(text);
      return [from, from + wideness(text)];
    });
    for (let j = 1; j < ends.length; j++) assert.ok(ends[j - 1][1] < ends[j][0], `${first} ${last} in ${width}`);
  }
  assert.deepEqual(
    stepLabels(0, 1727, 900).map(({ text }) => text),
    ["0", "500", "1,000", "1,500", "1,727"],
  );
});

test("a single step is labelled in the middle; where there is room for one label it is the last", () => {
  assert.deepEqual(stepLabels(7, 7, 200), [{ at: 7, text: "7", anchor: "middle" }]);
  assert.deepEqual(
    stepLabels(1_000_000, 2_000_000, 80).map(({ text }) => text),
    ["2,000,000"],
  );
});
