/** A chart over the training's steps: a click chooses one; alarms are marked, and what a value is to be compared with. */

import { extent, levels, stepLabels } from "../axis.js";
import { nearest } from "../derive.js";
import { count, short } from "../format.js";
import { allowed, told, toleranceOf } from "../quantity.js";
import { areaOf } from "../regions.js";
import { chart } from "./chart.js";
import { suspectMarks } from "./suspect-line.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../measures.js").Measure} Measure
 * @typedef {import("./chart.js").Line} Line
 * @typedef {import("./chart.js").Band} Band
 * @typedef {import("./chart.js").Rule} Rule
 * @typedef {import("./frame.js").Mark} Mark
 * @typedef {import("./frame.js").Reading} Reading
 * @typedef {import("./tracks.js").Track} Track
 *
 * @typedef {object} StepChart
 * @property {string} key
 * @property {string} name Of the measure.
 * @property {Measure} measure
 * @property {string} label
 * @property {Track[]} tracks Those that have it.
 * @property {Line[]} lines
 * @property {Band[]} [bands]
 * @property {Mark[]} [marks] Besides the alarms.
 * @property {(track: Track, index: number) => number} readAt What is read off at a step of the track's table.
 * @property {number} width
 * @property {number} height
 * @property {number} [spare]
 * @property {number} [parts] Of the vertical axis.
 * @property {unknown[]} deps
 * @property {(step: number, value: number) => void} [chosen] What a click does besides.
 */

/** Runs that are read off at once. */
const MOST_ROWS = 8;
/** Runs that a mark names. */
const MOST_NAMED = 4;
/** What stands around a chart's inside, from side to side: about. */
const AROUND = 70;

/**
 * @param {View} view
 * @param {State} state
 * @param {{choose: (patch: Partial<State>) => void, go: (index: number) => void}} actions
 * @param {StepChart} what
 * @returns {import("../dom.js").VNode}
 */
export function stepChart(view, state, { choose, go }, what) {
  const { name, measure, tracks, lines, bands = [], marks = [], width, height, parts = 3, deps, chosen } = what;
  const { steps, step } = view;
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 0];
  const rules = rulesOf(tracks, name, measure);
  const drawn = [...lines.map(({ ys }) => ys), ...bands.flatMap(({ low, high }) => [low, high])];
  const [low, high] = extent([...drawn, rules.map(({ at }) => at)]);
  const ticks = levels(low, high, { zero: measure.range[0] === 0, percent: measure.percent, parts });
  const at = state.over !== null && steps.includes(state.over) ? state.over : step;
  const reading = at === null ? null : readingOf(what, at);
  const words = reading?.rows.map(({ name, text }) => (name ? `${name} ${text}` : text)).join("; ");
  return chart({
    key: what.key,
    label: `${what.label} over the steps`,
    width,
    height,
    x: { from: first, to: last, ticks: stepLabels(first, last, width - AROUND), title: "step" },
    y: { from: ticks[0].at, to: ticks[ticks.length - 1].at, ticks, title: "" },
    lines,
    bands,
    rules,
    marks: [...alarmMarks(tracks), ...suspectMarks(view), ...marks],
    now: step,
    over: state.over === step ? null : at === state.over ? at : null,
    reading,
    spare: what.spare,
    choosing: {
      index: view.index,
      count: steps.length,
      text: step === null ? "no steps yet" : `step ${count(step)}${words && at === step ? `: ${words}` : ""}`,
    },
    deps,
    aim: (x, y, pressed) => {
      const index = nearest(steps, x);
      if (index < 0) return;
      if (pressed) go(index);
      if (pressed) chosen?.(steps[index], y);
      if (state.over !== steps[index]) choose({ over: steps[index] });
    },
    leave: () => state.over !== null && choose({ over: null }),
  });
}

/**
 * @param {StepChart} what
 * @param {number} step
 * @returns {Reading}
 */
