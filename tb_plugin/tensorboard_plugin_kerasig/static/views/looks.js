/** How each kind of probe is drawn. A new kind is one new file and one line here. */

import { graph } from "./look-graph.js";
import { image } from "./look-image.js";
import { series } from "./look-series.js";
import { tabular } from "./look-tabular.js";
import { tokens } from "./look-tokens.js";
import { volume } from "./volume.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../packed.js").Packed} Packed
 *
 * @typedef {object} Look
 * @property {string} style The group of rules in the style sheets that lays its pictures out.
 * @property {string} set What many of them are called.
 * @property {string} unit What one probe is called.
 * @property {string} positions What the positions of its values are called.
 * @property {"columns" | "lines" | "bars"} strip How it is seen over the steps: a picture in a column for each, a line for
 *   each, or a table with bars.
 * @property {(runs: number) => number} rows How many probes the overview shows, of so many runs.
 * @property {import("../grid.js").Card} card What its picture needs in the gallery.
 * @property {boolean} layered Whether the map lies over a picture of the input.
 * @property {boolean} lengths Whether values are read off lengths, of which few may be cut.
 * @property {boolean} earlier Whether a large picture tells what was before: of the first record and the previous one.
 * @property {(picture: Picture) => VNode} draw In a card.
 * @property {(large: import("./cursor.js").Large) => VNode} large One probe alone.
 * @property {(picture: Omit<Picture, "leaf" | "inputLeaf">, side: number) => VNode[]} [frames] Of the film strip, where
 *   they are not as in a card.
 * @property {boolean} [wide] Whether a large picture takes the whole width, and what is said of it stands below.
 * @property {(width: number) => number} [room] How wide a large picture may be, of a width.
 * @property {number} [inset] How much of a large picture's height something above it takes, in CSS pixels.
 * @property {(picture: Picture, by: number) => Partial<import("../state.js").State>} [turn] To another part of a picture
 *   that is shown part by part.
 * @property {(shape: number[]) => number[] | null} [plane] Of a picture pixel by pixel, height and width of one that is
 *   drawn of a leaf; null of a leaf that is none.
 * @property {(record: Packed, probe: number, leaf: number, smooth: number | null) => import("../maps.js").MapNumbers[]} [maps]
 *   What is drawn of such a leaf.
 * @property {(shape: number[], picture: Picture) => boolean} fits Whether the leaf of a picture can be drawn so.
 */

/** @type {Record<string, Look>} */
const LOOKS = { image, volume, tokens, tabular, series, graph };
/** Whatever has no picture of its own. */
const PLAIN = tabular;

/**
 * @param {string} kind
 * @returns {Look}
 */
export function lookOf(kind) {
  return Object.hasOwn(LOOKS, kind) ? LOOKS[kind] : PLAIN;
}

/**
 * @param {Picture} picture
 * @returns {Look} That of its kind, where its leaf can be drawn so.
 */
export function fitting(picture) {
  const look = lookOf(picture.kind);
  return look.fits(picture.record.leaves[picture.leaf].shape, picture) ? look : PLAIN;
}
