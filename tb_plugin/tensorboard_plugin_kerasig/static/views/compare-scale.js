/** The scale of a comparison: that of the other views, wherever they show both sides, too. */

import { ownLimit, usual } from "../limits.js";
import { paintOf } from "../scales.js";
import { shownKind } from "../traits.js";
import { lookOf } from "./looks.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../packed.js").Packed} Packed
 *
 * @typedef {object} Pair Two sides whose records are here.
 * @property {{record: Packed, inputs: Packed}} a
 * @property {{record: Packed, inputs: Packed}} b
 * @property {number} probes That both have.
 */

/**
 * @param {View} view
 * @returns {Pair | null}
 */
export function pairOf({ sides: [a, b] }) {
  if (!a?.record || !a.inputs || !b?.record || !b.inputs || a.error || b.error) return null;
  const probes = Math.min(a.record.header.probes, b.record.header.probes);
  return { a: { record: a.record, inputs: a.inputs }, b: { record: b.record, inputs: b.inputs }, probes };
}

const OWN = "Each probe has its own scale: do not compare strengths between them.";

/**
 * @param {Pair} pair
 * @param {number} probe
 * @param {import("../settings.js").Settings} settings
 * @returns {number} The largest size in either map, or where its colours end.
 */
export function peak(pair, probe, settings) {
  const sizes = [pair.a, pair.b].map(({ record }) => ownLimit(record, probe, kindOf(pair), settings));
  const finite = sizes.filter(Number.isFinite);
  return finite.length ? Math.max(...finite) : NaN;
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {import("../scales.js").Scale} One for both sides and for what differs.
 */
export function compareScale(view, state) {
  const pair = pairOf(view);
  const { settings } = view;
  const paint = paintOf({ ...state, opacity: 1 }, settings);
  if (state.scale === "probe" || !pair) return { limit: () => NaN, shared: NaN, saturates: false, words: OWN, paint };
  // What the other views show, too, has the colours that it has there.
  const among = view.sides.every(
    ({ run, entry }) => entry?.title === view.set && view.columns.some((column) => column.run.run === run?.run),
  );
  if (among && Number.isFinite(view.sharedLimit) && view.sharedLimit > 0) {
    const { sharedLimit: shared, limitWords: words } = view;
    return { limit: () => shared, shared, saturates: true, words, paint };
  }
  const peaks = Array.from({ length: pair.probes }, (_, probe) => peak(pair, probe, settings)).filter(
    (size) => size > 0,
  );
  peaks.sort((a, b) => a - b);
  const shared = usual(peaks, lookOf(kindOf(pair))) ?? NaN;
  const saturates = settings.clip < 100 || (peaks.at(-1) ?? 0) > shared;
  return {
    limit: () => shared,
    shared,
    saturates,
    words: "One scale for both sides, their difference and all probes.",
    paint,
  };
}

/**
 * @param {Pair} pair
 * @returns {string}
 */
export function kindOf({ b }) {
  return shownKind(b.inputs.header);
}
