/** Image probes: the signed map over the greyscale input. */

import { image as draw, frames } from "./image.js";
import { largeImage } from "./probe-image.js";

/** @type {import("./looks.js").Look} */
export const image = {
  style: "picture",
  strip: "columns",
  positions: "pixels",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  unit: "image",
  card: { width: 140, lowest: 220 },
  layered: true,
  lengths: false,
  earlier: false,
  draw,
  large: largeImage,
  frames,
  fits: (shape) => shape.length === 2 || shape.length === 3,
};
