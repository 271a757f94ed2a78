/** The way from the baseline's score to the score, in steps that add up: pure. */

/**
 * @typedef {object} Part What adds to the score together.
 * @property {string} name
 * @property {number} value What it adds.
 *
 * @typedef {object} Bar
 * @property {"total" | "part" | "others" | "error"} kind Of a total, `from` is 0 and nothing is added.
 * @property {string} name
 * @property {number} from
 * @property {number} to
 * @property {number} up The sum of what raises the score within it.
 * @property {number} down The sum of what lowers it.
 */

/** More would not be read. */
export const MOST = 10;
/** Beyond the outermost bars, as a share of what they span. */
const ROOM = 0.04;

/**
 * @param {number} baseline The baseline's score.
 * @param {number} score
 * @param {(Part & {up?: number, down?: number})[]} parts All that was attributed, each position in one of them.
 * @param {(count: number) => string} others What those are called that have no bar of their own.
 * @returns {Bar[]} From the baseline's score to the score: the largest parts, all others together, and last what the
 *   integral is off by, so that each bar begins where the one before it ends. None where a number is not finite.
 */
export function waterfall(baseline, score, parts, others) {
  if (![baseline, score, ...parts.map(({ value }) => value)].every(Number.isFinite)) return [];
  // What adds nothing, as what a sentence is padded with, has no bar.
  const some = parts.flatMap(({ value, up = 0, down = 0 }, i) => (value || up || down ? [i] : []));
  const order = some.sort((a, b) => Math.abs(parts[b].value) - Math.abs(parts[a].value) || a - b);
  // One other alone takes no more room by its name.
  const shown = order.slice(0, order.length === MOST + 1 ? MOST + 1 : MOST);
  const rest = order.slice(shown.length).map((i) => parts[i]);
  /** @type {Bar[]} */
  const bars = [{ kind: "total", name: "baseline score", from: 0, to: baseline, up: 0, down: 0 }];
  let at = baseline;
  const add = (
    /** @type {Bar["kind"]} */ kind,
    /** @type {string} */ name,
    /** @type {(Part & {up?: number, down?: number})[]} */ all,
  ) => {
    const value = sum(all.map((part) => part.value));
    const up = sum(all.map((part) => part.up ?? Math.max(0, part.value)));
    const down = sum(all.map((part) => part.down ?? Math.min(0, part.value)));
    bars.push({ kind, name, from: at, to: at + value, up, down });
    at += value;
  };
  for (const i of shown) add("part", parts[i].name, [parts[i]]);
  if (rest.length) add("others", others(rest.length), rest);
  const error = score - at;
  bars.push({
    ...{ kind: "error", name: "integration error", from: at, to: score },
    ...{ up: Math.max(0, error), down: Math.min(0, error) },
  });
  bars.push({ kind: "total", name: "score", from: 0, to: score, up: 0, down: 0 });
  return bars;
}

/**
 * @param {Bar[][]} all Those of several runs, which share an axis.
 * @returns {[number, number]} From the least to the greatest place of any bar, with some room; never empty. Zero is in it
 *   unless all scores are far from it, so that the bars of parts can be seen.
 */
export function extent(all) {
  const bars = all.flat();
  const places = bars.flatMap(({ kind, from, to }) => (kind === "total" ? [to] : [from, to]));
  if (!places.length) return [0, 1];
  let [low, high] = [Math.min(...places), Math.max(...places)];
  const span = high - low || Math.abs(high) || 1;
  if (low > 0 && low <= 2 * span) low = 0;
  if (high < 0 && -high <= 2 * span) high = 0;
  if (low !== 0) low -= ROOM * span;
  if (high !== 0 || low === 0) high += ROOM * span;
  return [low, high];
}

/**
 * @param {number[]} values
 * @returns {number}
 */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Sums values by group.
 * @param {ArrayLike<number>} numbers
 * @param {(i: number) => number} groupOf Of a position.
 * @param {string[]} names Of the groups.
 * @returns {{name: string, value: number, up: number, down: number}[]}
 */
export function grouped(numbers, groupOf, names) {
  const groups = names.map((name) => ({ name, value: 0, up: 0, down: 0 }));
  for (let i = 0; i < numbers.length; i++) {
    const group = groups[groupOf(i)];
    group.value += numbers[i];
    if (numbers[i] > 0) group.up += numbers[i];
    else group.down += numbers[i];
  }
  return groups;
}

/**
 * @param {number} size Of an axis.
 * @param {number} parts
 * @returns {(place: number) => number} Which of `parts` equal parts a place of the axis is in.
 */
export function split(size, parts) {
  return (place) => Math.min(parts - 1, Math.floor((place * parts) / Math.max(1, size)));
}
