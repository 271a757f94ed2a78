/** Tabular probes, and whatever has no picture of its own: a signed bar per feature. */

import { REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { digits, short, signed } from "../format.js";
import { traitsOf } from "../traits.js";
import { ends } from "./ends.js";
import { bar } from "./track.js";
import { groupsOf, regionsOf, values } from "./values.js";

/** Up to so many features all keep their place; of more, the largest are shown. */
const ALL_UP_TO = 12;
const TOP = 10;

/**
 * @param {import("./values.js").Picture} picture
 * @returns {import("../dom.js").VNode}
 */
export function bars(picture) {
  const { record, inputs, probe, leaf, inputLeaf, limit, kind, paint } = picture;
  const { sequence } = traitsOf(inputs.header, kind);
  const map = values(record, probe, leaf, sequence ? 1 : Infinity) ?? { numbers: new Float32Array(0), shape: [] };
  const { numbers, shape } = map;
  const given = !sequence && inputLeaf >= 0 ? values(inputs, probe, inputLeaf)?.numbers : null;
  const order = Array.from(numbers.keys());
  const regions = regionsOf(picture);
  if (order.length > ALL_UP_TO) {
    order.sort((a, b) => Math.abs(numbers[b] || 0) - Math.abs(numbers[a] || 0));
    // Of each region, the largest is always seen.
    const first = regions.map(({ mask }) => order.findIndex((i) => mask[i] === 1));
    const left = order.splice(TOP);
    order.push(...new Set(first.filter((place) => place >= TOP).map((place) => left[place - TOP])));
  }
  const rest =
    numbers.reduce((sum, value) => sum + (value || 0), 0) - order.reduce((sum, i) => sum + (numbers[i] || 0), 0);
  return h(
    "div",
    { class: given ? "bars" : "bars plain", role: "list" },
    order.map((i) => {
      const name = nameOf(picture, shape, i);
      const region = regions.findIndex(({ mask }) => mask[i] === 1);
      const mark =
        region >= 0 &&
        h("i", {
          class: "dot",
          style: { background: REGION_COLORS[region % REGION_COLORS.length] },
          title: regions[region].name,
        });
      return h(
        "div",
        { class: "bar", role: "listitem", key: i },
        h("span", { class: "feature", title: short(name) }, mark, ends(name, 200)),
        h("span", { class: "number muted" }, given ? digits(given[i]) : ""),
        bar(numbers[i], limit, { palette: paint?.palette }),
        h("span", { class: "number" }, signed(numbers[i])),
      );
    }),
    order.length < numbers.length &&
      h(
        "div",
        { class: "bar rest muted", role: "listitem", key: "rest" },
        h("span", { class: "feature" }, `${numbers.length - order.length} more, summed`),
        h("span"),
        h("span"),
        h("span", { class: "number" }, signed(rest)),
      ),
  );
}

/**
 * @param {import("./values.js").Picture} picture
 * @param {number[]} shape
 * @param {number} i
 * @returns {string}
 */
export function nameOf({ record, inputs, leaf, kind, inputLeaf }, shape, i) {
  const groups = groupsOf(inputs, record.leaves[leaf]);
  if (groups) return groups[i];
  const { sequence, axes } = traitsOf(inputs.header, kind);
  if (sequence) return `${axes[0]} ${i}`;
  const names = inputs.header.feature_names;
  if (Array.isArray(names) && inputLeaf >= 0 && names.length === inputs.leaves[inputLeaf].shape.at(-1)) {
    const at = Math.floor(i / names.length);
    return shape.length > 1 ? `${names[i % names.length]} [${at}]` : names[i];
  }
  return `feature ${i}`;
}
