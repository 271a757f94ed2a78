/** A series probe, large: each channel's signal on the attribution of each of its moments, over the same time. */

import { REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { exact, short } from "../format.js";
import { moment, rateOf, ticks } from "../times.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { plain } from "./probe-image.js";
import { band, curve, mark } from "./signal.js";
import { regionsOf, values } from "./values.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 *
 * @typedef {object} Rows Where what is drawn, in CSS pixels.
 * @property {number} count Channels that are drawn.
 * @property {number} each Height of one.
 * @property {number} first Where the first begins, below the sum of all.
 * @property {number} height
 */

const GAP = 4;
const SUM = 20;
const MOST_CHANNELS = 24;
/** Heights of a channel's row, and of all of them. */
const LOWEST = 26;
const HIGHEST = 300;
const ALL = 460;
/** What the names beside the rows need. */
const NAMES = 128;
const PER_TICK = 90;

/**
 * @param {number} channels
 * @returns {Rows}
 */
function rowsOf(channels) {
  const count = Math.min(channels, MOST_CHANNELS);
  const first = channels > 1 ? SUM + GAP : 0;
  const each = Math.round(Math.max(LOWEST, Math.min(HIGHEST, ALL / count - GAP)));
  return { count, each, first, height: first + count * (each + GAP) - GAP };
}

/**
 * @param {Large} large
 * @returns {import("../dom.js").VNode}
 */
export function largeSeries(large) {
  const { picture, side } = large;
  const { record, inputs, probe, leaf, limit, state, paint } = picture;
  const [length, channels = 1] = record.leaves[leaf].shape;
  const rows = rowsOf(channels);
  const named = channels > 1;
  const width = Math.max(200, side - (named ? NAMES : 0));
  const pixels = window.devicePixelRatio || 1;
  const rate = rateOf(inputs.header);
  const names = inputs.header.feature_names;
  const name = (/** @type {number} */ c) =>
    Array.isArray(names) && names.length === channels ? String(names[c]) : `channel ${c}`;
  const at = cursorOf(large, length * channels);
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) => {
    const t = Math.max(0, Math.min(length - 1, Math.floor(index / channels) + dx));
    return t * channels + Math.max(0, Math.min(channels - 1, (index % channels) + dy));
  };
  const locate = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const t = Math.max(0, Math.min(length - 1, Math.floor(((event.clientX - box.left) / box.width) * length)));
    const y = ((event.clientY - box.top) / box.height) * rows.height - rows.first;
    return t * channels + Math.max(0, Math.min(rows.count - 1, Math.floor(y / (rows.each + GAP))));
  };
  const label = `Signal and attribution of ${short(record.leaves[leaf].name, 60)}`;
  return h(
    "div",
    { class: "sight wide" },
    h(
      "div",
      { class: "chart" },
      h(
        "div",
        {
          class: "stage",
          style: { width: `${width}px`, height: `${rows.height}px` },
          ...aiming(large, label, length * channels, locate, move, 0),
        },
        h("canvas", {
          class: "series",
          "aria-hidden": "true",
          effect: {
            deps: [record, inputs, probe, leaf, limit, paint.palette, paint.opacity, state.dark, width, pixels],
            run: (/** @type {HTMLCanvasElement} */ canvas) => {
              canvas.width = Math.round(width * pixels);
              canvas.height = Math.round(rows.height * pixels);
              const context = canvas.getContext("2d");
              if (!context) return;
              context.scale(pixels, pixels);
              draw(context, large, width, rows);
            },
          },
        }),
        at !== null &&
          h("i", {
            class: "crosshair tall",
            style: { left: `${(100 * Math.floor(at / channels)) / length}%`, width: `${100 / length}%` },
          }),
      ),
      named &&
        h(
          "ul",
          { class: "leads", style: { "--lead": `${rows.each}px`, "--gap": `${GAP}px` } },
          h("li", { class: "muted", key: "sum", style: { height: `${SUM}px` } }, "all together"),
          Array.from({ length: rows.count }, (_, c) =>
            h("li", { key: c, title: short(name(c)) }, h("bdi", null, short(name(c), 40))),
          ),
        ),
    ),
    axis(length, rate, width),
    channels > rows.count && h("p", { class: "muted" }, `The first ${rows.count} of ${channels} channels are drawn.`),
    readout(at === null ? null : read(picture, at, channels, name(at % channels), rate)),
  );
}

/**
 * @param {number} length
 * @param {number} rate
 * @param {number} width
 * @returns {import("../dom.js").VNode}
 */
function axis(length, rate, width) {
  return h(
    "div",
    { class: "times muted", style: { width: `${width}px` } },
    ticks(length, rate, width / PER_TICK).map(({ at, text }) =>
      h("span", { key: text, style: { left: `${100 * at}%` } }, text),
    ),
    h("span", { class: "unit", key: "unit" }, Number.isNaN(rate) ? "samples" : "seconds"),
  );
}

/**
 * @param {import("./values.js").Picture} picture
 * @param {number} at
 * @param {number} channels
 * @param {string} name
 * @param {number} rate
 * @returns {[string, string][]}
 */
function read({ record, inputs, probe, leaf, inputLeaf }, at, channels, name, rate) {
  const map = values(record, probe, leaf, 2)?.numbers;
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2)?.numbers : undefined;
  /** @type {[string, string][]} */
  const rows = [["time", moment(Math.floor(at / channels), rate)]];
  if (channels > 1) rows.push(["channel", short(name, 40)]);
  rows.push(["attribution", exact(map?.[at] ?? NaN)]);
  if (input) rows.push(["input", plain(input[at] ?? NaN)]);
  return rows;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Large} large
 * @param {number} width
 * @param {Rows} rows
 * @returns {void}
 */
function draw(context, { picture }, width, { count, each, first }) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const map = values(record, probe, leaf, 2);
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2) : null;
  if (!map) return;
  const [length, channels = 1] = map.shape;
  const colors = { limit, palette: paint.palette };
  // The sum of all tells where in time to look.
  const total = (/** @type {number} */ t) =>
    map.numbers.subarray(t * channels, (t + 1) * channels).reduce((sum, value) => sum + value, 0);
  if (first) band(context, length, total, colors, { width, top: 0, height: SUM });
  for (let c = 0; c < count; c++) {
    const place = { width, top: first + c * (each + GAP), height: each };
    context.globalAlpha = paint.opacity;
    band(context, length, (t) => map.numbers[t * channels + c], colors, place);
    context.globalAlpha = 1;
    if (input) curve(context, input, c, state.dark, place);
    regionsOf(picture).forEach(({ mask, shape }, region) => {
      const within = (/** @type {number} */ t) => mask[shape.length > 1 ? t * channels + c : t] === 1;
      context.fillStyle = REGION_COLORS[region % REGION_COLORS.length];
      mark(context, length, within, { ...place, top: place.top + each - 4 - 4 * region, height: 3 });
    });
  }
}
