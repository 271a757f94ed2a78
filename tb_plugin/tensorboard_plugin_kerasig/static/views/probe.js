/** One probe, large: its picture, everything that was measured on it, side by side for each chosen run. */

import { address } from "../api.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { scaleOf } from "../scales.js";
import { kindOf } from "../traits.js";
import { facts } from "./facts.js";
import { fitting, lookOf } from "./looks.js";
import { runTitle } from "./run-title.js";
import { subject } from "./subject.js";
import { inputLeafOf } from "./values.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

/** The sidebar and the page's edges; what is said beside a picture, or below; and what is above it. */
const EDGES = 232 + 56;
const BESIDE = 290;
const BELOW = 120;
const OTHER_HEIGHT = 230;
/** The largest that a picture gets. */
const MOST = 1400;

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
  const side = sideFor(columns.length, view.look);
  const busy = view.columns.some((column) => !column.settled);
  return [
    subject(view, state, actions),
    h(
      "section",
      {
        class: "larges",
        "data-kind": view.kind,
        "data-style": view.look.style,
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
 * @param {import("./looks.js").Look} look
 * @returns {number} Of a picture, in CSS pixels.
 */
function sideFor(runs, look) {
  const { innerWidth, innerHeight } = window;
  const whole = innerWidth - EDGES;
  if (look.wide) return Math.round(Math.max(280, runs > 2 ? Math.max(320, whole / runs) - 24 : whole / runs - 12));
  // Beside each other, what is said of them stands below: some of it is to be seen.
  const width = runs > 1 ? whole / runs - 24 : whole - BESIDE;
  const height = innerHeight - OTHER_HEIGHT - (runs > 1 ? BELOW : 0);
  return Math.round(Math.max(224, Math.min(MOST, look.room?.(width) ?? width, height)));
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
  const broken = record.errors.get(probe) ?? inputs.errors.get(probe);
  const leaves = record.leaves.map((_, leaf) => leaf).filter((leaf) => record.get(probe, leaf));
  const drawn = leaves.map((leaf) => {
    const picture = {
      ...{ record, inputs, probe, leaf, state },
      inputLeaf: inputLeafOf(record, inputs, leaf),
      kind: kindOf(record, inputs, leaf),
      limit: scale.limit(column),
      paint: scale.paint,
      beside: besideOf(view),
    };
    return h(
      "figure",
      { key: leaf },
      leaves.length > 1 && h("figcaption", { class: "muted" }, short(record.leaves[leaf].name, 60)),
      fitting(picture).large({ picture, side, choose: actions.choose, data, column }),
    );
  });
  const sentence = broken
    ? h("p", { class: "broken", role: "status" }, short(broken))
    : h("p", { class: "muted" }, "no values");
  const input = !several && leaves.length === 1 && original(view, column, state);
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
 * @param {View} view
 * @param {State} state
 * @returns {import("./values.js").Picture[]} What is drawn of the first run that has the probe.
 */
export function picturesOf(view, state) {
  const { probe } = view;
  return view.columns
    .flatMap(({ inputs, record }) => (inputs && record?.has(probe) ? [{ inputs, record }] : []))
    .slice(0, 1)
    .flatMap(({ inputs, record }) =>
      record.leaves.flatMap((_, leaf) => {
        const [inputLeaf, kind] = [inputLeafOf(record, inputs, leaf), kindOf(record, inputs, leaf)];
        const picture = { record, inputs, probe, leaf, inputLeaf, kind, limit: NaN, state, beside: besideOf(view) };
        return record.get(probe, leaf) ? [picture] : [];
      }),
    );
}

/**
 * @param {View} view
 * @returns {import("../packed.js").Packed[]} The records of all runs.
 */
function besideOf({ columns }) {
  return columns.flatMap(({ record }) => record ?? []);
}

/**
 * @param {View} view
 * @param {Column} column
 * @param {State} state
 * @returns {VNode | false} The input as it is, small.
 */
function original(view, { inputs, record }, state) {
  if (!inputs || !record) return false;
  const { probe } = view;
  const [inputLeaf, kind] = [inputLeafOf(record, inputs, 0), kindOf(record, inputs, 0)];
  if (inputLeaf < 0 || !lookOf(kind).layered) return false;
  const picture = { record, inputs, probe, leaf: 0, inputLeaf, limit: NaN, kind, beside: besideOf(view) };
  return h(
    "figure",
    { class: "original" },
    fitting({ ...picture, state }).draw({ ...picture, state: { ...state, show: "input" } }),
    h("figcaption", { class: "muted" }, "input"),
  );
}
