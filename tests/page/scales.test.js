import assert from "node:assert/strict";
import { test } from "node:test";
import { derive } from "../../tb_plugin/tensorboard_plugin_kerasig/static/derive.js";
import { percentile, scaleOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/scales.js";
import { data, record, state, table } from "./records.js";

/** The scale of the view of probe 0, where two runs have these maps at the shown step and these peaks at all steps. */
function scale(chosen, [a, b], peaks = [[8], [9]]) {
  const logs = data(
    Object.fromEntries(
      [a, b].map((map, i) => [
        `run ${i}`,
        {
          probes: 1,
          steps: table([0, 10], { max_abs: [peaks[i], [NaN]] }),
          inputs: record([map]),
          shown: { step: 10, packed: record([map]) },
        },
      ]),
    ),
  );
  const own = state({ view: "probe", ...chosen });
  const view = derive(own, logs);
  const found = scaleOf(view, own, logs);
  return { ...found, limits: view.columns.map((column) => found.limit(column, 0)) };
}

test("over all steps the limit is the largest size of the probe's maps in any run", () => {
  const { limits, shared, saturates } = scale({ scale: "all" }, [
    [1, -2],
    [0.5, 0],
  ]);
  assert.deepEqual({ limits, shared, saturates }, { limits: [9, 9], shared: 9, saturates: false });
});

test("at one step it is the largest size that is shown, and for each picture its own one", () => {
  const maps = [
    [1, -2],
    [0.5, 0],
  ];
  assert.deepEqual(scale({ scale: "step" }, maps).limits, [2, 2]);
  assert.deepEqual(scale({ scale: "probe" }, maps).limits, [2, 0.5]);
  assert.equal(scale({ scale: "probe" }, maps).shared, NaN);
});

test("where no stats say how large values get, what is shown does", () => {
  const maps = [
    [1, -2],
    [0.5, 0],
  ];
  assert.equal(scale({ scale: "all" }, maps, [[NaN], [NaN]]).shared, 2);
});

test("the limit of maps of zeros is 0, and without a finite value there is none", () => {
  for (const over of ["all", "step", "probe"]) {
    assert.deepEqual(scale({ scale: over }, [[0], [-0]], [[0], [0]]).limits, [0, 0]);
    assert.deepEqual(scale({ scale: over }, [[NaN], [Infinity]], [[NaN], [NaN]]).limits, [NaN, NaN]);
  }
});

test("a clipped scale may have values beyond it", () => {
  const map = Array.from({ length: 101 }, (_, i) => (i % 2 ? -i : i));
  const found = scale({ scale: "step", clip: 90 }, [map, map]);
  assert.equal(found.shared, 90);
  assert.equal(found.saturates, true);
});

test("a percentile is one of the sizes, whatever their signs, and leaves out what is not finite", () => {
  const packed = record(
    [[-5, 1, 4, -2, 3, NaN, Infinity], [7]].map((map) => [...map, ...Array(7).fill(NaN)].slice(0, 7)),
  );
  assert.deepEqual(
    [50, 75, 100].map((percent) => percentile([packed], 0, percent)),
    [3, 4, 5],
  );
  assert.deepEqual(
    [50, 100].map((percent) => percentile([packed], 1, percent)),
    [7, 7],
  );
});

test("a percentile of nothing is NaN", () => {
  assert.equal(percentile([], 0, 99), NaN);
  assert.equal(percentile([record([[1]])], 5, 100), NaN);
  assert.equal(percentile([record([[NaN, Infinity]])], 0, 50), NaN);
});

test("a percentile that is kept is not taken for that of other records", () => {
  const [a, b] = [record([[1]]), record([[2]])];
  assert.deepEqual([percentile([a], 0, 90), percentile([b], 0, 90), percentile([a], 0, 90)], [1, 2, 1]);
});

test("the largest of very many values is not missed", () => {
  const map = new Float32Array(500_001).fill(0.5);
  map[333_333] = -2;
  assert.equal(percentile([record([map])], 0, 100), 2);
  assert.equal(percentile([record([map])], 0, 99), 0.5);
});
