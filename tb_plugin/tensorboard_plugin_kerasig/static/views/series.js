/** Series probes: the signal over time, with the attribution of each moment behind it and of each channel below it. */

import { REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { band, lines, MOST_LINES } from "./signal.js";
import { regionsOf, values } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 */

const WIDTH = 288;
const LINE_HEIGHT = 72;
const STRIP_HEIGHT = 12;
const GAP = 4;
const MOST_STRIPS = 12;
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
function draw(context, picture, strips) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const map = values(record, probe, leaf, 2);
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 2) : null;
  if (!map) return;
  const [length, channels = 1] = map.shape;
  const colors = { limit, palette: paint?.palette };
  for (let c = 0; c < strips; c++) {
    const place = { width: WIDTH, top: LINE_HEIGHT + GAP + c * STRIP_HEIGHT, height: STRIP_HEIGHT - 1 };
    band(context, length, (t) => map.numbers[t * channels + c], colors, place);
  }
  // With several channels their sum stands behind the lines, so that it can be told where in time to look.
  const total = new Float32Array(length);
  map.numbers.forEach((value, i) => (total[Math.floor(i / channels)] += value));
  band(context, length, (t) => total[t], colors, { width: WIDTH, top: 0, height: LINE_HEIGHT });
  if (picture.marked) for (const { mask, shape } of regionsOf(picture)) shade(context, mask, shape);
  const look = { width: WIDTH, height: LINE_HEIGHT, edge: 4, stroke: 1.25, dashes: DASHES };
  if (input) lines(context, input, state.dark, look);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Uint8Array} mask Of a region: its moments are shaded, with an edge at each end.
 * @param {number[]} shape
 * @returns {void}
 */
function shade(context, mask, [length, channels = 1]) {
  const inside = (/** @type {number} */ t) =>
    t >= 0 && t < length && mask.subarray(t * channels, (t + 1) * channels).includes(1);
  const x = (/** @type {number} */ t) => (t * WIDTH) / length;
  [context.fillStyle] = REGION_COLORS;
  for (let t = 0; t <= length; t++) {
    context.globalAlpha = 0.28;
    if (inside(t)) context.fillRect(x(t), 0, x(t + 1) - x(t), LINE_HEIGHT);
    context.globalAlpha = 1;
    if (inside(t) !== inside(t - 1)) context.fillRect(Math.max(0, Math.min(WIDTH - 2, x(t) - 1)), 0, 2, LINE_HEIGHT);
  }
}
