/** The map of slope over (training step x alpha): saturation is seen to grow as the network trains. */

import { css, shade } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { count, digits, signed } from "../format.js";
import { chart } from "./chart.js";
import { placeOf } from "./frame.js";

/**
 * @typedef {import("../paths.js").SlopeMap} SlopeMap
 * @typedef {import("../dom.js").VNode} VNode
 */

const SHADES = 24;

/**
 * @param {SlopeMap[]} maps
 * @returns {number} The size that gets the strongest colour: nearly the largest, so that one odd step does not make the
 * others pale.
 */
export function slopeLimit(maps) {
  const sizes = Float32Array.from(maps.flatMap(({ slopes }) => Array.from(slopes, Math.abs)))
    .filter(Number.isFinite)
    .sort();
  return sizes.length ? sizes[Math.round(0.99 * (sizes.length - 1))] : NaN;
}

/**
 * @param {object} what
 * @param {string} what.title
 * @param {string | null} what.color Of the run, where there are several.
 * @param {SlopeMap} what.map
 * @param {number} what.limit
 * @param {number[]} what.alarms Steps at which one fired.
 * @param {number | null} what.step
 * @param {number} what.alpha
 * @param {number} what.width
 * @param {number} what.height
 * @param {(step: number, alpha: number) => void} what.aim
 * @returns {VNode}
 */
export function slopeChart({ title, color, map, limit, alarms, step, alpha, width, height, aim }) {
  const { steps, halves } = map;
  const here = step === null ? -1 : nearest(steps, step);
  const labelled = [...new Set([0, Math.floor((steps.length - 1) / 2), steps.length - 1])].filter((i) => i >= 0);
  // Each step has a column of the same width, in whose middle it is.
  const x = {
    from: 0,
    to: Math.max(1, steps.length),
    title: "step",
    ticks: labelled.map((i, n) => ({ at: i + 0.5, text: count(steps[i]), anchor: anchorOf(n, labelled.length) })),
  };
  const y = { from: 0, to: 1, title: "\u03b1", ticks: [0, 0.5, 1].map((at) => ({ at, text: String(at) })) };
  const place = placeOf({ width, height, x, y });
  const half = halves.flatMap((value, i) =>
    Number.isFinite(value) ? [`${place.px(i + 0.5).toFixed(1)} ${place.py(value).toFixed(1)}`] : [],
  );
  return h(
    "figure",
    { class: "plotted slopes", "data-steps": steps.length },
    h(
      "figcaption",
      null,
      color && h("i", { class: "swatch", style: { background: color } }),
      h("span", { class: "name" }, title),
    ),
    chart({
      key: `slopes ${title}`,
      label: `Change of the score per alpha, over ${count(steps.length)} of ${count(map.logged)} steps; a click chooses both`,
      width,
      height,
      x,
      y,
      lines: [],
      marks: alarms.map((at) => ({
        at: nearest(steps, at) + 0.5,
        kind: "alarm",
        title: `Alarm at step ${count(at)}`,
      })),
      under: h("canvas", {
        effect: {
          deps: [map, limit],
          run: (/** @type {HTMLCanvasElement} */ canvas) => draw(canvas, map, limit),
        },
      }),
      now: here < 0 ? null : here + 0.5,
      extra: [
        ...(half.length > 1
          ? [
              h("path", { class: "half under", d: `M${half.join("L")}` }),
              h("path", { class: "half", d: `M${half.join("L")}` }),
            ]
          : []),
        ...(here >= 0
          ? [
              h("circle", {
                class: "here",
                cx: place.px(here + 0.5).toFixed(1),
                cy: place.py(alpha).toFixed(1),
                r: 4,
              }),
            ]
          : []),
      ],
      aim: (across, up, pressed) => {
        if (!pressed || !steps.length) return;
        aim(steps[Math.min(steps.length - 1, Math.floor(across))], Math.round(100 * up) / 100);
      },
    }),
    h(
      "p",
      { class: "key small", style: { width: `${width}px` } },
      h("span", { class: "number" }, digits(-limit)),
      h("span", {
        class: "gradient",
        style: {
          "background-image": `linear-gradient(to right, ${Array.from({ length: 2 * SHADES + 1 }, (_, i) => css(i - SHADES, SHADES)).join(", ")})`,
        },
      }),
      h("span", { class: "number" }, signed(limit)),
      h(
        "span",
        null,
        h(
          "svg",
          { width: 22, height: 8, viewBox: "0 0 22 8", "aria-hidden": "true" },
          h("path", { class: "half", d: "M0 4H22" }),
        ),
        " half of the change",
      ),
    ),
  );
}

/**
 * @param {number} n
 * @param {number} of
 * @returns {"start" | "middle" | "end"} Of a label, such that the outer ones do not leave the chart.
 */
function anchorOf(n, of) {
  if (n === 0) return "start";
  return n === of - 1 ? "end" : "middle";
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {SlopeMap} map
 * @param {number} limit
 * @returns {void}
 */
function draw(canvas, { slopes, rows, steps }, limit) {
  canvas.width = Math.max(1, steps.length);
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context || !steps.length) return;
  const data = new ImageData(steps.length, rows);
  const color = [0, 0, 0, 0];
  slopes.forEach((value, i) => {
    shade(value, limit, color);
    data.data.set([color[0], color[1], color[2], 255 * color[3]], 4 * i);
  });
  context.putImageData(data, 0, 0);
}
