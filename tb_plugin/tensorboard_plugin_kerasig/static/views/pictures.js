/** Which picture a leaf gets: a new kind of probe is one new file and one line here. */

import { h } from "../dom.js";
import { short } from "../format.js";
import { bars } from "./bars.js";
import { graph } from "./graph.js";
import { image } from "./image.js";
import { series } from "./series.js";
import { tokens } from "./tokens.js";
import { isAbout } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {(picture: Picture) => import("../dom.js").VNode} Draw
 */

/** @type {Record<string, {draw: Draw, fits: (shape: number[]) => boolean}>} */
const KINDS = {
  image: { draw: image, fits: (shape) => shape.length === 2 || shape.length === 3 },
  tokens: { draw: tokens, fits: (shape) => shape.length >= 1 },
  graph: { draw: graph, fits: (shape) => shape.length >= 1 },
  series: { draw: series, fits: (shape) => shape.length === 1 || shape.length === 2 },
};

/**
 * @param {Omit<Picture, "leaf" | "inputLeaf">} what
 * @returns {import("../dom.js").VNode[]} One picture per attributed leaf that has values for the probe.
 */
export function pictures(what) {
  const { record, inputs, probe, kind } = what;
  const leaves = record.leaves.map((_, leaf) => leaf).filter((leaf) => record.get(probe, leaf));
  return leaves.map((leaf) => {
    const { name, positions_of: of, shape } = record.leaves[leaf];
    const inputLeaf = inputs.leaves.findIndex((input) => input.name === (of ?? name));
    const fits = KINDS[kind]?.fits(shape) && isAbout(inputs, inputLeaf, probe, kind, shape);
    const drawn = (fits ? KINDS[kind].draw : bars)({ ...what, leaf, inputLeaf });
    return h("figure", { key: leaf }, leaves.length > 1 && h("figcaption", { class: "muted" }, short(name, 60)), drawn);
  });
}
