import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choiceOf,
  filterOf,
  seriesName,
  switchSet,
  switchTo,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/choice.js";
import { state } from "./records.js";

/** A catalog of runs, each with sets: "title", "title:kind", or what else there is to an entry. */
function catalog(runs) {
  const entry = (set) => {
    const [title, kind = "image"] = typeof set === "string" ? set.split(":") : [];
    return { title, probe_kind: kind, series: [""], error: null, ...(typeof set === "string" ? {} : set) };
  };
  return { runs: Object.entries(runs).map(([run, sets]) => ({ run, name: run, sets: sets.map(entry) })) };
}

function chosen(choice) {
  return choice.runs.filter((run) => run.chosen).map(({ run }) => run);
}

const MIXED = catalog({
  a: ["table:tabular"],
  b: ["digits"],
  c: ["digits", "words:tokens"],
  d: ["words:tokens"],
  e: [],
});

test("the set that most runs have is shown, the first of those, of the runs that have it", () => {
  const choice = choiceOf(state(), MIXED);
  assert.deepEqual([choice.set, choice.kind, chosen(choice)], ["digits", "image", ["b", "c"]]);
  assert.deepEqual(choice.sets, ["table", "digits", "words"]);
  assert.deepEqual(
    choice.runs.map(({ has }) => has),
    [false, true, true, false, false],
  );
});

test("a set that is asked for is shown of the runs that have it", () => {
  assert.deepEqual(chosen(choiceOf(state({ set: "words" }), MIXED)), ["c", "d"]);
  assert.equal(choiceOf(state({ set: "words" }), MIXED).kind, "tokens");
  assert.deepEqual(choiceOf(state({ set: "none" }), MIXED).set, "digits");
});

test("sets of one title and different kinds are different sets", () => {
  const logs = catalog({ a: ["probes:tokens"], b: ["probes"], c: ["probes"] });
  const choice = choiceOf(state(), logs);
  assert.deepEqual([choice.kind, chosen(choice), choice.runs[0].has], ["image", ["b", "c"], false]);
  assert.deepEqual(switchTo(state(), logs, choice.runs[0]).runs, ["a"]);
});

test("sets of one title and kind with other probes are different sets, where logs say so", () => {
  const of = (contents) => [{ title: "probes", probe_kind: "tabular", ...(contents && { contents }) }];
  const logs = catalog({ a: of("diabetes"), b: of("cancer"), c: of("cancer"), old: of() });
  const choice = choiceOf(state(), logs);
  assert.deepEqual([chosen(choice), choice.runs[0].has], [["b", "c", "old"], false]);
  const patch = switchTo(state(), logs, choice.runs[0]);
  const other = choiceOf({ ...state(), ...patch }, logs);
  assert.deepEqual([chosen(other), other.contents], [["a"], "diabetes"]);
  assert.deepEqual(
    other.runs.map(({ has }) => has),
    [true, false, false, true],
  );
});

test("of many runs the first eight are shown", () => {
  const many = catalog(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`run ${i}`, ["digits"]])));
  assert.deepEqual(
    chosen(choiceOf(state(), many)),
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `run ${i}`),
  );
  // What is searched for comes in the place of others.
  assert.deepEqual(chosen(choiceOf(state({ filter: "[13]9$" }), many)), ["run 19", "run 39"]);
});

test("named runs keep their meaning, whatever they have", () => {
  const of = (more) => choiceOf(state(more), MIXED);
  assert.deepEqual([of({ runs: ["a", "c"] }).set, chosen(of({ runs: ["c", "a"] }))], ["table", ["a", "c"]]);
  assert.equal(of({ runs: ["a", "c"], set: "words" }).set, "words");
  assert.equal(of({ runs: ["a"], set: "words" }).set, "table");
  // With none, the list of runs stays that of a set.
  assert.deepEqual([of({ runs: [] }).set, chosen(of({ runs: [] }))], ["digits", []]);
  assert.deepEqual(chosen(of({ runs: ["gone", "b"] })), ["b", "gone"]);
  assert.deepEqual(chosen(of({ runs: ["b", "c"], filter: "c" })), ["c"]);
});

test("by default nothing is shown that would have to be excused", () => {
  const cut = { title: "digits", probe_kind: null, error: "It is cut." };
  const other = { title: "digits", probe_kind: "image", series: ["label", "predicted"] };
  const choice = choiceOf(state(), catalog({ a: [cut], b: [other], c: ["digits"], d: ["digits"] }));
  assert.deepEqual([choice.series, chosen(choice)], ["", ["c", "d"]]);
  // It is listed with the others, for who wants to know.
  assert.deepEqual(
    choice.runs.map(({ has }) => has),
    [true, true, true, true],
  );
  assert.deepEqual(choice.seriesOptions, ["", "label", "predicted"]);
  const series = choiceOf(state({ series: "label" }), catalog({ b: [other], c: ["digits"] }));
  assert.deepEqual([series.series, chosen(series)], ["label", ["b"]]);
  // Where nothing else is there, it is told why.
  assert.deepEqual(chosen(choiceOf(state(), catalog({ a: [cut] }))), ["a"]);
  assert.equal(choiceOf(state(), catalog({ a: [cut], b: ["words"] })).set, "words");
});

test("a run with other sets is shown with those that have its own", () => {
  const to = (name) =>
    switchTo(
      state({ runs: ["b"] }),
      MIXED,
      choiceOf(state(), MIXED).runs.find(({ run }) => run === name),
    );
  assert.deepEqual(to("d"), { set: "words", series: null, runs: null });
  const many = catalog({
    ...Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}`, ["digits"]])),
    z: ["letters"],
  });
  const back = switchTo(state({ set: "letters" }), many, choiceOf(state({ set: "letters" }), many).runs[8]);
  assert.deepEqual(back, { set: "digits", series: null, runs: ["8"] });
});

test("another set is that of the chosen runs that have it", () => {
  const { runs } = choiceOf(state(), MIXED);
  assert.deepEqual(switchSet(state({ runs: ["b", "c"] }), runs, "words").runs, ["c"]);
  assert.equal(switchSet(state({ runs: ["b"] }), runs, "words").runs, null);
  assert.equal(switchSet(state(), runs, "words").runs, null);
});

test("runs are labelled by what tells them apart from those listed with them", () => {
  const logs = catalog({
    "digits/tagged/x": ["digits"],
    "digits/untagged/x": ["digits"],
    "digits/wide/x": ["digits"],
    "text/a": ["words"],
    "text/b": ["words"],
  });
  assert.deepEqual(
    choiceOf(state(), logs).runs.map(({ label }) => label),
    ["tagged", "untagged", "wide", "a", "b"],
  );
  assert.equal(choiceOf(state({ set: "words" }), logs).runs[0].label, "tagged");
});

test("names are searched by a regular expression, and what is none is said", () => {
  const { matches } = filterOf("SEED_[01]$");
  assert.deepEqual([matches("a-seed_1"), matches("a-seed_2")], [true, false]);
  for (const text of ["(", "[", "*", "a{2,1}"]) {
    const { matches, error } = filterOf(text);
    assert.equal(matches("anything"), true);
    assert.match(error, /^This is no regular expression: [a-z].*\.$/);
  }
  assert.equal(filterOf("").error, null);
  assert.equal(choiceOf(state({ filter: "(" }), MIXED).filterError, filterOf("(").error);
});

test("series are called by what they explain, whatever a log calls them", () => {
  assert.deepEqual(["", "label", "constructor"].map(seriesName), ["Target", "Label", "constructor"]);
});
