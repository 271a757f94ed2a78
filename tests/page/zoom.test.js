import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bounded,
  panned,
  placeAt,
  seenAt,
  showing,
  wheelFactor,
  zoomedBy,
  zoomField,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/zoom.js";

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

test("what is under the pointer stays there when the picture grows and shrinks", () => {
  const at = [0.3, 0.8];
  const before = placeAt(null, ...at);
  const once = zoomedBy(null, 2.5, at);
  const twice = zoomedBy(once, 1.7, at);
  for (const zoom of [once, twice]) placeAt(zoom, ...at).forEach((place, i) => close(place, before[i]));
  seenAt(twice, ...before).forEach((share, i) => close(share, at[i]));
});

test("zooming out ends at the whole picture, and nothing beside a picture is ever seen", () => {
  assert.equal(zoomedBy(zoomedBy(null, 3, [0, 1]), 0.1), null);
  for (const zoom of [zoomedBy(null, 4, [0, 0]), panned({ scale: 4, x: 0.5, y: 0.5 }, 9, -9)]) {
    const corners = [placeAt(zoom, 0, 0), placeAt(zoom, 1, 1)].flat();
    assert.ok(corners.every((place) => place >= -1e-9 && place <= 1 + 1e-9));
  }
  assert.equal(zoomedBy({ scale: 60, x: 0.5, y: 0.5 }, 10).scale, 64);
});

test("a picture that is smaller than its place stays in the middle, and grows from there", () => {
  assert.deepEqual(bounded({ scale: 0.25, x: 0.9, y: 0.1 }), { scale: 0.25, x: 0.5, y: 0.5 });
  assert.equal(zoomedBy({ scale: 0.25, x: 0.5, y: 0.5 }, 2).scale, 0.5);
});

test("the picture follows a place no further than it takes", () => {
  const zoom = { scale: 4, x: 0.5, y: 0.5 };
  assert.deepEqual(showing(zoom, 0.52, 0.45), zoom);
  const moved = showing(zoom, 0.9, 0.5);
  assert.ok(moved.x > 0.5 && moved.y === 0.5);
  assert.ok(seenAt(moved, 0.9, 0.5)[0] <= 0.96);
  assert.equal(showing(null, 0.9, 0.9), null);
});

test("a wheel zooms as far by lines as by pixels, and no jump is beyond measure", () => {
  close(
    wheelFactor({ deltaY: -2, deltaMode: 1, ctrlKey: false }),
    wheelFactor({ deltaY: -48, deltaMode: 0, ctrlKey: false }),
  );
  assert.ok(wheelFactor({ deltaY: -1e9, deltaMode: 2, ctrlKey: false }) < 2);
});

test("the address holds a place, and none that makes no sense", () => {
  const { read, write } = zoomField();
  assert.deepEqual(read(write({ scale: 4, x: 0.31, y: 0.52 })), { scale: 4, x: 0.31, y: 0.52 });
  for (const text of ["", "4", "4,0.5", "0,0,0", "-2,0.5,0.5", "NaN,0,0", "4,x,0", "4,0.1,0.1,0.1", "Infinity,0,0"])
    assert.equal(read(text), undefined, text);
  assert.deepEqual(read("1e9,7,7"), { scale: 64, x: 1 - 0.5 / 64, y: 1 - 0.5 / 64 });
});
