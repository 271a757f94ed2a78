/** The pictures of a probe in a card: one for each of its attributed leaves. */

import { h } from "../dom.js";
import { short } from "../format.js";
import { picturedLeaves } from "../nodes.js";
import { kindOf } from "../traits.js";
import { fitting } from "./looks.js";
import { inputLeafOf } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 */

/**
 * @param {Omit<Picture, "leaf" | "inputLeaf" | "kind">} what
 * @returns {import("../dom.js").VNode[]} One picture per attributed leaf that has values for the probe.
 */
export function pictures(what) {
  const { record, inputs, probe } = what;
  const leaves = picturedLeaves(record, inputs, probe);
  return leaves.map((leaf) => {
    const picture = { ...what, leaf, inputLeaf: inputLeafOf(record, inputs, leaf), kind: kindOf(record, inputs, leaf) };
    const { name } = record.leaves[leaf];
    const drawn = fitting(picture).draw(picture);
    return h("figure", { key: leaf }, leaves.length > 1 && h("figcaption", { class: "muted" }, short(name, 60)), drawn);
  });
}
