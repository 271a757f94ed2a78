/** A graph probe, large: atoms and bonds in their colours, and the atoms' numbers. */

import { css, textOn } from "../color.js";
import { h } from "../dom.js";
import { exact, short, signed } from "../format.js";
import { layout } from "../layout.js";
import { edgeValues, namesOf, typesOf } from "../nodes.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { nodes } from "./graph.js";
import { ranksOf } from "./probe-table.js";
import { bar } from "./track.js";
import { values } from "./values.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../dom.js").VNode} VNode
 */

const TOP = 24;
const EDGE = 30;
/** Letters that find room in a node; longer names stand below it. */
const WITHIN = 3;
const BELOW = 18;

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
  const bonds = edgeValues(picture, edges, numbers.length);
  const unit = layout(edges, count);
  // Only as high as it is: many molecules are long.
  const [top, bottom] = [Math.min(...unit.map(([, y]) => y)), Math.max(...unit.map(([, y]) => y))];
  const height = 2 * EDGE + (bottom - top) * (side - 2 * EDGE);
  const places = unit.map(([x, y]) => [EDGE + x * (side - 2 * EDGE), EDGE + (y - top) * (side - 2 * EDGE)]);
  const radius = Math.max(5, Math.min(20, (side - 2 * EDGE) / (2.6 * Math.sqrt(count || 1)), 0.4 * nearest(places)));
  const at = cursorOf(large, count);
  const [name, type] = [namesOf(picture), typesOf(picture)];
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
          places.map(([x, y], i) =>
            h(
              "g",
              { key: i },
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
                name(i).length > WITHIN ? i : name(i),
              ),
              name(i).length > WITHIN && h("text", { class: "called", x, y: y + radius + 9 }, short(name(i), BELOW)),
            ),
          ),
        ),
      ),
      atoms(large, numbers, count, name, type),
    ),
    readout(
      at === null
        ? null
        : [
            ["node", called(name, at)],
            ...(type?.(at) ? [/** @type {[string, string]} */ (["type", short(type(at), 80)])] : []),
            ["attribution", exact(numbers[at])],
            ["joined to", joined(edges, at, bonds, name) || "none"],
          ],
    ),
  );
}

/**
 * @param {number[][]} places
 * @returns {number} The least distance between two.
 */
function nearest(places) {
  let least = Infinity;
  for (let a = 0; a < places.length; a++)
    for (let b = 0; b < a; b++)
      least = Math.min(least, Math.hypot(places[a][0] - places[b][0], places[a][1] - places[b][1]));
  return least;
}

/**
 * @param {(i: number) => string} name
 * @param {number} i
 * @returns {string} A node's name, and its number where that is another.
 */
function called(name, i) {
  return name(i) === String(i) ? name(i) : `${short(name(i), 40)} (${i})`;
}

/**
 * @param {Large} large
 * @param {Float32Array} numbers
 * @param {number} count
 * @param {(i: number) => string} name
 * @param {((i: number) => string) | null} type
 * @returns {VNode} The atoms with the largest values.
 */
function atoms({ picture: { limit, paint } }, numbers, count, name, type) {
  const ranks = ranksOf(numbers.subarray(0, count));
  const order = ranks.map((rank, i) => ({ rank, i })).sort((a, b) => a.rank - b.rank);
  const top = order.slice(0, TOP).map(({ i }) => i);
  const named = top.some((i) => name(i) !== String(i));
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
        named && h("th", null, "name"),
        type && h("th", null, "type"),
        h("th", { class: "number" }, "attribution"),
        h("th", null, h("span", { class: "unseen" }, "bar")),
      ),
    ),
    h(
      "tbody",
      null,
      top.map((i) =>
        h(
          "tr",
          { key: i },
          h("td", { class: "number" }, i),
          named && h("td", { class: "what", title: short(name(i)) }, h("bdi", null, short(name(i), 24))),
          type && h("td", { class: "what muted", title: short(type(i)) }, h("bdi", null, short(type(i), 40))),
          h("td", { class: "number" }, signed(paint.absolute ? Math.abs(numbers[i]) : numbers[i])),
          h("td", null, bar(numbers[i], limit, paint)),
        ),
      ),
      order.length > TOP &&
        h(
          "tr",
          { key: "rest", class: "muted" },
          h("td", { colspan: 3 + Number(named) + Number(type !== null) }, `${order.length - TOP} more`),
        ),
    ),
  );
}

/**
 * @param {number[][]} edges
 * @param {number} node
 * @param {Float32Array | null} bonds The attribution of each edge.
 * @param {(i: number) => string} name
 * @returns {string} The nodes at its edges, and what those are worth.
 */
function joined(edges, node, bonds, name) {
  /** @type {Map<number, number>} */
  const others = new Map();
  edges.forEach(([a, b], i) => {
    const other = a === node ? b : b === node ? a : null;
    if (other !== null) others.set(other, (others.get(other) ?? 0) + (bonds?.[i] ?? 0));
  });
  return [...others]
    .sort(([a], [b]) => a - b)
    .map(([other, value]) => called(name, other) + (bonds ? ` ${signed(value)}` : ""))
    .join(", ");
}
