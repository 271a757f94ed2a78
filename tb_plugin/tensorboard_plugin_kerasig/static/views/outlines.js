/** The borders of regions, over a picture. */

import { REGION_COLORS } from "../color.js";
import { keep } from "./underlay.js";
import { regionsOf } from "./values.js";

/** @typedef {import("./values.js").Picture} Picture */

/** The width of a region's outline on large pictures, in CSS pixels. */
const MOST_LINE = 2.5;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {number} scale How much larger than the canvas the picture is.
 * @returns {void}
 */
export function outlines(context, picture, scale) {
  const paths = pathsOf(picture, context.canvas);
  const line = lineWidth(context.canvas.width, picture.marked);
  paths.forEach((path, i) => stroke(context, path, REGION_COLORS[i % REGION_COLORS.length], line / scale));
}

/**
 * @param {Picture} picture
 * @param {HTMLCanvasElement} canvas
 * @returns {Path2D[]} The borders of the picture's regions.
 */
function pathsOf(picture, { width, height }) {
  if (!picture.inputs.regions.length) return [];
  return keep(picture, `outlines ${width} ${height}`, () =>
    regionsOf(picture).map((region) => border(region, width, height, lineWidth(width, picture.marked))),
  );
}

/**
 * @param {number} width Of a canvas.
 * @param {boolean} [marked] Whether the regions are what is to be seen.
 * @returns {number}
 */
function lineWidth(width, marked = false) {
  return Math.max(
    marked ? 2 * (window.devicePixelRatio || 1) : 1,
    Math.min(Math.round(width / 90), Math.round(MOST_LINE * (window.devicePixelRatio || 1))),
  );
}

/**
 * The border between what is inside a region and what is not.
 * @param {{mask: Uint8Array, shape: number[]}} region
 * @param {number} canvasWidth
 * @param {number} canvasHeight
 * @param {number} line Its width.
 * @returns {Path2D}
 */
function border({ mask, shape: [height, width] }, canvasWidth, canvasHeight, line) {
  const [dx, dy] = [canvasWidth / width, canvasHeight / height];
  const inside = (/** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && x >= 0 && y < height && x < width && mask[y * width + x] === 1;
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
 * @param {number} line Its width.
 * @returns {void}
 */
function stroke(context, path, color, line) {
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
