/** Replies and states as the page gets them, made by hand from what tb_plugin/HTTP_API.md promises. */

import { Packed } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import { defaults } from "../../tb_plugin/tensorboard_plugin_kerasig/static/state.js";
import { StepTable } from "../../tb_plugin/tensorboard_plugin_kerasig/static/steps.js";

/**
 * A container of the given arrays: `KIG1`, the header's length, the header padded with spaces to a multiple of 8, then
 * the arrays, each at a multiple of 8.
 */
export function container(header, name, entries) {
  let size = 0;
  const listed = entries.map(({ array, ...entry }) => {
    if (!array) return entry;
    const offset = size;
    size += Math.ceil(array.byteLength / 8) * 8;
    return { ...entry, offset, length: array.byteLength };
  });
  const text = new TextEncoder().encode(JSON.stringify({ ...header, [name]: listed }));
  const data = Math.ceil((8 + text.length) / 8) * 8;
  const bytes = new Uint8Array(data + size).fill(0x20, 0, data);
  bytes.set(new TextEncoder().encode("KIG1"));
  new DataView(bytes.buffer).setUint32(4, data - 8, true);
  bytes.set(text, 8);
  listed.forEach(({ offset }, i) => {
    const { array } = entries[i];
    if (array) bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), data + offset);
  });
  return bytes.buffer;
}

/** A record with the values of each probe, as float32: of one leaf, or of several. */
export function record(maps, { header = {}, leaves = [{ name: "x", shape: [maps[0].length] }] } = {}) {
  const payloads = maps.flatMap((map, probe) =>
    (leaves.length > 1 ? map : [map]).map((values, leaf) => ({
      ...{ probe, leaf, encoding: "float32" },
      array: Float32Array.from(values),
    })),
  );
  return new Packed(container({ probes: maps.length, leaves, ...header }, "payloads", payloads));
}

/** A table from the scalars' values: per name, per step, per probe. */
export function table(steps, columns, more = {}) {
  const names = Object.keys(columns);
  const probes = names.length ? columns[names[0]][0].length : 0;
  return new StepTable({
    ...{ steps, names, epochs: steps.map(() => null), wall_times: steps },
    stats: steps.map((_, i) => Array.from({ length: probes }, (_, p) => names.map((name) => columns[name][i][p]))),
    ...more,
  });
}

/** What the loader holds of logs that have one probe set: per run a table, inputs and the record that is shown. */
export function data(runs) {
  const key = (run) => JSON.stringify([run, "digits", ""]);
  const all = Object.entries(runs);
  return {
    catalog: {
      runs: all.map(([run, { steps, probes, ...entry }]) => ({
        ...{ run, name: run },
        sets: [
          {
            ...{ title: "digits", series: [""], interior: true, probe_kind: "image", error: null, probes },
            ...{ steps: steps.steps.length, first_step: steps.steps[0], last_step: steps.steps.at(-1), ...entry.set },
          },
        ],
      })),
    },
    catalogError: null,
    tables: new Map(all.map(([run, { steps }]) => [key(run), { version: "", table: steps }])),
    inputs: new Map(all.flatMap(([run, { inputs }]) => (inputs ? [[key(run), { version: "", packed: inputs }]] : []))),
    shown: new Map(all.flatMap(([run, { shown }]) => (shown ? [[key(run), shown]] : []))),
    extras: new Map(),
  };
}

export function state(chosen = {}) {
  return { ...defaults(), ...chosen };
}

/** Numbers that are always the same: a test that fails once fails again. */
export function random(seed) {
  let now = seed >>> 0;
  return () => {
    now = (Math.imul(now, 1664525) + 1013904223) >>> 0;
    return now / 2 ** 32;
  };
}
