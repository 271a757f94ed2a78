/** What there is to know of a stat: as its log says it, so that no other part of the page knows one by name. */

import { oldMeasure } from "./old-measures.js";

/**
 * @typedef {object} Measure
 * @property {string} label What it is called.
 * @property {string} sentence What it says; "" where that is not known.
 * @property {string} anchor Of the section of docs/internals/metrics.md that defines it; "" where none does.
 * @property {string} unit What it counts; "" for a pure number.
 * @property {string} better "up" or "down" where one direction is better, else "".
 * @property {boolean} onMaps Whether it means something only where the map can be trusted.
 * @property {string | null} region Of those of a region, whose.
 * @property {boolean} hidden Whether it is no quantity to draw or to sort by.
 * @property {[string, string] | null} flag Of a stat that is 1 or 0, what the two are asked for as.
 * @property {number} charted Its place among the charts that are seen first; Infinity for none.
 * @property {number} sorted Its place among what probes are sorted by first; Infinity for none.
 * @property {string} section Of a probe's numbers; "" where the page tells it from the record.
 * @property {boolean} onCard Whether cards tell it from the record.
 * @property {boolean} signed Whether it is shown with a plus where it is positive.
 * @property {boolean} percent Whether it is a share, told in percent.
 * @property {[number | null, number | null]} range The least and the greatest value there can be; null for no bound.
 * @property {string} compared "area" of what is seen beside its region's share of the positions, else "".
 */

/**
 * @param {string} name
 * @param {Record<string, any>} [given] As the route `steps` has it; logs of earlier versions have none.
 * @returns {Measure}
 */
export function measureOf(name, given = oldMeasure(name)) {
  return {
    label: given.label ?? name,
    sentence: given.sentence ?? "",
    anchor: given.anchor ?? "",
    unit: given.unit ?? "",
    better: given.better ?? "",
    onMaps: given.on_maps ?? false,
    region: given.region ?? null,
    hidden: given.hidden ?? false,
    flag: given.flag ?? null,
    charted: given.charted ?? Infinity,
    sorted: given.sorted ?? Infinity,
    section: given.section ?? "Measured",
    onCard: given.on_card ?? false,
    signed: given.signed ?? false,
    percent: given.percent ?? false,
    range: given.range ?? [null, null],
    compared: given.compared ?? "",
  };
}

/**
 * @param {(import("./steps.js").StepTable | null | undefined)[]} tables
 * @param {string} name
 * @returns {Measure} As the first of the tables that has it says.
 */
export function measureIn(tables, name) {
  return tables.find((table) => table?.names.includes(name))?.measure(name) ?? measureOf(name);
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number} Which of two places comes first; those that have none are equal.
 */
export function byPlace(a, b) {
  return a === b ? 0 : a - b;
}
