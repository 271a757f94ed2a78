/** Which probes the gallery shows, and in which order: searched, filtered, sorted. Pure. */

import { probeName } from "./naming.js";

/**
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./state.js").State} State
 *
 * @typedef {object} Condition
 * @property {string} name Of a stat, or "group".
 * @property {">=" | "<=" | "="} op
 * @property {string} value A number, or the group.
 *
 * @typedef {object} Order
 * @property {number[]} probes
 * @property {string[]} missing Stats that the choices name and that this log does not have.
 * @property {string[]} stats What it depends on.
 * @property {boolean} waits Whether the stats it depends on are still to come.
 */

/** That of the probe set. No measure can be called so. */
export const AS_GIVEN = "set-order";
/** Orders that need no stats; "" is that of what the log has as its lead, the largest first. */
export const PLAIN_ORDERS = ["", AS_GIVEN, "name", "group"];

/** @type {WeakMap<object, string[]>} */
const texts = new WeakMap();

/**
 * @param {string} sort As the state has it.
 * @returns {{name: string, down: boolean}}
 */
export function sortOf(sort) {
  return sort.startsWith("-") ? { name: sort.slice(1), down: true } : { name: sort, down: false };
}

/**
 * @param {State} state
 * @returns {string[]} The stats that sorting and filtering read.
 */
export function statsNeeded(state) {
  const { name } = sortOf(state.sort);
  return [...(PLAIN_ORDERS.includes(name) ? [] : [name]), ...state.where.map(({ name }) => name)].filter(
    (name) => name !== "group",
  );
}

/**
 * @param {State} state
 * @param {Column[]} columns
 * @param {number} probes
 * @param {(column: Column) => number | null} stepOf
 * @returns {Order} By the numbers of the first run that can be read, at a step.
 */
export function order(state, columns, probes, stepOf) {
  const lead = columns.find(({ table, error }) => table && !error);
  const header = columns.find(({ inputs }) => inputs)?.inputs?.header ?? {};
  const table = lead?.table;
  const step = lead ? stepOf(lead) : null;
  const index = table && step !== null ? table.at(step) : -1;
  const needed = statsNeeded(state);
  const missing = table ? needed.filter((name) => !table.names.includes(name)) : [];
  const stat = (/** @type {string} */ name, /** @type {number} */ probe) => table?.value(name, index, probe) ?? NaN;
  const group = (/** @type {number} */ probe) => String(header.groups?.[probe] ?? "");
  const found = search(state.find, header, probes);
  const conditions = state.where.filter(({ name }) => !missing.includes(name));
  const kept = found.filter((probe) =>
    conditions.every(({ name, op, value }) => {
      if (name === "group") return group(probe) === value;
      // The server sends float32: 0.9 comes as a little less.
      const [number, bound] = [Math.fround(stat(name, probe)), Math.fround(Number(value))];
      if (op === "=") return number === bound;
      return op === ">=" ? number >= bound : number <= bound;
    }),
  );
  return {
    probes:
      typeof state.alone === "number"
        ? [state.alone]
        : sorted(kept, state, header, missing, stat, group, table?.lead?.values ?? []),
    missing: [...new Set(missing)],
    stats: [...new Set(needed)].filter((name) => !missing.includes(name)),
    waits: table !== undefined && table !== null && needed.length > missing.length && index >= table.known,
  };
}

/**
 * @param {number[]} probes
 * @param {State} state
 * @param {Record<string, any>} header
 * @param {string[]} missing
 * @param {(name: string, probe: number) => number} stat
 * @param {(probe: number) => string} group
 * @param {number[]} lead By probe, what leads them where nothing is chosen.
 * @returns {number[]}
 */
function sorted(probes, state, header, missing, stat, group, lead) {
  const { name, down } = sortOf(state.sort);
  const sign = down ? -1 : 1;
  if (name === AS_GIVEN) return down ? probes.reverse() : probes;
  if (name === "") return byValue(probes, (probe) => lead[probe] ?? NaN, -sign);
  if (missing.includes(name)) return probes;
  if (name === "name" || name === "group") {
    const text = (/** @type {number} */ probe) => (name === "group" ? group(probe) : probeName(header, probe));
    const compare = new Intl.Collator("en", { numeric: true }).compare;
    return probes.sort((a, b) => sign * compare(text(a), text(b)) || a - b);
  }
  return byValue(probes, (probe) => stat(name, probe), sign);
}

/**
 * @param {number[]} probes
 * @param {(probe: number) => number} of
 * @param {number} sign 1 with the smallest first, -1 with the largest.
 * @returns {number[]} Those of equal values as they were.
 */
function byValue(probes, of, sign) {
  const values = new Map(probes.map((probe) => [probe, of(probe)]));
  return probes.sort((a, b) => {
    const [x, y] = [values.get(a) ?? NaN, values.get(b) ?? NaN];
    // What has no value comes last in either direction.
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    return sign * (x - y) || a - b;
  });
}

/**
 * @param {string} find
 * @param {Record<string, any>} header Of the inputs.
 * @param {number} probes
 * @returns {number[]} Those whose name, label, group or tokens hold every word of `find`.
 */
function search(find, header, probes) {
  const all = Array.from({ length: probes }, (_, probe) => probe);
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return all;
  let given = texts.get(header) ?? [];
  // Another run may have more probes than the one that the header is of.
  if (given.length < probes) given = all.map((probe) => textOf(header, probe));
  texts.set(header, given);
  return all.filter((probe) => words.every((word) => given[probe].includes(word)));
}

/**
 * @param {Record<string, any>} header
 * @param {number} probe
 * @returns {string}
 */
function textOf(header, probe) {
  const label = header.labels?.[probe];
  const parts = [
    header.names?.[probe] ?? `probe ${probe}`,
    probeName(header, probe),
    typeof label === "number" ? (header.class_names?.[label] ?? label) : "",
    header.groups?.[probe] ?? "",
    ...[header.tokens, ...Object.values(header.leaf_tokens ?? {})].flatMap((tokens) => tokens?.[probe] ?? []),
  ];
  return parts.join(" ").toLowerCase();
}
