/** How long it is said that something was copied. */

import assert from "node:assert/strict";
import test from "node:test";
import { sayForAMoment } from "../../tb_plugin/tensorboard_plugin_kerasig/static/clipboard.js";

test("what is copied again is said for as long again", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const ended = [];
  sayForAMoment("link", () => ended.push("first"));
  mock.timers.tick(2000);
  sayForAMoment("link", () => ended.push("second"));
  sayForAMoment("line", () => ended.push("line"));
  mock.timers.tick(2999);
  assert.deepEqual(ended, []);
  mock.timers.tick(1);
  assert.deepEqual(ended.sort(), ["line", "second"]);
});
