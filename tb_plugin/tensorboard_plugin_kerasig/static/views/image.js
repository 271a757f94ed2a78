/** Image probes: the signed map over the greyscale input, regions outlined. */

import { REGION_COLORS, shade } from "../color.js";
import { h } from "../dom.js";
import { regionsOf, values } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./values.js").Values} Values
 */

const SMALL_SIDE = 132;
const LARGE_SIDE = 168;
/** Under the overlay, the input keeps clear of black and white, where the map's colours would drown. */
const BASE = { black: 44, white: 172 };
/** Values that reach further than this, up to 255, are taken for bytes. */
const BYTES_BEYOND = 64;

/**
 * The size an image is shown at: small ones by a whole factor, so that every pixel is a square of the same size.
 * @param {number} height
 * @param {number} width
 * @returns {{height: number, width: number}} In CSS pixels.
 */
export function displaySize(height, width) {
  const side = Math.max(height, width, 1);
  const factor = side <= SMALL_SIDE ? Math.max(1, Math.round(SMALL_SIDE / side)) : LARGE_SIDE / side;
  return { height: Math.max(1, Math.round(height * factor)), width: Math.max(1, Math.round(width * factor)) };
}

/**
 * @param {Picture} picture
 * @returns {import("../dom.js").VNode}
 */
export function image(picture) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state } = picture;
  const [height, width] = (inputLeaf >= 0 ? inputs : record).leaves[inputLeaf >= 0 ? inputLeaf : leaf].shape;
  const size = displaySize(height, width);
  const pixels = window.devicePixelRatio || 1;
  return h("canvas", {
    class: "image",
    role: "img",
    "aria-label": `Attribution map over the input ${record.leaves[leaf].name}`,
    style: { width: `${size.width}px`, height: `${size.height}px` },
    effect: {
      deps: [record, inputs, probe, leaf, limit, state.show, pixels],
      run: (/** @type {HTMLCanvasElement} */ canvas) => {
        canvas.width = Math.round(size.width * pixels);
        canvas.height = Math.round(size.height * pixels);
        draw(canvas, picture, [height, width]);
      },
    },
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {number[]} shape Of the input, [height, width].
 * @returns {void}
 */
export function draw(canvas, picture, shape) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  context.imageSmoothingEnabled = shape[0] > canvas.height;
  const lay = (/** @type {ImageData} */ data) => {
    const small = document.createElement("canvas");
    small.width = data.width;
    small.height = data.height;
    small.getContext("2d")?.putImageData(data, 0, 0);
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  };
  const input = inputLeaf >= 0 ? values(inputs, probe, inputLeaf) : null;
  if (input && state.show !== "map") lay(pixelsOf(input, state.show === "input"));
  const map = values(record, probe, leaf, 2);
  context.globalAlpha = paint?.opacity ?? 1;
  if (map && state.show !== "input") lay(overlay(map, limit, paint?.palette));
  context.globalAlpha = 1;
  regionsOf(picture).forEach((region, i) => outline(context, region, REGION_COLORS[i % REGION_COLORS.length]));
}

/**
 * @param {Values} input
 * @param {boolean} plain As it is, in colour; otherwise grey, and softened.
 * @returns {ImageData}
 */
function pixelsOf({ numbers, shape: [height, width, channels = 1] }, plain) {
  const data = new ImageData(width, height);
  const [low, high] = range(numbers);
  const at = (/** @type {number} */ pixel, /** @type {number} */ channel) =>
    (numbers[pixel * channels + channel] - low) / (high - low || 1);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const rgb =
      channels >= 3 ? [0, 1, 2].map((channel) => at(pixel, channel)) : Array(3).fill(channels ? at(pixel, 0) : 0);
    const grey = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    for (let i = 0; i < 3; i++)
      data.data[4 * pixel + i] = plain ? 255 * rgb[i] : BASE.black + grey * (BASE.white - BASE.black);
    data.data[4 * pixel + 3] = 255;
  }
  return data;
}

/**
 * Guesses which values are black and white, from the usual ways to scale images.
 * @param {Float32Array} numbers
 * @returns {[number, number]}
 */
function range(numbers) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of numbers) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= 0 && high <= 1) return [0, 1];
  if (low >= 0 && high > BYTES_BEYOND && high <= 255) return [0, 255];
  if (low >= -1 && high <= 1) return [-1, 1];
  return [low, high];
}

/**
 * @param {Values} map
 * @param {number} limit
 * @param {import("../color.js").Palette} [colors]
 * @returns {ImageData}
 */
function overlay({ numbers, shape: [height, width] }, limit, colors) {
  const data = new ImageData(width, height);
  const color = [0, 0, 0, 0];
  numbers.forEach((value, i) => {
    shade(value, limit, color, colors);
    data.data.set([color[0], color[1], color[2], 255 * color[3]], 4 * i);
  });
  return data;
}

/**
 * Draws the border between what is inside a region and what is not, dark beneath light so that it shows on any picture.
 * @param {CanvasRenderingContext2D} context
 * @param {{mask: Uint8Array, shape: number[]}} region
 * @param {string} color
 * @returns {void}
 */
function outline(context, { mask, shape: [height, width] }, color) {
  const [dx, dy] = [context.canvas.width / width, context.canvas.height / height];
  const inside = (/** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && x >= 0 && y < height && x < width && mask[y * width + x] === 1;
  const line = Math.max(1, Math.round(context.canvas.width / 90));
  // Along the canvas's own edge half a line would be cut off.
  const fit = (/** @type {number} */ v, /** @type {number} */ max) => Math.min(max - line, Math.max(line, v));
  const path = new Path2D();
  const edge = (
    /** @type {number} */ y0,
    /** @type {number} */ x0,
    /** @type {number} */ y1,
    /** @type {number} */ x1,
  ) => {
    path.moveTo(fit(x0 * dx, context.canvas.width), fit(y0 * dy, context.canvas.height));
    path.lineTo(fit(x1 * dx, context.canvas.width), fit(y1 * dy, context.canvas.height));
  };
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (inside(y, x) !== inside(y - 1, x)) edge(y, x, y, x + 1);
      if (inside(y, x) !== inside(y, x - 1)) edge(y, x, y + 1, x);
    }
  }
  context.lineCap = "square";
  for (const [style, width] of /** @type {[string, number][]} */ ([
    ["rgba(0, 0, 0, 0.65)", 2.5 * line],
    [color, line],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(path);
  }
}
