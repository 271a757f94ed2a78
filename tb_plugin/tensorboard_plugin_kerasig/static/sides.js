/** The two sides of a comparison: pure, from the state and what has arrived. */

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 * @typedef {import("./state.js").SetEntry} SetEntry
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./extras.js").Need} Need
 *
 * @typedef {"a" | "b"} Which
 *
 * @typedef {object} Choice What a person chose of a side; null is the default.
 * @property {string | null} run
 * @property {string | null} set
 * @property {number | null} step Null follows the step slider.
 *
 * @typedef {object} Side
 * @property {Which} which
 * @property {Choice} choice
 * @property {import("./derive.js").Run | null} run
 * @property {SetEntry[]} sets Of the run.
 * @property {SetEntry | null} entry
 * @property {string} series
 * @property {boolean} follows Whether it goes with the step slider.
 * @property {number[]} steps Empty until they are known.
 * @property {number | null} wanted The step to be shown.
 * @property {number | null} step The one that is there.
 * @property {Packed | null} record
 * @property {Packed | null} inputs
 * @property {string | null} error
 * @property {Need[]} needs
 * @property {boolean} settled
 */

/**
 * @param {State} state
 * @param {Data} data
 * @param {{runs: import("./derive.js").Run[], set: string | null, series: string, step: number | null}} of
 * @returns {Side[]} A and B. With nothing chosen: two runs at the slider's step, or the first step of one run and the
 * slider's.
 */
export function sidesOf(state, data, { runs, set, series, step }) {
  if (state.view !== "compare") return [];
  const chosen = runs.filter((run) => run.chosen);
  const has = (/** @type {import("./derive.js").Run} */ { run }) =>
    data.catalog?.runs.some((known) => known.run === run && known.sets.some(({ title }) => title === set));
  const [first, second] = [...chosen.filter(has), null, null];
  return [
    side("a", state.a ?? { run: null, set: null, step: second ? null : -1 }, first ?? chosen[0] ?? null),
    side("b", state.b ?? { run: null, set: null, step: null }, second ?? first ?? chosen[0] ?? null),
  ];

  /**
   * @param {Which} which
   * @param {Choice} choice
   * @param {import("./derive.js").Run | null} otherwise
   * @returns {Side}
   */
  function side(which, choice, otherwise) {
    const run = choice.run === null ? otherwise : (runs.find((known) => known.run === choice.run) ?? null);
    const sets = data.catalog?.runs.find((known) => known.run === run?.run)?.sets ?? [];
    const title = choice.set ?? set;
    const entry = sets.find((known) => known.title === title) ?? null;
    const own = entry?.series.includes(series) ? series : (entry?.series[0] ?? "");
    let error = entry?.error ?? null;
    if (!run) error = "This run is not in the log directory (any more).";
    else if (!entry) error = title === null ? "This run has no probe sets yet." : "This run has no such probe set.";
    /** @type {Need[]} */
    const needs = [];
    const slot = (/** @type {string} */ what) => `compare ${which} ${what}`;
    const arrived = (/** @type {Need} */ need) => {
      needs.push(need);
      const found = data.extras.get(need.slot);
      const same = found && found.need.args.run === need.args.run && found.need.args.set === need.args.set;
      return same && found.need.args.series === need.args.series ? found : undefined;
    };
    let [steps, wanted] = [/** @type {number[]} */ ([]), /** @type {number | null} */ (null)];
    let [listed, inputs, record] = [undefined, undefined, undefined].map(() => /** @type {any} */ (undefined));
    if (run && entry && !error) {
      const args = { run: run.run, set: entry.title };
      const grown = `${entry.steps} to ${entry.last_step}`;
      listed = arrived({
        slot: slot("steps"),
        route: "steps",
        args: { ...args, series: own, stats: 0 },
        version: grown,
      });
      const whole = `whole ${entry.probes} from ${entry.first_step}`;
      inputs = arrived({ slot: slot("inputs"), route: "inputs", args: { ...args, partial: 1 }, version: whole });
      steps = listed?.json?.drawn ?? listed?.json?.steps ?? [];
      const asked = choice.step === null ? step : choice.step;
      // The last one at or before it, as everywhere.
      if (steps.length) wanted = steps.filter((at) => asked !== null && at <= asked).at(-1) ?? steps[0];
      if (wanted !== null) {
        const of = { ...args, series: own, step: wanted, partial: 1 };
        record = arrived({ slot: slot("record"), route: "attributions", args: of, version: whole });
      }
      error = listed?.error ?? inputs?.error ?? (record?.need.args.step === wanted ? record?.error : null) ?? null;
    }
    const settled =
      error !== null || (wanted !== null && inputs?.packed !== undefined && record?.need.args.step === wanted);
    return {
      which,
      choice,
      run,
      sets,
      entry,
      series: own,
      follows: choice.step === null,
      steps,
      wanted,
      step: record?.packed ? Number(record.need.args.step) : null,
      record: record?.packed ?? null,
      inputs: inputs?.packed ?? null,
      error,
      needs,
      settled,
    };
  }
}
