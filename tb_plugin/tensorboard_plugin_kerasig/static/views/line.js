/** Charts over alpha: score or slope from the baseline to the input. */

import { extent, levels } from "../axis.js";
import { h } from "../dom.js";
import { digits } from "../format.js";
import { at } from "../paths.js";
import { chart } from "./chart.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Curve
 * @property {string} color
 * @property {string} name Of the run.
 * @property {import("../paths.js").Profile} profile
 * @property {number[][]} [marks] Points to be marked.
 */

const ALPHA = "\u03b1 is how far from the baseline, at 0, to the input, at 1.";
const TICKS = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, text: String(at) }));

/**
 * @param {object} what
 * @param {"scores" | "slopes"} what.values
 * @param {string} what.title
 * @param {string} what.label For those who cannot see it.
 * @param {Curve[]} what.curves
 * @param {number} what.width
 * @param {number} what.height
 * @param {number} what.alpha Where the slider stands.
 * @param {number[]} what.alphas Of the frames.
 * @param {(alpha: number) => void} what.aim
 * @returns {VNode}
 */
export function lineChart({ values, title, label, curves, width, height, alpha, alphas, aim }) {
  const [low, high] = extent(curves.map(({ profile }) => profile[values]));
  const ticks = levels(low, high, { zero: true });
  const several = curves.length > 1;
  return h(
    "figure",
    { class: "plotted", "data-chart": values },
    h("figcaption", { title: ALPHA }, h("span", { class: "name" }, title)),
    chart({
      key: `path ${values}`,
      label,
      width,
      height,
      x: { from: 0, to: 1, ticks: TICKS, title: "\u03b1" },
      y: { from: ticks[0].at, to: ticks[ticks.length - 1].at, ticks, title: "" },
      lines: curves.map(({ color, profile, marks }) => ({
        xs: profile.alphas,
        ys: profile[values],
        color,
        joined: true,
        rings: marks,
      })),
      stops: alphas,
      now: alpha,
      reading: {
        at: alpha,
        head: `\u03b1 ${alpha.toFixed(2)}`,
        rows: curves.map(({ color, name, profile }) => ({
          color,
          name: several ? name : "",
          text: digits(at(profile, values, alpha)),
        })),
      },
      aim: (x, _y, pressed) => pressed && aim(Math.round(100 * x) / 100),
    }),
  );
}
