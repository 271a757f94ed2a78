/** Search, order and filters of the gallery. */

import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { sortOf } from "../order.js";
import { icon } from "./icons.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../order.js").Condition} Condition
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 */

/** What one asks for first; others follow as they were logged. */
const FIRST = [/^drift$/, /^residual$/, /^loss$/, /^score$/, /^region\//, /^correct$/, /^map_error$/];
/** The same for all probes of a step, or no quantity. */
const NONE = new Set(["epoch", "class", "predicted"]);
/** Columns that are 0 or 1, and what they are asked for as. @type {Record<string, [string, string]>} */
const FLAGS = {
  correct: ["correct", "wrong"],
  converged: ["converged", "not converged"],
  trusted: ["trusted", "not trusted"],
};
const OPS = { ">=": "\u2265", "<=": "\u2264", "=": "=" };

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode}
 */
export function toolbar(view, state, { choose }) {
  const table = view.columns.find((column) => column.table && !column.error)?.table;
  const names = stats(table?.names ?? []);
  const header = view.columns.find(({ inputs }) => inputs)?.inputs?.header ?? {};
  const groups = [...new Set(/** @type {string[]} */ (header.groups ?? []))].sort();
  const { length } = view.order.probes;
  const absent = view.order.missing.map((name) => short(words(name), 60)).join(", ");
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
    sorting(state, names, groups, choose),
    adding(state, names, groups, choose),
    state.where.map((condition, i) => chip(condition, state, i, choose)),
    absent && h("span", { class: "warning", role: "status" }, `not in this log: ${absent}`),
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
 * @param {string[]} groups
 * @param {Choose} choose
 * @returns {VNode}
 */
function sorting(state, names, groups, choose) {
  const { name, down } = sortOf(state.sort);
  const options = ["", "name", ...(groups.length ? ["group"] : []), ...names];
  if (!options.includes(name)) options.push(name);
  const label = (/** @type {string} */ option) =>
    ({ "": "as logged", name: "name", group: "group" })[option] ?? words(option);
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
            choose({ sort: (["", "name", "group"].includes(value) ? "" : "-") + value }),
        },
      },
      options.map((option) => h("option", { value: option, key: option, selected: option === name }, label(option))),
    ),
    h(
      "button",
      {
        type: "button",
        class: "icon small",
        "aria-label": down ? "Largest first: turn around" : "Smallest first: turn around",
        title: down ? "Largest first" : "Smallest first",
        on: { click: () => choose({ sort: (down ? "" : "-") + name }) },
      },
      icon(down ? "down" : "up"),
    ),
  );
}

/**
 * @param {State} state
 * @param {string[]} names
 * @param {string[]} groups
 * @param {Choose} choose
 * @returns {VNode} Choosing what is told by two words or a name adds the filter; a number has to be given first.
 */
function adding(state, names, groups, choose) {
  const add = (/** @type {Condition} */ condition) =>
    choose({
      where: [...state.where.filter(({ name, op }) => name !== condition.name || op !== condition.op), condition],
    });
  const flags = names.filter((name) => name in FLAGS);
  /** @type {[Condition, string][]} */
  const ready = [
    ...flags.flatMap((name) =>
      [1, 0].map(
        (value) =>
          /** @type {[Condition, string]} */ ([{ name, op: "=", value: String(value) }, FLAGS[name][1 - value]]),
      ),
    ),
    ...groups.map(
      (group) =>
        /** @type {[Condition, string]} */ ([{ name: "group", op: "=", value: group }, `group ${short(group, 40)}`]),
    ),
  ];
  const numbers = names.filter((name) => !(name in FLAGS));
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
          numbers.map((name) => h("option", { value: name, key: name }, words(name))),
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
 * @param {Choose} choose
 * @returns {VNode} A filter, which a click removes.
 */
function chip({ name, op, value }, state, i, choose) {
  const flag = FLAGS[name]?.[1 - Number(value)];
  const number = digits(Number(value));
  const text =
    name === "group" ? `group ${short(value, 40)}` : (op === "=" && flag) || `${words(name)} ${OPS[op]} ${number}`;
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
 * @param {string[]} names
 * @returns {string[]} Of the stats, what one asks for first.
 */
function stats(names) {
  const rank = (/** @type {string} */ name) => {
    const at = FIRST.findIndex((pattern) => pattern.test(name));
    return at < 0 ? FIRST.length : at;
  };
  return names.filter((name) => !NONE.has(name)).sort((a, b) => rank(a) - rank(b));
}

/**
 * @param {number} number
 * @returns {string}
 */
function probes(number) {
  return `${count(number)} ${number === 1 ? "probe" : "probes"}`;
}
