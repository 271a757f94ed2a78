/** One probe, large: its picture, everything that was measured on it, side by side for each chosen run. */

import { address } from "../api.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { scaleOf } from "../scales.js";
import { facts } from "./facts.js";
import { image } from "./image.js";
import { largeGraph } from "./probe-graph.js";
import { largeImage } from "./probe-image.js";
import { largeSeries } from "./probe-series.js";
import { largeTable } from "./probe-table.js";
import { largeTokens } from "./probe-tokens.js";
import { runTitle } from "./run-title.js";
import { subject } from "./subject.js";
import { isAbout } from "./values.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./cursor.js").Large} Large
 *
 * @typedef {object} Kind
 * @property {(large: Large) => VNode} draw
 * @property {(shape: number[]) => boolean} fits
 */

/** A new kind of probe is one new file and one line here. @type {Record<string, Kind>} */
const KINDS = {
  image: { draw: largeImage, fits: (shape) => shape.length === 2 || shape.length === 3 },
  tokens: { draw: largeTokens, fits: (shape) => shape.length >= 1 },
  series: { draw: largeSeries, fits: (shape) => shape.length === 1 || shape.length === 2 },
  graph: { draw: largeGraph, fits: (shape) => shape.length >= 1 },
};
/** Beside the page's edges, the sidebar and the facts. */
const OTHER_WIDTH = 232 + 330;
const OTHER_HEIGHT = 230;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {import("../state.js").Data} data
 * @returns {VNode[]}
 */
export function probeView(view, state, actions, data) {
  const scale = scaleOf(view, state, data);
  const columns = view.columns.filter((column) => column.inputs && column.record && !column.error);
  if (!columns.length) return [];
  const side = sideFor(columns.length, view.kind);
  const busy = view.columns.some((column) => !column.settled);
  return [
    subject(view, state, actions),
    h(
      "section",
      {
        class: "larges",
        "data-kind": view.kind,
        "data-runs": columns.length,
        "aria-label": "Probe",
        "aria-busy": String(busy),
      },
      columns.map((column) => large(view, state, actions, data, column, scale, side, columns.length > 1)),
    ),
  ];
}

/**
 * @param {number} runs
 * @param {string} kind
 * @returns {number} Of a picture, in CSS pixels.
 */
function sideFor(runs, kind) {
  const width = (window.innerWidth - OTHER_WIDTH) / runs - (runs > 1 ? 24 : 0);
  const room = { series: width / 1.4 - 90, graph: Math.max(width - 340, 340) }[kind] ?? width;
  const most = Math.min(room, window.innerHeight - OTHER_HEIGHT);
  return Math.round(Math.max(224, Math.min(runs > 1 ? 448 : 896, most)));
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {import("../state.js").Data} data
 * @param {Column} column
 * @param {import("../scales.js").Scale} scale
 * @param {number} side
 * @param {boolean} several
 * @returns {VNode}
 */
function large(view, state, actions, data, column, scale, side, several) {
  const { run, inputs, record } = column;
  const { probe } = view;
  const title = several && runTitle(view, state, column);
  if (!inputs || !record || probe >= record.header.probes)
    return h("article", { class: "large", key: column.key }, title, h("p", { class: "muted" }, "not in this run"));
  // Until its values are here, as when the probe is turned, the place stays empty.
  if (!inputs.has(probe) || !record.has(probe)) return h("article", { class: "large", key: column.key }, title);
  const kind = inputs.header.probe_kind;
  const broken = record.errors.get(probe) ?? inputs.errors.get(probe);
  const leaves = record.leaves.map((_, leaf) => leaf).filter((leaf) => record.get(probe, leaf));
  const drawn = leaves.map((leaf) => {
    const { name, positions_of: of, shape } = record.leaves[leaf];
    const inputLeaf = inputs.leaves.findIndex((input) => input.name === (of ?? name));
    const picture = {
      record,
      inputs,
      probe,
      leaf,
      inputLeaf,
      limit: scale.limit(column),
      kind,
      state,
      paint: scale.paint,
    };
    const fits = KINDS[kind]?.fits(shape) && isAbout(inputs, inputLeaf, probe, kind, shape);
    const made = { picture, side, choose: actions.choose, data, column };
    return h(
      "figure",
      { key: leaf },
      leaves.length > 1 && h("figcaption", { class: "muted" }, short(name, 60)),
      fits ? KINDS[kind].draw(made) : largeTable(made),
    );
  });
  const sentence = broken
    ? h("p", { class: "broken", role: "status" }, short(broken))
    : h("p", { class: "muted" }, "no values");
  const input = kind === "image" && !several && leaves.length === 1 && original(column, probe, state);
  return h(
    "article",
    { class: "large", key: column.key, "aria-label": short(run.name) || "." },
    title,
    h(
      "div",
      { class: "both" },
      h("div", { class: "drawn" }, drawn.length ? drawn : sentence),
      h(
        "div",
        { class: "beside" },
        input,
        facts(column, record.header, inputs.header, probe),
        saving(column, view, probe),
      ),
    ),
  );
}

/**
 * @param {Column} column
 * @param {View} view
 * @param {number} probe
 * @returns {VNode | false} The probe's numbers as files.
 */
function saving({ run, step }, { set, series }, probe) {
  if (set === null || step === null) return false;
  const link = (/** @type {string} */ format) =>
    h(
      "a",
      { key: format, download: "", href: address("export", { run: run.run, set, series, step, probe, format }) },
      format.toUpperCase(),
    );
  return h(
    "p",
    { class: "saving" },
    h("span", { class: "muted" }, "Save the numbers: "),
    ["npy", "csv", "json"].map(link),
  );
}

/**
 * @param {Column} column
 * @param {number} probe
 * @param {State} state
 * @returns {VNode | false} The input as it is, small.
 */
function original({ inputs, record }, probe, state) {
  if (!inputs || !record) return false;
  const { name, positions_of: of } = record.leaves[0];
  const inputLeaf = inputs.leaves.findIndex((input) => input.name === (of ?? name));
  if (inputLeaf < 0) return false;
  const picture = { record, inputs, probe, leaf: 0, inputLeaf, limit: NaN, kind: "image" };
  return h(
    "figure",
    { class: "original" },
    image({ ...picture, state: { ...state, show: "input" } }),
    h("figcaption", { class: "muted" }, "input"),
  );
}
