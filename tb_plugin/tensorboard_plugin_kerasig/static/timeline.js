/** What the timeline draws of a table: pure, and kept for as long as the table is. */

/**
 * @typedef {import("./steps.js").StepTable} StepTable
 *
 * @typedef {object} Band Of the probes that count, per step.
 * @property {number[]} low The 10% quantile.
 * @property {number[]} middle
 * @property {number[]} high The 90% quantile.
 *
 * @typedef {object} Jump
 * @property {string} name Of the scalar.
 * @property {number} index Of the step that is elsewhere than the one before it.
 * @property {number} from The mean before.
 * @property {number} to
 * @property {number} usual How much it changes otherwise: the median size.
 * @property {number} size How many times what changes differ by it is.
 */

/** A change that stands out: so many times what changes usually are, and so large a part of all values' range. */
const UNUSUAL = 8;
const LEAST_SHARE = 0.1;
/** Nor does one that is hardly any of what the value is. */
const LEAST_PART = 0.01;
/** With fewer changes, nothing is usual yet. */
const LEAST_CHANGES = 5;
/** From the median of sizes to a standard deviation, were they normal. */
const TO_DEVIATION = 1.4826;

/** @type {WeakMap<StepTable, Map<string, any>>} */
const kept = new WeakMap();

/**
 * @template T
 * @param {StepTable} table
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function keep(table, key, make) {
  const known = kept.get(table) ?? new Map();
  kept.set(table, known);
  // A table is filled once: what was kept of it before is of no use after.
  const full = `${table.known} ${key}`;
  if (!known.has(full)) known.set(full, make());
  return known.get(full);
}

/**
 * @param {number[]} sorted Ascending.
 * @param {number} share
 * @returns {number} The quantile, linear between its neighbours; NaN of none.
 */
export function quantile(sorted, share) {
  if (!sorted.length) return NaN;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/**
 * @param {StepTable} table
 * @param {string} name
 * @returns {Band}
 */
export function bandOf(table, name) {
  return keep(table, `band ${name}`, () => {
    const sorted = table.steps.map((_, index) => table.counted(name, index).sort((a, b) => a - b));
    const at = (/** @type {number} */ share) => sorted.map((values) => quantile(values, share));
    return { low: at(0.1), middle: at(0.5), high: at(0.9) };
  });
}

/**
 * @param {StepTable} table
 * @param {string} name
 * @param {number} probe
 * @returns {number[]} [steps]
 */
export function lineOf(table, name, probe) {
  return keep(table, `probe ${probe} ${name}`, () => table.steps.map((_, index) => table.value(name, index, probe)));
}

/**
 * The steps at which the mean over the probes changed much more than it usually does from one step to the next.
 * @param {StepTable} table
 * @param {string} name
 * @returns {Jump[]}
 */
export function jumpsOf(table, name) {
  return keep(table, `jumps ${name}`, () => {
    const means = table.mean(name);
    const there = table.steps.map((_, index) => index).filter((index) => Number.isFinite(means[index]));
    const changes = there.slice(1).map((index, i) => ({ index, from: means[there[i]], to: means[index] }));
    if (changes.length < LEAST_CHANGES) return [];
    const finite = there.map((index) => means[index]);
    const range = Math.max(...finite) - Math.min(...finite);
    const by = changes.map(({ from, to }) => to - from);
    const usual = median(by);
    const sizes = median(by.map(Math.abs));
    const spread = TO_DEVIATION * median(by.map((change) => Math.abs(change - usual)));
    return changes.flatMap((change, i) => {
      const size = Math.abs(by[i] - usual) / Math.max(spread, range / 1000);
      const least = LEAST_PART * Math.max(Math.abs(change.from), Math.abs(change.to));
      const large = Math.abs(by[i]) >= Math.max(LEAST_SHARE * range, least);
      return size > UNUSUAL && large ? [{ name, ...change, usual: sizes, size }] : [];
    });
  });
}

/**
 * @param {StepTable[]} tables
 * @param {string[]} names
 * @returns {Jump | null} The most unusual of all.
 */
export function largestJump(tables, names) {
  /** @type {Jump | null} */
  let largest = null;
  for (const table of tables)
    for (const name of names)
      for (const jump of table.names.includes(name) ? jumpsOf(table, name) : [])
        if (!largest || jump.size > largest.size) largest = jump;
  return largest;
}

/**
 * @param {number[]} values
 * @returns {number}
 */
function median(values) {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
