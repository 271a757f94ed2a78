/** Pictures of many steps as one animation. */

import { Gif } from "./gif.js";
import { drawn } from "./picture.js";

export const MOST_FRAMES = 60;
/** How long all of it is seen, one frame, and the last one before it begins again. */
const ALL_MS = 8000;
const SHORTEST_MS = 100;
const LONGEST_MS = 500;
const LAST_MS = 1500;
/** In pixels: small ones are drawn larger, so that their texts can be read. */
const NARROW = 480;
const MOST_PIXELS = 1.2e6;

/**
 * @param {number[]} steps
 * @returns {number[]} As many as an animation has, from the first to the last, evenly chosen.
 */
export function thinned(steps) {
  if (steps.length <= MOST_FRAMES) return steps;
  const by = (steps.length - 1) / (MOST_FRAMES - 1);
  return Array.from({ length: MOST_FRAMES }, (_, i) => steps[Math.round(i * by)]);
}

/**
 * @param {number} frames
 * @param {number} i
 * @returns {number} Milliseconds that a frame is seen.
 */
export function lasting(frames, i) {
  if (i === frames - 1) return LAST_MS;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ALL_MS / frames));
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {number} Pixels of the animation for one of the scene.
 */
export function ratioOf(width, height) {
  return Math.min(width < NARROW ? 2 : 1, Math.sqrt(MOST_PIXELS / (width * height)));
}

/**
 * @param {import("./picture.js").Still[]} stills
 * @param {(done: number) => void} report After each frame; what it throws ends the work.
 * @returns {Promise<Blob>} A GIF.
 */
export async function animation(stills, report) {
  // What some steps have more of, such as an alarm, has room in all.
  const [width, height] = [
    Math.max(...stills.map(({ width }) => width)),
    Math.max(...stills.map(({ height }) => height)),
  ];
  const ratio = ratioOf(width, height);
  const gif = new Gif(Math.round(width * ratio), Math.round(height * ratio));
  for (const [i, still] of stills.entries()) {
    const context = await drawn(still, gif.width, gif.height, ratio);
    gif.add(context.getImageData(0, 0, gif.width, gif.height).data, lasting(stills.length, i));
    report(i + 1);
  }
  return new Blob([/** @type {BlobPart} */ (gif.finish())], { type: "image/gif" });
}
