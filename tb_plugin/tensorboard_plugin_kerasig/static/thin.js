/** What of a long line has to be drawn: of all points within a pixel the first, the least, the greatest, the last. Pure. */

/** Points of all lines of one chart: more take longer to draw than a step may. */
const MOST_POINTS = 24_000;
const PER_PIXEL = 4;
const FEWEST_PIECES = 40;

/**
 * @param {number} width Of the chart, in CSS pixels.
 * @param {number} lines How many it has.
 * @returns {number} Into how many pieces of equal width each is cut.
 */
export function pieces(width, lines) {
  // A power of two: with one line more, the others mostly stay as they are.
  const most = 2 ** Math.floor(Math.log2(MOST_POINTS / PER_PIXEL / Math.max(1, lines)));
  return Math.max(FEWEST_PIECES, Math.min(Math.round(width), most));
}

/**
 * @param {ArrayLike<number>} xs Ascending.
 * @param {ArrayLike<number>} ys
 * @param {number} count Of the pieces between the first and the last x: see `pieces`.
 * @returns {number[][]} For each unbroken part of the line the points to be drawn, by index, ascending: where a value is
 * not finite, the line has a gap.
 */
export function thin(xs, ys, count) {
  /** @type {number[][]} */
  const parts = [];
  const from = xs[0];
  const size = (xs[xs.length - 1] - from) / count;
  const all = xs.length <= 2 * count;
  let i = 0;
  while (i < xs.length) {
    if (!Number.isFinite(ys[i])) {
      i++;
      continue;
    }
    /** @type {number[]} */
    const part = [];
    while (i < xs.length && Number.isFinite(ys[i])) {
      if (all) {
        part.push(i++);
        continue;
      }
      const end = from + size * (Math.floor((xs[i] - from) / size) + 1);
      const first = i;
      let [least, greatest, last] = [i, i, i];
      // The last point may be rounded to lie beyond its own piece.
      while (i < xs.length && Number.isFinite(ys[i]) && (xs[i] < end || i === first)) {
        if (ys[i] < ys[least]) least = i;
        if (ys[i] > ys[greatest]) greatest = i;
        last = i++;
      }
      for (const index of [first, Math.min(least, greatest), Math.max(least, greatest), last])
        if (part.at(-1) !== index && !(part.length && index < part[part.length - 1])) part.push(index);
    }
    parts.push(part);
  }
  return parts;
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} low
 * @param {ArrayLike<number>} high
 * @param {number} count
 * @returns {{upper: number[], lower: number[]}[]} The points of both edges of each unbroken part of a band.
 */
export function thinBand(xs, low, high, count) {
  const there = (/** @type {ArrayLike<number>} */ edge) =>
    Array.from({ length: xs.length }, (_, i) => (Number.isFinite(low[i]) && Number.isFinite(high[i]) ? edge[i] : NaN));
  const upper = thin(xs, there(high), count);
  // Both have the same gaps, hence the same parts.
  return thin(xs, there(low), count).map((lower, i) => ({ upper: upper[i], lower }));
}
