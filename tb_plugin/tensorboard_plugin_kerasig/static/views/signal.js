/** What both sizes of a series probe are drawn with: bands of colour along time, and the signal over them. */

import { css } from "../color.js";

/**
 * @typedef {import("./values.js").Values} Values
 *
 * @typedef {object} Look
 * @property {number} width
 * @property {number} height
 * @property {number} edge What stays free above and below.
 * @property {number} stroke
 * @property {number[][]} dashes Of each channel.
 */

/** Channels that are drawn as lines. */
export const MOST_LINES = 4;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} length
 * @param {(t: number) => number} value At each moment.
 * @param {{limit: number, palette?: import("../color.js").Palette}} colors
 * @param {{width: number, top: number, height: number}} place
 * @returns {void}
 */
export function band(context, length, value, { limit, palette }, { width, top, height }) {
  // Whole device pixels: neither seams between moments nor lines where they overlap.
  const pixels = context.getTransform?.().a || 1;
  const edge = (/** @type {number} */ t) => Math.round((t * width * pixels) / length) / pixels;
  for (let t = 0; t < length; t++) {
    context.fillStyle = css(value(t), limit, palette);
    context.fillRect(edge(t), top, Math.max(edge(t + 1) - edge(t), 1 / pixels), height);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Values} input
 * @param {boolean} dark
 * @param {Look} look
 * @returns {void}
 */
export function lines(context, { numbers, shape: [length, channels = 1] }, dark, look) {
  const { width, height, edge, stroke, dashes } = look;
  const finite = numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  context.lineWidth = stroke;
  context.lineJoin = "round";
  context.strokeStyle = dark ? "#fff" : "#212121";
  for (let c = 0; c < Math.min(channels, MOST_LINES); c++) {
    context.setLineDash(dashes[c]);
    context.beginPath();
    for (let t = 0; t < length; t++) {
      const x = ((t + 0.5) * width) / length;
      const y = edge + (height - 2 * edge) * (1 - (numbers[t * channels + c] - low) / (high - low || 1));
      if (t === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Values} input
 * @param {number} c The channel, on a scale of its own.
 * @param {boolean} dark
 * @param {{width: number, top: number, height: number}} place
 * @returns {void}
 */
export function curve(context, { numbers, shape: [length, channels = 1] }, c, dark, { width, top, height }) {
  let [low, high] = [Infinity, -Infinity];
  for (let t = 0; t < length; t++) {
    const value = numbers[t * channels + c];
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const edge = Math.min(8, height / 8);
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.strokeStyle = dark ? "#fff" : "#212121";
  context.beginPath();
  let drawn = false;
  for (let t = 0; t < length; t++) {
    const value = numbers[t * channels + c];
    // What is not known leaves a gap.
    if (!Number.isFinite(value)) {
      drawn = false;
      continue;
    }
    const x = ((t + 0.5) * width) / length;
    const y = top + edge + (height - 2 * edge) * (high > low ? 1 - (value - low) / (high - low) : 0.5);
    if (drawn) context.lineTo(x, y);
    else context.moveTo(x, y);
    drawn = true;
  }
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context Its colour is that of the mark.
 * @param {number} length
 * @param {(t: number) => boolean} within Whether a moment is marked.
 * @param {{width: number, top: number, height: number}} place
 * @returns {void}
 */
export function mark(context, length, within, { width, top, height }) {
  for (let t = 0, from = -1; t <= length; t++) {
    const on = t < length && within(t);
    if (on && from < 0) from = t;
    if (on || from < 0) continue;
    context.fillRect((from * width) / length, top, ((t - from) * width) / length, height);
    from = -1;
  }
}
