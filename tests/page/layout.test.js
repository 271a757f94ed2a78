// Places for the nodes of graphs: those that the package's figures have, too (tests/plot/test_plot_examples.py).
import assert from "node:assert/strict";
import test from "node:test";
import { layout } from "../../tb_plugin/tensorboard_plugin_kerasig/static/layout.js";

// Nitrobenzene: from the nodes in their order around a circle, two neighbours of the ring come to lie on each other.
const EDGES = [
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [5, 0],
  [3, 6],
  [6, 7],
  [6, 8],
];

test("a ring with a tail is not folded", () => {
  const places = layout(EDGES, 9);
  const across = [0, 1, 2].map((i) => Math.hypot(places[i + 3][0] - places[i][0], places[i + 3][1] - places[i][1]));
  assert.ok(Math.max(...across) < 1.4 * Math.min(...across), `${across}`);
});

test("graphs of every size have places within their frame", () => {
  for (const count of [0, 1, 2, 61, 400]) {
    const places = layout([], count);
    assert.equal(places.length, count);
    assert.ok(places.flat().every((place) => place >= -1e-9 && place <= 1 + 1e-9));
  }
});
