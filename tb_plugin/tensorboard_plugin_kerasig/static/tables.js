/** The numbers that a view shows as a table, in full: pure. */

import { nameOf } from "./derive.js";
import { changeOf } from "./difference.js";
import { exactly } from "./exact.js";
import { extra } from "./extras.js";
import { number } from "./packed.js";
import { profileOf } from "./paths.js";
import { suspectNumbers } from "./suspect-numbers.js";
import { bandOf } from "./timeline.js";
import { kindOf, traitsOf } from "./traits.js";
import { ordered } from "./views/compare.js";
import { pairOf } from "./views/compare-scale.js";
import { ranksOf } from "./views/probe-table.js";
import { scalars } from "./views/timeline.js";
import { groupsOf, inputLeafOf, values, wordsOf } from "./views/values.js";

/**
 * @typedef {import("./derive.js").View} View
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 *
 * @typedef {object} Table
 * @property {string[]} head
 * @property {(string | number)[][]} rows
 */

/** @type {Record<import("./state.js").ViewName, (view: View, state: State, data: Data) => Table>} */
const TABLES = {
  overview: ofOverview,
  gallery: ofGallery,
  probe: ofProbe,
  path: (view, _state, data) => ofPath(view, data),
  timeline: ofTimeline,
  compare: ofCompare,
  suspects: suspectNumbers,
};
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {Table | null} Null where there is nothing, or nothing yet.
 */
export function tableOf(view, state, data) {
  const table = TABLES[state.view](view, state, data);
  return table.rows.length ? table : null;
}

/**
 * @param {Table} table
 * @returns {string} As RFC 4180 has it, but for its line ends.
 */
export function csv({ head, rows }) {
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/**
 * @param {string | number} value
 * @returns {string}
 */
function cell(value) {
  if (typeof value === "number") return plain(value);
  const text = isFormula(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {string} text
 * @returns {boolean} Whether a spreadsheet might compute it: as export.py has it, what begins like a formula and names
 *   anything, but for numbers, and for signs that stand alone, as tokens do.
 */
function isFormula(text) {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) && /[\p{L}\p{N}]/u.test(text) && !NUMBER.test(text);
}

/**
 * @param {number} value
 * @returns {string} The fewest digits that read back as the same number, of those that fit float32 as that.
 */
function plain(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value)) return exactly(value);
  if (Math.fround(value) !== value) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}

/**
 * @param {View} view
 * @returns {Table} What was measured at the shown step, of the probes that the gallery has, in its order.
 */
function ofGallery(view) {
  const columns = view.columns.flatMap(({ run, table, step, inputs, record }) =>
    table?.complete && step !== null
      ? [{ run, table, header: inputs?.header ?? {}, index: table.at(step), statuses: record?.header.statuses }]
      : [],
  );
  // Logs of earlier versions do not say why.
  const told = columns.some(({ statuses }) => statuses);
  const names = [...new Set(columns.flatMap(({ table }) => table.names))];
  const rows = columns.flatMap(({ run, table, header, index, statuses }) =>
    view.order.probes.flatMap((probe) =>
      probe < table.stats.probes
        ? [
            [
              ...[run.name, table.steps[index], probe, nameOf(view, probe), String(header.groups?.[probe] ?? "")],
              ...names.map((name) => table.value(name, index, probe)),
              ...(told ? [String(statuses?.[probe] ?? "")] : []),
            ],
          ]
        : [],
    ),
  );
  return { head: ["run", "step", "probe", "name", "group", ...names, ...(told ? ["status"] : [])], rows };
}

/**
 * @param {View} view
 * @returns {Table} What each run came to look at: the share of the attribution in each region, and since when; and of
 *   each run, whether it has regions or none, how many of its maps are trusted and where they changed most.
 */
function ofOverview(view) {
  const rows = view.columns.flatMap(({ run }) => {
    const sum = view.overview?.runs.find((other) => other.run === run.run);
    if (!sum || sum.error !== null) return [];
    const { before = "", step = "", drift = "" } = sum.change ?? {};
    const regions = (sum.regions ?? []).map(({ name, area, chance, first, last, above, since }) => [
      ...[name, area ?? NaN, chance, first, last, above ? 1 : 0, since],
    ]);
    const none = ["", "", "", "", "", "", ""];
    return (regions.length ? regions : [none]).map((row) => [run.name, ...row, sum.trusted ?? "", before, step, drift]);
  });
  const region = ["region", "area", "share by chance", "first share", "last share", "above chance", "since step"];
  return { head: ["run", ...region, "trusted share", "changed most from step", "to step", "drift"], rows };
}

/**
 * @param {View} view
 * @returns {Table} Every value of the probe that is shown, the largest first where they have ranks.
 */
