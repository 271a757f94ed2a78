import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findingsOf,
  leadsOf,
  percent,
  rowsOf,
  sentenceOf,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/overview.js";

const TAG = { name: "tag", area: 0.011, chance: 0.06, first: 0.07, last: 0.33, above: true, ever: true, since: 20 };
const said = (parts) => parts.map(({ text }) => text).join("");

test("shares have as many digits as are worth reading", () => {
  assert.equal(percent(0.333), "33%");
  assert.equal(percent(0.0114), "1.1%");
  assert.equal(percent(0.00021), "0.02%");
  assert.equal(percent(0.0996), "10%");
  assert.equal(percent(0), "0%");
  assert.equal(percent(NaN), "\u2013");
});

test("a region that is read is told with its share, its size and the step since when", () => {
  const sum = { run: "a", error: null, regions: [TAG], trusted: 1, change: null };
  assert.equal(
    said(sentenceOf(sum, 0, [], "pixels")),
    "33% of the attribution lies in \u201ctag\u201d (1.1% of the pixels), more than chance gives since step 20.",
  );
  assert.match(
    said(sentenceOf({ ...sum, regions: [{ ...TAG, since: 0 }] }, 0, [], "pixels")),
    /from the first record on\.$/,
  );
});

test("what is not known of the newest record is told as of the last that has it", () => {
  const sum = { run: "a", error: null, regions: [{ ...TAG, at: 40 }], trusted: 0, change: null };
  assert.equal(
    said(sentenceOf(sum, 0, [], "pixels")),
    "33% of the attribution lay in \u201ctag\u201d (1.1% of the pixels) at step 40, the last at which it is known." +
      " None of the newest maps can be trusted.",
  );
});

test("no more is said than the measures bear", () => {
  const none = { ...TAG, last: 0.05, above: false, ever: false, since: 0 };
  const gone = { ...none, ever: true, since: 80 };
  const of = (region, more = {}) =>
    said(sentenceOf({ run: "a", error: null, regions: [region], ...more }, 0, [], "pixels"));
  assert.match(of(none), /no more than chance gives \(6\.0%\)\.$/);
  assert.match(of(gone), /no longer more than chance since step 80\.$/);
  assert.match(of(TAG, { trusted: 0.5 }), /Only 50% of the newest maps can be trusted/);
  assert.doesNotMatch(of(TAG, { trusted: 0.96 }), /trusted/);
  assert.doesNotMatch(of({ ...TAG, area: null }), /of the pixels/);
});

test("of many regions, those that hold no more than chance gives have one sentence together", () => {
  const quiet = (i) => ({ ...TAG, name: `patch ${i}`, last: i / 100, above: false, ever: false, since: 0 });
  const of = (regions) => said(sentenceOf({ run: "a", error: null, regions }, 0, [], "pixels"));
  const twelve = Array.from({ length: 12 }, (_, i) => quiet(i % 6));
  assert.equal(
    of([quiet(1), TAG, ...twelve]),
    "33% of the attribution lies in \u201ctag\u201d (1.1% of the pixels), more than chance gives since step 20." +
      " The other 13 regions hold no more than chance gives, the most 5.0% in \u201cpatch 5\u201d.",
  );
  assert.match(of(twelve), /^The 12 regions hold no more than chance gives, the most 5\.0% in/);
  // What was, or is known of an earlier step alone, is told by itself.
  assert.match(
    of([...twelve, { ...quiet(7), ever: true, since: 80 }]),
    /^7\.0% .*patch 7.*since step 80\. The other 12/,
  );
  assert.match(of([...twelve, { ...quiet(8), at: 40 }]), /at step 40, the last .* The other 12/);
  assert.equal(of(twelve.slice(0, 4)).match(/chance gives/g).length, 4);
  assert.equal(of([TAG, TAG, TAG, TAG, quiet(1)]).match(/patch 1/g).length, 1);
});

