/** Image probes: the signed map over the greyscale input, regions outlined. */

import { GAMMA, palette, REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { overlay, painted } from "./overlay.js";
import { inputLeafOf, regionsOf, values } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./values.js").Values} Values
 */

const SMALL_SIDE = 132;
const LARGE_SIDE = 168;
/** Under the overlay, the input keeps clear of black and white, where the map's colours would drown. */
const BASE = { black: 44, white: 172 };
/** The width of a region's outline on large pictures, in CSS pixels. */
const MOST_LINE = 2.5;
/** Pictures of inputs that are kept: of what is on the screen, they are the same at each step. */
const MOST_KEPT = 128;
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
  // One with more pixels than the screen has for it is made smaller by the browser, which is quicker at it.
  const large = width >= size.width * pixels;
  return h("canvas", {
    class: large ? "image large" : "image",
    role: "img",
    "aria-label": `Attribution map over the input ${record.leaves[leaf].name}`,
    style: { width: `${size.width}px`, height: `${size.height}px` },
    effect: {
      deps: [record, inputs, probe, leaf, limit, state.show, picture.paint?.palette, picture.paint?.opacity, pixels],
      run: (/** @type {HTMLCanvasElement} */ canvas) => {
        const [w, h] = large ? [width, height] : [size.width * pixels, size.height * pixels].map(Math.round);
        // To set them clears the canvas, also where they are as before.
        if (canvas.width !== w) canvas.width = w;
        if (canvas.height !== h) canvas.height = h;
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
  const { record, probe, leaf, limit, state, paint } = picture;
  const [opacity, colors] = [paint?.opacity ?? 1, paint?.palette ?? palette(GAMMA, false)];
  const under = state.show === "map" ? null : underlay(picture);
  const map = state.show === "input" ? null : overlay(record, probe, leaf, limit, colors);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = shape[0] > canvas.height;
  const lay = (/** @type {CanvasImageSource} */ image) => context.drawImage(image, 0, 0, canvas.width, canvas.height);
  if (under) lay(under);
  context.globalAlpha = opacity;
  if (map) lay(map);
  context.globalAlpha = 1;
  outlines(picture, canvas).forEach((path, i) => stroke(context, path, REGION_COLORS[i % REGION_COLORS.length]));
}

/** @type {Map<string, {inputs: object, made: any}>} */
const kept = new Map();

/**
 * @template T
 * @param {Picture} picture
 * @param {string} what
 * @param {() => T} make
 * @returns {T} What was made of the probe's input before, or is now.
 */
function keep({ inputs, probe, inputLeaf }, what, make) {
  const key = `${probe}/${inputLeaf}/${what}`;
  const known = kept.get(key);
  const made = known?.inputs === inputs ? known.made : make();
  kept.delete(key);
  kept.set(key, { inputs, made });
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return made;
}

/**
 * @param {Picture} picture
 * @returns {HTMLCanvasElement | null} The input; null where its values are not known.
 */
function underlay(picture) {
  const { inputs, probe, inputLeaf, state, whole } = picture;
  if (inputLeaf < 0 || !inputs.get(probe, inputLeaf)) return null;
  const plain = state.show === "input";
  return keep(picture, `input ${plain}`, () => {
    const input = values(inputs, probe, inputLeaf);
    const ends = whole && values(whole, probe, inputLeaf);
    return painted(input ? pixelsOf(input, plain, range((ends ?? input).numbers)) : new ImageData(1, 1));
  });
}

/**
 * @param {Values} input
 * @param {boolean} plain As it is, in colour; otherwise grey, and softened.
 * @param {[number, number]} ends What is black and white.
 * @returns {ImageData}
 */
function pixelsOf({ numbers, shape: [height, width, channels = 1] }, plain, [low, high]) {
  const image = new ImageData(width, height);
  const { data } = image;
  const factor = 1 / (high - low || 1);
  // Of one or two channels, the first; of more, red, green and blue.
  const [second, third] = channels >= 3 ? [1, 2] : [0, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    const red = channels ? (numbers[at] - low) * factor : 0;
    const green = channels ? (numbers[at + second] - low) * factor : 0;
    const blue = channels ? (numbers[at + third] - low) * factor : 0;
    const grey = BASE.black + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (BASE.white - BASE.black);
    data[4 * pixel] = plain ? 255 * red : grey;
    data[4 * pixel + 1] = plain ? 255 * green : grey;
    data[4 * pixel + 2] = plain ? 255 * blue : grey;
    data[4 * pixel + 3] = 255;
  }
  return image;
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
 * @param {Picture} picture
 * @param {HTMLCanvasElement} canvas
 * @returns {Path2D[]} The borders of the picture's regions.
 */
function outlines(picture, { width, height }) {
  if (!picture.inputs.regions.length) return [];
  return keep(picture, `outlines ${width} ${height}`, () =>
    regionsOf(picture).map((region) => border(region, width, height)),
  );
}

/**
 * @param {number} width Of a canvas.
 * @returns {number}
 */
function lineWidth(width) {
  return Math.max(1, Math.min(Math.round(width / 90), Math.round(MOST_LINE * (window.devicePixelRatio || 1))));
}

/**
 * The border between what is inside a region and what is not.
 * @param {{mask: Uint8Array, shape: number[]}} region
 * @param {number} canvasWidth
 * @param {number} canvasHeight
 * @returns {Path2D}
 */
function border({ mask, shape: [height, width] }, canvasWidth, canvasHeight) {
  const [dx, dy] = [canvasWidth / width, canvasHeight / height];
  const inside = (/** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && x >= 0 && y < height && x < width && mask[y * width + x] === 1;
  const line = lineWidth(canvasWidth);
  // Along the canvas's own edge half a line would be cut off.
  const fit = (/** @type {number} */ v, /** @type {number} */ max) => Math.min(max - line, Math.max(line, v));
  const path = new Path2D();
  const edge = (
    /** @type {number} */ y0,
    /** @type {number} */ x0,
    /** @type {number} */ y1,
    /** @type {number} */ x1,
  ) => {
    path.moveTo(fit(x0 * dx, canvasWidth), fit(y0 * dy, canvasHeight));
    path.lineTo(fit(x1 * dx, canvasWidth), fit(y1 * dy, canvasHeight));
  };
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (inside(y, x) !== inside(y - 1, x)) edge(y, x, y, x + 1);
      if (inside(y, x) !== inside(y, x - 1)) edge(y, x, y + 1, x);
    }
  }
  return path;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {string} color Dark beneath it, so that it shows on any picture.
 * @returns {void}
 */
function stroke(context, path, color) {
  const line = lineWidth(context.canvas.width);
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

/**
 * The size a large image is shown at: small ones by a whole factor, so that every pixel is a square of the same size.
 * @param {number} height
 * @param {number} width
 * @param {number} side
 * @returns {{height: number, width: number}} In CSS pixels.
 */
export function fitted(height, width, side) {
  const factor = side / Math.max(height, width, 1);
  const whole = factor >= 1 ? Math.floor(factor) : factor;
  return { height: Math.max(1, Math.round(height * whole)), width: Math.max(1, Math.round(width * whole)) };
}

/**
 * @param {Omit<Picture, "leaf" | "inputLeaf">} what
 * @param {number} side Of a picture, in CSS pixels.
 * @returns {import("../dom.js").VNode[]} The frames of a film strip at one alpha, one for each leaf.
 */
export function frames(what, side) {
  const { record, inputs, probe } = what;
  return record.leaves.flatMap(({ shape }, leaf) => {
    if (!record.get(probe, leaf) || shape.length < 2) return [];
    return [frame({ ...what, leaf, inputLeaf: inputLeafOf(record, inputs, leaf) }, side)];
  });
}

/**
 * @param {Picture} picture
 * @param {number} side Of a picture, in CSS pixels.
 * @returns {import("../dom.js").VNode}
 */
export function frame(picture, side) {
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const pixels = window.devicePixelRatio || 1;
  const { shape } = inputLeaf >= 0 ? inputs.leaves[inputLeaf] : record.leaves[leaf];
  const size = fitted(shape[0], shape[1], side);
  return h("canvas", {
    class: "image",
    key: leaf,
    role: "img",
    "aria-label": `Gradients of ${short(record.leaves[leaf].name, 60)}`,
    style: { width: `${size.width}px`, height: `${size.height}px` },
    effect: {
      deps: [record, inputs, probe, leaf, limit, state.show, paint?.palette, paint?.opacity, size.width, pixels],
      run: (/** @type {HTMLCanvasElement} */ canvas) => {
        canvas.width = Math.round(size.width * pixels);
        canvas.height = Math.round(size.height * pixels);
        draw(canvas, picture, shape);
      },
    },
  });
}
