/** Series probes: the signal over time, on the attribution of each moment. */

import { largeSeries } from "./probe-series.js";
import { series as draw } from "./series.js";

/** @type {import("./looks.js").Look} */
export const series = {
  style: "chart",
  strip: "columns",
  positions: "signal",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 3 : 5),
  set: "series",
  unit: "probe",
  card: { width: 292, lowest: 170 },
  layered: false,
  lengths: false,
  earlier: false,
  draw,
  large: largeSeries,
  wide: true,
  fits: (shape) => shape.length === 1 || shape.length === 2,
};
