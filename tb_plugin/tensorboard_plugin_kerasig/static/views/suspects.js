/** What the network may rely on, of what nobody named: by run a sentence and a table, and one suspect in full. */

import { chosenOf, keyOf, placeOf, shownIn, suspectsOf } from "../audits.js";
import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";
import { number } from "../packed.js";
import { suspectDetail } from "./suspect-detail.js";
import { suspectTable } from "./suspect-table.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../audits.js").OfRun} OfRun
 * @typedef {import("./page.js").Actions} Actions
 */

const SENTENCE = 600;
const SNIPPET = `audit = kerasig.Audit(x_train, y_train)
model.fit(
    x_train, y_train, epochs=10,
    callbacks=[kerasig.IGCallback(probes, log_dir="logs", audit=audit)],
)`;

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode[]}
 */
export function suspectsView(view, state, actions) {
  if (!view.columns.length) return [];
  if (!view.audits.length) return [howToAsk(view)];
  const chosen = chosenOf(view, state);
  const without = view.columns.filter((column) => !view.audits.some((own) => own.column === column));
  return [
    h(
      "div",
      { class: "suspects", key: "suspects" },
      titles(view, state, actions),
      view.audits.map((own) =>
        h(
          "section",
          { class: "audited", key: own.column.key, "data-run": own.column.run.run, "aria-label": nameOf(own) },
          sentence(own, state),
          told(view, own, actions),
          lists(own, actions, chosen),
          chosen?.own === own && suspectDetail(view, state, actions, chosen),
        ),
      ),
      without.length > 0 &&
        h(
          "p",
          { class: "muted", key: "without" },
          "No audit was logged by ",
          without.slice(0, 8).map(({ run }, i) => [i > 0 && ", ", h("bdi", null, short(run.label, 60))]),
          without.length > 8 && ` and ${count(without.length - 8)} more`,
          ".",
        ),
    ),
  ];
}

/**
 * @param {OfRun} own
 * @returns {string}
 */
function nameOf({ column: { run } }) {
  return `Suspects of ${short(run.label, 60) || "."}`;
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode | false} A choice, where runs have more than one audit.
 */
function titles(view, state, { choose }) {
  const all = [...new Set(view.columns.flatMap(({ run }) => run.audits.map(({ title }) => title)))];
  if (all.length < 2) return false;
  const now = state.audit !== null && all.includes(state.audit) ? state.audit : view.audits[0].title;
  return h(
    "label",
    { class: "sorting", key: "titles" },
    "Audit",
    h(
      "select",
      { value: now, on: { change: (/** @type {any} */ event) => choose({ audit: event.target.value }) } },
      all.map((title) => h("option", { value: title, key: title, selected: title === now }, short(title, 60))),
    ),
  );
}

/**
 * @param {OfRun} own
 * @param {State} state
 * @returns {VNode} What was found, in a sentence; or why that cannot be told.
 */
function sentence(own, state) {
  const { column, error, summary, told, at } = own;
  const failed = error ?? summary?.error ?? null;
  const [first] = told?.steps ?? [];
  const says =
    failed !== null
      ? [h("span", { class: "warning" }, short(failed, SENTENCE))]
      : summary
        ? [h("bdi", { class: "found" }, short(String(summary.sentence ?? ""), SENTENCE))]
        : told && at === null && first !== undefined
          ? [`no audit up to this step: the first is at step ${count(first)}.`]
          : ["Loading\u2026"];
  return h(
    "p",
    { class: "answer", role: "status", key: "sentence" },
    h("i", { class: "swatch", style: { background: runColor(column.run.index, state.dark) } }),
    h(
      "span",
      { class: "says" },
      h("bdi", { class: "who", title: short(column.run.name) }, short(column.run.label, 80) || "."),
      ": ",
      says,
    ),
  );
}

/**
 * @param {View} view
 * @param {OfRun} own
 * @param {Actions} actions
 * @returns {VNode | null} How much was looked at; before the first audit, the way to it.
 */
function told(view, { summary, at, told: all }, actions) {
  const first = all?.steps[0];
  if (at === null && first !== undefined)
    return h(
      "p",
      { class: "told-of", key: "told" },
      h(
        "button",
        { type: "button", class: "link", on: { click: () => actions.visit(placeOf(view.steps, first)) } },
        `Go to step ${count(first)}`,
      ),
    );
  if (at === null || !summary || summary.error !== null) return null;
  const { n = NaN, looked = NaN, clear = 0, tested = 0 } = summary;
  if (number(looked) === 0)
    return h(
      "p",
      { class: "muted told-of", key: "told" },
      `Audit of ${count(number(n))} examples at step ${count(at)}.`,
    );
  const found = `${clear === 1 ? "1 stands" : `${count(clear)} stand`} clear`;
  const some = tested > 0 ? `, ${count(tested)} of them tested by replacement; ${found}` : "; none had to be tested";
  const text = `Audit of ${count(number(n))} examples at step ${count(at)}: ${count(number(looked))} places were looked at${some}.`;
  return h("p", { class: "muted told-of", key: "told" }, text);
}

/**
 * @param {OfRun} own
 * @param {Actions} actions
 * @param {import("../audits.js").Chosen | null} chosen
 * @returns {VNode[]} The suspects; and, folded, what was tested and is none.
 */
function lists(own, actions, chosen) {
  if (!shownIn(own)) return [];
  const { clear, tested } = suspectsOf(own);
  const choose = (/** @type {import("../audits.js").Suspect} */ suspect) =>
    actions.choose({ suspect: keyOf(own, suspect), watched: null });
  const now = chosen?.own === own ? chosen.suspect : null;
  const found = [];
  if (clear.length)
    found.push(
      suspectTable(clear, { key: "clear", label: `${nameOf(own)}, most reliable first`, chosen: now, choose }),
    );
  if (tested.length)
    found.push(
      h(
        "details",
        { class: "tested", key: "tested" },
        h(
          "summary",
          null,
          `${count(tested.length)} tested that ${tested.length === 1 ? "does" : "do"} not stand clear`,
        ),
        suspectTable(tested, { key: "tested", label: "Tested, and no suspects", chosen: null, choose: null }),
      ),
    );
  return found;
}

/**
 * @param {View} view
 * @returns {VNode} Of logs without audits.
 */
function howToAsk({ columns }) {
  return h(
    "div",
    { class: "suspects unasked", key: "unasked" },
    h("h2", null, "No audit was logged"),
    h(
      "p",
      null,
      `${columns.length === 1 ? "This run looked" : "These runs looked"} for no suspects. To have shortcuts looked for that nobody named, give the callback some hundreds of labelled training examples:`,
    ),
    h("pre", { tabindex: 0, "aria-label": "Example" }, h("code", null, SNIPPET)),
  );
}
