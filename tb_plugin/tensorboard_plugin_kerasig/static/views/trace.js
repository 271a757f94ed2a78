/** The timeline's chart: lines and bands on a canvas, for there may be tens of thousands of points; the rest in SVG. */

import { h } from "../dom.js";
import { count, digits, round } from "../format.js";
import { ticks } from "./line.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Line
 * @property {number[]} steps
 * @property {number[]} values
 * @property {string} color
 * @property {number} width
 * @property {number} opacity
 *
 * @typedef {object} Area
 * @property {number[]} steps
 * @property {number[]} low
 * @property {number[]} high
 * @property {string} color
 *
 * @typedef {object} Mark
 * @property {number} step
 * @property {string} title
 * @property {string} color
 *
 * @typedef {object} Trace
 * @property {string} label For those who cannot see it.
 * @property {Line[]} lines
 * @property {Area[]} areas
 * @property {Mark[]} marks
 * @property {number[]} steps All that can be chosen, ascending.
 * @property {number | null} step
 * @property {number | null} over The step that is pointed at.
 * @property {number} width
 * @property {number} height
 * @property {unknown[]} deps What the lines are made of.
 * @property {(step: number, value: number, pressed: boolean) => void} aim
 * @property {() => void} leave
 */

const MARGIN = { left: 56, right: 16, top: 18, bottom: 26 };
/** Of fewer points than this, each gets a dot. */
const DOTS_UP_TO = 60;

/**
 * @param {Trace} trace
 * @returns {VNode}
 */
export function traceChart(trace) {
  const { label, lines, areas, marks, steps, step, over, width, height, deps, aim, leave } = trace;
  const [low, high] = extent(lines, areas);
  const levels = ticks(low, high, 4);
  const [bottom, top] = [levels[0], levels[levels.length - 1]];
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (/** @type {number} */ value) => MARGIN.left + ((value - first) / (last - first || 1)) * inner.width;
  const y = (/** @type {number} */ value) => MARGIN.top + (1 - (value - bottom) / (top - bottom)) * inner.height;
  const base = height - MARGIN.bottom;
  const point = (/** @type {PointerEvent} */ event, /** @type {boolean} */ pressed) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const across = (event.clientX - box.left - MARGIN.left) / inner.width;
    const up = 1 - (event.clientY - box.top - MARGIN.top) / inner.height;
    aim(first + across * (last - first), bottom + up * (top - bottom), pressed);
  };
  const upright = (/** @type {string} */ kind, /** @type {number} */ at) =>
    h("path", { class: kind, d: `M${x(at).toFixed(1)} ${MARGIN.top}V${base}` });
  const labelled = ticks(first, last, width / 140).filter(
    (mark) => mark >= first && mark <= last && Number.isInteger(mark),
  );
  return h(
    "div",
    {
      class: "trace",
      role: "img",
      "aria-label": label,
      style: { width: `${width}px`, height: `${height}px` },
      on: {
        pointerdown: (/** @type {PointerEvent} */ event) => point(event, true),
        pointermove: (/** @type {PointerEvent} */ event) => point(event, event.buttons === 1),
        pointerleave: leave,
      },
    },
    h(
      "svg",
      { class: "lines", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      levels.map((mark) => [
        h("path", { class: mark === 0 ? "zero" : "grid", d: `M${MARGIN.left} ${y(mark)}H${width - MARGIN.right}` }),
        h("text", { class: "tick y", x: MARGIN.left - 8, y: y(mark) }, round(mark)),
      ]),
      labelled.map((mark) => h("text", { class: "tick x", x: x(mark), y: height - 8 }, count(mark))),
    ),
    h("canvas", {
      effect: {
        deps: [...deps, width, height, window.devicePixelRatio],
        run: (/** @type {HTMLCanvasElement} */ canvas) => draw(canvas, trace, x, y),
      },
    }),
    h(
      "svg",
      { class: "lines", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      marks.map(({ step: at, title, color }) => [
        upright("jumped", at),
        h("path", { class: "jump", d: `M${(x(at) - 5).toFixed(1)} 4h10l-5 9z`, fill: color }, h("title", null, title)),
      ]),
      over !== null && upright("over", over),
      step !== null && upright("now", step),
    ),
  );
}

/**
 * @param {Line[]} lines
 * @param {Area[]} areas
 * @returns {number[]} The least and the greatest finite value.
 */
function extent(lines, areas) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of [...lines.map((line) => line.values), ...areas.flatMap((area) => [area.low, area.high])]) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Trace} trace
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @returns {void}
 */
function draw(canvas, { lines, areas, width, height }, x, y) {
  const pixels = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * pixels);
  canvas.height = Math.round(height * pixels);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(pixels, pixels);
  context.lineJoin = "round";
  for (const { steps, low, high, color } of areas) {
    const there = steps.map((_, i) => i).filter((i) => Number.isFinite(low[i]) && Number.isFinite(high[i]));
    context.beginPath();
    there.forEach((i) => context.lineTo(x(steps[i]), y(high[i])));
    there.reverse().forEach((i) => context.lineTo(x(steps[i]), y(low[i])));
    context.closePath();
    context.globalAlpha = 0.16;
    context.fillStyle = color;
    context.fill();
  }
  for (const { steps, values, color, width: thickness, opacity } of lines) {
    context.globalAlpha = opacity;
    context.strokeStyle = context.fillStyle = color;
    context.lineWidth = thickness;
    context.beginPath();
    let drawn = false;
    values.forEach((value, i) => {
      if (Number.isFinite(value)) context[drawn ? "lineTo" : "moveTo"](x(steps[i]), y(value));
      drawn = Number.isFinite(value);
    });
    context.stroke();
    if (thickness < 2 || steps.length > DOTS_UP_TO) continue;
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      context.beginPath();
      context.arc(x(steps[i]), y(value), 2.5, 0, 2 * Math.PI);
      context.fill();
    });
  }
}

/**
 * @param {number} from
 * @param {number} to
 * @returns {string}
 */
export function change(from, to) {
  return `${digits(from)} \u2192 ${digits(to)}`;
}
