import assert from "node:assert/strict";
import { test } from "node:test";
import { grid } from "../../tb_plugin/tensorboard_plugin_kerasig/static/grid.js";
import { cardSize, fitted, styled, wantedWidth } from "../../tb_plugin/tensorboard_plugin_kerasig/static/sizes.js";

const SHAPES = [
  [28, 28],
  [64, 48],
  [224, 224],
  [300, 200],
  [200, 300],
  [1080, 1920],
  [16, 200],
];

test("no picture is ever squashed", () => {
  for (const [height, width] of SHAPES)
    for (const room of [40, 112, 168, 217.4, 400]) {
      const size = cardSize([height, width], room);
      assert.ok(size.width <= room + 0.01, `${height} x ${width} in ${room}: ${size.width}`);
      // A hundredth of a pixel is what is rounded off.
      assert.ok(Math.abs(size.width * height - size.height * width) <= 0.006 * (height + width));
    }
});

test("small pictures grow by whole factors, so that all their pixels are squares of one size", () => {
  assert.deepEqual(cardSize([28, 28], 168), { height: 140, width: 140 });
  assert.deepEqual(cardSize([28, 28], 139), { height: 112, width: 112 });
  assert.deepEqual(fitted([28, 28], 500), { height: 476, width: 476 });
});

test("a photograph fills its place, up to a bound", () => {
  assert.deepEqual(cardSize([224, 224], 217), { height: 217, width: 217 });
  assert.deepEqual(cardSize([200, 300], 217), { height: 144.67, width: 217 });
  assert.equal(cardSize([224, 224], 2000).width, 320);
  assert.equal(fitted([224, 224], 2000).width, 2000);
});

test("the style tells the width and the proportions, and no height that could contradict them", () => {
  assert.deepEqual(styled({ width: 217, height: 144.67 }), { width: "217px", "aspect-ratio": "217 / 144.67" });
});

test("what the grid plans has room for what is drawn", () => {
  for (const shape of SHAPES)
    for (const width of [628, 1008, 1648, 2288])
      for (const runs of [1, 2, 3, 8]) {
        const port = { top: 0, height: 800, width, of: "", row: 0 };
        const card = { width: wantedWidth(shape), lowest: 220 };
        const { perRow, room, across } = grid(port, { set: "s", kind: "image", card, runs, count: 100 });
        // Cards with their frames and what lies between them fill the width; runs without room follow below.
        assert.ok(across >= 1 && across <= runs);
        const used = perRow * (across * (room + 12) - 12 + 26 + 12) - 12;
        assert.ok(Math.abs(used - width) < 0.01 || room === 1, `${shape} in ${width} with ${runs} runs`);
        if (perRow > 1) assert.ok(room >= card.width);
      }
});
