import assert from "node:assert/strict";
import { test } from "node:test";
import { exactly, learn } from "../../tb_plugin/tensorboard_plugin_kerasig/static/exact.js";
import * as format from "../../tb_plugin/tensorboard_plugin_kerasig/static/format.js";
import { random } from "./records.js";

/** Calls a function with each first entry, and expects the second. */
function expect(made, pairs) {
  assert.deepEqual(
    pairs.map(([given]) => [given, made(given)]),
    pairs,
  );
}

test("digits has three that count, and an exponent where the plain number is long", () => {
  expect(format.digits, [
    [0, "0"],
    [-0, "0"],
    [1, "1.00"],
    [-1, "\u22121.00"],
    [2.71777, "2.72"],
    [9.999, "10.0"],
    [99.96, "100"],
    [123.4, "123"],
    [99999, "99999"],
    [100000, "1.0e5"],
    [-123456, "\u22121.2e5"],
    [0.001, "0.00100"],
    [0.00099, "9.9e\u22124"],
    [1.5e-300, "1.5e\u2212300"],
    [1.5e300, "1.5e300"],
    [NaN, "\u2013"],
    [Infinity, "\u221e"],
    [-Infinity, "\u2212\u221e"],
  ]);
});

test("decimals has three of them and no negative zero", () => {
  expect(format.decimals, [
    [0.12345, "0.123"],
    [-0.0004, "0.000"],
    [-0.0006, "\u22120.001"],
    [-1, "\u22121.000"],
    [NaN, "\u2013"],
  ]);
});

test("signed tells a positive number from a negative one, and zero has no sign", () => {
  expect(format.signed, [
    [2, "+2.00"],
    [-2, "\u22122.00"],
    [0, "0"],
    [Infinity, "+\u221e"],
    [NaN, "\u2013"],
  ]);
});

test("round leaves out the zeros at the end of decimals alone", () => {
  expect(format.round, [
    [0.5, "0.5"],
    [10, "10"],
    [200, "200"],
    [1.25, "1.25"],
    [1e5, "1.0e5"],
    [0, "0"],
  ]);
});

test("percent of what rounds to nothing has no sign", () => {
  expect(format.percent, [
    [0.126, "13%"],
    [-0.001, "0%"],
    [-0.25, "\u221225%"],
    [NaN, "\u2013"],
    [Infinity, "\u2013"],
  ]);
  assert.equal(format.percent(-0.0001, 1), "0.0%");
  assert.equal(format.percent(0.12345, 2), "12.35%");
});

test("exact has six digits that count", () => {
  expect(format.exact, [
    [0.1234567, "+0.123457"],
    [-1234567, "\u22121234570"],
    [1e-9, "+1e\u22129"],
    [-1e21, "\u22121e21"],
    [0, "0"],
    [NaN, "\u2013"],
  ]);
});

test("six digits are enough to read a number back to a millionth", () => {
  const next = random(1);
  for (let i = 0; i < 500; i++) {
    const value = (next() - 0.5) * 10 ** Math.floor(next() * 40 - 20);
    const back = Number(format.exact(value).replaceAll("\u2212", "-"));
    // Half a unit of the sixth digit is at most 5e-6 of the number.
    assert.ok(Math.abs(back - value) <= 5.001e-6 * Math.abs(value), `${value} was written as ${format.exact(value)}`);
  }
});

test("count sets thousands apart, of numbers beyond 2^53 with the digits that the server sent", () => {
  learn({ steps: [2 ** 60], exact: ["1152921504606846977"] }, "a");
  expect(format.count, [
    [0, "0"],
    [-1234, "-1,234"],
    [1234567, "1,234,567"],
    [2 ** 60, "1,152,921,504,606,846,977"],
  ]);
});

test("each run has its own digits of a step, and an unknown one those that are known", () => {
  learn({ steps: [0, 2 ** 61], exact: ["0", "2305843009213693953"] }, "a");
  learn(
    { runs: [{ run: "b", sets: [{ last_step: 2 ** 61, exact: { last_step: "2305843009213693955" } }, {}] }] },
    null,
  );
  assert.equal(exactly(2 ** 61, "a"), "2305843009213693953");
  assert.equal(exactly(2 ** 61, "b"), "2305843009213693955");
  assert.equal(exactly(2 ** 61), "2305843009213693955");
  assert.equal(exactly(2 ** 62), String(2 ** 62));
  assert.equal(exactly(7, "a"), "7");
});

test("an epoch is whole or has two decimals", () => {
  expect(format.epochText, [
    [3, "3"],
    [0.5, "0.50"],
    [NaN, ""],
  ]);
});

test("a name is cut to its length and never inside of a character", () => {
  assert.equal(format.short("abc", 3), "abc");
  assert.equal(format.short("abcd", 3), "abc\u2026");
  assert.equal(format.short("ab\u{1f600}cd", 3), "ab\u2026");
  assert.equal(format.short("ab\u{1f600}cd", 4), "ab\u{1f600}\u2026");
});

test("brief is what has eight plain letters at most", () => {
  expect(format.brief, [
    ["12345678", true],
    ["123456789", false],
    ["\u4e2d", false],
    ["", true],
  ]);
});

test("a long title loses its middle, and no half of a letter", () => {
  const title = "validation photographs of the second hospital, taken before the scanner was replaced (2019 to 2021)";
  const cut = format.middle(title);
  assert.equal(cut.length, 81);
  assert.ok(cut.startsWith("validation photographs") && cut.endsWith("(2019 to 2021)"));
  assert.equal(format.middle(title, 200), title);
  assert.ok(format.middle("\u{1f600}".repeat(100), 81).isWellFormed?.() ?? true);
});
