/**
 * From (state, data) to what the views show: pure, and the only place that decides what a null in the state stands
 * for.
 */

import { auditsOf } from "./audits.js";
import { choiceOf, seriesName } from "./choice.js";
import { replyOf } from "./extras.js";
import { grid } from "./grid.js";
import { limitsOf } from "./limits.js";
import { probeName } from "./naming.js";
import { order } from "./order.js";
import { rowsOf } from "./overview.js";
import { paintOf } from "./scales.js";
import { settingsOf } from "./settings.js";
import { sidesOf } from "./sides.js";
import { wantedWidth } from "./sizes.js";
import { lookOf } from "./views/looks.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 * @typedef {import("./state.js").SetEntry} SetEntry
 * @typedef {import("./state.js").Packed} Packed
 * @typedef {import("./state.js").StepTable} StepTable
 *
 * @typedef {import("./choice.js").Run} Run
 *
 * @typedef {object} Column One run's part of the gallery.
 * @property {Run} run
 * @property {string} key
 * @property {string} inputsKey
 * @property {SetEntry | null} entry
 * @property {StepTable | null} table
 * @property {Packed | null} inputs
 * @property {number | null} wanted The step to be shown.
 * @property {number | null} step The step that is shown, until the wanted one has arrived.
 * @property {Packed | null} record
 * @property {string | null} error A sentence in place of the data.
 * @property {boolean} settled
 *
 * @typedef {object} View
 * @property {Run[]} runs
 * @property {string | null} filterError Why the runs' names cannot be searched for what is asked.
 * @property {string[]} sets Of all runs.
 * @property {string | null} set
 * @property {string} kind
 * @property {import("./views/looks.js").Look} look How that is drawn.
 * @property {string[]} seriesOptions
 * @property {string} series
 * @property {Column[]} columns
 * @property {number[]} steps Logged by any chosen run.
 * @property {number} index
 * @property {number | null} step
 * @property {number} epoch
 * @property {number} probes
 * @property {number[]} alarms Indices of the steps at which an alarm fired in any chosen run.
 * @property {number} probe The one that is shown large.
 * @property {import("./order.js").Order} order The gallery's.
 * @property {import("./grid.js").Grid} grid
 * @property {import("./sides.js").Side[]} sides Of the comparison, A and B; none in other views.
 * @property {import("./overview.js").Overview | null} overview Once it is there, in the view that shows it.
 * @property {import("./audits.js").OfRun[]} audits Of the chosen runs that have any.
 * @property {number[]} stripped The probes that the overview shows over the steps.
 * @property {import("./settings.js").Settings} settings How values become colours, where nobody chose it.
 * @property {number[] | null} plane Height and width of the pictures, where probes have any.
 * @property {import("./scales.js").Paint} paint
 * @property {number[]} needed The probes whose values the view shows.
 * @property {(column: Column, probe: number) => number} limit The value that gets the strongest colour.
 * @property {number} sharedLimit NaN where each probe has its own.
 * @property {boolean} saturates Whether values beyond the shared limit exist.
 * @property {string} limitWords What the limit is, in a sentence.
 */

/**
 * @param {string} run
 * @param {string} set
 * @param {string} series
 * @returns {string}
 */
export function keyOf(run, set, series) {
  return JSON.stringify([run, set, series]);
}

/**
 * @param {State} state
 * @param {Data} data
 * @returns {View}
 */
export function derive(state, data) {
  const { runs, sets, set, kind, seriesOptions, series, filterError } = choiceOf(state, data.catalog);
  const chosen = runs.filter((run) => run.chosen);
  const known = new Set(data.catalog?.runs.map(({ run }) => run));

  const tables = chosen.map(({ run }) => data.tables.get(keyOf(run, set ?? "", series))?.table);
  const logged = tables.flatMap((table) => (table ? [table.drawn] : []));
  const steps = logged.length === 1 ? logged[0] : [...new Set(logged.flat())].sort((a, b) => a - b);
  const alarmed = new Set(tables.flatMap((table) => table?.alarmed() ?? []));
  const index = state.step === null ? steps.length - 1 : nearest(steps, state.step);
  const step = steps[index] ?? null;
  const columns = chosen.map((run) => {
    const own = run.sets.find((entry) => entry.title === set) ?? null;
    return column(data, run, known.has(run.run), set, series, own, state.step === null ? null : step);
  });
  const look = lookOf(kind);
  const epochs = columns.map(({ table }) =>
    table && step !== null && table.steps.includes(step) ? table.epochs[table.at(step)] : NaN,
  );
  const probes = Math.max(0, ...columns.map(({ inputs, entry }) => inputs?.header.probes ?? entry?.probes ?? 0));
  const probe = Math.max(0, Math.min(probes - 1, state.probe));
  const found = order(state, columns, probes, (column) => column.step ?? column.wanted);
  // What will be seen where another step has been chosen, which may be in another order.
  const moving = columns.some((column) => column.step !== column.wanted);
  const coming = moving ? order(state, columns, probes, (column) => column.wanted) : found;
  const shown = columns.filter(({ entry, error }) => entry && !error).length;
  const planes = columns.flatMap((own) => planesOf(own, kind));
  const settings = settingsOf(state, Math.max(0, ...planes.flat()));
  const card = cardOf(look, planes);
  const cards = grid(state.port, { set, kind, card, runs: shown, count: found.probes.length });
  const visible = coming.waits ? [] : coming.probes.slice(cards.first, cards.last);
  const overview = ["overview", "probe"].includes(state.view) ? replyOf(data, "overview") : null;
  const pinned = state.pins.filter((pin) => pin.set === set).map((pin) => pin.probe);
  const stripped = !overview
    ? []
    : state.view === "probe"
      ? [probe]
      : rowsOf(pinned, overview.probes, look.rows(shown));
  const needed = state.view === "overview" ? stripped : probesNeeded(state.view, probe, probes, visible);
  for (const column of columns) {
    column.settled &&= state.view !== "timeline" || column.error !== null || column.table?.complete === true;
    column.settled &&= holds(column, needed) && !(state.view === "gallery" && coming.waits);
  }
  return {
    runs,
    sets,
    set,
    seriesOptions,
    series,
    filterError,
    columns,
    steps,
    alarms: placesOf(steps, alarmed),
    index,
    step,
    kind,
    look,
    epoch: epochs.find(Number.isFinite) ?? NaN,
    probes,
    probe,
    order: found,
    grid: cards,
    overview,
    audits: auditsOf(state, data, columns, step),
    stripped,
    needed,
    sides: sidesOf(state, data, { runs, set, series, step }),
    settings,
    plane: planes[0] ?? null,
    paint: paintOf(state, settings),
    ...limitsOf({ columns, kind, look, settings, plane: planes[0] ?? null }, state, data),
  };
}

