/** The stats of one series over all steps: [step, probe, name]. */

import { number } from "./packed.js";

/** What is measured on a map means something only where the map can be trusted. */
const MEASURED =
  /^(drift|rank_correlation|top_k_overlap|alpha_|peak_alpha|end_gradient|gradient_share|gini|effective_features|region)/;

export class StepTable {
  /** @param {Record<string, any>} reply Of the route `steps`. */
  constructor(reply) {
    /** @type {number[]} */
    this.steps = reply.steps;
    /** @type {number[]} */
    this.epochs = reply.epochs.map(number);
    /** @type {number[]} */
    this.wallTimes = reply.wall_times.map(number);
    /** @type {string[]} */
    this.names = reply.names;
    /** @type {number[][][]} */
    this.stats = reply.stats.map((/** @type {any[][]} */ probes) => probes.map((row) => row.map(number)));
    /** @type {Map<string, number[]>} */
    this.means = new Map();
    /** @type {number[] | null} */
    this.peaksOfProbes = null;
  }

  /**
   * @param {number} step
   * @returns {number} Index of the last record at or before `step`; of the first one if there is none; -1 without
   * records.
   */
  at(step) {
    let index = this.steps.length ? 0 : -1;
    for (let i = 0; i < this.steps.length && this.steps[i] <= step; i++) index = i;
    return index;
  }

  /**
   * @param {string} name
   * @param {number} index
   * @param {number} probe
   * @returns {number} NaN where it was not recorded.
   */
  value(name, index, probe) {
    const column = this.names.indexOf(name);
    return column < 0 ? NaN : (this.stats[index]?.[probe]?.[column] ?? NaN);
  }

  /**
   * The mean for each step over the probes that have a value, of what is measured on maps over the trusted ones alone:
   * as the training logs have it. Logs of earlier versions say just which converged.
   * @param {string} name
   * @returns {number[]} [steps]
   */
  mean(name) {
    const known = this.means.get(name);
    if (known) return known;
    const column = this.names.indexOf(name);
    const trust = this.names.indexOf(this.names.includes("trusted") ? "trusted" : "converged");
    const trusted = (/** @type {number[]} */ row) => trust < 0 || !MEASURED.test(name) || row[trust] === 1;
    const means = this.stats.map((probes) => {
      const values = probes.filter((row) => trusted(row) && Number.isFinite(row[column])).map((row) => row[column]);
      return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
    });
    this.means.set(name, means);
    return means;
  }

  /** @returns {number[]} The steps at which an alarm fired: every probe's row says how many did. */
  alarmed() {
    return this.steps.filter((_, index) => this.value("alarms", index, 0) > 0);
  }

  /**
   * @returns {number[]} For each probe, the largest size in any of its maps over all steps; NaN where none is known.
   */
  peaks() {
    if (!this.peaksOfProbes) {
      const column = this.names.indexOf("max_abs");
      const probes = Math.max(0, ...this.stats.map((rows) => rows.length));
      this.peaksOfProbes = Array.from({ length: probes }, (_, probe) => {
        const sizes = this.stats.map((rows) => rows[probe]?.[column] ?? NaN).filter(Number.isFinite);
        return sizes.reduce((largest, size) => Math.max(largest, size), sizes.length ? 0 : NaN);
      });
    }
    return this.peaksOfProbes;
  }
}
