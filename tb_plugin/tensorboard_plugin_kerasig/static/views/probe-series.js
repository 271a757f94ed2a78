/** A series probe, large: the signal over time, on the attribution of each moment, and each channel's below it. */

import { h } from "../dom.js";
import { exact, short } from "../format.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { plain } from "./probe-image.js";
import { band, lines, MOST_LINES } from "./signal.js";
import { values } from "./values.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 */

const LINES = 220;
const STRIP = 20;
const GAP = 6;
const MOST_STRIPS = 24;
const DASHES = [[], [5, 3], [2, 3], [9, 3, 2, 3]];

/**
 * @param {Large} large
 * @returns {import("../dom.js").VNode}
 */
export function largeSeries(large) {
  const { picture, side } = large;
  const { record, inputs, probe, leaf, limit, state, paint } = picture;
  const [length, channels = 1] = record.leaves[leaf].shape;
  const strips = channels > 1 ? Math.min(channels, MOST_STRIPS) : 0;
  const [width, height] = [Math.round(side * 1.4), LINES + (strips ? GAP + strips * STRIP : 0)];
  const pixels = window.devicePixelRatio || 1;
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
    const y = ((event.clientY - box.top) / box.height) * height - LINES - GAP;
    return t * channels + Math.max(0, Math.min(strips - 1, Math.floor(y / STRIP)));
  };
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
          style: { width: `${width}px`, height: `${height}px` },
          ...aiming(large, `Signal and attribution of ${record.leaves[leaf].name}`, length * channels, locate, move, 0),
        },
        h("canvas", {
          class: "series",
          "aria-hidden": "true",
          effect: {
            deps: [record, inputs, probe, leaf, limit, paint.palette, paint.opacity, state.dark, width, pixels],
            run: (/** @type {HTMLCanvasElement} */ canvas) => {
              canvas.width = Math.round(width * pixels);
              canvas.height = Math.round(height * pixels);
              const context = canvas.getContext("2d");
              if (!context) return;
              context.scale(pixels, pixels);
              draw(context, large, width, strips);
            },
          },
        }),
        at !== null &&
          h("i", {
            class: "crosshair tall",
            style: { left: `${(100 * Math.floor(at / channels)) / length}%`, width: `${100 / length}%` },
          }),
      ),
      strips > 0 &&
        h(
          "ul",
          { class: "strips", style: { "padding-top": `${LINES + GAP}px`, "--strip": `${STRIP}px` } },
          Array.from({ length: strips }, (_, c) =>
            h("li", { key: c, title: short(name(c)) }, c < MOST_LINES && dash(c), h("bdi", null, short(name(c), 40))),
          ),
        ),
    ),
    h(
      "div",
      { class: "times muted", style: { width: `${width}px` } },
      [0, Math.floor(length / 2), length - 1].map((t) => h("span", null, t)),
    ),
    readout(at === null ? null : read(picture, at, channels, name(at % channels))),
  );
}

/**
 * @param {number} c
 * @returns {import("../dom.js").VNode} What the channel's line looks like.
 */
function dash(c) {
  return h(
    "svg",
    { width: 24, height: 8, viewBox: "0 0 24 8", "aria-hidden": "true" },
    h("path", { d: "M0 4H24", stroke: "currentColor", "stroke-width": 1.5, "stroke-dasharray": DASHES[c].join(" ") }),
  );
}

/**
 * @param {import("./values.js").Picture} picture
 * @param {number} at
 * @param {number} channels
 * @param {string} name
 * @returns {[string, string][]}
 */
function read({ record, inputs, probe, leaf, inputLeaf }, at, channels, name) {
  const map = values(record, probe, leaf, 2)?.numbers;
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2)?.numbers : undefined;
  /** @type {[string, string][]} */
  const rows = [["time", String(Math.floor(at / channels))]];
  if (channels > 1) rows.push(["channel", short(name, 40)]);
  rows.push(["attribution", exact(map?.[at] ?? NaN)]);
  if (input) rows.push(["input", plain(input[at] ?? NaN)]);
  return rows;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Large} large
 * @param {number} width
 * @param {number} strips
 * @returns {void}
 */
function draw(context, { picture }, width, strips) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const map = values(record, probe, leaf, 2);
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2) : null;
  if (!map) return;
  const [length, channels = 1] = map.shape;
  const colors = { limit, palette: paint.palette };
  for (let c = 0; c < strips; c++) {
    const place = { width, top: LINES + GAP + c * STRIP, height: STRIP - 2 };
    band(context, length, (t) => map.numbers[t * channels + c], colors, place);
  }
  // With several channels their sum stands behind the lines, so that it can be told where in time to look.
  context.globalAlpha = paint.opacity;
  const total = (/** @type {number} */ t) =>
    map.numbers.subarray(t * channels, (t + 1) * channels).reduce((sum, value) => sum + value, 0);
  band(context, length, total, colors, { width, top: 0, height: LINES });
  context.globalAlpha = 1;
  if (input) lines(context, input, state.dark, { width, height: LINES, edge: 8, stroke: 1.5, dashes: DASHES });
}