/**
 * @param {Data} data
 * @param {Run} run
 * @param {boolean} known
 * @param {string | null} set
 * @param {string} series
 * @param {SetEntry | null} entry
 * @param {number | null} step Null: the run's newest.
 * @returns {Column}
 */
function column(data, run, known, set, series, entry, step) {
  const key = keyOf(run.run, set ?? "", series);
  const inputsKey = keyOf(run.run, set ?? "", "");
  const tables = data.tables.get(key);
  const inputs = data.inputs.get(inputsKey);
  const shown = data.shown.get(key);
  const table = tables?.table ?? null;
  const wanted =
    step === null
      ? table
        ? (table.drawn.at(-1) ?? null)
        : (entry?.last_step ?? null)
      : (table?.drawnAt(step) ?? null);
  let error = entry?.error ?? tables?.error ?? inputs?.error ?? null;
  if (!known) error = "This run is not in the log directory (any more).";
  else if (!entry)
    error = set === null ? "This run has no probe sets yet." : `This run has no probe set \u201c${set}\u201d.`;
  else if (!entry.series.includes(series))
    error = `Of this probe set, this run has no explanations of \u201c${seriesName(series)}\u201d.`;
  else if (!error && shown?.error && shown.step === wanted) error = shown.error;
  return {
    run,
    key,
    inputsKey,
    entry,
    table,
    wanted,
    error,
    inputs: inputs?.packed ?? null,
    step: shown?.packed ? shown.step : null,
    record: shown?.packed ?? null,
    settled:
      error !== null ||
      (table !== null && inputs?.packed !== undefined && shown?.packed !== undefined && shown.step === wanted),
  };
}

/**
 * @param {number[]} steps
 * @param {Set<number>} some
 * @returns {number[]} Where those are.
 */
function placesOf(steps, some) {
  const places = [];
  if (some.size) for (let i = 0; i < steps.length; i++) if (some.has(steps[i])) places.push(i);
  return places;
}

/**
 * @param {number[]} steps Ascending.
 * @param {number} step
 * @returns {number} Index of the nearest; -1 if there is none.
 */
export function nearest(steps, step) {
  let best = steps.length - 1;
  for (let i = steps.length - 1; i >= 0; i--) if (Math.abs(steps[i] - step) <= Math.abs(steps[best] - step)) best = i;
  return best;
}

/**
 * @param {Column} column
 * @param {string} kind
 * @returns {number[][]} Height and width of the pictures of a run's probes.
 */
function planesOf({ entry, inputs }, kind) {
  const leaves = entry?.leaves ?? inputs?.leaves ?? [];
  // What is in other coordinates than its picture is not drawn as one.
  const grouped = inputs?.header.coordinates ?? {};
  return leaves.flatMap(({ shape, kind: own }, i) => {
    const plane = Object.hasOwn(grouped, inputs?.leaves[i]?.name ?? "") ? null : lookOf(own ?? kind).plane?.(shape);
    return plane ? [plane] : [];
  });
}

/**
 * @param {import("./views/looks.js").Look} look
 * @param {number[][]} planes
 * @returns {{width: number, lowest: number}} What a card needs.
 */
function cardOf({ card, plane }, planes) {
  if (!plane || !planes.length) return card;
  return { ...card, width: planes.reduce((most, own) => Math.max(most, wantedWidth(own)), 0) };
}

/**
 * @param {State["view"]} view
 * @param {number} probe
 * @param {number} probes
 * @param {number[]} visible In the gallery.
 * @returns {number[]}
 */
function probesNeeded(view, probe, probes, visible) {
  if (view === "gallery") return visible;
  return probe < probes && (view === "probe" || view === "path") ? [probe] : [];
}

/**
 * @param {Column} column
 * @param {number[]} probes
 * @returns {boolean} Whether all of their values are there, or cannot be.
 */
function holds({ inputs, record, error }, probes) {
  return error !== null || probes.every((probe) => inputs?.has(probe) && record?.has(probe));
}

/**
 * @param {View} view
 * @param {number} probe
 * @returns {string} Its name in the first run that has it.
 */
export function nameOf(view, probe) {
  const header = view.columns.find(({ inputs }) => inputs && probe < inputs.header.probes)?.inputs?.header;
  return probeName(header, probe);
}
