/** The steps of one series and what was measured at them. The numbers may come later than the list, or in parts. */

import { measureOf } from "./measures.js";
import { number } from "./packed.js";

/**
 * @typedef {object} Stats What was measured at some steps: per name an array [steps, probes].
 * @property {number} probes
 * @property {Map<string, Float32Array | Float64Array>} columns
 */

export class StepTable {
  /** @param {Record<string, any>} reply Of the route `steps`, with or without its `stats`. */
  constructor(reply) {
    /** @type {number[]} */
    this.steps = reply.steps;
    /** Those whose maps there are: all, but in a report. @type {number[]} */
    this.drawn = reply.drawn ?? reply.steps;
    /** @type {number[]} */
    this.epochs = reply.epochs.map(number);
    /** @type {number[]} */
    this.wallTimes = reply.wall_times.map(number);
    /** @type {string[]} */
    this.names = reply.names;
    /** @type {Map<string, import("./measures.js").Measure>} */
    this.measures = new Map(this.names.map((name, i) => [name, measureOf(name, reply.measures?.[i])]));
    /** @type {Stats} */
    this.stats = { probes: 0, columns: new Map() };
    /** How many of the steps have their stats. */
    this.known = 0;
    /** @type {Map<string, number[]>} */
    this.means = new Map();
    /** As the server found them: of what charts show at first, before the numbers are there. @type {Map<string, number[]>} */
    this.knownMeans = new Map();
    for (const [i, values] of (reply.means ?? []).entries())
      if (values && this.names[i] !== undefined) this.knownMeans.set(this.names[i], values.map(number));
    /** As the server found them. @type {number[] | null} */
    this.knownAlarms = reply.alarmed ?? null;
    /** @type {number[] | null} */
    this.alarms = null;
    /** As the server found them. @type {number[] | null} */
    this.knownPeaks = reply.peaks?.map(number) ?? null;
    /** @type {number[] | null} */
    this.ownPeaks = null;
    /** What probes are put in order by before anybody chooses. @type {{name: string, values: number[]} | null} */
    this.lead = reply.lead ? { name: reply.lead.name, values: reply.lead.values.map(number) } : null;
    if (reply.stats) this.fill(statsOf(reply), 0);
  }

  /** @returns {boolean} Whether everything that was measured is there. */
  get complete() {
    return this.known === this.steps.length;
  }

  /**
   * Takes what an earlier table has of the same records.
   * @param {StepTable | undefined} before
   * @returns {StepTable} This.
   */
  inherit(before) {
    // Cards stay where they are while data arrives.
    const probes = before?.lead?.values.length ?? this.lead?.values.length;
    if (before?.steps.length && probes === this.lead?.values.length) this.lead = before.lead;
    const same = (/** @type {number} */ i) =>
      before?.steps[i] === this.steps[i] && before.wallTimes[i] === this.wallTimes[i];
    if (!before?.known || before.names.join("\n") !== this.names.join("\n")) return this;
    let known = 0;
    while (known < before.known && same(known)) known++;
    this.stats = before.stats;
    this.known = known;
    return this;
  }

  /**
   * @param {Stats} stats Of the steps from `first` on.
   * @param {number} first
   * @returns {StepTable} This.
   */
  fill(stats, first) {
    this.means = new Map();
    this.alarms = null;
    this.ownPeaks = null;
    this.known = this.steps.length;
    if (first === 0) {
      this.stats = stats;
      return this;
    }
    const probes = Math.max(this.stats.probes, stats.probes);
    const columns = new Map();
    for (const name of this.names) {
      const all = new Float32Array(this.steps.length * probes).fill(NaN);
      for (const [part, from, to] of /** @type {[Stats, number, number][]} */ ([
        [this.stats, 0, first],
        [stats, first, this.steps.length],
      ])) {
        const given = part.columns.get(name) ?? [];
        for (let step = from; step < to; step++) {
          for (let probe = 0; probe < part.probes; probe++)
            all[step * probes + probe] = given[(step - from) * part.probes + probe] ?? NaN;
        }
      }
      columns.set(name, all);
    }
    this.stats = { probes, columns };
    return this;
  }

