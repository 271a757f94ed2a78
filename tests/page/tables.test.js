import assert from "node:assert/strict";
import { test } from "node:test";
import { csv } from "../../tb_plugin/tensorboard_plugin_kerasig/static/tables.js";
import { random } from "./records.js";

function cell(value) {
  return csv({ head: [], rows: [[value]] })
    .split("\n")
    .slice(1, -1)
    .join("\n");
}

test("lines and quotes of a name stay inside of its cell", () => {
  assert.equal(
    csv({
      head: ["a", "b"],
      rows: [
        ['x,"y"', 1],
        ["two\nlines", 2],
      ],
    }),
    'a,b\n"x,""y""",1\n"two\nlines",2\n',
  );
});

test("a spreadsheet computes nothing that a name says, and signs and numbers stay as they are", () => {
  for (const text of ["=1+1", "@sum", "+cmd", "-a", "\t=1", "\uff1d1"]) assert.equal(cell(text), `'${text}`);
  for (const text of ["-", "+", "=", "-1.5", "+2e3", "a=b", ""]) assert.equal(cell(text), text);
});

test("numbers are written with the fewest digits that float32 needs", () => {
  const written = [0.1, -1e-10, 16777216, 3, NaN, Infinity, -Infinity].map((value) => cell(Math.fround(value)));
  assert.deepEqual(written, ["0.1", "-1e-10", "16777216", "3", "nan", "inf", "-inf"]);
  assert.equal(cell(0.1 + 0.2), "0.30000000000000004");
});

test("every float32 reads back as itself", () => {
  const next = random(4);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  for (let i = 0; i < 5000; i++) {
    bits[0] = next() * 2 ** 32;
    if (Number.isFinite(value[0])) assert.equal(Math.fround(Number(cell(value[0]))), value[0]);
  }
});
