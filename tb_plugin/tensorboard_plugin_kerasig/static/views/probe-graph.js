/** A graph probe, large: atoms and bonds in their colours, and the atoms' numbers. */

import { css, textOn } from "../color.js";
import { h } from "../dom.js";
import { exact, short, signed } from "../format.js";
import { layout } from "../layout.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { nodes } from "./graph.js";
import { bar, ranksOf } from "./probe-table.js";
import { values } from "./values.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../dom.js").VNode} VNode
 */

const TOP = 16;
const EDGE = 30;

/**
 * @param {Large} large
 * @returns {VNode}
 */
export function largeGraph(large) {
  const { picture, side } = large;
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const numbers = values(record, probe, leaf, 1)?.numbers ?? new Float32Array(0);
  const edges = /** @type {number[][]} */ (inputs.header.edges?.[probe] ?? []);
  const count = nodes(edges, inputLeaf >= 0 ? values(inputs, probe, inputLeaf, 1)?.numbers : undefined, numbers);
  const bonds = bondValues(picture, edges.length, numbers.length);
  const unit = layout(edges, count);
  // Only as high as it is: many molecules are long.
  const [top, bottom] = [Math.min(...unit.map(([, y]) => y)), Math.max(...unit.map(([, y]) => y))];
  const height = 2 * EDGE + (bottom - top) * (side - 2 * EDGE);
  const places = unit.map(([x, y]) => [EDGE + x * (side - 2 * EDGE), EDGE + (y - top) * (side - 2 * EDGE)]);
  const radius = Math.max(7, Math.min(20, (side - 2 * EDGE) / (2.6 * Math.sqrt(count || 1))));
  const at = cursorOf(large, count);
  const name = (/** @type {number} */ i) => String(inputs.header.tokens?.[probe]?.[i] ?? i);
  const color = (/** @type {number} */ value) => css(value, limit, paint.palette);
  const locate = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top].map((v) => (v * side) / box.width);
    const distances = places.map(([px, py]) => Math.hypot(px - x, py - y));
    const nearest = distances.indexOf(Math.min(...distances));
    return distances[nearest] <= 1.5 * radius ? nearest : null;
  };
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) =>
    Math.max(0, Math.min(count - 1, index + dx + dy));
  const half = (/** @type {number[]} */ [ax, ay], /** @type {number[]} */ [bx, by], /** @type {string} */ stroke) =>
    h("path", { class: "bond", d: `M${ax} ${ay}L${(ax + bx) / 2} ${(ay + by) / 2}`, stroke });
  return h(
    "div",
    { class: "sight" },
    h(
      "div",
      { class: "molecule" },
      h(
        "div",
        {
          class: "stage",
          style: { width: `${side}px`, "aspect-ratio": `${side} / ${height}` },
          ...aiming(large, `Graph of ${count} nodes, coloured by ${record.leaves[leaf].name}`, count, locate, move, 0),
        },
        h(
          "svg",
          { class: "graph", viewBox: `0 0 ${side} ${height}`, "aria-hidden": "true" },
          edges.map(
            ([a, b]) =>
              places[a] &&
              places[b] &&
              h("path", { class: "line", d: `M${places[a].join(" ")}L${places[b].join(" ")}` }),
          ),
          edges.map(([a, b], i) =>
            places[a] && places[b]
              ? bonds
                ? [half(places[a], places[b], color(bonds[i])), half(places[b], places[a], color(bonds[i]))]
                : [half(places[a], places[b], color(numbers[a])), half(places[b], places[a], color(numbers[b]))]
              : null,
          ),
          places.map(([x, y], i) => [
            h("circle", { class: "atom under", cx: x, cy: y, r: radius }),
            h("circle", {
              class: i === at ? "atom aimed" : "atom",
              "data-atom": i,
              cx: x,
              cy: y,
              r: radius,
              fill: color(numbers[i]),
            }),
            h(
              "text",
              {
                x,
                y,
                "font-size": Math.min(13, radius),
                fill: textOn(numbers[i] ?? 0, limit, state.dark, paint.palette),
              },
              short(name(i), 4),
            ),
          ]),
        ),
      ),
      atoms(large, numbers, count, name),
    ),
    readout(
      at === null
        ? null
        : [
            ["node", name(at)],
            ["attribution", exact(numbers[at])],
            ["joined to", joined(edges, at).map(name).join(", ") || "none"],
          ],
    ),
  );
}

/**
 * @param {Large} large
 * @param {Float32Array} numbers
 * @param {number} count
 * @param {(i: number) => string} name
 * @returns {VNode} The atoms with the largest values.
 */
function atoms({ picture: { limit, paint } }, numbers, count, name) {
  const ranks = ranksOf(numbers.subarray(0, count));
  const order = ranks.map((rank, i) => ({ rank, i })).sort((a, b) => a.rank - b.rank);
  return h(
    "table",
    { class: "features atoms" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", { class: "number" }, "node"),
        h("th", { class: "number" }, "attribution"),
        h("th", null, h("span", { class: "unseen" }, "bar")),
      ),
    ),
    h(
      "tbody",
      null,
      order
        .slice(0, TOP)
        .map(({ i }) =>
          h(
            "tr",
            { key: i },
            h("td", { class: "number" }, short(name(i), 12)),
            h("td", { class: "number" }, signed(paint.absolute ? Math.abs(numbers[i]) : numbers[i])),
            h("td", null, bar(numbers[i], limit, paint)),
          ),
        ),
    ),
  );
}

/**
 * @param {import("./values.js").Picture} picture
 * @param {number} edges
 * @param {number} atoms
 * @returns {Float32Array | null} One value per edge, where another leaf has them.
 */
function bondValues({ record, probe, leaf }, edges, atoms) {
  if (!edges || edges === atoms) return null;
  const other = record.leaves.findIndex(({ shape }, i) => i !== leaf && shape[0] === edges);
  return other < 0 ? null : (values(record, probe, other, 1)?.numbers ?? null);
}

/**
 * @param {number[][]} edges
 * @param {number} node
 * @returns {number[]}
 */
function joined(edges, node) {
  const others = edges.flatMap(([a, b]) => (a === node ? [b] : b === node ? [a] : []));
  return [...new Set(others)].sort((a, b) => a - b);
}