  /**
   * @param {number} step
   * @param {number[]} [steps]
   * @returns {number} Index of the last record at or before `step`; of the first one if there is none; -1 without
   * records.
   */
  at(step, steps = this.steps) {
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] <= step) low = middle + 1;
      else high = middle;
    }
    return steps.length ? Math.max(0, low - 1) : -1;
  }

  /**
   * @param {number} step
   * @returns {number} The step of the last record at or before it that has maps.
   */
  drawnAt(step) {
    return this.drawn[this.at(step, this.drawn)];
  }

  /**
   * @param {string} name
   * @param {number} index
   * @param {number} probe
   * @returns {number} NaN where it was not recorded, or is not there yet.
   */
  value(name, index, probe) {
    const { probes, columns } = this.stats;
    if (probe >= probes || index >= this.known) return NaN;
    return columns.get(name)?.[index * probes + probe] ?? NaN;
  }

  /**
   * @param {string} name
   * @returns {import("./measures.js").Measure}
   */
  measure(name) {
    return this.measures.get(name) ?? measureOf(name);
  }

  /**
   * Of the probes that have a value; of what is measured on maps, of the trusted ones alone, as in the training logs.
   * Logs of earlier versions say just which converged.
   * @param {string} name
   * @param {number} index
   * @returns {number[]}
   */
  counted(name, index) {
    const trust = this.trustOf(name);
    const values = [];
    for (let probe = 0; probe < this.stats.probes; probe++) {
      const value = this.value(name, index, probe);
      if (Number.isFinite(value) && (!trust || this.value(trust, index, probe) === 1)) values.push(value);
    }
    return values;
  }

  /**
   * The mean for each step over the probes that count.
   * @param {string} name
   * @returns {number[]} [steps]
   */
  mean(name) {
    const kept = this.knownMeans.get(name) ?? this.means.get(name);
    if (kept) return kept;
    const { probes, columns } = this.stats;
    const values = columns.get(name);
    const trust = this.trustOf(name);
    const trusted = trust === undefined ? null : columns.get(trust);
    const means = this.steps.map((_, index) => {
      let [sum, counted] = [0, 0];
      if (!values || index >= this.known) return NaN;
      for (let i = index * probes; i < (index + 1) * probes; i++) {
        if (!Number.isFinite(values[i]) || (trusted && trusted[i] !== 1)) continue;
        sum += values[i];
        counted++;
      }
      return counted ? sum / counted : NaN;
    });
    this.means.set(name, means);
    return means;
  }

  /**
   * @param {string} name
   * @returns {boolean} Whether its means are known by now.
   */
  averaged(name) {
    return this.complete || this.knownMeans.has(name);
  }

  /**
   * @param {string} name
   * @returns {string | undefined} The flag that says which probes count; undefined where all do.
   */
  trustOf(name) {
    return this.measure(name).onMaps ? ["trusted", "converged"].find((flag) => this.names.includes(flag)) : undefined;
  }

  /** @returns {number[]} The steps at which an alarm fired: every probe's row says how many did. */
  alarmed() {
    if (this.knownAlarms) return this.knownAlarms;
    this.alarms ??= this.steps.filter((_, index) => this.value("alarms", index, 0) > 0);
    return this.alarms;
  }

  /**
   * @returns {number[]} For each probe, the largest size in any of its maps over all steps; NaN where none is known.
   */
  peaks() {
    if (this.knownPeaks) return this.knownPeaks;
    this.ownPeaks ??= Array.from({ length: this.stats.probes }, (_, probe) => {
      const sizes = this.steps.map((_, index) => this.value("max_abs", index, probe)).filter(Number.isFinite);
      return sizes.reduce((largest, size) => Math.max(largest, size), sizes.length ? 0 : NaN);
    });
    return this.ownPeaks;
  }
}

/**
 * @param {import("./packed.js").Container} container Of the route `stats`.
 * @returns {Stats}
 */
export function unpackStats(container) {
  const { header, arrays } = unpackColumns(container);
  return { probes: header.probes, columns: arrays };
}

/**
 * @typedef {object} Columns A reply of named arrays.
 * @property {Record<string, any>} header
 * @property {Map<string, Float32Array>} arrays
 */

/**
 * @param {import("./packed.js").Container} container
 * @returns {Columns}
 */
export function unpackColumns({ header, bytes }) {
  /** @type {Map<string, Float32Array>} */
  const arrays = new Map();
  for (const { name, offset, length } of header.columns)
    arrays.set(name, new Float32Array(bytes.buffer, bytes.byteOffset + offset, length / 4));
  return { header, arrays };
}

/**
 * @param {Record<string, any>} reply
 * @returns {Stats}
 */
function statsOf({ names, stats }) {
  const probes = Math.max(0, ...stats.map((/** @type {any[]} */ rows) => rows.length));
  const columns = new Map();
  names.forEach((/** @type {string} */ name, /** @type {number} */ column) => {
    const all = new Float64Array(stats.length * probes).fill(NaN);
    stats.forEach((/** @type {any[][]} */ rows, /** @type {number} */ step) =>
      rows.forEach((row, probe) => (all[step * probes + probe] = number(row[column]))),
    );
    columns.set(name, all);
  });
  return { probes, columns };
}
