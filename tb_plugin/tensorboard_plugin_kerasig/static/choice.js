/** Which probe set is shown, and of which runs: the set first, then those that have it. Pure. */

import { short } from "./format.js";
import { briefNames } from "./names.js";

/**
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 * @typedef {import("./state.js").SetEntry} SetEntry
 *
 * @typedef {object} Run
 * @property {string} run
 * @property {string} name For people.
 * @property {string} label Beside those that are listed with it: what tells it apart from them.
 * @property {number} index Its place among all of TensorBoard's runs: its colour.
 * @property {boolean} chosen
 * @property {boolean} has Whether it has the set that is shown.
 * @property {boolean} listed Whether its name is one that the list is searched for.
 * @property {SetEntry[]} sets
 * @property {import("./state.js").AuditEntry[]} audits
 *
 * @typedef {object} Choice
 * @property {Run[]} runs
 * @property {string[]} sets Titles.
 * @property {string | null} set
 * @property {string} kind
 * @property {string | null} contents Which probes, of the sets of that title and kind; null in logs that do not say so.
 * @property {string[]} seriesOptions
 * @property {string} series
 * @property {string | null} filterError Why the names cannot be searched for that.
 */

/** Without a choice, no more runs than can be seen beside each other, and than can be fetched at once. */
export const CHOSEN_AT_FIRST = 8;
const SERIES = new Map([
  ["", "Target"],
  ["label", "Label"],
  ["predicted", "Predicted"],
]);
/** Letters of a name that are searched. */
const SEARCHED = 300;

/** The labels of the runs of a catalog, by the set they have. @type {WeakMap<object, Map<string, string[]>>} */
const labels = new WeakMap();

/**
 * @param {Pick<State, "runs" | "set" | "series" | "filter">} state
 * @param {Data["catalog"]} catalog
 * @returns {Choice}
 */
export function choiceOf(state, catalog) {
  const all = catalog?.runs ?? [];
  const { matches, error } = filterOf(state.filter);
  const named = state.runs && all.filter(({ run }) => state.runs?.includes(run));
  // Where none of the named runs has anything, the set is chosen as if none was named.
  const among = named?.some(({ sets }) => sets.length) ? named.flatMap(({ sets }) => sets) : null;
  const found = all.flatMap(({ sets }) => sets);
  const { set, kind, contents } = among ? firstOf(state.set, among) : commonest(state.set, found);
  const has = (/** @type {SetEntry} */ entry) =>
    entry.title === set && (entry.probe_kind ?? kind) === kind && (entry.contents ?? contents) === contents;
  const mine = among ? among.filter(({ title }) => title === set) : found.filter(has);
  const seriesOptions = [...new Set(mine.flatMap((entry) => entry.series))];
  const usual = among ? seriesOptions[0] : mostOf(mine.filter(isSound).flatMap((entry) => entry.series));
  const series =
    state.series !== null && seriesOptions.includes(state.series) ? state.series : (usual ?? seriesOptions[0] ?? "");

  // What cannot be read is shown where it was asked for, or where there is nothing else.
  const fits = (/** @type {SetEntry} */ entry) => has(entry) && entry.series.includes(series);
  const sound = all.some(({ sets }) => sets.some((entry) => fits(entry) && isSound(entry)));
  let left = CHOSEN_AT_FIRST;
  /** @type {Run[]} */
  const runs = all.map(({ run, name, place, sets, audits = [] }, i) => {
    const listed = matches(name);
    const own = sets.find((entry) => (sound ? fits(entry) && isSound(entry) : has(entry)));
    // Where no run has any probe set, its audits can be seen.
    const wanted = own !== undefined || (set === null && audits.length > 0);
    const chosen = listed && (state.runs ? state.runs.includes(run) : wanted && left-- > 0);
    return { run, name, label: name, index: place ?? i, chosen, has: sets.some(has), listed, sets, audits };
  });
  if (catalog && state.runs) {
    // A run that the address names and that is gone keeps its place, so that its absence can be told.
    for (const run of state.runs) {
      if (all.some((known) => known.run === run)) continue;
      const listed = matches(run);
      const none = { has: false, sets: [], audits: [] };
      const gone = { run, name: run, label: run, index: runs.length, chosen: listed, listed, ...none };
      runs.push(gone);
    }
  }
  if (catalog) label(runs, catalog);
  const sets = [...new Set(found.map((entry) => entry.title))];
  return { runs, sets, set, kind, contents, seriesOptions, series, filterError: error };
}

