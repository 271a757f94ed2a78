/**
 * The page's one kind of chart: lines, bands and dots over an axis, in SVG, drawn with everything else and from the same
 * values. What does not change while one looks is made once; lines have no more points than can be told apart.
 */

import { h } from "../dom.js";
import { pieces, thin, thinBand } from "../thin.js";
import { axes, drawnMarks, drawnRule, placeOf, readingBox, upright } from "./frame.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./frame.js").Axis} Axis
 * @typedef {import("./frame.js").Mark} Mark
 * @typedef {import("./frame.js").Place} Place
 * @typedef {import("./frame.js").Reading} Reading
 * @typedef {import("./frame.js").Rule} Rule
 *
 * @typedef {object} Line
 * @property {ArrayLike<number>} xs Ascending.
 * @property {ArrayLike<number>} ys Where one is not finite, the line has a gap.
 * @property {string} color
 * @property {number} [width]
 * @property {number} [opacity]
 * @property {boolean} [joined] Whether the line goes on from one finite value to the next one.
 * @property {number[][]} [rings] Points to be marked.
 *
 * @typedef {object} Band
 * @property {ArrayLike<number>} xs
 * @property {ArrayLike<number>} low
 * @property {ArrayLike<number>} high
 * @property {string} color
 *
 * @typedef {object} Choosing How the chart is operated: as a slider over what can be chosen.
 * @property {number} index
 * @property {number} count
 * @property {string} text What is chosen, in words.
 *
 * @typedef {object} Chart
 * @property {string} key Of this chart among all that there are.
 * @property {string} label For those who cannot see it.
 * @property {number} width In CSS pixels.
 * @property {number} height
 * @property {Axis} x
 * @property {Axis} y
 * @property {Line[]} lines
 * @property {Band[]} [bands]
 * @property {Rule[]} [rules]
 * @property {Mark[]} [marks]
 * @property {number[]} [stops] Places of the x axis that are marked below it.
 * @property {VNode | null} [under] What lies below the lines, to fill the chart's inside.
 * @property {VNode[]} [extra] What lies above all.
 * @property {number | null} now What is chosen.
 * @property {number | null} [over] What is pointed at.
 * @property {Reading | null} [reading]
 * @property {number} [spare] What the page has to the chart's right, for its reading.
 * @property {Choosing | null} [choosing] Null where something beside the chart is the way to operate it.
 * @property {unknown[] | null} [deps] What the lines are made of: as long as that is the same, so are they.
 * @property {(x: number, y: number, pressed: boolean) => void} aim Both within their axes.
 * @property {() => void} [leave]
 */

/** A line with fewer points shows each as a dot. */
const DOTS_UP_TO = 60;
/** Lines that have dots: among more, they are noise. */
const DOTTED_LINES = 8;
const MOST_KEPT = 80;
const SAMPLED_LINES = 6;
const SAMPLED_POINTS = 60;

/** @type {Map<string, {deps: unknown[], vnode: VNode}>} */
const kept = new Map();
/** By the values of a line. @type {WeakMap<object, {xs: ArrayLike<number>, where: string, d: string}>} */
const paths = new WeakMap();

/**
 * @param {Chart} chart
 * @returns {VNode}
 */
