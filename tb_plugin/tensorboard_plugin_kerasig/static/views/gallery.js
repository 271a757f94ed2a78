/** All probes of a set at one step; of several runs, the same probe side by side. Only what can be seen is drawn. */

import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { brief, short } from "../format.js";
import { probeName } from "../naming.js";
import { besideTables } from "./beside.js";
import { factNames, facts } from "./card-facts.js";
import { noProbes } from "./empty.js";
import { pictures } from "./pictures.js";
import { pinButton } from "./pins.js";
import { runTitle } from "./run-title.js";
import { keepButton } from "./saving.js";
import { opening } from "./tabs.js";
import { toolbar } from "./toolbar.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

/** Of how many features a card has bars, as bars.js has it. */
const SHOWN = { top: 10, all: 12 };

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @returns {VNode[]}
 */
export function gallery(view, state, actions) {
  const columns = view.columns.filter((column) => column.inputs && column.record && !column.error);
  const busy = view.columns.some((column) => !column.settled);
  const { perRow, row, first, last, before, after } = view.grid;
  const probes = columns.length ? view.order.probes.slice(first, last) : [];
  const { find, where } = state;
  const none = columns.length > 0 && view.probes > 0 && !view.order.probes.length && !view.order.waits;
  return [
    ...(columns.length ? [toolbar(view, state, actions)] : []),
    ...(none && (find || where.length) ? [noProbes(view, state, actions.choose)] : []),
    h(
      "section",
      {
        class: "gallery",
        key: "gallery",
        "data-kind": view.kind,
        "data-style": view.look.style,
        "aria-label": "Probes",
        "aria-busy": String(busy),
        style: {
          "--across": String(view.grid.across),
          "grid-template-columns": `repeat(${perRow}, minmax(0, 1fr))`,
          "grid-auto-rows": row ? `minmax(${row}px, auto)` : "auto",
          // In place of the rows that nobody can see.
          "--before": `${before}px`,
          "--after": `${after}px`,
        },
      },
      probes.map((probe, i) => card(view, state, actions, columns, probe, first + i)),
    ),
  ];
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Column[]} columns
 * @param {number} probe
 * @param {number} place In the order.
 * @returns {VNode}
 */
function card(view, state, actions, columns, probe, place) {
  const header = columns.find(({ inputs }) => inputs && probe < inputs.header.probes)?.inputs?.header ?? {};
  const name = nameOf(view, probe);
  const group = header.groups?.[probe];
  const beside = columns.flatMap(({ record }) => record ?? []);
  return h(
    "article",
    {
      class: "card",
      key: probe,
      "aria-label": short(name),
      "aria-posinset": place + 1,
      "aria-setsize": view.order.probes.length,
      "data-probe": probe,
      later: place < view.grid.from || place >= view.grid.to,
      on: { click: opening(actions, probe) },
    },
    h(
      "h3",
      { title: short(name) },
      h(
        "button",
        { type: "button", class: "open" },
        h("bdi", { class: brief(name) ? "name brief" : "name" }, short(name)),
      ),
      group && h("bdi", { class: brief(group) ? "tag brief" : "tag" }, short(group, 40)),
      keepButton(view, actions, probe),
      pinButton(view, state, actions, probe),
    ),
    together(view, state, columns, probe, beside) ||
      h(
        "div",
        { class: "cells" },
        columns.map((column) => cell(view, state, column, probe, beside, name)),
      ),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Column[]} columns
 * @param {number} probe
 * @param {import("../packed.js").Packed[]} records Of all runs.
 * @returns {VNode | false} One table of all runs, where their values are bars.
 */
function together(view, state, columns, probe, records) {
  if (columns.length < 2 || !view.look.card.together) return false;
  const sides = columns.flatMap((column) => {
    const { inputs, record, run } = column;
    if (!inputs || !record) return [];
    return {
      ...{ key: column.key, name: run.label, head: runTitle(view, state, column), record, inputs },
      limit: view.limit(column, probe),
      foot: told(view, column, probe),
    };
  });
  const { paint } = view;
  const known = columns.find(({ record, inputs }) => record && inputs && probe < record.header.probes);
  const names = known?.record && factNames(known, known.record.header, probe, view.order.stats);
  const table = {
    sides,
    names: names ?? undefined,
    probe,
    state,
    paint,
    across: view.grid.across,
    records,
    how: SHOWN,
    choose: null,
  };
  return h("div", { class: "together" }, besideTables(table));
}

/**
 * @param {View} view
 * @param {Column} column
 * @param {number} probe
 * @returns {VNode | false} What is known of a probe in a run, or why nothing is.
 */
function told({ order }, column, probe) {
  const { inputs, record } = column;
  if (!inputs || !record) return false;
  if (probe >= record.header.probes) return h("p", { class: "muted" }, "not in this run");
  const error = record.errors.get(probe) ?? inputs.errors.get(probe);
  if (error !== undefined) return h("p", { class: "broken", role: "status" }, short(error));
  return facts(column, record.header, inputs.header, probe, order.stats);
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Column} column
 * @param {number} probe
 * @param {import("../packed.js").Packed[]} beside The records of all runs.
 * @param {string} name The card's.
 * @returns {VNode}
 */
function cell(view, state, column, probe, beside, name) {
  const { inputs, record } = column;
  const title = beside.length > 1 && runTitle(view, state, column);
  if (!inputs || !record || probe >= record.header.probes)
    return h("div", { class: "cell", key: column.key }, title, h("p", { class: "muted" }, "not in this run"));
  const own = probeName(inputs.header, probe);
  return h(
    "div",
    { class: "cell", key: column.key },
    title,
    own !== name && h("bdi", { class: "name muted", title: short(own) }, short(own)),
    h("div", { class: "pictures" }, shown(view, state, column, probe, beside)),
    facts(column, record.header, inputs.header, probe, view.order.stats),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Column} column
 * @param {number} probe
 * @param {import("../packed.js").Packed[]} beside The records of all runs.
 * @returns {VNode | VNode[] | false} The probe's pictures, or a sentence in their place; nothing while they are coming.
 */
function shown(view, state, column, probe, beside) {
  const { inputs, record } = column;
  if (!inputs?.has(probe) || !record?.has(probe)) return false;
  const error = record.errors.get(probe) ?? inputs.errors.get(probe);
  if (error !== undefined) return h("p", { class: "broken", role: "status" }, short(error));
  const limit = view.limit(column, probe);
  const drawn = pictures({ record, inputs, probe, limit, state, beside, paint: view.paint, room: view.grid.room });
  return drawn.length ? drawn : h("p", { class: "muted" }, "no values");
}
