/** Search, order and filters of the gallery. */

import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { byPlace, measureIn } from "../measures.js";
import { AS_GIVEN, PLAIN_ORDERS, sortOf } from "../order.js";
import { term } from "../terms.js";
import { aboutAll } from "./about.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../order.js").Condition} Condition
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 * @typedef {(name: string) => import("../measures.js").Measure} Of
 */

const OPS = { ">=": "\u2265", "<=": "\u2264", "=": "=" };

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode}
 */
export function toolbar(view, state, { choose }) {
  const table = view.columns.find((column) => column.table && !column.error)?.table;
  const of = (/** @type {string} */ name) => measureIn([table], name);
  // The same for all probes of a step, or no quantity, is nothing to sort by; what one asks for comes first.
  const names = (table?.names ?? [])
    .filter((name) => !of(name).hidden)
    .sort((a, b) => byPlace(of(a).sorted, of(b).sorted));
  const header = view.columns.find(({ inputs }) => inputs)?.inputs?.header ?? {};
  const groups = [...new Set(/** @type {string[]} */ (header.groups ?? []))].sort();
  const { length } = view.order.probes;
  const absent = view.order.missing.map((name) => short(words(of(name)), 60)).join(", ");
  return h(
    "section",
    { class: "toolbar", key: "toolbar", "aria-label": "Search, order and filters" },
    h("input", {
      type: "search",
      class: "find",
      placeholder: "Search the probes",
      "aria-label": "Search the probes' names, labels, groups and words",
      value: state.find,
      on: { input: (/** @type {any} */ event) => choose({ find: event.target.value }) },
    }),
    sorting(state, names, of, groups, table?.lead?.name ?? null, choose),
    adding(state, names, of, groups, choose),
    state.where.map((condition, i) => chip(condition, state, i, of, choose)),
    absent && h("span", { class: "warning", role: "status" }, `not in this log: ${absent}`),
    aboutAll("What the numbers of a card mean", [
      ...["explained", "error", "reason"].map(term),
      ...["predicted", "score", ...view.order.stats].map(of),
    ]),
    h(
      "span",
      { class: "found muted number", role: "status" },
      length === view.probes ? probes(length) : `${count(length)} of ${probes(view.probes)}`,
    ),
  );
}

/**
 * @param {State} state
 * @param {string[]} names
 * @param {Of} of
 * @param {string[]} groups
 * @param {string | null} lead What orders the probes where nothing is chosen.
 * @param {Choose} choose
 * @returns {VNode}
 */
function sorting(state, names, of, groups, lead, choose) {
  const { name, down } = sortOf(state.sort);
  // What leads a log has the largest first where nothing is chosen.
  const largest = name === "" ? !down : down;
  const options = ["", AS_GIVEN, "name", ...(groups.length ? ["group"] : []), ...names];
  if (!options.includes(name)) options.push(name);
  const leading = lead === null ? "usual order" : `${words(of(lead))} (usual)`;
  const label = (/** @type {string} */ option) =>
    ({ "": leading, [AS_GIVEN]: "order in the probe set", name: "name", group: "group" })[option] ?? words(of(option));
  return h(
    "span",
    { class: "sorting" },
    h("label", { class: "muted", for: "sort" }, "Sort by"),
    h(
      "select",
      {
        id: "sort",
        value: name,
        // What is large is what is asked for; names are read from A to Z.
        on: {
          change: (/** @type {any} */ { target: { value } }) =>
            choose({ sort: (PLAIN_ORDERS.includes(value) ? "" : "-") + value }),
        },
      },
      options.map((option) => h("option", { value: option, key: option, selected: option === name }, label(option))),
    ),
    h(
      "button",
      {
        type: "button",
        class: "icon small",
        "aria-label": largest ? "Largest first: turn around" : "Smallest first: turn around",
        title: largest ? "Largest first" : "Smallest first",
        on: { click: () => choose({ sort: (down ? "" : "-") + name }) },
      },
      icon(largest ? "down" : "up"),
    ),
  );
}