export function chart(chart) {
  const { label, width, height, rules = [], marks = [], stops = [], under, extra, now, over = null } = chart;
  const { choosing = null } = chart;
  const place = placeOf(chart);
  const box = { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" };
  const { aim, leave, reading } = chart;
  const follow = (/** @type {PointerEvent} */ event, /** @type {boolean} */ pressed) => {
    const { x, y } = pointed(event, chart, place);
    aim(x, y, pressed);
  };
  return h(
    "div",
    {
      class: "chart",
      ...(choosing ? slider(choosing) : { role: "img" }),
      "aria-label": label,
      style: { width: `${width}px`, height: `${height}px` },
      on: {
        pointerdown: (/** @type {PointerEvent} */ event) => event.button === 0 && follow(event, true),
        pointermove: (/** @type {PointerEvent} */ event) => follow(event, (event.buttons & 1) === 1),
        pointerleave: () => leave?.(),
      },
    },
    under && h("div", { class: "under", key: "under", style: inside(place) }, under),
    once(chart, () =>
      h("svg", { class: "lines", key: "lines", ...box }, axes(chart, place, !under), data(chart, place)),
    ),
    h(
      "svg",
      { class: "lines above", key: "above", ...box },
      rules.map((rule) => drawnRule(rule, place, rules.length ? sampled(chart.lines, place) : [])),
      stops.map((at) => h("path", { class: "stop", d: `M${place.px(at).toFixed(1)} ${place.bottom}v5` })),
      over !== null && upright("over", over, place),
      now !== null && upright("now", now, place),
      drawnMarks(marks, place),
      extra,
    ),
    reading && readingBox(reading, place, width, chart.spare ?? 0),
  );
}

/**
 * @param {Chart} chart
 * @param {() => VNode} make
 * @returns {VNode} The same object for as long as nothing that it shows has changed.
 */
function once({ key, deps, width, height, x, y }, make) {
  if (!deps) return make();
  const texts = [x, y].map(({ from, to, ticks, title }) => `${from} ${to} ${title} ${ticks.map(({ text }) => text)}`);
  const all = [...deps, width, height, ...texts];
  const known = kept.get(key);
  if (known?.deps.length === all.length && known.deps.every((dep, i) => Object.is(dep, all[i]))) return known.vnode;
  const vnode = make();
  kept.delete(key);
  kept.set(key, { deps: all, vnode });
  if (kept.size > MOST_KEPT) for (const oldest of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(oldest);
  return vnode;
}

/**
 * @param {Chart} chart
 * @param {Place} place
 * @returns {VNode[]}
 */
function data({ x, y, lines, bands = [] }, place) {
  const { left, right, top, bottom } = place;
  const count = pieces(right - left, lines.length);
  const where = [left, right, top, bottom, x.from, x.to, y.from, y.to, count].join(" ");
  const dotted = lines.length <= DOTTED_LINES;
  return [
    ...bands.map(({ xs, low, high, color }) =>
      h("path", { class: "band", style: { fill: color }, d: bandPath(xs, low, high, count, place) }),
    ),
    ...lines.flatMap(({ xs, ys, color, width = 2, opacity = 1, joined = false, rings = [] }) => {
      const there = joined ? finite(xs, ys) : { xs, ys };
      const style = { stroke: color, "stroke-width": width, "stroke-opacity": opacity < 1 ? opacity : null };
      const dots = dotted && width >= 2 && there.xs.length <= DOTS_UP_TO;
      return [
        h("path", { class: "curve", ...style, d: pathOf(there, where, count, place) }),
        dots && h("path", { class: "dots", stroke: color, d: dotPath(there.xs, there.ys, place) }),
        ...rings.map(([x, y]) =>
          h("circle", { class: "ring", cx: place.px(x).toFixed(1), cy: place.py(y).toFixed(1), r: 5, stroke: color }),
        ),
      ].filter((drawn) => drawn !== false);
    }),
  ];
}

/**
 * @param {Line[]} lines
 * @param {Place} place
 * @returns {number[][]} Some points of them, on the page: enough to see where there is room.
 */
function sampled(lines, { px, py }) {
  return lines.slice(0, SAMPLED_LINES).flatMap(({ xs, ys }) => {
    const by = Math.max(1, Math.floor(xs.length / SAMPLED_POINTS));
    const some = Array.from({ length: Math.ceil(xs.length / by) }, (_, i) => i * by);
    return some.filter((i) => Number.isFinite(ys[i])).map((i) => [px(xs[i]), py(ys[i])]);
  });
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @returns {{xs: number[], ys: number[]}} The points that can be drawn.
 */
function finite(xs, ys) {
  const there = Array.from({ length: xs.length }, (_, i) => i).filter((i) => Number.isFinite(ys[i]));
  return { xs: there.map((i) => xs[i]), ys: there.map((i) => ys[i]) };
}

/**
 * @param {{xs: ArrayLike<number>, ys: ArrayLike<number>}} line
 * @param {string} where All that decides where its points are on the page.
 * @param {number} count
 * @param {Place} place
 * @returns {string} As before, where runs arrive one by one and the line is the same.
 */
function pathOf({ xs, ys }, where, count, place) {
  const known = paths.get(ys);
  if (known?.xs === xs && known.where === where) return known.d;
  const d = linePath(xs, ys, count, place);
  paths.set(ys, { xs, where, d });
  return d;
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} count
 * @param {Place} place
 * @returns {string}
 */
function linePath(xs, ys, count, { px, py }) {
  return thin(xs, ys, count)
    .map((part) => {
      const points = part.map((i) => `${px(xs[i]).toFixed(1)} ${py(ys[i]).toFixed(1)}`);
      // Between two gaps: a dot, as the line's ends are round.
      return `M${points.join("L")}${points.length === 1 ? "h0" : ""}`;
    })
    .join("");
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} low
 * @param {ArrayLike<number>} high
 * @param {number} count
 * @param {Place} place
 * @returns {string}
 */
function bandPath(xs, low, high, count, { px, py }) {
  return thinBand(xs, low, high, count)
    .map(({ upper, lower }) => {
      const edge = (/** @type {number[]} */ part, /** @type {ArrayLike<number>} */ ys) =>
        part.map((i) => `${px(xs[i]).toFixed(1)} ${py(ys[i]).toFixed(1)}`);
      return `M${[...edge(upper, high), ...edge(lower, low).reverse()].join("L")}z`;
    })
    .join("");
}

/**
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {Place} place
 * @returns {string}
 */
function dotPath(xs, ys, { px, py }) {
  let path = "";
  for (let i = 0; i < xs.length; i++)
    if (Number.isFinite(ys[i])) path += `M${px(xs[i]).toFixed(1)} ${py(ys[i]).toFixed(1)}h0`;
  return path;
}

/**
 * @param {Choosing} choosing
 * @returns {Record<string, any>} Attributes of an element; the page's own keys move it.
 */
function slider({ index, count, text }) {
  return {
    ...{ role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": Math.max(0, count - 1) },
    ...{ "aria-valuenow": Math.max(0, index), "aria-valuetext": text },
  };
}

/**
 * @param {PointerEvent} event
 * @param {Chart} chart
 * @param {Place} place
 * @returns {{x: number, y: number}} The values that are pointed at.
 */
function pointed(event, { x, y }, { left, right, top, bottom }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const clamp = (/** @type {number} */ share) => Math.max(0, Math.min(1, share));
  const across = clamp((event.clientX - box.left - left) / (right - left));
  const up = clamp((bottom - event.clientY + box.top) / (bottom - top));
  return { x: x.from + across * (x.to - x.from), y: y.from + up * (y.to - y.from) };
}

/**
 * @param {Place} place
 * @returns {Record<string, string>} The style of what fills the inside.
 */
function inside({ left, right, top, bottom }) {
  return { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` };
}
