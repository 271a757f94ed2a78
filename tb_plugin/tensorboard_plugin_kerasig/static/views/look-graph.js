/** Graph probes: the nodes in the colours of their attributions, joined by the edges. */

import { graph as draw } from "./graph.js";
import { largeGraph } from "./probe-graph.js";

/** @type {import("./looks.js").Look} */
export const graph = {
  style: "graph",
  strip: "columns",
  positions: "nodes",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 3),
  set: "graphs",
  unit: "probe",
  card: { width: 210, lowest: 250 },
  layered: false,
  lengths: true,
  earlier: false,
  draw,
  large: largeGraph,
  room: (width) => Math.max(width - 270, 340),
  // Where it is not known which leaf the nodes are in, any may be theirs.
  fits: (shape, { inputs: { header, leaves } }) =>
    shape.length >= 1 && (leaves[header.subject]?.shape[0] ?? shape[0]) === shape[0],
};
