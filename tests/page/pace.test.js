/** How fast the steps play. */

import assert from "node:assert/strict";
import test from "node:test";
import { format, parse } from "../../tb_plugin/tensorboard_plugin_kerasig/static/fragment.js";
import {
  another,
  following,
  hurries,
  lasting,
  pace,
  SPEEDS,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/pace.js";
import { defaults } from "../../tb_plugin/tensorboard_plugin_kerasig/static/state.js";

test("no log takes more than twenty seconds, and few records have time to be seen", () => {
  for (const records of [1, 2, 12, 44, 45, 300, 1000, 100_000]) assert.ok(records * pace(records, 1) <= 20_000);
  assert.equal(1000 * pace(1000, 1), 20_000);
  assert.equal(pace(12, 1), 450);
  assert.equal(pace(12, 2), 225);
  assert.equal(lasting(1000, 4), "5 s");
  assert.equal(lasting(12, 1), "5.4 s");
});

test("a page that is late leaves records out, and is on time again", () => {
  const since = { index: 100, at: 5000 };
  assert.equal(following(since, 100, 5020, 1000, 1), 101);
  // Drawing took 130 ms: six records were due in the meantime.
  assert.equal(following(since, 101, 5150, 1000, 1), 107);
  assert.equal(following(since, 101, 5150, 1000, 4), 130);
  assert.equal(following(since, 101, 1e9, 1000, 1), 999);
});

test("of few records none is left out", () => {
  assert.equal(hurries(12), false);
  assert.equal(following({ index: 0, at: 0 }, 3, 60_000, 12, 4), 4);
  assert.equal(following({ index: 0, at: 0 }, 11, 60_000, 12, 4), 11);
});

test("speeds are in the address and end at the fastest", () => {
  assert.equal(parse(format({ ...defaults(), speed: 4 })).speed, 4);
  assert.equal(format({ ...defaults(), speed: 1 }), "#kerasig");
  for (const text of ["3", "-1", "1e0", "", "Infinity"])
    assert.equal(parse(`#kerasig&p.kerasig.speed=${text}`).speed, 1);
  assert.equal(another(4, 1), 4);
  assert.equal(another(1, 1), 2);
  assert.equal(another(SPEEDS[0], -1), SPEEDS[0]);
});
