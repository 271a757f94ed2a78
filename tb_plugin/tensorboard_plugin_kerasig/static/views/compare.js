/** A beside B: any run, step and probe set beside any other, on one scale, with what differs, the most changed first. */

import { changeOf } from "../difference.js";
import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { probeName } from "../naming.js";
import { number } from "../packed.js";
import { term } from "../terms.js";
import { quantile } from "../timeline.js";
import { aboutAll } from "./about.js";
import { compareScale, kindOf, pairOf, peak } from "./compare-scale.js";
import { change as fromTo } from "./jumps.js";
import { lookOf } from "./looks.js";
import { pinButton } from "./pins.js";
import { sideChoice, swapButton } from "./sides.js";
import { thirds } from "./thirds.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../sides.js").Side} Side
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./page.js").Actions} Actions
 * @typedef {import("./compare-scale.js").Pair} Pair
 */

const ORDERS = /** @type {[State["order"], string][]} */ ([
  ["change", "change"],
  ["rank", "rank correlation"],
  ["name", "name"],
  ["logged", "order in the probe set"],
]);
const MORE = 40;

/**
 * @param {View} view
 * @returns {Partial<State>}
 */
export function swapped({ sides }) {
  const [a, b] = sides.map(({ choice, run }) => ({ ...choice, run: run?.run ?? null }));
  return { a: b, b: a };
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode[]}
 */
export function compareView(view, state, actions) {
  const pair = pairOf(view);
  const busy = view.sides.some(({ settled }) => !settled);
  return [
    h(
      "section",
      { class: "toolbar sides", key: "sides", "aria-label": "What is compared" },
      view.sides.map((side) => sideChoice(view, state, side, actions.choose)),
      swapButton(() => actions.choose(swapped(view))),
    ),
    ...view.sides
      .filter(({ error }) => error)
      .map(({ which, error }) =>
        h("p", { class: "notice", role: "status", key: which }, `${which.toUpperCase()}: ${error}`),
      ),
    ...(pair ? (pair.probes ? compared(view, state, actions, pair, busy) : [apart()]) : []),
  ];
}

/** @returns {VNode} */
function apart() {
  return h("p", { class: "notice", role: "status", key: "apart" }, "A and B have no probes in common.");
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @param {Pair} pair
 * @param {boolean} busy
 * @returns {VNode[]}
 */
function compared(view, state, actions, pair, busy) {
  const { probes } = pair;
  const order = ordered(pair, state.order);
  const changes = order.map((probe) => changeOf(pair.a.record, pair.b.record, probe));
  const middle = (/** @type {number[]} */ values) =>
    digits(
      quantile(
        values.filter(Number.isFinite).sort((a, b) => a - b),
        0.5,
      ),
    );
  const scale = compareScale(view, state);
  return [
    h(
      "div",
      { class: "toolbar", key: "order" },
      h(
        "label",
        { class: "sorting" },
        "Sort by",
        h(
          "select",
          {
            class: "pairs-order",
            value: state.order,
            on: { change: (/** @type {any} */ event) => actions.choose({ order: event.target.value }) },
          },
          ORDERS.map(([value, text]) => h("option", { value, key: value, selected: value === state.order }, text)),
        ),
      ),
      aboutAll("What these numbers mean", ["change", "cosine", "rank", "chance"].map(term)),
      h(
        "span",
        { class: "muted found number", role: "status" },
        `${count(probes)} ${probes === 1 ? "probe" : "probes"}; median cosine ${middle(changes.map(({ cosine }) => cosine))}, rank correlation ${middle(changes.map(({ rank }) => rank))}`,
      ),
    ),
    h(
      "section",
      {
        class: "pairs",
        key: "pairs",
        "data-kind": kindOf(pair),
        "data-style": lookOf(kindOf(pair)).style,
        "aria-label": "Compared probes",
        "aria-busy": String(busy),
      },
      order.slice(0, state.rows).map((probe) => row(view, state, actions, pair, probe, scale)),
    ),
    ...(order.length > state.rows
      ? [
          h(
            "p",
            { class: "rest", key: "rest" },
            h(
              "button",
              { type: "button", class: "chip", on: { click: () => actions.choose({ rows: state.rows + MORE }) } },
              `Show more of ${count(order.length)}`,
            ),
          ),
        ]
      : []),
  ];
}

/**
 * @param {Pair} pair
 * @param {State["order"]} by
 * @returns {number[]} The probes; what has no value comes last.
 */
export function ordered({ a, b, probes }, by) {
  const all = Array.from({ length: probes }, (_, probe) => probe);
  if (by === "logged") return all;
  if (by === "name") {
    const { compare } = new Intl.Collator("en", { numeric: true });
    const name = (/** @type {number} */ probe) => nameIn(b.inputs, probe);
    return all.sort((i, j) => compare(name(i), name(j)) || i - j);
  }
  const value = all.map((probe) => {
    const { drift, rank } = changeOf(a.record, b.record, probe);
    return by === "rank" ? -rank : drift;
  });
  return all.sort((i, j) => {
    const [x, y] = [value[i], value[j]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || i - j;
    return y - x || i - j;
  });
}

/**
 * @param {Packed} inputs
 * @param {number} probe
 * @returns {string}
 */
function nameIn(inputs, probe) {
  return probeName(inputs.header, probe);
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @param {Pair} pair
 * @param {number} probe
 * @param {import("../scales.js").Scale} scale
 * @returns {VNode}
 */
function row(view, state, actions, pair, probe, scale) {
  const { a, b } = pair;
  const [one, other] = [a, b].map(({ inputs }) => nameIn(inputs, probe));
  const { cosine, rank, drift, rankByChance, driftByChance } = changeOf(a.record, b.record, probe);
  const limit = Number.isNaN(scale.shared) ? peak(pair, probe, view.settings) : scale.shared;
  const of = (/** @type {Packed} */ record, /** @type {string} */ name) => number(record.header[name]?.[probe]);
  const set = view.sides[1].entry?.title;
  return h(
    "article",
    { class: "pair", key: probe, "aria-label": short(other), "data-probe": probe },
    h(
      "h3",
      null,
      h(
        "button",
        { type: "button", class: "open", on: { click: () => actions.open(probe, set) } },
        h("bdi", { class: "name" }, one === other ? short(other, 60) : `${short(one, 60)} | ${short(other, 60)}`),
      ),
      set === view.set && pinButton(view, state, actions, probe),
    ),
    thirds(view, state, pair, probe, limit, scale.paint),
    h(
      "dl",
      { class: "facts" },
      [
        ["change", digits(drift), "1 \u2212 cosine", driftByChance],
        ["cosine", digits(cosine), "Of the two attributions"],
        [
          "rank correlation",
          digits(rank),
          "Spearman\u2019s, of the values\u2019 sizes where either is not zero",
          rankByChance,
        ],
        ["score", fromTo(of(a.record, "score"), of(b.record, "score")), "A \u2192 B"],
      ].map(fact),
    ),
  );
}

/**
 * @param {any[]} row Name, what is shown, what it is, and the value that chance gives, where there is one.
 * @returns {VNode}
 */
function fact([name, text, title, chance = NaN]) {
  const known = Number.isFinite(chance);
  return h(
    "div",
    {
      key: name,
      title: known ? `${title}; unrelated maps with the same zeros have ${digits(chance)} on average` : title,
    },
    h("dt", null, name),
    h("dd", { class: "number long", "data-fact": name }, text),
    known && h("dd", { class: "muted number", "data-chance": name }, `${digits(chance)} by chance`),
  );
}
