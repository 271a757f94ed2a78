/** Token probes: the words on the colours of their attributions. */

import { largeTokens } from "./probe-tokens.js";
import { tokens as draw } from "./tokens.js";
import { wordsOf } from "./values.js";

/** @type {import("./looks.js").Look} */
export const tokens = {
  style: "text",
  strip: "lines",
  positions: "words",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  set: "texts",
  unit: "probe",
  card: { width: 330, lowest: 120 },
  layered: false,
  lengths: false,
  earlier: false,
  draw,
  large: largeTokens,
  // A sentence may be shorter than the sequence that it is padded to, never longer.
  fits: (shape, { inputs, inputLeaf, probe }) =>
    shape.length >= 1 && (wordsOf(inputs, inputLeaf, probe)?.length ?? 0) <= shape[0],
};
