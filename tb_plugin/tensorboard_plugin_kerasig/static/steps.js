/** The stats of one series over all steps: [step, probe, name]. */

import { number } from "./packed.js";

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
    /** Finite sizes of the largest values, ascending. @type {number[] | null} */
    this.sizes = null;
  }

  /**
   * @param {number} step
   * @returns {number} Index of the last record at or before `step`; of the first one if there is none; -1 without records.
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
    return column < 0 ? NaN : this.stats[index]?.[probe]?.[column] ?? NaN;
  }

  /**
   * @param {string} name
   * @returns {number[]} The mean over the probes that have a value, for each step. [steps]
   */
  mean(name) {
    const known = this.means.get(name);
    if (known) return known;
    const column = this.names.indexOf(name);
    const means = this.stats.map((probes) => {
      const values = probes.map((row) => row[column]).filter((value) => Number.isFinite(value));
      return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
    });
    this.means.set(name, means);
    return means;
  }

  /**
   * @param {number} quantile
   * @returns {number} That quantile of the largest sizes of all maps, over all probes and steps; NaN where none is known.
   */
  largest(quantile) {
    if (!this.sizes) {
      const column = this.names.indexOf("max_abs");
      this.sizes = this.stats.flatMap((probes) => probes.map((row) => row[column])).filter(Number.isFinite).sort((a, b) => a - b);
    }
    return this.sizes[Math.ceil(quantile * (this.sizes.length - 1))] ?? NaN;
  }
}
