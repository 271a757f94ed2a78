/** One probe's attributions as a file, as the server's export.py writes them. */

import { exactly } from "../static/exact.js";
import { Packed } from "../static/packed.js";
import { kindOf, traitsOf } from "../static/traits.js";
import { inputLeafOf, values, wordsOf } from "../static/views/values.js";
import { answer } from "./embedded.js";

/**
 * @typedef {import("../static/views/values.js").Values} Values
 *
 * @typedef {object} Asked
 * @property {Packed} record
 * @property {Packed | null} inputs
 * @property {number} probe
 * @property {number} leaf
 * @property {Values} found
 */

const PER_PROBE = "score,baseline_score,delta,residual,map_error,converged,n_evaluations,classes".split(",");
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
/** @type {Record<string, (asked: Asked) => BlobPart>} */
const FORMS = { csv, json, npy };

/**
 * @param {URLSearchParams} args Of the route `export`.
 * @returns {Promise<File | null>} Null where the report does not have the record.
 */
export async function fileOf(args) {
  const of = (/** @type {string} */ name) => args.get(name) ?? "";
  const [buffer, inputs] = await Promise.all([
    answer(["attributions", of("run"), of("set"), of("series"), of("step")]),
    answer(["inputs", of("run"), of("set"), "", ""]),
  ]);
  if (!buffer) return null;
  const [record, probe, form] = [new Packed(buffer), Number(of("probe")), of("format")];
  const leaf = record.leaves.findIndex((_, at) => record.get(probe, at));
  const found = values(record, probe, leaf);
  if (!found) return null;
  const { title, series, step } = record.header;
  const stem = `${title} ${series} step ${exactly(step)} probe ${probe} ${record.leaves[leaf].name}`;
  const name = stem.replace(/[^A-Za-z0-9.-]+/g, "_").replace(/^[_.]+|[_.]+$/g, "");
  return new File(
    [FORMS[form]({ record, inputs: inputs && new Packed(inputs), probe, leaf, found })],
    `${name}.${form}`,
  );
}

/**
 * @param {Asked} asked
 * @returns {string} A line per value: its index along each axis, the word that it belongs to, and itself.
 */
function csv(asked) {
  const { record, inputs, probe, leaf, found } = asked;
  const { numbers, shape } = found;
  const { axes } = traitsOf(inputs?.header ?? {}, kindOf(record, inputs, leaf));
  const status = record.header.statuses?.[probe];
  const { column, words, axis } = labels(asked);
  const heads = shape.map((_, i) => axes[i] ?? `axis_${i}`);
  const rows = [[...heads, ...(column ? [column] : []), "value", ...(status === undefined ? [] : ["status"])]];
  numbers.forEach((value, at) => {
    const place = unravel(at, shape);
    const word = column ? [cell(words[place[axis]] ?? "")] : [];
    rows.push([...place.map(String), ...word, shortest(value), ...(status === undefined ? [] : [cell(status)])]);
  });
  return rows.map((row) => `${row.join(",")}\n`).join("");
}

/**
 * @param {Asked} asked
 * @returns {{column: string, words: string[], axis: number}} What an axis's positions are called; no column where nothing is.
 */
function labels({ record, inputs, probe, leaf, found: { shape } }) {
  const tokens = inputs && shape.length ? wordsOf(inputs, inputLeafOf(record, inputs, leaf), probe) : undefined;
  if (tokens) return { column: "token", words: tokens.map(String), axis: 0 };
  const features = inputs?.header.feature_names;
  if (Array.isArray(features) && shape.length && features.length === shape.at(-1))
    return { column: "name", words: features.map(String), axis: shape.length - 1 };
  return { column: "", words: [], axis: 0 };
}

/**
 * @param {number} at
 * @param {number[]} shape
 * @returns {number[]} The index along each axis.
 */
function unravel(at, shape) {
  const place = [];
  let rest = at;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}

/**
 * @param {string} text
 * @returns {string} As no spreadsheet computes it.
 */
function cell(text) {
  const marked = FORMULA.test(text) && /[\p{L}\p{N}]/u.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(marked) ? `"${marked.replaceAll('"', '""')}"` : marked;
}

/**
 * @param {number} value
 * @returns {string} The fewest digits that read back as the same float32, as NumPy writes them.
 */
export function shortest(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  let text = "";
  for (let digits = 0; digits < 9; digits++) {
    text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) break;
  }
  const [mantissa, exponent] = text.split("e");
  const size = Number(exponent);
  if (size < -4 || size >= 16) return `${mantissa}e${size < 0 ? "-" : "+"}${String(Math.abs(size)).padStart(2, "0")}`;
  const fixed = Number(text).toFixed(Math.max(1, mantissa.replace(/[-.]/g, "").length - 1 - size));
  return fixed;
}

/**
 * @param {Asked} asked
 * @returns {string}
 */
function json({ record, probe, leaf, found: { numbers, shape } }) {
  const { header } = record;
  const told = Object.fromEntries(PER_PROBE.flatMap((name) => (header[name] ? [[name, header[name][probe]]] : [])));
  const status = header.statuses?.[probe];
  const ended = status === undefined ? {} : { status, remedy: header.remedies?.[status] ?? null };
  const { title, series, step, epoch, target } = header;
  const about = { title, series, step, probe, epoch, target, leaf: record.leaves[leaf].name };
  return JSON.stringify({ ...about, ...told, ...ended, values: nested(Array.from(numbers, strict), shape) });
}

/**
 * @param {number} value
 * @returns {number | string} As strict JSON has it.
 */
function strict(value) {
  return Number.isFinite(value) ? value : String(value);
}

/**
 * @param {(number | string)[]} flat
 * @param {number[]} shape
 * @returns {any}
 */
function nested(flat, shape) {
  if (!shape.length) return flat[0];
  const size = flat.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => nested(flat.slice(i * size, (i + 1) * size), shape.slice(1)));
}

/**
 * @param {Asked} asked
 * @returns {Uint8Array<ArrayBuffer>} NumPy's own format, version 1.0.
 */
function npy({ found: { numbers, shape } }) {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const size = Math.ceil((11 + head.length) / 64) * 64;
  const bytes = new Uint8Array(size + 4 * numbers.length);
  bytes.set(new TextEncoder().encode(`\u0000NUMPY\u0001\u0000\u0000\u0000${head.padEnd(size - 11)}\n`));
  bytes[0] = 0x93;
  new DataView(bytes.buffer).setUint16(8, size - 10, true);
  const view = new DataView(bytes.buffer, size);
  numbers.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}
