/** What the model looks at, and since when: the view that opens first. */

import { runColor } from "../color.js";
import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { extra } from "../extras.js";
import { count, short } from "../format.js";
import { leadsOf, MOST_SEEN, MOST_TOLD, sentenceOf } from "../overview.js";
import { kindOf, traitsOf } from "../traits.js";
import { findings } from "./findings.js";
import { strips } from "./strips.js";
import { meansOf, whole } from "./whole.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../dom.js").VNode} VNode
 */

/** Of more runs, one sentence has to do for each. */
const MOST_IN_FULL = 3;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Data} data
 * @returns {VNode[]}
 */
export function overviewView(view, state, actions, data) {
  const { overview } = view;
  if (!overview) {
    // What is wrong with them stands above.
    if (!view.probes || view.columns.every(({ error }) => error !== null)) return [];
    const error = data.extras.get("overview")?.error;
    const said = error === undefined ? "Loading\u2026" : short(error, 600);
    return [h("p", { class: error === undefined ? "muted waiting" : "notice", role: "status", key: "waiting" }, said)];
  }
  const columns = view.columns.filter(({ error }) => !error);
  const seen = columns.slice(0, MOST_SEEN);
  const unseen = columns.length - seen.length;
  return [
    h(
      "section",
      { class: "answers", key: "answers", "aria-label": "What each run looks at" },
      columns.slice(0, MOST_TOLD).map((column) => answer(view, state, data, column)),
    ),
    h(
      "div",
      { class: "told", key: "told" },
      h(
        "div",
        { class: "training" },
        findings(view, state, actions, overview),
        strips(view, state, actions, data, seen),
        unseen > 0 &&
          h(
            "p",
            { class: "muted", key: "unseen" },
            `${unseen === 1 ? "1 more run is" : `${count(unseen)} more runs are`} not drawn: choose fewer to see them.`,
          ),
      ),
      whole(view, state, data, seen),
    ),
  ];
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @param {Column} column
 * @returns {VNode}
 */
function answer(view, state, data, column) {
  const { run, key, table, inputs, record } = column;
  const sum = view.overview?.runs.find((other) => other.run === run.run);
  const brief = view.columns.length > MOST_IN_FULL;
  const means = meansOf(view, data, column);
  const header = inputs?.header ?? {};
  const traits = traitsOf(header, record && inputs ? kindOf(record, inputs, 0) : view.kind);
  const names = header.coordinates?.[means?.header.leaves[0]?.name ?? ""] ?? header.feature_names ?? null;
  const failed = extra(data, column, "means", 0)?.error;
  const leads = means
    ? leadsOf(means.header, means.array, names, traits, view.look.positions)
    : failed === undefined
      ? []
      : [{ text: short(failed, 300) }];
  const parts = sum?.error
    ? [{ text: sum.error }]
    : sum
      ? sentenceOf(sum, table?.steps[0] ?? 0, leads, view.look.positions, (probe) => nameOf(view, probe), brief)
      : [];
  return h(
    "p",
    { class: "answer", key, "data-run": run.run },
    h("i", { class: "swatch", style: { background: runColor(run.index, state.dark) } }),
    h(
      "span",
      { class: "says" },
      h("bdi", { class: "who", title: short(run.name) }, short(run.label, 80)),
      ": ",
      parts.map(({ text, strong, name }) => {
        const said = name ? h("bdi", null, text) : text;
        return strong ? h("strong", null, said) : said;
      }),
    ),
  );
}
