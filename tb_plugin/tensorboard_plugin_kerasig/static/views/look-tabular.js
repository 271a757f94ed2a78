/** Tabular probes, and whatever has no picture of its own: a bar per feature. */

import { bars } from "./bars.js";
import { largeTable } from "./probe-table.js";

/** @type {import("./looks.js").Look} */
export const tabular = {
  style: "bars",
  strip: "bars",
  positions: "features",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  set: "tables",
  unit: "probe",
  card: { width: 300, lowest: 130, together: { first: 190, each: 96 } },
  layered: false,
  lengths: true,
  earlier: true,
  draw: bars,
  large: largeTable,
  fits: () => true,
};