function readingOf({ tracks, measure, readAt }, step) {
  const several = tracks.length > 1;
  const found = tracks.map((track) => ({ track, value: readAt(track, track.table.at(step)) }));
  const there = found.filter(({ value }) => Number.isFinite(value));
  // Of many runs, the largest: in the order in which the lines lie above each other.
  if (there.length > MOST_ROWS) there.sort((a, b) => b.value - a.value);
  const rows = there.slice(0, MOST_ROWS).map(({ track, value }) => ({
    color: track.color,
    name: several ? short(track.name, 40) : "",
    text: told(measure, value),
  }));
  const left = there.length - rows.length;
  return {
    at: step,
    head: `step ${count(step)}`,
    rows: rows.length ? rows : [{ color: "transparent", name: "", text: "no value" }],
    more: left > 0 ? `and ${left} lower` : "",
  };
}

/**
 * @param {Track[]} tracks
 * @param {string} name
 * @param {Measure} measure
 * @returns {Rule[]} What is allowed, where the logs say it, and how large a region is. What all runs share has no colour.
 */
export function rulesOf(tracks, name, measure) {
  /** @type {Map<number, {title: string, colors: Set<string>}>} */
  const found = new Map();
  const add = (/** @type {number | undefined} */ at, /** @type {string} */ title, /** @type {string} */ color) => {
    if (at === undefined || !Number.isFinite(at)) return;
    const rule = found.get(at) ?? { title, colors: new Set() };
    rule.colors.add(color);
    found.set(at, rule);
  };
  for (const { column, color } of tracks) {
    const tolerance = toleranceOf(column.record?.header, name);
    if (tolerance !== undefined) add(tolerance, `${told(measure, tolerance)} allowed`, color);
    if (measure.compared === "area" && measure.region !== null && column.inputs) {
      const area = areaOf(column.inputs, measure.region);
      add(area, `area ${told(measure, area)}`, color);
    }
  }
  return [...found].map(([at, { title, colors }]) => ({
    at,
    title,
    ...(found.size > 1 && colors.size === 1 ? { color: [...colors][0] } : {}),
  }));
}

/** By the first of the tables that they are of. @type {WeakMap<object, {of: unknown[], marks: Mark[]}>} */
const marked = new WeakMap();

/**
 * @param {Track[]} tracks
 * @returns {Mark[]} The alarms of all, by step; the same object for as long as nothing is logged.
 */
export function alarmMarks(tracks) {
  if (!tracks.length) return [];
  const of = tracks.flatMap(({ table, name }) => [table, name]);
  const known = marked.get(tracks[0].table);
  if (known?.of.length === of.length && known.of.every((part, i) => part === of[i])) return known.marks;
  /** @type {Map<number, string[]>} */
  const runs = new Map();
  for (const { table, name } of tracks)
    for (const step of table.alarmed()) runs.set(step, [...(runs.get(step) ?? []).slice(0, MOST_NAMED), name]);
  const marks = [...runs]
    .sort(([a], [b]) => a - b)
    .map(([at, names]) => ({
      at,
      kind: /** @type {const} */ ("alarm"),
      title: tracks.length > 1 ? `${named(names)}: alarm at step ${count(at)}` : `Alarm at step ${count(at)}`,
    }));
  marked.set(tracks[0].table, { of, marks });
  return marks;
}

/**
 * @param {string[]} names
 * @returns {string}
 */
function named(names) {
  return names.length > MOST_NAMED ? `${names.slice(0, MOST_NAMED).join(", ")} and more` : names.join(", ");
}

/**
 * @param {Track[]} tracks
 * @param {string} name
 * @param {Measure} measure
 * @param {number | null} step
 * @returns {string} The mean at the step, where there is one run; an error beside what is allowed.
 */
export function meanAt(tracks, name, measure, step) {
  if (tracks.length !== 1 || step === null) return "";
  const [{ table, column }] = tracks;
  const value = table.mean(name)[table.at(step)] ?? NaN;
  return Number.isFinite(value) ? allowed(measure, value, toleranceOf(column.record?.header, name)) : "";
}