function ofProbe(view) {
  const { kind, probe } = view;
  const headers = view.columns.flatMap(({ inputs }) => inputs?.header ?? []);
  const { axes: named, ordered } = traitsOf(headers[0] ?? {}, kind);
  const ranked = !ordered;
  const found = view.columns.flatMap(({ run, step, record, inputs }) =>
    (record?.leaves ?? []).flatMap((own, leaf) => {
      const traits = record && traitsOf(inputs?.header ?? {}, kindOf(record, inputs, leaf));
      const kept = traits && values(record, probe, leaf, traits.sequence ? 1 : Infinity);
      if (!kept || step === null) return [];
      const input = record && inputs ? inputLeafOf(record, inputs, leaf) : -1;
      const given = input >= 0 && inputs ? values(inputs, probe, input)?.numbers : undefined;
      const size = kept.numbers.length;
      return [
        {
          run,
          step,
          name: own.name,
          groups: inputs && groupsOf(inputs, own),
          shape: kept.shape,
          numbers: kept.numbers,
          given: given?.length === size ? given : undefined,
          words: inputs && wordsOf(inputs, input, probe),
          header: inputs?.header ?? {},
          traits,
        },
      ];
    }),
  );
  const rank = Math.max(0, ...found.map(({ shape }) => shape.length));
  const axes = Array.from({ length: rank }, (_, axis) => named[axis] ?? `axis_${axis}`);
  const rows = found.flatMap(({ run, step, name, groups, shape, numbers, given, words, header, traits }) => {
    const ranks = ranked ? ranksOf(numbers) : [];
    const order = Array.from(numbers, (_, i) => i);
    if (ranked) order.sort((a, b) => ranks[a] - ranks[b]);
    return order.map((i) => {
      const places = indices(shape, i);
      const found = {
        tokens: words?.[places[0]],
        features: (groups ?? header.feature_names)?.[places.at(-1) ?? 0],
        "": "",
      };
      const known = String(found[traits.names] ?? "");
      return [
        ...[run.name, step, name],
        ...axes.map((_, axis) => places[axis] ?? ""),
        ...[known, ...(ranked ? [ranks[i]] : []), numbers[i], given?.[i] ?? ""],
      ];
    });
  });
  return { head: ["run", "step", "leaf", ...axes, "name", ...(ranked ? ["rank"] : []), "attribution", "input"], rows };
}

/**
 * @param {number[]} shape
 * @param {number} i
 * @returns {number[]} The place along each axis.
 */
function indices(shape, i) {
  const places = [];
  for (const size of [...shape].reverse()) {
    places.unshift(i % size);
    i = Math.floor(i / size);
  }
  return places;
}

/**
 * @param {View} view
 * @param {Data} data
 * @returns {Table} Score and slope where they were evaluated.
 */
function ofPath(view, data) {
  const rows = view.columns.flatMap((column) => {
    const { run, step, record } = column;
    const path = extra(data, column, "interior", view.probe)?.packed?.header.path;
    const [alphas, scores, slopes] = ["alphas", "scores", "slopes"].map((name) => path?.[name]?.[view.probe]);
    if (!alphas || !scores || !slopes || !record || step === null) return [];
    const of = (/** @type {string} */ name) => number(record.header[name]?.[view.probe]);
    const profile = profileOf({ alphas, scores, slopes }, of("baseline_score"), of("score"));
    return profile?.alphas.map((alpha, i) => [run.name, step, alpha, profile.scores[i], profile.slopes[i]]) ?? [];
  });
  return { head: ["run", "step", "alpha", "score", "slope"], rows };
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {Table} The chosen scalar at every step: over the probes, and of each.
 */
function ofTimeline(view, state) {
  const { name } = scalars(view, state);
  const probes = Array.from({ length: view.probes }, (_, probe) => probe);
  const rows = view.columns.flatMap(({ run, table }) => {
    if (!table?.complete || name === null || !table.names.includes(name)) return [];
    const [mean, band] = [table.mean(name), bandOf(table, name)];
    return table.steps.map((step, i) => [
      ...[run.name, step, table.epochs[i], mean[i], band.low[i], band.middle[i], band.high[i]],
      ...probes.map((probe) => table.value(name, i, probe)),
    ]);
  });
  const each = probes.map((probe) => `probe ${probe}: ${nameOf(view, probe)}`);
  return { head: ["run", "step", "epoch", `mean ${name}`, "10%", "median", "90%", ...each], rows };
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {Table} How much each probe differs, in the view's order.
 */
function ofCompare(view, state) {
  const pair = pairOf(view);
  const sides = view.sides.map(({ run, entry, step }) => [run?.name ?? "", entry?.title ?? "", step ?? NaN]);
  const score = (/** @type {import("./packed.js").Packed} */ record, /** @type {number} */ probe) =>
    number(record.header.score?.[probe]);
  const rows = !pair
    ? []
    : ordered(pair, state.order).map((probe) => {
        const { drift, cosine, rank, driftByChance, rankByChance } = changeOf(pair.a.record, pair.b.record, probe);
        const names = pair.b.inputs.header.names;
        return [
          ...[probe, String(names?.[probe] ?? `probe ${probe}`), drift, cosine, rank],
          ...[driftByChance, rankByChance],
          ...[score(pair.a.record, probe), score(pair.b.record, probe), ...sides.flat()],
        ];
      });
  const of = (/** @type {string} */ side) => ["run", "set", "step"].map((name) => `${side} ${name}`);
  return {
    head: [
      ...["probe", "name", "change", "cosine", "rank correlation", "change by chance", "rank correlation by chance"],
      ...["A score", "B score", ...of("A"), ...of("B")],
    ],
    rows,
  };
}
