/** Score and slope along the path from the baseline to the input: what is known between the evaluated places, too. */

import { number } from "./packed.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Profile One path, or the mean over several baselines' paths; alphas ascend from 0 to 1.
 * @property {number[]} alphas
 * @property {number[]} scores NaN where it was not evaluated.
 * @property {number[]} slopes NaN where it was not evaluated.
 */

const GRID = Array.from({ length: 101 }, (_, i) => i / 100);

/**
 * @param {{alphas: any[], scores: any[], slopes: any[]}} stored Padded with NaN; several baselines' paths follow each
 * other.
 * @param {number} [baseline] Score at alpha 0, if it is known besides.
 * @param {number} [score] Score at alpha 1.
 * @returns {Profile | null} Null without a single place.
 */
export function profileOf(stored, baseline = NaN, score = NaN) {
  /** @type {Profile[]} */
  const parts = [];
  stored.alphas.forEach((text, i) => {
    const alpha = number(text);
    if (!Number.isFinite(alpha)) return;
    let part = parts.at(-1);
    if (!part || alpha < (part.alphas.at(-1) ?? 0)) {
      part = { alphas: [], scores: [], slopes: [] };
      parts.push(part);
    }
    part.alphas.push(alpha);
    part.scores.push(number(stored.scores[i]));
    part.slopes.push(number(stored.slopes[i]));
  });
  if (parts.length === 0) return null;
  if (parts.length > 1) {
    const mean = (/** @type {"scores" | "slopes"} */ name) =>
      GRID.map((alpha) => parts.reduce((sum, part) => sum + at(part, name, alpha), 0) / parts.length);
    return { alphas: GRID, scores: mean("scores"), slopes: mean("slopes") };
  }
  const { alphas, scores, slopes } = parts[0];
  // Rules without the ends among their nodes: the scores there are known all the same.
  if (alphas[0] > 0) {
    alphas.unshift(0);
    scores.unshift(baseline);
    slopes.unshift(NaN);
  }
  if (alphas[alphas.length - 1] < 1) {
    alphas.push(1);
    scores.push(score);
    slopes.push(NaN);
  }
  return parts[0];
}

/**
 * @param {Profile} profile
 * @param {"scores" | "slopes"} name
 * @param {number} alpha
 * @returns {number} Between evaluated places in proportion; beyond the outermost ones what is there.
 */
export function at(profile, name, alpha) {
  let before = -1;
  for (let i = 0; i < profile.alphas.length; i++) {
    if (!Number.isFinite(profile[name][i])) continue;
    if (profile.alphas[i] >= alpha) {
      if (before < 0) return profile[name][i];
      const [a, b] = [profile.alphas[before], profile.alphas[i]];
      const share = b > a ? (alpha - a) / (b - a) : 1;
      return profile[name][before] * (1 - share) + profile[name][i] * share;
    }
    before = i;
  }
  return before < 0 ? NaN : profile[name][before];
}

/**
 * @param {Profile} profile
 * @param {number} alpha
 * @returns {number} The share of the score's change that is reached by then.
 */
export function gained(profile, alpha) {
  const [first, last] = [at(profile, "scores", 0), at(profile, "scores", 1)];
  return first === last ? NaN : (at(profile, "scores", alpha) - first) / (last - first);
}

/**
 * @param {Profile} profile
 * @param {number} share
 * @returns {number} The first alpha by which that share of the score's change is reached.
 */
export function alphaOf(profile, share) {
  let before = { alpha: 0, share: 0 };
  for (let i = 0; i < profile.alphas.length; i++) {
    if (!Number.isFinite(profile.scores[i])) continue;
    const now = { alpha: profile.alphas[i], share: gained(profile, profile.alphas[i]) };
    if (now.share >= share) {
      const part = now.share > before.share ? (share - before.share) / (now.share - before.share) : 1;
      return before.alpha + Math.max(0, Math.min(1, part)) * (now.alpha - before.alpha);
    }
    before = now;
  }
  return NaN;
}

/** @type {WeakMap<object, Packed[]>} */
const frames = new WeakMap();

/**
 * @param {Packed} interior
 * @returns {Packed[]} The gradients at each alpha, in the shape of a record; the same objects for the same record.
 */
export function framesOf(interior) {
  const known = frames.get(interior);
  if (known) return known;
  const count = interior.header.alphas?.length ?? 0;
  const made = Array.from({ length: count }, (_, k) => {
    const payloads = new Map(
      [...interior.payloads].map(([key, { numbers, factor }]) => {
        const size = numbers.length / count;
        return [key, { numbers: numbers.subarray(k * size, (k + 1) * size), factor }];
      }),
    );
    return Object.create(interior, { payloads: { value: payloads }, peaks: { value: new Map() } });
  });
  frames.set(interior, made);
  return made;
}

/**
 * @param {number[]} alphas
 * @param {number} alpha
 * @returns {number} Index of the nearest one; -1 if there is none.
 */
export function nearestAlpha(alphas, alpha) {
  let best = alphas.length ? 0 : -1;
  alphas.forEach((other, i) => {
    if (Math.abs(other - alpha) < Math.abs(alphas[best] - alpha)) best = i;
  });
  return best;
}

/**
 * @typedef {object} SlopeMap Slopes over (step x alpha).
 * @property {number[]} steps
 * @property {Float32Array} slopes [alphas, steps], alpha descending.
 * @property {number} rows
 * @property {number[]} halves Per step the alpha by which half of the gain is reached.
 * @property {number} logged How many steps there are, of which these are some.
 */

/** @type {WeakMap<object, SlopeMap>} */
const maps = new WeakMap();

/**
 * @param {any} reply Of the route `paths`.
 * @returns {SlopeMap}
 */
export function slopeMap(reply) {
  const known = maps.get(reply);
  if (known) return known;
  const rows = GRID.length;
  const profiles = reply.paths.map((/** @type {any} */ path) => profileOf(path));
  const slopes = new Float32Array(rows * profiles.length).fill(NaN);
  profiles.forEach((/** @type {Profile | null} */ profile, /** @type {number} */ column) => {
    for (let row = 0; profile && row < rows; row++)
      slopes[row * profiles.length + column] = at(profile, "slopes", GRID[rows - 1 - row]);
  });
  const halves = profiles.map((/** @type {Profile | null} */ profile) => (profile ? alphaOf(profile, 0.5) : NaN));
  const made = { steps: reply.steps, slopes, rows, halves, logged: reply.logged };
  maps.set(reply, made);
  return made;
}
