import assert from "node:assert/strict";
import { test } from "node:test";
import { format, parse } from "../../tb_plugin/tensorboard_plugin_kerasig/static/fragment.js";
import { defaults } from "../../tb_plugin/tensorboard_plugin_kerasig/static/state.js";
import { random, state } from "./records.js";

/** What of a state stands in the address. */
const NAMES = Object.keys(parse(""));

function written(state) {
  return Object.fromEntries(NAMES.map((name) => [name, state[name]]));
}

test("an address without anything is the defaults, and they are written as nothing", () => {
  assert.equal(format(defaults()), "#kerasig");
  for (const hash of ["", "#", "#kerasig", "#scalars&p.scalars.step=3"])
    assert.deepEqual(parse(hash), written(defaults()));
});

test("an address reads as it is written here", () => {
  const chosen = state({
    view: "probe",
    step: -3,
    runs: ["a/b c", "d,e"],
    where: [{ name: "score", op: ">=", value: "0.5" }],
  });
  const hash =
    "#kerasig&p.kerasig.view=probe&p.kerasig.runs=a/b%20c,d%252Ce&p.kerasig.step=-3&p.kerasig.where=score%3E%3D0.5";
  assert.equal(format(chosen), hash);
  assert.deepEqual(parse(hash), written(chosen));
});

test("what makes no sense is left at its default, whatever else is there", () => {
  const bad = {
    ...{ view: "nowhere", step: "1e3", probe: "-1", scale: "ALL", opacity: "x", gamma: "NaN", alpha: "-1", a: "1,2" },
    ...{ b: "x,run,set", order: "", spread: "constructor", film: "", sign: "1", show: "", constructor: "1", port: "1" },
  };
  const hash = `#kerasig&${Object.entries(bad)
    .map(([name, text]) => `p.kerasig.${name}=${text}`)
    .join("&")}&p.kerasig.find=x`;
  assert.deepEqual(parse(hash), { ...written(defaults()), find: "x" });
});

test("numbers beyond their bounds are drawn to them", () => {
  const found = parse("#kerasig&p.kerasig.opacity=7&p.kerasig.gamma=0&p.kerasig.clip=3.5&p.kerasig.alpha=0.25");
  assert.deepEqual([found.opacity, found.gamma, found.clip, found.alpha], [1, 0.1, 50, 0.25]);
});

test("items of a list that cannot be read are left out", () => {
  assert.deepEqual(parse("#kerasig&p.kerasig.pins=1:a,x:b,2:c").pins, [
    { set: "a", probe: 1 },
    { set: "c", probe: 2 },
  ]);
  const where = "score>=1,score>=,score=x,group>=a,group=,=3".split(",").map(encodeURIComponent).join(",");
  assert.deepEqual(parse(`#kerasig&p.kerasig.where=${where}`).where, [
    { name: "score", op: ">=", value: "1" },
    { name: "group", op: "=", value: "" },
  ]);
});

test("no runs is not the same as the usual ones", () => {
  assert.deepEqual(parse(format(state({ runs: [] }))).runs, []);
  assert.equal(parse(format(state({ runs: null }))).runs, null);
});

test("a lone surrogate does not stop the address from being written", () => {
  assert.equal(parse(format(state({ find: "a\ud800b" }))).find, "a\ufffdb");
});

test("whatever names hold, an address leads back to the state that it was made of", () => {
  const next = random(2);
  const one = (options) => options[Math.floor(next() * options.length)];
  const parts = [
    "a",
    "B",
    " ",
    "%",
    "%2C",
    ",",
    "&",
    "=",
    ">=",
    "<=",
    "#",
    "+",
    "/",
    ":",
    "\u00e9",
    "\u{1f600}",
    "\n",
    "'",
    '"',
    "?",
  ];
  const text = () => Array.from({ length: 1 + Math.floor(next() * 6) }, () => one(parts)).join("");
  // A stat whose name ends like a comparison cannot be told from one: none does.
  const stat = () => `${text()}x`;
  const some = (make) => Array.from({ length: Math.floor(next() * 4) }, make);
  const side = () => one([null, { run: text(), set: text(), step: 5 }, { run: null, set: null, step: null }]);
  const condition = () =>
    one([
      () => ({ name: "group", op: "=", value: text() }),
      () => ({ name: stat(), op: one([">=", "<=", "="]), value: one(["1", "-0.5", "1e-3"]) }),
    ])();
  for (let i = 0; i < 2000; i++) {
    const chosen = state({
      ...{
        view: one(["gallery", "probe", "path", "timeline", "compare", "suspects"]),
        runs: one([null, some(text)]),
        set: text(),
      },
      ...{
        series: one([null, text()]),
        step: one([null, 0, -7, 2 ** 50]),
        probe: Math.floor(next() * 1e9),
        find: text(),
      },
      ...{
        pins: some(() => ({ set: text(), probe: 3 })),
        opacity: Math.round(next() * 1e4) / 1e4,
        sort: one(["", "-score", text()]),
      },
      ...{ where: some(condition), stat: one([null, text()]), a: side(), b: side(), charts: one([null, some(text)]) },
      ...{ audit: one([null, text()]), suspect: one([null, [text(), text(), text(), text()]]) },
    });
    assert.deepEqual(parse(format(chosen)), written(chosen), format(chosen));
  }
});
