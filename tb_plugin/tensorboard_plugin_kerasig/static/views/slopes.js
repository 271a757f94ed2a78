/** The map of slope over (training step x alpha): saturation is seen to grow as the network trains. */

import { css, shade } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { count, digits, signed } from "../format.js";
import { MARGIN } from "./line.js";

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
 * @param {number | null} what.step
 * @param {number} what.alpha
 * @param {number} what.width
 * @param {number} what.height
 * @param {(step: number, alpha: number) => void} what.aim
 * @returns {VNode}
 */
export function slopeChart({ title, color, map, limit, step, alpha, width, height, aim }) {
  const { steps, halves } = map;
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const x = (/** @type {number} */ i) => MARGIN.left + ((i + 0.5) / Math.max(1, steps.length)) * inner.width;
  const y = (/** @type {number} */ value) => MARGIN.top + (1 - value) * inner.height;
  const here = step === null ? -1 : nearest(steps, step);
  const half = halves.flatMap((value, i) =>
    Number.isFinite(value) ? [`${x(i).toFixed(1)} ${y(value).toFixed(1)}`] : [],
  );
  const labelled = [...new Set([0, Math.floor((steps.length - 1) / 2), steps.length - 1])].filter((i) => i >= 0);
  const follow = (/** @type {PointerEvent} */ event) => {
    if (event.buttons !== 1 || !steps.length) return;
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const across = (event.clientX - box.left - MARGIN.left) / inner.width;
    const up = 1 - (event.clientY - box.top - MARGIN.top) / inner.height;
    const i = Math.max(0, Math.min(steps.length - 1, Math.floor(across * steps.length)));
    aim(steps[i], Math.round(100 * Math.max(0, Math.min(1, up))) / 100);
  };
  const at = (/** @type {number} */ share) => `${(100 * share).toFixed(2)}%`;
  return h(
    "figure",
    { class: "plotted slopes", "data-steps": steps.length },
    h("figcaption", null, color && h("i", { class: "swatch", style: { background: color } }), title),
    h(
      "div",
      {
        class: "field",
        role: "img",
        "aria-label": `Slope over ${count(steps.length)} of ${count(map.logged)} steps and alpha; a click chooses both`,
        style: { width: `${width}px`, height: `${height}px` },
        on: { pointerdown: follow, pointermove: follow },
      },
      h("canvas", {
        style: {
          left: at(MARGIN.left / width),
          top: at(MARGIN.top / height),
          width: at(inner.width / width),
          height: at(inner.height / height),
        },
        effect: {
          deps: [map, limit],
          run: (/** @type {HTMLCanvasElement} */ canvas) => draw(canvas, map, limit),
        },
      }),
      h(
        "svg",
        { class: "lines", width, height, viewBox: `0 0 ${width} ${height}` },
        [0, 0.5, 1].map((mark) => h("text", { class: "tick y", x: MARGIN.left - 6, y: y(mark) }, String(mark))),
        labelled.map((i, n) =>
          h(
            "text",
            {
              class: n === 0 ? "tick first" : n === labelled.length - 1 ? "tick last" : "tick x",
              x: x(i),
              y: height - 6,
            },
            count(steps[i]),
          ),
        ),
        half.length > 1 && [
          h("path", { class: "half under", d: `M${half.join("L")}` }),
          h("path", { class: "half", d: `M${half.join("L")}` }),
        ],
        here >= 0 && [
          h("path", { class: "now", d: `M${x(here)} ${MARGIN.top}V${height - MARGIN.bottom}` }),
          h("circle", { class: "here", cx: x(here), cy: y(alpha), r: 4 }),
        ],
      ),
    ),
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
        " half of the gain",
      ),
    ),
  );
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