test("without regions, what leads is told, and between which steps it took the lead", () => {
  const word = (name, share) => ({ word: name, share, signed: share, probes: 3 });
  const words = [[word("the", 0.2)], [word("who", 0.3)], [word("who", 0.4)]];
  const header = {
    steps: [0, 50, 90],
    probes: [9, 9, 9],
    half: [0.1, 0.1, 0.1],
    leaves: [{ name: "x", shape: [0], kind: "tokens", words }],
  };
  const traits = { names: "tokens", ordered: true };
  const text = (means) => said(leadsOf(means, () => undefined, null, traits, "words"));
  assert.equal(
    text(header),
    "\u201cwho\u201d leads with 40% of the attribution; it took the lead between steps 0 and 50.",
  );
  const always = { ...header, leaves: [{ ...header.leaves[0], words: words.map(() => [word("who", 0.4)]) }] };
  assert.match(text(always), /as at every step that is shown\.$/);
  const padded = (i) => [i ? { ...word("padding", 0.5), padding: true } : word("padding", 0.5)];
  const read = { ...header, leaves: [{ ...header.leaves[0], words: words.map((_, i) => padded(i)) }] };
  assert.match(text(read), /^the padding after the words leads with 50% of the attribution; it took the lead between/);
});

test("of a table the leading feature is named, of a picture how much of it holds half", () => {
  const sizes = new Float32Array([3, 1, 1, 1, 2, 7]);
  const header = {
    steps: [0, 9],
    probes: [4, 4],
    half: [0.2, 0.05],
    leaves: [{ name: "x", shape: [3], kind: "tabular" }],
  };
  const of = (ordered) =>
    said(leadsOf(header, () => sizes, ["age", "sex", "bmi"], { names: "features", ordered }, "pixels"));
  assert.equal(of(false), "\u201cbmi\u201d leads with 70% of the attribution; it took the lead between steps 0 and 9.");
  assert.equal(of(true), "Half of the attribution lies in 5.0% of the pixels (20% at step 0).");
});

test("maps without a value lead nowhere, and that is said", () => {
  const of = (probes, half) =>
    said(leadsOf({ steps: [0, 9], probes, half, leaves: [] }, () => undefined, null, { names: "", ordered: true }, ""));
  assert.equal(of([4, 4], [0.2, null]), "At step 9 all maps are zero.");
  assert.equal(of([4, 0], [0.2, null]), "At step 9 no map has numbers that are finite.");
  // What was zero at first is not compared with.
  assert.equal(of([4, 4], [null, 0.2]), "Half of the attribution lies in 20% of the .");
});

test("the probes whose maps changed most are named", () => {
  const of = (probes) =>
    said(
      sentenceOf(
        { run: "a", error: null, regions: [], change: { step: 30, before: 0, drift: 0.5, probes } },
        0,
        [],
        "pixels",
        (probe) => ["cat", "dog"][probe],
      ),
    ).trim();
  assert.equal(of([1]), "The attribution changed most between steps 0 and 30, above all of \u201cdog\u201d.");
  assert.match(of([1, 0]), /, above all of \u201cdog\u201d and \u201ccat\u201d\.$/);
  assert.equal(of([]), "The attribution changed most between steps 0 and 30.");
});

test("loud alarms come first, then the earlier ones", () => {
  const alarm = (name, step, loud) => ({ name, message: "", step, latest: step, records: 1, loud });
  const sums = [
    { run: "a", error: null, alarms: [alarm("drift", 1, false), alarm("tag", 9, true)] },
    { run: "b", error: null, alarms: [alarm("old log", 5)] },
    { run: "c", error: "unreadable" },
  ];
  assert.deepEqual(
    findingsOf(sums).map(({ finding }) => finding.name),
    ["old log", "tag", "drift"],
  );
});

test("pinned probes are seen first, and none twice", () => {
  assert.deepEqual(rowsOf([5], [1, 5, 2, 3], 3), [5, 1, 2]);
  assert.deepEqual(rowsOf([], [1, 2], 3), [1, 2]);
});
