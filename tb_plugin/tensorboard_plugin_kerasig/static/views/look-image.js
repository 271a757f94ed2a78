/** Image probes: the signed map over the picture. */

import { mapOf } from "../maps.js";
import { image as draw, frames } from "./image.js";
import { largeImage } from "./probe-image.js";

/** @type {import("./looks.js").Look} */
export const image = {
  style: "picture",
  strip: "columns",
  positions: "pixels",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  set: "images",
  unit: "image",
  card: { width: 140, lowest: 220 },
  layered: true,
  lengths: false,
  earlier: false,
  draw,
  large: largeImage,
  frames,
  plane: (shape) => (shape.length === 2 || shape.length === 3 ? shape.slice(0, 2) : null),
  maps: (record, probe, leaf, smooth) => {
    const map = mapOf(record, probe, leaf, smooth);
    return map ? [map] : [];
  },
  fits: (shape) => shape.length === 2 || shape.length === 3,
};
