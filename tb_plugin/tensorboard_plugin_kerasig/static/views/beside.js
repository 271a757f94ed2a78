/** Bars of several runs in one table: a row per feature, a column of bars per run. */

import { REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { featuresOf } from "../features.js";
import { count, digits, exact, short, signed } from "../format.js";
import { kindOf } from "../traits.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { ends } from "./ends.js";
import { bar } from "./track.js";
import { inputLeafOf } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Side One column.
 * @property {string} key
 * @property {string} name For those who read its numbers.
 * @property {VNode | VNode[]} head
 * @property {Packed} record
 * @property {Packed} inputs
 * @property {number} limit
 * @property {any} [foot]
 *
 * @typedef {object} Table
 * @property {Side[]} sides
 * @property {number} probe
 * @property {import("../state.js").State} state
 * @property {import("../scales.js").Paint} paint
 * @property {number} across How many columns find room beside each other.
 * @property {Packed[]} records What is seen beside each other.
 * @property {VNode} [names] What stands before the feet.
 * @property {{top: number, all: number, by?: number}} how
 * @property {((patch: any) => void) | null} choose Where features can be pointed at.
 */

/**
 * @param {Table} table
 * @returns {VNode[]} One table per attributed leaf; none where nothing has values.
 */
export function besideTables(table) {
  const { sides, probe } = table;
  const names = [...new Set(sides.flatMap(({ record }) => record.leaves.map(({ name }) => name)))];
  const drawn = names.map((name, i) => {
    const pictures = sides.map((side) => pictureOf(side, name, table));
    if (pictures.every((picture) => !picture?.record.get(probe, picture.leaf))) return null;
    return leafTables(table, names.length > 1 ? name : "", pictures, i);
  });
  const there = drawn.flatMap((part) => part ?? []);
  const feet = sides.some(({ foot }) => foot);
  // Without values, what is known of the runs is still told.
  return there.length || !feet
    ? there
    : [
        leafTables(
          table,
          "",
          sides.map(() => null),
          0,
        ),
      ];
}

/**
 * @param {Side} side
 * @param {string} name Of a leaf.
 * @param {Table} table
 * @returns {Picture | null}
 */
function pictureOf({ record, inputs, limit }, name, { probe, state, paint, records }) {
  const leaf = record.leaves.findIndex((other) => other.name === name);
  if (leaf < 0 || !record.has(probe) || !inputs.has(probe)) return null;
  const [inputLeaf, kind] = [inputLeafOf(record, inputs, leaf), kindOf(record, inputs, leaf)];
  return { record, inputs, probe, leaf, inputLeaf, limit, kind, state, paint, beside: records };
}

/**
 * @param {Table} table
 * @param {string} caption
 * @param {(Picture | null)[]} pictures
 * @param {number} place Of the leaf among those that are drawn.
 * @returns {VNode}
 */
function leafTables(table, caption, pictures, place) {
  const { sides, across, how, choose } = table;
  const features = featuresOf(pictures, how);
  const lead = pictures.find((picture) => picture) ?? null;
  const large = choose && lead && { picture: { ...lead, paint: table.paint }, side: 0, choose, ...EMPTY };
  const places = features.rows.map(({ index }) => index);
  const total = Math.max(0, ...places) + 1;
  const at = large ? cursorOf(large, total) : null;
  const blocks = Array.from({ length: Math.ceil(sides.length / across) }, (_, i) =>
    block(table, features, sides.slice(i * across, (i + 1) * across), i * across, at, place === 0),
  );
  const row = features.rows.find(({ index }) => index === at);
  return h(
    "figure",
    { class: "beside-tables", key: caption },
    caption !== "" && h("figcaption", { class: "muted" }, h("bdi", null, short(caption, 60))),
    large ? h("div", { class: "stage text", ...aim(large, places, total) }, blocks) : blocks,
    large &&
      readout(
        row
          ? [
              ["feature", short(row.name, 60)],
              ...(Number.isNaN(row.given) ? [] : [/** @type {[string, string]} */ (["input", digits(row.given)])]),
              ...row.values.map(
                (value, i) => /** @type {[string, string]} */ ([short(sides[i].name, 40), exact(value)]),
              ),
            ]
          : null,
      ),
  );
}

/** @type {any} What only pictures of one run need. */
const EMPTY = { data: null, column: null };

/**
 * @param {import("./cursor.js").Large} large
 * @param {number[]} places
 * @param {number} total
 * @returns {Record<string, any>}
 */
function aim(large, places, total) {
  const locate = (/** @type {PointerEvent} */ event) => {
    const row = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-feature]"));
    return row ? Number(row.dataset.feature) : null;
  };
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) =>
    places[Math.max(0, Math.min(places.length - 1, places.indexOf(index) + dx + dy))];
  return aiming(large, "Features, the largest first", total, locate, move, places[0] ?? 0);
}

/**
 * @param {Table} table
 * @param {import("../features.js").Features} features
 * @param {Side[]} sides Those of this block.
 * @param {number} first Place of the first one.
 * @param {number | null} at The feature that is pointed at.
 * @param {boolean} feet Whether what is known of each run stands below.
 * @returns {VNode}
 */
function block({ paint, names }, { rows, rest, left }, sides, first, at, feet) {
  const given = rows.some((row) => !Number.isNaN(row.given));
  const shown = (/** @type {number} */ value) => signed(paint.absolute ? Math.abs(value) : value);
  const cells = (/** @type {number[]} */ values) =>
    sides.map((side, i) => {
      const value = values[first + i];
      return h(
        "td",
        { key: side.key },
        h("span", { class: "amount" }, bar(value, side.limit, paint), h("span", { class: "number" }, shown(value))),
      );
    });
  return h(
    "table",
    { class: "features several", key: first, style: { "--columns": String(sides.length) } },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { scope: "col", class: "what" }, "feature"),
        given && h("th", { scope: "col", class: "number given" }, "input"),
        sides.map(({ key, head }) => h("th", { scope: "col", key }, head)),
      ),
    ),
    h(
      "tbody",
      null,
      rows.map(({ index, name, given: input, region, values }) =>
        h(
          "tr",
          { key: `${index} ${name}`, "data-feature": index, class: index === at ? "aimed" : "" },
          h("th", { scope: "row", class: "what", title: short(name) }, dot(region), ends(name)),
          given && h("td", { class: "number muted" }, Number.isNaN(input) ? "" : digits(input)),
          cells(values),
        ),
      ),
      rest &&
        h(
          "tr",
          { key: "rest", class: "muted rest" },
          h("th", { scope: "row", class: "what", colspan: given ? 2 : 1 }, `${count(left)} more, summed`),
          sides.map((side, i) =>
            h(
              "td",
              { key: side.key },
              h("span", { class: "amount" }, h("span"), h("span", { class: "number" }, signed(rest[first + i]))),
            ),
          ),
        ),
    ),
    feet &&
      sides.some(({ foot }) => foot) &&
      h(
        "tfoot",
        null,
        h(
          "tr",
          null,
          h("td", { colspan: given ? 2 : 1 }, names ?? null),
          sides.map(({ key, foot }) => h("td", { key }, foot)),
        ),
      ),
  );
}

/**
 * @param {number} region
 * @returns {VNode | false}
 */
function dot(region) {
  return region >= 0 && h("i", { class: "dot", style: { background: REGION_COLORS[region % REGION_COLORS.length] } });
}
