/** What the runs came to look at, in words: pure, from what the server summed up. */

import { count, short } from "./format.js";

/**
 * @typedef {object} RegionSum Of one region, as a run logged it; shares are of the absolute attribution.
 * @property {string} name
 * @property {number | null} area Its share of the positions.
 * @property {number} chance What the share would be if a map's values lay anywhere.
 * @property {number} first
 * @property {number} last
 * @property {number | null} [at] The step of the last, where that is not the newest.
 * @property {boolean} above Whether the last share is beyond chance.
 * @property {boolean} ever Whether any was.
 * @property {number} since The step from which on that is as it is at the end.
 *
 * @typedef {object} Finding An alarm that fired, as often as it did.
 * @property {string} name
 * @property {string} message
 * @property {number} step The first.
 * @property {number} latest
 * @property {number} records In how many of those that were read.
 * @property {boolean} [loud]
 * @property {number | string | null} [effect]
 * @property {number | string | null} [random_effect]
 *
 * @typedef {object} RunSum
 * @property {string} run
 * @property {string | null} error
 * @property {RegionSum[]} [regions]
 * @property {number | null} [trusted]
 * @property {{step: number, before: number, drift: number, probes?: number[]} | null} [change]
 * @property {Finding[]} [alarms]
 *
 * @typedef {object} Overview The reply of the route `overview`.
 * @property {number[]} steps
 * @property {number[]} probes
 * @property {RunSum[]} runs
 *
 * @typedef {object} Means The header of the reply of `means`.
 * @property {number[]} steps
 * @property {number[]} probes How many, per step.
 * @property {(number | null)[]} half The share of the positions that holds half of the attribution, per step.
 * @property {MeansLeaf[]} leaves
 *
 * @typedef {object} MeansLeaf
 * @property {string} name
 * @property {number[]} shape
 * @property {string} kind
 * @property {Word[][]} [words]
 * @property {{class: number, probes: number}[]} [classes]
 *
 * @typedef {object} Word
 * @property {string} word
 * @property {number} share Of a probe's attribution, in the mean over all of them.
 * @property {number} signed
 * @property {number} probes
 * @property {boolean} [padding] Whether it stands for all positions after the last words.
 *
 * @typedef {object} Part Of a sentence: what carries it is set apart.
 * @property {string} text
 * @property {boolean} [strong]
 * @property {boolean} [name] Whether it comes from the log.
 */

/** Runs that are summed up in a sentence, as the server does it at a time, and those that are seen over the steps. */
export const MOST_TOLD = 64;
export const MOST_SEEN = 8;
/** Regions that have a sentence each, whatever there is to tell of them. */
const MOST_REGIONS = 4;
/** Below this share of trusted maps, the sentence says so. */
const MOSTLY = 0.95;

/**
 * @param {number} share
 * @returns {string} Such as 33%, 1.1% or 0.02%.
 */
export function percent(share) {
  if (!Number.isFinite(share)) return "\u2013";
  const points = 100 * share;
  const size = Math.abs(points);
  if (size === 0 || size >= 9.95) return `${points.toFixed(0)}%`;
  return `${points.toFixed(size >= 0.095 ? 1 : 2)}%`;
}

/**
 * @param {RunSum} sum
 * @param {number} firstStep The first that the run logged.
 * @param {Part[]} leads What leads over the whole set, where that is known.
 * @param {string} unit What a position is called: "pixels".
 * @param {(probe: number) => string} [nameOf]
 * @param {boolean} [brief] Whether there are so many runs that one sentence has to do for each.
 * @returns {Part[]} One sentence or two, never more than the measures bear.
 */
