/** Which changes of the state are places that Back returns to. */

import assert from "node:assert/strict";
import test from "node:test";
import { moved } from "../../tb_plugin/tensorboard_plugin_kerasig/static/address.js";
import { format, parse } from "../../tb_plugin/tensorboard_plugin_kerasig/static/fragment.js";
import { defaults } from "../../tb_plugin/tensorboard_plugin_kerasig/static/state.js";

const STATE = defaults();

test("views, probes, suspects, sets and steps that were gone to are places of their own", () => {
  assert.equal(moved(STATE, { ...STATE, view: "probe", probe: 3 }), "view");
  assert.equal(moved(STATE, { ...STATE, probe: 3 }), "probe");
  assert.equal(moved(STATE, { ...STATE, set: "digits" }), "probe");
  const suspect = ["run", "class 3", "window", "rows 1 to 3"];
  assert.equal(moved(STATE, { ...STATE, suspect }), "probe");
  assert.equal(moved({ ...STATE, suspect }, { ...STATE, suspect: [...suspect] }), null);
  assert.equal(moved(STATE, { ...STATE, visits: 1, step: 40 }), "step");
});

test("everything else is the same place, seen otherwise", () => {
  const own = ["view", "probe", "suspect", "set", "visits"];
  for (const name of Object.keys(STATE).filter((name) => !own.includes(name)))
    assert.equal(moved(STATE, { ...STATE, [name]: Symbol(name) }), null, name);
});

test("how often a step was gone to stands in no address", () => {
  assert.equal(format({ ...STATE, visits: 7 }), format(STATE));
  assert.equal("visits" in parse(format(STATE)), false);
});