/**
 * @param {State} state
 * @param {string[]} names
 * @param {Of} of
 * @param {string[]} groups
 * @param {Choose} choose
 * @returns {VNode} Choosing what is told by two words or a name adds the filter; a number has to be given first.
 */
function adding(state, names, of, groups, choose) {
  const add = (/** @type {Condition} */ condition) =>
    choose({
      where: [...state.where.filter(({ name, op }) => name !== condition.name || op !== condition.op), condition],
    });
  const flags = names.flatMap((name) => {
    const { flag } = of(name);
    return flag ? [{ name, flag }] : [];
  });
  /** @type {[Condition, string][]} */
  const ready = [
    ...flags.flatMap(({ name, flag }) =>
      [1, 0].map(
        (value) => /** @type {[Condition, string]} */ ([{ name, op: "=", value: String(value) }, flag[1 - value]]),
      ),
    ),
    ...groups.map(
      (group) =>
        /** @type {[Condition, string]} */ ([{ name: "group", op: "=", value: group }, `group ${short(group, 40)}`]),
    ),
  ];
  const numbers = names.filter((name) => !of(name).flag);
  return h(
    "details",
    { class: "adding" },
    h("summary", null, "Filter"),
    h(
      "div",
      { class: "sheetlet" },
      ready.length > 0 &&
        h(
          "div",
          { class: "ready" },
          ready.map(([condition, label], i) =>
            h(
              "button",
              {
                type: "button",
                class: "chip",
                key: i,
                on: {
                  click: (/** @type {any} */ event) => {
                    close(event);
                    add(condition);
                  },
                },
              },
              h("bdi", null, label),
            ),
          ),
        ),
      h(
        "form",
        {
          on: {
            submit: (/** @type {any} */ event) => {
              event.preventDefault();
              const given = new FormData(event.target);
              const [name, op, value] = ["name", "op", "value"].map((field) => String(given.get(field) ?? ""));
              if (!value.trim() || !Number.isFinite(Number(value))) return;
              close(event);
              add({ name, op: op === "<=" ? "<=" : ">=", value });
            },
          },
        },
        h(
          "select",
          { name: "name", "aria-label": "Filter by" },
          numbers.map((name) => h("option", { value: name, key: name }, words(of(name)))),
        ),
        h(
          "select",
          { name: "op", "aria-label": "Comparison" },
          h("option", { value: ">=" }, "\u2265"),
          h("option", { value: "<=" }, "\u2264"),
        ),
        h("input", { name: "value", type: "text", inputmode: "decimal", "aria-label": "Value", placeholder: "0.5" }),
        h("button", { type: "submit", class: "plain" }, "Add"),
      ),
    ),
  );
}

/**
 * @param {any} event Of something within.
 * @returns {void}
 */
function close(event) {
  event.target.closest("details").open = false;
}

/**
 * @param {Condition} condition
 * @param {State} state
 * @param {number} i
 * @param {Of} of
 * @param {Choose} choose
 * @returns {VNode} A filter, which a click removes.
 */
function chip({ name, op, value }, state, i, of, choose) {
  const flag = of(name).flag?.[1 - Number(value)];
  const number = digits(Number(value));
  const text =
    name === "group" ? `group ${short(value, 40)}` : (op === "=" && flag) || `${words(of(name))} ${OPS[op]} ${number}`;
  return h(
    "button",
    {
      type: "button",
      class: "chip filter",
      key: `${name}${op}`,
      "aria-pressed": "true",
      "aria-label": `Remove the filter ${text}`,
      title: "Remove the filter",
      on: { click: () => choose({ where: state.where.filter((_, other) => other !== i) }) },
    },
    h("bdi", null, text),
    icon("close"),
  );
}

/**
 * @param {number} number
 * @returns {string}
 */
function probes(number) {
  return `${count(number)} ${number === 1 ? "probe" : "probes"}`;
}
