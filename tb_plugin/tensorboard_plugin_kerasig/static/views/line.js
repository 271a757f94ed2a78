/** A small line chart over alpha, in SVG: crisp, and drawn in the same frame as everything else. */

import { h } from "../dom.js";
import { round } from "../format.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Curve
 * @property {string} key
 * @property {string} color
 * @property {number[]} xs From 0 to 1.
 * @property {number[]} ys Those that are not finite are left out.
 * @property {number[][]} [marks] Points to be marked.
 */

export const MARGIN = { left: 46, right: 10, top: 8, bottom: 22 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/**
 * @param {number} low
 * @param {number} high
 * @param {number} [parts] About how many there are between them.
 * @returns {number[]} Round numbers from at or below `low` to at or above `high`.
 */
export function ticks(low, high, parts = 3) {
  if (!(high > low)) [low, high] = [low - 0.5 || -0.5, high + 0.5 || 0.5];
  const rough = (high - low) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
  const first = Math.floor(low / size + 1e-9);
  const last = Math.ceil(high / size - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * size).toPrecision(12)));
}

/**
 * @param {object} chart
 * @param {string} chart.title
 * @param {string} chart.label For those who cannot see it.
 * @param {Curve[]} chart.curves
 * @param {number} chart.width
 * @param {number} chart.height
 * @param {number} chart.alpha Where the slider stands.
 * @param {number[]} chart.alphas Of the frames.
 * @param {(alpha: number) => void} chart.aim
 * @returns {VNode}
 */
export function lineChart({ title, label, curves, width, height, alpha, alphas, aim }) {
  const all = curves.flatMap(({ ys }) => ys.filter(Number.isFinite));
  const marks = ticks(Math.min(0, ...all), Math.max(0, ...all));
  const [low, high] = [marks[0], marks[marks.length - 1]];
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (/** @type {number} */ value) => MARGIN.left + value * inner.width;
  const y = (/** @type {number} */ value) => MARGIN.top + (1 - (value - low) / (high - low)) * inner.height;
  const line = (/** @type {string} */ kind, /** @type {number[]} */ [x0, y0, x1, y1]) =>
    h("path", { class: kind, d: `M${x0} ${y0}L${x1} ${y1}` });
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  return h(
    "figure",
    { class: "plotted" },
    h("figcaption", null, title),
    h(
      "svg",
      {
        class: "lines",
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: "img",
        "aria-label": label,
        on: dragging(aim),
      },
      marks.map((mark) => [
        line(mark === 0 ? "zero" : "grid", [left, y(mark), right, y(mark)]),
        h("text", { class: "tick y", x: left - 6, y: y(mark) }, round(mark)),
      ]),
      TICKS.map((mark) => h("text", { class: "tick x", x: x(mark), y: height - 6 }, String(mark))),
      alphas.map((mark) => line("stop", [x(mark), bottom, x(mark), bottom + 5])),
      line("now", [x(alpha), MARGIN.top, x(alpha), bottom]),
      curves.map(({ key, color, xs, ys, marks: own }) =>
        h(
          "g",
          { key },
          h("path", { class: "curve", stroke: color, d: path(xs.map(x), ys.map(y)) }),
          xs.length <= 70 &&
            xs.map((value, i) =>
              Number.isFinite(ys[i]) ? h("circle", { cx: x(value), cy: y(ys[i]), r: 2, fill: color }) : null,
            ),
          (own ?? []).map(([a, b]) => h("circle", { class: "ring", cx: x(a), cy: y(b), r: 5, stroke: color })),
        ),
      ),
    ),
  );
}

/**
 * @param {(alpha: number, event: PointerEvent) => void} aim
 * @returns {Record<string, (event: any) => void>} Listeners that follow a pressed pointer.
 */
export function dragging(aim) {
  const follow = (/** @type {PointerEvent} */ event) => {
    if (event.buttons !== 1) return;
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    aim(Math.round(100 * Math.max(0, Math.min(1, share))) / 100, event);
  };
  return { pointerdown: follow, pointermove: follow };
}

/**
 * @param {number[]} xs
 * @param {number[]} ys
 * @returns {string}
 */
function path(xs, ys) {
  const points = xs.flatMap((x, i) => (Number.isFinite(ys[i]) ? [`${x.toFixed(1)} ${ys[i].toFixed(1)}`] : []));
  return points.length ? `M${points.join("L")}` : "";
}
