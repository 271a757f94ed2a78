/** One probe, large: its picture, everything that was measured on it, side by side for each chosen run. */

import { h } from "../dom.js";
import { short } from "../format.js";
import { acrossOf } from "../grid.js";
import { address } from "../http.js";
import { picturedLeaves } from "../nodes.js";
import { MOST_SEEN } from "../overview.js";
import { contentWidth } from "../room.js";
import { scaleOf } from "../scales.js";
import { kindOf } from "../traits.js";
import { besideTables } from "./beside.js";
import { allFacts } from "./facts.js";
import { keyFacts } from "./key-facts.js";
import { fitting, lookOf } from "./looks.js";
import { least, sideFor } from "./room.js";
import { runTitle } from "./run-title.js";
import { strips } from "./strips.js";
import { subject } from "./subject.js";
import { inputLeafOf } from "./values.js";
import { scoreWaterfall } from "./waterfall.js";
import { zoombar } from "./zoombar.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

/** How wide the columns are, and how many features are seen, of several runs in one table. */
const TABLE = { width: 0, lowest: 0, together: { first: 220, each: 112 } };
const SHOWN = { top: 40, all: 0 };

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {import("../state.js").Data} data
 * @returns {(VNode | null)[]}
 */
export function probeView(view, state, actions, data) {
  const scale = scaleOf(view, state, data);
  const columns = view.columns.filter((column) => column.inputs && column.record && !column.error);
  if (!columns.length) return [];
  const side = sideFor(view, state);
  const busy = view.columns.some((column) => !column.settled);
  const joined = columns.length > 1 && view.look.card.together !== undefined;
  return [
    subject(view, state, actions),
    h(
      "div",
      { class: state.full ? "sights full" : "sights", key: "sights" },
      view.plane && zoombar(view, state, actions),
      h(
        "section",
        {
          class: "larges",
          "data-kind": view.kind,
          "data-style": view.look.style,
          "data-runs": columns.length,
          style: { "--least": `${least(columns.length)}px` },
          "aria-label": "Probe",
          "aria-busy": String(busy),
        },
        joined && together(view, state, actions, columns, scale),
        columns.map((column) =>
          large(view, state, actions, data, column, scale, joined ? 0 : side, columns.length > 1),
        ),
      ),
    ),
    view.overview &&
      h("div", { class: "over-time", key: "strips" }, strips(view, state, actions, data, columns.slice(0, MOST_SEEN))),
  ];
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Column[]} columns
 * @param {import("../scales.js").Scale} scale
 * @returns {VNode} The bars of all runs, in one table.
 */
function together(view, state, actions, columns, scale) {
  const sides = columns.flatMap((column) => {
    const { inputs, record, run } = column;
    const head = runTitle(view, state, column);
    return inputs && record
      ? [{ key: column.key, name: run.label, head, record, inputs, limit: scale.limit(column, view.probe) }]
      : [];
  });
  const across = acrossOf(TABLE, contentWidth(state), sides.length);
  const records = besideOf(view);
  const { choose } = actions;
  const table = { sides, probe: view.probe, state, paint: scale.paint, across, records, how: SHOWN, choose };
  return h("div", { class: "together sight wide", key: "together" }, besideTables(table));
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
  const leaves = picturedLeaves(record, inputs, probe);
  const drawn = leaves.map((leaf) => {
    if (!side) return null;
    const picture = {
      ...{ record, inputs, probe, leaf, state },
      inputLeaf: inputLeafOf(record, inputs, leaf),
      kind: kindOf(record, inputs, leaf),
      limit: scale.limit(column, probe),
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
      // Where the values are in the table of all runs, the side is 0.
      (side > 0 || !drawn.length) && h("div", { class: "drawn" }, drawn.length ? drawn : sentence),
      h(
        "div",
        { class: "beside" },
        input,
        keyFacts(column, record.header, inputs.header, probe),
        scoreWaterfall(view.columns, column, probe),
        allFacts(column, record.header, inputs.header, probe, state.numbers === "all", (open) =>
          actions.choose({ numbers: open ? "all" : "few" }),
        ),
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
