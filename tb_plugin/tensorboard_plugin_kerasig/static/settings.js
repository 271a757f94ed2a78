/** What stands for "as is usual" in how values become colours: it depends on how large pictures are. Pure. */

import { GAMMA } from "./color.js";
import { LARGE_ABOVE } from "./smoothing.js";

/**
 * @typedef {object} Settings
 * @property {number} clip Percentile of the sizes that gets the strongest colour.
 * @property {number} gamma
 * @property {number | null} smooth In pixels; null for what is usual for a map's size.
 * @property {boolean} large Whether the pictures are photographs.
 */

/** As `kerasig.plot.images` has it: the few largest pixels would leave all others pale. */
const LARGE_CLIP = 99;
/** Sums of neighbours are less heavy-tailed than pixels: weak ones need no lifting, and would hide the photograph. */
const LARGE_GAMMA = 1;

/**
 * @param {import("./state.js").State} state
 * @param {number} side The longest one of any picture, in pixels of its own; 0 where there is none.
 * @returns {Settings}
 */
export function settingsOf({ clip, gamma, smooth }, side) {
  const large = side > LARGE_ABOVE;
  return {
    clip: clip ?? (large ? LARGE_CLIP : 100),
    gamma: gamma ?? (large ? LARGE_GAMMA : GAMMA),
    smooth,
    large,
  };
}