export function sentenceOf(sum, firstStep, leads, unit, nameOf = (probe) => `probe ${probe}`, brief = false) {
  const regions = sum.regions ?? [];
  const { told, others } = parted(regions);
  const parts = regions.length
    ? [
        ...told.flatMap((region, i) => [...(i ? [{ text: " " }] : []), ...ofRegion(region, firstStep, unit)]),
        ...ofOthers(others, told.length > 0),
      ]
    : leads;
  return [...parts, ...ofChange(sum, regions.length > 0 || (brief && parts.length > 0), nameOf), ...ofTrust(sum)];
}

/**
 * @param {RegionSum} region
 * @param {number} firstStep
 * @param {string} unit
 * @returns {Part[]}
 */
function ofRegion({ name, area, chance, last, at = null, above, ever, since }, firstStep, unit) {
  const covers = area === null ? "" : ` (${percent(area)} of the ${unit})`;
  const begin = [
    { text: percent(last), strong: true },
    { text: at === null ? " of the attribution lies in \u201c" : " of the attribution lay in \u201c" },
    { text: short(name, 60), name: true },
    { text: `\u201d${covers}` },
  ];
  // Nothing is known of what came after: neither that it stayed so, nor since when.
  if (at !== null) return [...begin, { text: ` at step ${count(at)}, the last at which it is known.` }];
  if (above) {
    const from = since <= firstStep ? "from the first record on" : `since step ${count(since)}`;
    return [...begin, { text: ", more than chance gives " }, { text: from, strong: true }, { text: "." }];
  }
  const gone = ever ? `, no longer more than chance since step ${count(since)}.` : `, which is what chance gives.`;
  return [...begin, { text: chance > 0 && !ever ? `, no more than chance gives (${percent(chance)}).` : gone }];
}

/**
 * @param {RegionSum[]} regions
 * @returns {{told: RegionSum[], others: RegionSum[]}} Those that have a sentence each, and of many those of which there
 *   is nothing to tell, which have one together.
 */
function parted(regions) {
  const isQuiet = (/** @type {RegionSum} */ { at = null, above, ever }) => at === null && !above && !ever;
  const others = regions.length > MOST_REGIONS ? regions.filter(isQuiet) : [];
  return others.length > 1
    ? { told: regions.filter((region) => !isQuiet(region)), others }
    : { told: regions, others: [] };
}

/**
 * @param {RegionSum[]} regions In which there is no more than chance gives.
 * @param {boolean} after Whether others were told of before.
 * @returns {Part[]}
 */
function ofOthers(regions, after) {
  if (!regions.length) return [];
  const most = regions.reduce((best, region) => (region.last > best.last ? region : best));
  return [
    {
      text: `${after ? " The other" : "The"} ${count(regions.length)} regions hold no more than chance gives, the most `,
    },
    { text: percent(most.last), strong: true },
    { text: " in \u201c" },
    { text: short(most.name, 60), name: true },
    { text: "\u201d." },
  ];
}

/**
 * @param {RunSum} sum
 * @param {boolean} told Whether something has been said before.
 * @param {(probe: number) => string} nameOf
 * @returns {Part[]}
 */
function ofChange({ change }, told, nameOf) {
  if (!change || told) return [];
  const { step, before, probes = [] } = change;
  const named = probes.flatMap((probe, i) => [
    { text: i ? "\u201d and \u201c" : "\u201c" },
    { text: short(nameOf(probe), 40), name: true },
  ]);
  const whose = named.length ? [{ text: ", above all of " }, ...named, { text: "\u201d" }] : [];
  return [
    { text: ` The attribution changed most between steps ${count(before)} and ${count(step)}` },
    ...whose,
    { text: "." },
  ];
}

/**
 * @param {RunSum} sum
 * @returns {Part[]}
 */
function ofTrust({ trusted }) {
  if (trusted === null || trusted === undefined || trusted >= MOSTLY) return [];
  if (trusted === 0) return [{ text: " None of the newest maps can be trusted." }];
  return [
    { text: ` Only ${percent(trusted)} of the newest maps can be trusted: the others are left out of the means.` },
  ];
}