/**
 * @param {State} state
 * @param {Data["catalog"]} catalog
 * @param {Run} run That has not the set that is shown.
 * @returns {Partial<State>} What shows its own, with the runs that have that, too.
 */
export function switchTo(state, catalog, { run, sets }) {
  const set = (sets.find(isSound) ?? sets[0])?.title ?? null;
  const patch = { set, series: null, runs: null };
  const isShown = choiceOf({ ...state, ...patch }, catalog).runs.some((other) => other.run === run && other.chosen);
  return isShown ? patch : { ...patch, runs: [run] };
}

/**
 * @param {State} state
 * @param {Run[]} runs
 * @param {string} set
 * @returns {Partial<State>} What shows a set: of the runs that were chosen, where any of them has it.
 */
export function switchSet(state, runs, set) {
  const kept = runs.filter(({ run, sets }) => state.runs?.includes(run) && sets.some(({ title }) => title === set));
  return { set, series: null, runs: kept.length ? kept.map(({ run }) => run) : null };
}

/**
 * @param {string} series
 * @returns {string} Which class it explains, for people.
 */
export function seriesName(series) {
  return SERIES.get(series) ?? short(series, 40);
}

/**
 * @param {string} text A regular expression, as in TensorBoard's own list of runs.
 * @returns {{matches: (name: string) => boolean, error: string | null}} All names where it is none.
 */
export function filterOf(text) {
  if (text === "") return { matches: () => true, error: null };
  try {
    const pattern = new RegExp(text, "i");
    return { matches: (name) => pattern.test(name.slice(0, SEARCHED)), error: null };
  } catch (error) {
    // "Invalid regular expression: /(/i: Unterminated group"
    const why = String(/** @type {Error} */ (error).message).replace(/^.*: (.)/s, (_, first) => first.toLowerCase());
    return { matches: () => true, error: `This is no regular expression: ${why}.` };
  }
}

/**
 * @param {Run[]} runs Whose labels are set.
 * @param {object} catalog
 * @returns {void}
 */
function label(runs, catalog) {
  const known = labels.get(catalog) ?? new Map();
  labels.set(catalog, known);
  /** @type {Map<string, Run[]>} */
  const groups = new Map();
  for (const run of runs) {
    // With those of other sets, what they have stands beside their names.
    const beside = run.has || run.chosen ? "" : JSON.stringify(run.sets.map(({ title }) => title));
    groups.set(beside, [...(groups.get(beside) ?? []), run]);
  }
  for (const group of groups.values()) {
    const key = JSON.stringify(group.map(({ name }) => name));
    const brief = known.get(key) ?? briefNames(group.map(({ name }) => name));
    known.set(key, brief);
    group.forEach((run, i) => {
      run.label = brief[i];
    });
  }
}

/**
 * @param {SetEntry} entry
 * @returns {boolean} Whether it can be read.
 */
function isSound(entry) {
  return entry.error === null;
}

/**
 * @param {string | null} wanted
 * @param {SetEntry[]} entries
 * @returns {{set: string | null, kind: string, contents: string | null}}
 */
function firstOf(wanted, entries) {
  const first = entries.find(({ title }) => title === wanted) ?? entries[0];
  const known = entries.find(({ title, probe_kind }) => title === first?.title && probe_kind);
  return { set: first?.title ?? null, kind: known?.probe_kind ?? "", contents: known?.contents ?? null };
}

/**
 * @param {string | null} wanted
 * @param {SetEntry[]} entries
 * @returns {{set: string | null, kind: string, contents: string | null}} The set that most runs have, of one kind and
 *   with the same probes; the first of those.
 */
function commonest(wanted, entries) {
  const asked = entries.filter(({ title }) => title === wanted);
  const those = asked.length ? asked : entries;
  const readable = those.filter(isSound);
  const key = mostOf(
    (readable.length ? readable : those).map(({ title, probe_kind, contents }) =>
      JSON.stringify([title, probe_kind ?? "", contents ?? null]),
    ),
  );
  const [set, kind, contents] = key === undefined ? [null, "", null] : JSON.parse(key);
  return { set, kind, contents };
}

/**
 * @param {string[]} values
 * @returns {string | undefined} The one that is there most often; the first of those.
 */
function mostOf(values) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}
