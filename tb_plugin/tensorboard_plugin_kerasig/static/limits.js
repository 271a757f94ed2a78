/**
 * The value that gets the strongest colour: one for all views, so that "fixed over all steps" is the same in each of
 * them. Pure.
 */

import { extra } from "./extras.js";
import { isSampled, referenceProbes, referenceSlot, referenceSteps } from "./reference.js";
import { percentile } from "./scales.js";
import { widthFor } from "./smoothing.js";

/**
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 *
 * @typedef {object} Limits
 * @property {(column: Column, probe: number) => number} limit The value that gets the strongest colour.
 * @property {number} sharedLimit NaN where each probe has its own.
 * @property {boolean} saturates Whether values beyond the shared limit may exist.
 * @property {string} limitWords What the limit is, in a sentence.
 *
 * @typedef {object} Of What the limits are asked of.
 * @property {Column[]} columns
 * @property {string} kind
 * @property {import("./views/looks.js").Look} look
 * @property {import("./settings.js").Settings} settings
 * @property {number[] | null} plane Height and width of the pictures, where probes have any.
 */

/**
 * The colour limit of a view: ask here, whatever the view.
 * @param {Of} of
 * @param {State} state
 * @param {Data} data
 * @returns {Limits}
 */
export function limitsOf(of, state, data) {
  const { kind, settings } = of;
  if (state.scale === "probe") {
    const own = (/** @type {Column} */ { record }, /** @type {number} */ probe) =>
      record ? ownLimit(record, probe, kind, settings) : NaN;
    const limitWords = `Each ${of.look.unit} has its own scale: do not compare strengths between them.`;
    return { limit: own, sharedLimit: NaN, saturates: settings.clip < 100, limitWords };
  }
  const { shared, saturates } = isSampled(settings) ? clipped(of, state, data) : whole(of, state);
  return { limit: () => shared, sharedLimit: shared, saturates, limitWords: wordsFor(of, state.scale, saturates) };
}

/**
 * @param {import("./packed.js").Packed} record
 * @param {number} probe
 * @param {string} kind
 * @param {import("./settings.js").Settings} settings
 * @returns {number} Of one picture that shares its scale with no other.
 */
export function ownLimit(record, probe, kind, settings) {
  if (!isSampled(settings)) return record.peak(probe);
  return percentile([record], probe, settings.clip, { kind, smooth: settings.smooth });
}

/**
 * @param {Of} of
 * @param {State["scale"]} scale
 * @param {boolean} saturates
 * @returns {string} How the limit came about.
 */
function wordsFor({ look, settings: { clip, smooth }, plane }, scale, saturates) {
  const width = plane ? widthFor(smooth, plane) : 0;
  const values = width < 1 ? "" : `Means over ${width} \u00d7 ${width} pixels. `;
  const limit =
    look.lengths && clip === 100 && saturates
      ? look.strip === "bars"
        ? "Three of four probes stay below a whole bar; longer bars end in an arrow"
        : `Three of four ${look.unit}s stay below the strongest colours`
      : clip < 100
        ? `${Number((100 - clip).toFixed(1))}% of a typical ${look.unit} is beyond the strongest colours`
        : `The strongest colours are for the largest value${saturates ? ` of a typical ${look.unit}` : ""}`;
  return `${values}${limit}. ${scale === "all" ? "One scale for all probes and steps." : "One scale for this step."}`;
}

/**
 * From what was measured at all steps: the largest size of each probe's maps.
 * @param {Of} of
 * @param {State} state
 * @returns {{shared: number, saturates: boolean}}
 */
function whole({ columns, look }, { scale }) {
  if (scale === "all") {
    const peaks = ascending(columns.flatMap(({ table }) => table?.peaks() ?? []));
    // Maps are heavy-tailed, and one odd probe must not make all others pale or short. What is beyond gets the
    // strongest colour, or a bar that says that it is cut.
    const shared = usual(peaks, look);
    if (shared !== undefined) return { shared, saturates: (peaks.at(-1) ?? 0) > shared };
  }
  return { shared: largest(columns.flatMap(peaksOfStep)), saturates: false };
}

/**
 * From the values of some probes at some steps, or at the shown one: the middle of the probes' percentiles.
 * @param {Of} of
 * @param {State} state
 * @param {Data} data
 * @returns {{shared: number, saturates: boolean}}
 */
function clipped({ columns, kind, look, settings: { clip, smooth } }, { scale }, data) {
  const how = { kind, smooth };
  const found = columns.flatMap((column) => {
    const probes = referenceProbes(column);
    const records = referenceSteps(column, scale).flatMap((step) => {
      const arrived = extra(data, column, referenceSlot(step), 0)?.packed;
      return arrived ? [arrived] : [];
    });
    // Until they have arrived, what is shown has to do.
    const known = records.length ? records : column.record ? [column.record] : [];
    return probes.map((probe) => percentile(known, probe, clip, how));
  });
  const sizes = ascending(found);
  return { shared: usual(sizes, look) ?? largest(found), saturates: true };
}

/**
 * @param {Column} column
 * @returns {number[]} The largest size of each probe's map at the shown step: of those that are not here, too.
 */
function peaksOfStep({ table, record, step }) {
  const index = table && step !== null ? table.at(step) : -1;
  const known = table !== null && index < table.known && table.names.includes("max_abs");
  return Array.from({ length: record?.header.probes ?? 0 }, (_, probe) => {
    const measured = known ? table.value("max_abs", index, probe) : NaN;
    return Number.isNaN(measured) ? (record?.peak(probe) ?? NaN) : measured;
  });
}

/**
 * @param {number[]} sizes
 * @returns {number[]} Those of maps with anything in them.
 */
function ascending(sizes) {
  return sizes.filter((size) => size > 0).sort((a, b) => a - b);
}

/**
 * @param {number[]} sizes Of probes, ascending.
 * @param {import("./views/looks.js").Look} look
 * @returns {number | undefined} The one that a scale ends at: of colours that in the middle; of lengths, which are read
 *   off, one that three of four stay below.
 */
export function usual(sizes, { lengths }) {
  return sizes[Math.floor((lengths ? 0.75 : 0.5) * sizes.length)];
}

/**
 * @param {number[]} values
 * @returns {number} NaN where none is finite.
 */
function largest(values) {
  const finite = values.filter(Number.isFinite);
  // Not Math.max(...finite): a function takes only so many arguments.
  return finite.length ? finite.reduce((most, value) => Math.max(most, value)) : NaN;
}