/**
 * @param {Means} means
 * @param {(column: string) => Float32Array | undefined} array
 * @param {string[] | null} names Of features.
 * @param {{names: string, ordered: boolean}} traits
 * @param {string} unit
 * @returns {Part[]} What leads at the newest of the steps, and since which of them.
 */
export function leadsOf(means, array, names, traits, unit) {
  const [leaf] = means.leaves;
  const last = means.steps.length - 1;
  const none = nothingIn(means, last);
  if (none) return [{ text: none }];
  if (leaf?.words) {
    // Padding is of no name that could be a word's.
    const keyOf = (/** @type {Word | undefined} */ word) => (word?.padding ? "" : word?.word);
    const at = (/** @type {number} */ i) => keyOf(leaf.words?.[i]?.[0]);
    const word = leaf.words[last]?.[0];
    if (!word) return [];
    return leading(keyOf(word) ?? "", word.share, means.steps, at);
  }
  const sizes = array("size/0");
  const width = leaf?.shape.reduce((all, size) => all * size, 1) ?? 0;
  if (!traits.ordered && sizes && width) {
    const shares = means.steps.map((_, i) => sizes.subarray(i * width, (i + 1) * width));
    const best = shares.map((row) => row.reduce((top, value, i) => (value > row[top] ? i : top), 0));
    const total = shares[last].reduce((sum, value) => sum + value, 0);
    const nameAt = (/** @type {number} */ i) => names?.[best[i]] ?? `feature ${best[i]}`;
    return total > 0 ? leading(nameAt(last), shares[last][best[last]] / total, means.steps, nameAt) : [];
  }
  const [before, now] = [means.half[0], means.half[last]];
  if (typeof now !== "number") return [];
  return [
    { text: "Half of the attribution lies in " },
    { text: `${percent(now)} of the ${unit}`, strong: true },
    { text: last > 0 && typeof before === "number" ? ` (${percent(before)} at step ${count(means.steps[0])}).` : "." },
  ];
}

/**
 * @param {Means} means
 * @param {number} last
 * @returns {string} Why nothing leads at the newest of the steps; "" where something does.
 */
function nothingIn({ steps, probes, half }, last) {
  if (!probes[last]) return `At step ${count(steps[last])} no map has numbers that are finite.`;
  return half[last] === null ? `At step ${count(steps[last])} all maps are zero.` : "";
}

/**
 * @param {string} name
 * @param {number} share
 * @param {number[]} steps
 * @param {(i: number) => string | undefined} nameAt
 * @returns {Part[]}
 */
function leading(name, share, steps, nameAt) {
  let since = steps.length - 1;
  while (since > 0 && nameAt(since - 1) === name) since--;
  const from =
    since === 0
      ? ", as at every step that is shown"
      : `; it took the lead between steps ${count(steps[since - 1])} and ${count(steps[since])}`;
  const who =
    name === ""
      ? [{ text: "the padding after the words", strong: true }, { text: " leads with " }]
      : [{ text: "\u201c" }, { text: short(name, 60), name: true, strong: true }, { text: "\u201d leads with " }];
  return [...who, { text: `${percent(share)} of the attribution`, strong: true }, { text: `${from}.` }];
}

/**
 * @param {RunSum[]} sums
 * @returns {{sum: RunSum, finding: Finding, index: number}[]} Those that matter most first: loud ones, then by step.
 */
export function findingsOf(sums) {
  return sums
    .flatMap((sum, index) => (sum.alarms ?? []).map((finding) => ({ sum, finding, index })))
    .sort(
      (a, b) => Number(a.finding.loud === false) - Number(b.finding.loud === false) || a.finding.step - b.finding.step,
    );
}

/**
 * @param {number[]} pinned
 * @param {number[]} ranked
 * @param {number} most
 * @returns {number[]} The probes that are seen: those put aside first.
 */
export function rowsOf(pinned, ranked, most) {
  return [...new Set([...pinned, ...ranked])].slice(0, most);
}
