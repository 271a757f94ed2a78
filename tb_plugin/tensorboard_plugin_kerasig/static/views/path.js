/** The path from the baseline to one probe: score and slope along it, its gradients, and how it changed in training. */

import { runColor } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { extra, recordedAlphas } from "../extras.js";
import { digits, percent, short, signed } from "../format.js";
import { number } from "../packed.js";
import { alphaOf, at, gained, profileOf, slopeMap } from "../paths.js";
import { scaleOf } from "../scales.js";
import { term } from "../terms.js";
import { about } from "./about.js";
import { film } from "./film.js";
import { lineChart } from "./line.js";
import { slopeChart, slopeLimit } from "./slopes.js";
import { subject } from "./subject.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Track One run's path.
 * @property {Column} column
 * @property {string} color
 * @property {string} name
 * @property {Packed | null} interior
 * @property {import("../paths.js").Profile | null} profile
 * @property {import("../paths.js").SlopeMap | null} map
 * @property {string | null} problem A sentence in place of the data.
 */

const HEIGHT = 210;
const OTHER_WIDTH = 232 + 40 + 17;
const LEAST_WIDTH = 230;
const GAP = 20;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Data} data
 * @returns {any[]}
 */
export function pathView(view, state, actions, data) {
  const columns = view.columns.filter((column) => column.inputs && column.record && !column.error);
  if (!columns.length) return [];
  const tracks = columns.map((column) => trackOf(view, state, data, column));
  const drawn = tracks.filter(({ profile }) => profile);
  const alphas = recordedAlphas(data);
  const several = tracks.length > 1;
  const aim = (/** @type {number} */ alpha) => actions.choose({ alpha });
  const content = Math.max(LEAST_WIDTH, window.innerWidth - OTHER_WIDTH);
  const maps = tracks.flatMap((track) => (track.map ? [{ ...track, map: track.map }] : []));
  const most = Math.max(1, Math.floor((content + GAP) / (LEAST_WIDTH + GAP)));
  const perRow = Math.min(most, 2 + maps.length);
  const width = Math.min(560, Math.floor((content - GAP * (perRow - 1)) / perRow));
  const limit = slopeLimit(maps.map(({ map }) => map));
  const shared = { width, height: HEIGHT, alpha: state.alpha, alphas, aim };
  const curves = (/** @type {"scores" | "slopes"} */ name) =>
    drawn.flatMap(({ color, name: run, profile }) => {
      const half = name === "scores" && profile ? alphaOf(profile, 0.5) : NaN;
      const marks = profile && Number.isFinite(half) ? [[half, at(profile, "scores", half)]] : [];
      return profile ? [{ color, name: run, profile, marks }] : [];
    });
  const charted = (
    /** @type {"scores" | "slopes"} */ values,
    /** @type {string} */ title,
    /** @type {string} */ label,
  ) => lineChart({ values, title, label, curves: curves(values), ...shared });
  return [
    subject(view, state, actions),
    tracks.flatMap(({ problem, name, column }) =>
      problem
        ? [h("p", { class: "notice", key: `problem ${column.key}` }, several ? `${name}: ${problem}` : problem)]
        : [],
    ),
    drawn.length > 0 &&
      h(
        "section",
        {
          class: "path",
          key: "path",
          "data-kind": view.kind,
          "data-style": view.look.style,
          "aria-label": "Path",
          "aria-busy": String(view.columns.some(({ settled }) => !settled)),
        },
        h(
          "div",
          { class: "plots" },
          charted("scores", "Score along \u03b1", "Score along alpha"),
          charted("slopes", "Change of the score per \u03b1", "Change of the score along alpha"),
          maps.map(({ map, name, color, column }) =>
            h(
              "div",
              { key: column.key, style: { width: `${width}px` } },
              slopeChart({
                title: several ? `${name}: change per \u03b1` : "Change of the score per \u03b1, over the steps",
                color: several ? color : null,
                map,
                limit,
                alarms: column.table?.alarmed() ?? [],
                step: column.step,
                alpha: state.alpha,
                width,
                height: HEIGHT,
                aim: (step, alpha) => {
                  aim(alpha);
                  actions.go(nearest(view.steps, step));
                },
              }),
            ),
          ),
        ),
        place(state, drawn, several, aim),
        drawn.map((track) => strip(view, state, data, track, several, content, aim)),
      ),
  ];
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @param {Column} column
 * @returns {Track}
 */
function trackOf(view, state, data, column) {
  const { probe } = view;
  const { record, inputs, run, entry } = column;
  const [found, paths] = [extra(data, column, "interior", probe), extra(data, column, "paths", probe)];
  const interior = found?.packed ?? null;
  const path = interior?.header.path;
  const of = (/** @type {string} */ name) => number(record?.header[name]?.[probe]);
  const stored = path && { alphas: path.alphas?.[probe], scores: path.scores?.[probe], slopes: path.slopes?.[probe] };
  const profile =
    stored?.alphas && stored.scores && stored.slopes ? profileOf(stored, of("baseline_score"), of("score")) : null;
  let problem = found?.error ?? paths?.error ?? paths?.json?.error ?? null;
  if (entry && !entry.interior)
    problem = `No interior gradients were recorded. ${inputs?.header.coordinates ? "IGCallback(coordinates=...) records none" : "IGCallback records them at interior_alphas=(0.02, 0.1, 0.3, 1.0)"}.`;
  else if (interior && !profile && !problem) problem = "The record holds no path of this probe.";
  return {
    column,
    color: runColor(run.index, state.dark),
    name: short(run.label, 40) || ".",
    interior,
    profile,
    map: paths?.json?.paths?.length ? slopeMap(paths.json) : null,
    problem,
  };
}

/**
 * The alpha slider, and what is there.
 * @param {State} state
 * @param {Track[]} tracks
 * @param {boolean} several
 * @param {(alpha: number) => void} aim
 * @returns {VNode}
 */
function place(state, tracks, several, aim) {
  const heads = ["scoreAt", "rate", "made", "half", "most"].map(term);
  return h(
    "div",
    { class: "place" },
    h(
      "div",
      { class: "alpha" },
      h("label", { for: "alpha" }, "\u03b1"),
      h("input", {
        type: "range",
        id: "alpha",
        class: "along",
        min: 0,
        max: 1,
        step: 0.01,
        value: String(state.alpha),
        "aria-valuetext": `alpha ${state.alpha.toFixed(2)}`,
        on: { input: (/** @type {any} */ event) => aim(Number(event.target.value)) },
      }),
      h("output", { for: "alpha", class: "number" }, state.alpha.toFixed(2)),
    ),
    h(
      "table",
      { class: "features gains" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          several && h("th", null, "run"),
          heads.map((head) => h("th", { class: "number", key: head.label }, about(head))),
        ),
      ),
      h(
        "tbody",
        null,
        tracks.map(({ column, name, color, profile }) => {
          if (!profile) return null;
          const numbers = [
            digits(at(profile, "scores", state.alpha)),
            signed(at(profile, "slopes", state.alpha)),
            percent(gained(profile, state.alpha), 1),
            digits(alphaOf(profile, 0.5)),
            digits(alphaOf(profile, 0.9)),
          ];
          return h(
            "tr",
            { key: column.key },
            several &&
              h("td", null, h("i", { class: "swatch", style: { background: color } }), h("bdi", null, ` ${name}`)),
            numbers.map((text, i) => h("td", { class: "number", "data-gain": heads[i].label }, text)),
          );
        }),
      ),
    ),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @param {Track} track
 * @param {boolean} several
 * @param {number} content
 * @param {(alpha: number) => void} aim
 * @returns {VNode | null}
 */
function strip(view, state, data, { column, color, name, interior, profile }, several, content, aim) {
  if (!interior) return null;
  const count = Math.max(1, interior.header.alphas?.length ?? 1);
  const side = Math.max(112, Math.min(280, Math.floor(content / count) - 30));
  return h(
    "section",
    { key: column.key, "aria-label": several ? `Gradients, ${name}` : "Gradients" },
    h(
      "h2",
      { class: "striptitle" },
      several && h("i", { class: "swatch", style: { background: color } }),
      several && h("bdi", null, name),
      "Gradients at the recorded \u03b1",
    ),
    film({
      ...{ column, interior, profile, probe: view.probe, scale: scaleOf(view, state, data) },
      ...{ settings: view.settings, state, side, aim },
    }),
  );
}
