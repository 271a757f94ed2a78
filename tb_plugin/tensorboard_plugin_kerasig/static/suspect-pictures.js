/** A suspect's examples and its group's mean map, as the pictures that probes are drawn as. Pure. */

import { Packed } from "./packed.js";
import { paintOf, percentile } from "./scales.js";
import { settingsOf } from "./settings.js";

/**
 * @typedef {import("./audits.js").Audit} Audit
 * @typedef {import("./audits.js").Suspect} Suspect
 * @typedef {import("./audits.js").Example} Example
 * @typedef {import("./state.js").State} State
 * @typedef {import("./views/values.js").Picture} Drawn
 *
 * @typedef {object} Made
 * @property {Packed} record
 * @property {Packed} inputs
 */

/** Probes are drawn by what they hold, and kept: the same suspect is the same objects. @type {WeakMap<Suspect, Made[]>} */
const made = new WeakMap();
/** @type {WeakMap<Suspect, Made>} */
const means = new WeakMap();

/**
 * @param {Audit} audit
 * @param {Suspect} suspect
 * @param {State} state
 * @param {number} room In CSS pixels.
 * @returns {Drawn[]} Each example under its map, with the place as its one region.
 */
export function exampleDrawings(audit, suspect, state, room) {
  const examples = suspect.examples ?? [];
  const known = made.get(suspect) ?? examples.map((example, probe) => exampleOf(audit, suspect, example, probe));
  made.set(suspect, known);
  // Where none is below zero, they are the sizes of attributions.
  const signed = known.some(({ record }, probe) => record.get(probe, 0)?.numbers.some((value) => value < 0));
  /** @type {State["sign"]} */
  const sign = signed ? "signed" : "absolute";
  return known.map((one, probe) => {
    // Without a map there is nothing to be dimmed for.
    const show = one.record.get(probe, 0) ? state.show : "input";
    return drawn(audit, one, probe, { ...state, sign, show }, room);
  });
}

/**
 * @param {Audit} audit
 * @param {Suspect} suspect
 * @param {State} state
 * @param {number} room
 * @returns {Drawn | null} The mean map of the group; null where there is none.
 */
export function meanDrawing(audit, suspect, state, room) {
  const picture = typeof suspect.map === "number" ? audit.pictures.get(suspect.map) : undefined;
  if (!picture) return null;
  const { shape } = picture;
  const region = regionOf(audit, suspect, suspect, shape, 0);
  const known = means.get(suspect) ?? {
    record: packed(0, { leaves: [{ name: "mean map", shape, kind: audit.header.kind }] }, picture),
    inputs: packed(0, { ...inputsOf(audit), leaves: [{ name: "mean map", shape }] }, undefined, region ? [region] : []),
  };
  means.set(suspect, known);
  return drawn(audit, known, 0, { ...state, sign: "absolute", show: "map" }, room);
}

/**
 * @param {Audit} audit
 * @param {Made} made
 * @param {number} probe
 * @param {State} state
 * @param {number} room
 * @returns {Drawn}
 */
function drawn({ header }, { record, inputs }, probe, state, room) {
  const { kind } = header;
  const settings = settingsOf(state, Math.max(0, ...record.leaves[0].shape.slice(0, 2)));
  const limit = percentile([record], probe, settings.clip, { kind, smooth: settings.smooth });
  const paint = paintOf(state, settings);
  return { record, inputs, probe, leaf: 0, inputLeaf: 0, limit, kind, state, paint, room, marked: true };
}

/**
 * @param {Audit} audit
 * @param {Suspect} suspect
 * @param {Example} example
 * @param {number} probe Its number among the examples.
 * @returns {Made}
 */
function exampleOf(audit, suspect, example, probe) {
  const picture = (/** @type {number | null | undefined} */ at) =>
    typeof at === "number" ? audit.pictures.get(at) : undefined;
  const [map, input] = [picture(example.values), picture(example.input)];
  const shape = map?.shape ?? input?.shape ?? [example.text?.length ?? 0];
  const name = exampleName(example);
  const { kind } = audit.header;
  const region = regionOf(audit, suspect, example, shape, probe);
  /** @type {any[]} */
  const [tokens, edges] = [[], []];
  tokens[probe] = example.text ?? undefined;
  edges[probe] = example.edges ?? [];
  const header = { ...inputsOf(audit), leaves: [{ name, shape: input?.shape ?? shape, kind }], tokens, edges };
  return {
    record: packed(probe, { leaves: [{ name, shape, kind }] }, map),
    inputs: packed(probe, header, input, region ? [region] : []),
  };
}

/**
 * @param {Example} example
 * @returns {string} What it is called.
 */
export function exampleName({ name, row }) {
  return name ?? (row === undefined ? "example" : `row ${row}`);
}

/**
 * @param {Audit} audit
 * @returns {Record<string, any>} What its examples have in common, as the header of a set's inputs has it.
 */
function inputsOf({ header: { kind, kinds, class_names, feature_names, rate } }) {
  return { probe_kind: kind, kinds, class_names, feature_names, rate, subject: 0 };
}

/**
 * @param {Audit} audit
 * @param {Suspect} suspect
 * @param {Pick<Example, "mask" | "box">} own Where the place lies in an example, if it says so.
 * @param {number[]} shape Of its map.
 * @param {number} probe
 * @returns {import("./packed.js").Region | null} Null of a place that is everywhere.
 */
function regionOf({ header }, suspect, own, shape, probe) {
  const { mask: places, box } = own.mask || own.box ? own : suspect;
  // A map may have channels after its positions; of words, each example has as many as it has.
  const positions =
    header.shape && own === suspect ? header.shape : shape.slice(0, header.shape?.length ?? shape.length);
  const mask = new Uint8Array(
    positions.reduce((/** @type {number} */ all, /** @type {number} */ size) => all * size, 1),
  );
  if (places) for (const place of places) mask[place] = 1;
  else if (box && box.length === 2 * positions.length) fill(mask, positions, box);
  else return null;
  return probe >= 0 ? { name: suspect.name, leaf: 0, shape: [1, ...positions], mask } : null;
}

/**
 * @param {Uint8Array} mask
 * @param {number[]} shape
 * @param {number[]} box Per axis the first position, then per axis the end.
 * @returns {void}
 */
function fill(mask, shape, box) {
  for (let i = 0; i < mask.length; i++) {
    let rest = i;
    let inside = true;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis];
      rest = (rest - at) / shape[axis];
      inside &&= at >= box[axis] && at < box[axis + shape.length];
    }
    if (inside) mask[i] = 1;
  }
}

/**
 * @param {number} probe
 * @param {Record<string, any>} header
 * @param {import("./audits.js").Picture | undefined} picture
 * @param {import("./packed.js").Region[]} [regions]
 * @returns {Packed} A record of that one probe.
 */
function packed(probe, header, picture, regions = []) {
  const parts = {
    header: { probes: probe + 1, ...header },
    size: 0,
    payloads: new Map(picture ? [[`${probe}/0`, { numbers: picture.numbers, factor: picture.factor }]] : []),
    errors: new Map(),
    peaks: new Map(),
    regions,
    probes: new Set([probe]),
  };
  return Object.assign(Object.create(Packed.prototype), parts);
}
