import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { number, open, Packed, unpackRegions } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import { container, record } from "./records.js";

const LEAVES = [
  { name: "x", shape: [3] },
  { name: "y", shape: [2] },
];
const HEADER = { probes: 2, leaves: LEAVES };

test("the documented bytes are read, one by one", () => {
  const header =
    '{"probes":1,"leaves":[{"name":"x","shape":[2]}],"payloads":[{"probe":0,"leaf":0,"encoding":"int16","scale":0.5,"offset":0,"length":4}]}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  // 0x7fff and -0x7fff, little endian, and what fills up to a multiple of 8.
  const bytes = [
    ...Buffer.from("KIG1"),
    padded.length,
    0,
    0,
    0,
    ...Buffer.from(padded),
    0xff,
    0x7f,
    0x01,
    0x80,
    0,
    0,
    0,
    0,
  ];
  const packed = new Packed(Uint8Array.from(bytes).buffer);
  const { numbers, factor } = packed.get(0, 0);
  assert.deepEqual([...numbers], [32767, -32767]);
  assert.deepEqual(
    [...numbers].map((stored) => stored * factor),
    [0.5, -0.5],
  );
  assert.equal(packed.size, bytes.length);
});

test("each encoding keeps its numbers and int16 alone is scaled", () => {
  const packed = new Packed(
    container(HEADER, "payloads", [
      { probe: 0, leaf: 0, encoding: "int16", scale: 0.25, array: Int16Array.of(32767, 0, -32767) },
      { probe: 0, leaf: 1, encoding: "float32", array: Float32Array.of(1.5, NaN) },
      { probe: 1, leaf: 0, encoding: "int32", array: Int32Array.of(7, -2147483648, 2147483647) },
      { probe: 1, leaf: 1, encoding: "utf8", array: new TextEncoder().encode('["a","b"]') },
    ]),
  );
  assert.deepEqual(packed.get(0, 0), { numbers: Int16Array.of(32767, 0, -32767), factor: 0.25 / 32767 });
  assert.deepEqual(packed.get(0, 1), { numbers: Float32Array.of(1.5, NaN), factor: 1 });
  assert.deepEqual(packed.get(1, 0), { numbers: Int32Array.of(7, -2147483648, 2147483647), factor: 1 });
  assert.equal(packed.get(1, 1), undefined);
  assert.equal(packed.get(2, 0), undefined);
});

test("a payload that could not be read is a sentence, and the others are there", () => {
  const packed = new Packed(
    container(HEADER, "payloads", [
      { probe: 0, leaf: 0, encoding: "float32", error: "It is cut." },
      { probe: 1, leaf: 0, encoding: "float32", array: Float32Array.of(1, 2, 3) },
    ]),
  );
  assert.deepEqual([...packed.errors], [[0, "It is cut."]]);
  assert.equal(packed.get(0, 0), undefined);
  assert.equal(packed.get(1, 0).numbers.length, 3);
});

test("other bytes are refused with a sentence", () => {
  assert.throws(() => open(new TextEncoder().encode("<!doctype html>").buffer), /not a kerasig container/);
  assert.throws(() => open(new ArrayBuffer(0)), /not a kerasig container/);
  const whole = container(HEADER, "payloads", [
    { probe: 0, leaf: 0, encoding: "float32", array: Float32Array.of(1, 2, 3, 4) },
  ]);
  assert.throws(() => open(whole.slice(0, 20)), /cut short/);
  assert.throws(() => open(whole.slice(0, -8)), /cut short/);
  assert.equal(open(whole).bytes.length, 16);
});

test("the peak is the largest finite size over all leaves", () => {
  const packed = record(
    [
      [
        [1, -4, 2],
        [3, Infinity],
      ],
      [
        [NaN, NaN, NaN],
        [NaN, NaN],
      ],
      [
        [0, 0, 0],
        [0, -0],
      ],
    ],
    { leaves: LEAVES },
  );
  assert.equal(packed.peak(0), 4);
  assert.equal(packed.peak(1), NaN);
  assert.equal(packed.peak(2), 0);
});

test("a peak that was asked for before the values came is not kept", () => {
  const part = (probe, values) =>
    new Packed(
      container({ probes: 2, leaves: [{ name: "x", shape: [2] }] }, "payloads", [
        { probe, leaf: 0, encoding: "float32", array: Float32Array.from(values) },
      ]),
      [probe],
    );
  const [first, second] = [part(0, [1, 2]), part(1, [5, -6])];
  const sizes = first.size + second.size;
  assert.equal(first.peak(1), NaN);
  assert.equal(first.has(1), false);
  first.absorb(second);
  assert.equal(first.has(1), true);
  assert.equal(first.peak(1), 6);
  assert.equal(first.size, sizes);
  // Of a probe that the record does not have nothing is to be waited for.
  assert.equal(first.has(2), true);
});

test("strict JSON's strings are the numbers that it has no signs for", () => {
  assert.deepEqual(["NaN", "Infinity", "-Infinity", 1.5, null, undefined].map(number), [
    NaN,
    Infinity,
    -Infinity,
    1.5,
    NaN,
    NaN,
  ]);
});

test("the bits of a region's mask are read from the highest on", async () => {
  // 1000 0001 01: ten positions.
  const mask = deflateSync(Buffer.of(0b10000001, 0b01000000)).toString("base64");
  const packed = record([[1]], { header: { regions: { tag: { leaf: 0, shape: [1, 2, 5], mask } } } });
  await unpackRegions(packed);
  assert.deepEqual(packed.regions, [
    { name: "tag", leaf: 0, shape: [1, 2, 5], mask: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 1) },
  ]);
});
