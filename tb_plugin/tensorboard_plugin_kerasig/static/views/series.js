/** Series probes: the signal over time, with the attribution of each moment behind it and of each channel below it. */

import { css } from "../color.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { values } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./values.js").Values} Values
 */

const WIDTH = 288;
const LINE_HEIGHT = 72;
const STRIP_HEIGHT = 12;
const GAP = 4;
const MOST_STRIPS = 12;
const MOST_LINES = 4;
const DASHES = [[], [4, 3], [1.5, 2.5], [7, 2, 1.5, 2]];
/** What the dashes look like in text. */
const MARKS = ["\u2014", "\u2013 \u2013", "\u00b7\u00b7\u00b7", "\u2013 \u00b7"];

/**
 * @param {Picture} picture
 * @returns {import("../dom.js").VNode}
 */
export function series(picture) {
  const { record, inputs, probe, leaf, limit, state, paint } = picture;
  const channels = record.leaves[leaf].shape[1] ?? 1;
  const strips = channels > 1 ? Math.min(channels, MOST_STRIPS) : 1;
  const height = LINE_HEIGHT + GAP + strips * STRIP_HEIGHT;
  const pixels = window.devicePixelRatio || 1;
  const names = inputs.header.feature_names;
  const canvas = h("canvas", {
    class: "series",
    role: "img",
    "aria-label": `Signal and attribution of ${record.leaves[leaf].name} over time`,
    style: { width: `${WIDTH}px`, height: `${height}px` },
    effect: {
      deps: [record, inputs, probe, leaf, limit, state.dark, paint?.palette, pixels],
      run: (/** @type {HTMLCanvasElement} */ canvas) => {
        canvas.width = Math.round(WIDTH * pixels);
        canvas.height = Math.round(height * pixels);
        const context = canvas.getContext("2d");
        if (!context) return;
        context.scale(pixels, pixels);
        draw(context, picture, strips);
      },
    },
  });
  const named = Array.isArray(names) && names.length === channels && channels > 1;
  return h(
    "div",
    null,
    canvas,
    named &&
      h(
        "p",
        { class: "channels muted" },
        names
          .slice(0, MOST_LINES)
          .map((/** @type {string} */ name, /** @type {number} */ c) =>
            h("span", null, `${MARKS[c]} `, h("bdi", null, short(name, 40))),
          ),
      ),
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {number} strips
 * @returns {void}
 */
function draw(context, { record, inputs, probe, leaf, inputLeaf, limit, state, paint }, strips) {
  const map = values(record, probe, leaf, 2);
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2) : null;
  if (!map) return;
  const [length, channels = 1] = map.shape;
  for (let c = 0; c < strips; c++) {
    const top = LINE_HEIGHT + GAP + c * STRIP_HEIGHT;
    strip(context, map, c, limit, top, STRIP_HEIGHT - 1, paint?.palette);
  }
  // With several channels their sum stands behind the lines, so that it can be told where in time to look.
  const total = { numbers: new Float32Array(length), shape: [length] };
  map.numbers.forEach((value, i) => (total.numbers[Math.floor(i / channels)] += value));
  strip(context, total, 0, limit, 0, LINE_HEIGHT, paint?.palette);
  if (input) lines(context, input, state.dark);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Values} map
 * @param {number} channel
 * @param {number} limit
 * @param {number} top
 * @param {number} height
 * @param {import("../color.js").Palette} [palette]
 * @returns {void}
 */
function strip(context, { numbers, shape: [length, channels = 1] }, channel, limit, top, height, palette) {
  for (let t = 0; t < length; t++) {
    context.fillStyle = css(numbers[t * channels + channel], limit, palette);
    // Whole device pixels would leave seams: each moment reaches a little into the next.
    context.fillRect((t * WIDTH) / length, top, WIDTH / length + 0.4, height);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Values} input
 * @param {boolean} dark
 * @returns {void}
 */
function lines(context, { numbers, shape: [length, channels = 1] }, dark) {
  const finite = numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  context.lineWidth = 1.25;
  context.lineJoin = "round";
  for (let c = 0; c < Math.min(channels, MOST_LINES); c++) {
    context.strokeStyle = dark ? "#fff" : "#212121";
    context.setLineDash(DASHES[c]);
    context.beginPath();
    for (let t = 0; t < length; t++) {
      const x = ((t + 0.5) * WIDTH) / length;
      const y = 4 + (LINE_HEIGHT - 8) * (1 - (numbers[t * channels + c] - low) / (high - low || 1));
      if (t === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  }
  context.setLineDash([]);
}
