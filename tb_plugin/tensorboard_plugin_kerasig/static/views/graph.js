/** Graph probes: the nodes in their colours, joined by the edges. */

import { css, REGION_COLORS } from "../color.js";
import { h } from "../dom.js";
import { short, signed } from "../format.js";
import { layout } from "../layout.js";
import { edgeValues, namesOf } from "../nodes.js";
import { regionsOf, values } from "./values.js";

const SIDE = 200;
const MARGIN = 14;

/**
 * @param {import("./values.js").Picture} picture
 * @returns {import("../dom.js").VNode}
 */
export function graph(picture) {
  const { record, inputs, probe, leaf, inputLeaf, limit, paint } = picture;
  const numbers = values(record, probe, leaf, 1)?.numbers ?? new Float32Array(0);
  /** @type {number[][]} */
  const edges = inputs.header.edges?.[probe] ?? [];
  const given = inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 1)?.numbers : undefined;
  const count = nodes(edges, given, numbers);
  const places = layout(edges, count).map(([x, y]) => [x, y].map((v) => MARGIN + v * (SIDE - 2 * MARGIN)));
  const radius = Math.max(3, Math.min(9, (SIDE - 2 * MARGIN) / (3.2 * Math.sqrt(count || 1))));
  const [called, bonds] = [namesOf(picture), edgeValues(picture, edges, numbers.length)];
  const marked = picture.marked ? regionsOf(picture) : [];
  const name = (/** @type {number} */ i) => (called(i) === String(i) ? `node ${i}` : called(i));
  const line = (/** @type {number[]} */ [a, b]) => `M${places[a].join(" ")}L${places[b].join(" ")}`;
  return h(
    "svg",
    {
      class: "graph",
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      role: "img",
      "aria-label": `Graph of ${count} nodes, coloured by ${short(record.leaves[leaf].name, 60)}`,
    },
    h("path", {
      class: "edges",
      d: edges
        .filter(([a, b]) => places[a] && places[b])
        .map(line)
        .join(""),
    }),
    bonds &&
      edges.map(([a, b], i) =>
        places[a] && places[b]
          ? h("path", {
              class: "bond",
              key: `edge ${i}`,
              d: line([a, b]),
              stroke: css(bonds[i], limit, paint?.palette),
            })
          : null,
      ),
    places.map(([x, y], i) =>
      h(
        "g",
        { key: i },
        marked.some(({ mask }) => mask[i] === 1) &&
          h("circle", { class: "marked", cx: x, cy: y, r: radius + 3.5, style: { stroke: REGION_COLORS[0] } }),
        h("circle", { class: "under", cx: x, cy: y, r: radius }),
        h(
          "circle",
          { class: "node", cx: x, cy: y, r: radius, fill: css(numbers[i], limit, paint?.palette) },
          h("title", null, `${short(name(i), 40)}: ${signed(numbers[i])}`),
        ),
      ),
    ),
  );
}

/**
 * @param {number[][]} edges
 * @param {Float32Array | undefined} given The input's sum at each node.
 * @param {Float32Array} numbers
 * @returns {number} How many nodes there are, without those at the end that only fill the array up.
 */
export function nodes(edges, given, numbers) {
  const last = edges.reduce((most, [a, b]) => Math.max(most, a, b), -1);
  let count = numbers.length;
  while (count > last + 1 && count > 1 && numbers[count - 1] === 0 && (given?.[count - 1] ?? 0) === 0) count--;
  return count;
}
