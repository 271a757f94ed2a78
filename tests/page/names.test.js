import assert from "node:assert/strict";
import { test } from "node:test";
import { briefNames } from "../../tb_plugin/tensorboard_plugin_kerasig/static/names.js";
import { random } from "./records.js";

function brief(...names) {
  return briefNames(names);
}

test("what all names begin and end with goes, cut between words", () => {
  assert.deepEqual(brief("demo/tagged/kept", "demo/untagged/kept"), ["tagged", "untagged"]);
  assert.deepEqual(brief("model_a_v1", "model_b_v1"), ["a", "b"]);
  assert.deepEqual(brief("opt=adam, wide", "opt=sgd, wide"), ["adam", "sgd"]);
  assert.deepEqual(brief("tagged", "untagged"), ["tagged", "untagged"]);
});

test("a number stays whole, and with the word that says what it is of", () => {
  const tail = "-batch_64-dropout_0.1";
  assert.deepEqual(brief(`lr_0.001${tail}`, `lr_0.01${tail}`, `lr_1e-5${tail}`), ["lr_0.001", "lr_0.01", "lr_1e-5"]);
  assert.deepEqual(brief("run_1_seed_0", "run_1_seed_1"), ["seed_0", "seed_1"]);
  assert.deepEqual(brief("10-epochs-wide", "20-epochs-wide"), ["10-epochs", "20-epochs"]);
  assert.deepEqual(brief("x10", "x20"), ["x10", "x20"]);
  // A folder's name is a name of its own.
  assert.deepEqual(brief("seeds/1/train", "seeds/2/train"), ["1", "2"]);
});

test("what is the same in the middle of all names is an ellipsis", () => {
  assert.deepEqual(brief("lr_0.1-batch_64-drop_0.1", "lr_0.1-batch_64-drop_0.5", "lr_1-batch_64-drop_0.1"), [
    "lr_0.1\u2026drop_0.1",
    "lr_0.1\u2026drop_0.5",
    "lr_1\u2026drop_0.1",
  ]);
  assert.deepEqual(brief("a-x-b", "c-x-d", "e-y-f"), ["a-x-b", "c-x-d", "e-y-f"]);
  assert.deepEqual(brief("a/x/b", "c/x/y/d"), ["a/x/b", "c/x/y/d"]);
  // Two names that were apart by the kind of joint alone stay apart.
  assert.deepEqual(brief("a-x-b", "a_x-b", "c-x-d"), ["a-\u2026b", "a_\u2026b", "c-\u2026d"]);
});

test("a name is never cut to nothing", () => {
  assert.deepEqual(brief("base", "base-dropout"), ["base", "base-dropout"]);
  assert.deepEqual(brief("base/a", "base/a/b", "base/a/c"), ["a", "a/b", "a/c"]);
  assert.deepEqual(brief("a", "a (2)"), ["a", "a (2)"]);
  assert.deepEqual(brief("a (2)", "a (3)"), ["a (2)", "a (3)"]);
  assert.deepEqual(brief("x/a-a-a/y", "x/a-a/y"), ["a-a", "a"]);
  for (const names of [[], ["alone/it"], [".", "/"], ["", "a"], ["---", "--"], ["a", "a"]])
    assert.deepEqual(briefNames(names), names);
});

test("names that differ still differ, are parts of themselves, and none is empty", () => {
  const next = random(5);
  const of = (options) => options[Math.floor(next() * options.length)];
  for (let round = 0; round < 500; round++) {
    const one = () =>
      Array.from({ length: 1 + next() * 6 }, () =>
        of(["a", "b", "7", "0.5", "-", "/", "_", "(", "\ud83d\ude80", " "]),
      ).join("");
    const names = Array.from({ length: 2 + next() * 4 }, one);
    const shown = briefNames(names);
    assert.equal(new Set(shown).size, new Set(names).size);
    names.forEach((name, i) => {
      const parts = shown[i].split("\u2026");
      assert.ok(
        parts.every((part) => part !== "" && name.includes(part)),
        JSON.stringify([names, shown]),
      );
    });
    const turned = briefNames([...names].reverse()).reverse();
    assert.deepEqual(turned, shown);
  }
});

test("of hostile names nothing is computed for long", () => {
  const names = ["a-", "b-"].map((start) => start + "-".repeat(1e6));
  assert.equal(briefNames(names), names);
  const many = Array.from({ length: 400 }, (_, i) => `${"x-".repeat(900)}${i}`);
  assert.equal(briefNames(many)[7], "x-7");
});
