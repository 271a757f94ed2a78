/** What every chart has around its lines: axes with titles, ticks, the chosen step, marks, and what is read off. */

import { wideness } from "../axis.js";
import { h } from "../dom.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../axis.js").Tick} Tick
 *
 * @typedef {object} Axis
 * @property {number} from
 * @property {number} to
 * @property {Tick[]} ticks
 * @property {string} title
 *
 * @typedef {object} Size
 * @property {number} width Of the whole chart, in CSS pixels.
 * @property {number} height
 * @property {Axis} x
 * @property {Axis} y
 *
 * @typedef {object} Place Where things are.
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom
 * @property {(value: number) => number} px
 * @property {(value: number) => number} py
 *
 * @typedef {object} Mark Something that happened at a place of the x axis.
 * @property {number} at
 * @property {string} title
 * @property {"alarm" | "jump" | "suspect"} kind
 * @property {string} [color]
 *
 * @typedef {object} Rule A value to compare with: a dashed line across.
 * @property {number} at
 * @property {string} title
 * @property {string} [color]
 *
 * @typedef {object} Row
 * @property {string} color
 * @property {string} name
 * @property {string} text
 *
 * @typedef {object} Reading What the chart says at a place.
 * @property {number} at
 * @property {string} head
 * @property {Row[]} rows
 * @property {string} [more] Of those that found no room.
 */

const TOP = 14;
const RIGHT = 12;
const BOTTOM = 24;
const LEAST_LEFT = 40;
const CLASSES = { alarm: "fired", jump: "jump", suspect: "suspected" };
/** Two marks nearer to each other than this are one. */
const APART = 7;
/** With more marks of a kind, their lines would hide what is drawn. */
const MOST_LINES = 12;
/** The height of what is said of a rule. */
const SAID = 13;
/** The widest that a reading is. */
const WIDEST = 250;

/**
 * @param {Size} size
 * @returns {Place}
 */
export function placeOf({ width, height, x, y }) {
  const longest = Math.max(0, ...y.ticks.map(({ text }) => wideness(text)), wideness(x.title));
  const left = Math.max(LEAST_LEFT, Math.ceil(longest) + 14);
  const [right, bottom] = [Math.max(left + 1, width - RIGHT), height - BOTTOM];
  const share = (/** @type {Axis} */ { from, to }, /** @type {number} */ value) =>
    to > from ? (value - from) / (to - from) : 0.5;
  return {
    ...{ left, right, top: TOP, bottom },
    px: (value) => left + share(x, value) * (right - left),
    py: (value) => bottom - share(y, value) * (bottom - TOP),
  };
}

/**
 * @param {Size} size
 * @param {Place} place
 * @param {boolean} ruled Whether lines go across.
 * @returns {VNode[]} The axes, without what changes while one looks.
 */
export function axes({ x, y, height }, { left, right, bottom, px, py }, ruled) {
  return [
    ...y.ticks
      .flatMap(({ at, text }) => [
        ruled && h("path", { class: at === 0 ? "zero" : "grid", d: `M${left} ${py(at).toFixed(1)}H${right}` }),
        h("text", { class: "tick y", x: left - 8, y: py(at).toFixed(1) }, text),
      ])
      .filter((drawn) => drawn !== false),
    h("path", { class: "edge", d: `M${left} ${bottom}H${right}` }),
    ...x.ticks.map(({ at, text, anchor = "middle" }) =>
      h("text", { class: `tick ${anchor}`, x: px(at).toFixed(1), y: height - 5 }, text),
    ),
    h("text", { class: "tick end title", x: left - 8, y: height - 5 }, x.title),
  ];
}

/**
 * @param {Mark[]} marks
 * @param {Place} place
 * @returns {VNode[]} Alarms below the axis, jumps and suspects above the lines; one for several that would cover each other.
 */
export function drawnMarks(marks, { top, bottom, px }) {
  /** @type {{at: number, mark: Mark, titles: string[]}[]} */
  const shown = [];
  /** Of each kind and colour. @type {Map<string, {at: number, titles: string[]}>} */
  const last = new Map();
  for (const mark of marks) {
    const at = px(mark.at);
    const before = last.get(`${mark.kind} ${mark.color}`);
    if (before && at - before.at < APART) before.titles.push(mark.title);
    else {
      const next = { at, mark, titles: [mark.title] };
      last.set(`${mark.kind} ${mark.color}`, next);
      shown.push(next);
    }
  }
  const isFew = (/** @type {string} */ kind) => shown.filter(({ mark }) => mark.kind === kind).length <= MOST_LINES;
  const few = { alarm: isFew("alarm"), jump: isFew("jump"), suspect: isFew("suspect") };
  return shown.map(({ at, mark: { kind, color }, titles }) => {
    const x = at.toFixed(1);
    const signs = {
      alarm: `M${x} ${bottom}l5 8h-10z`,
      jump: `M${x} ${top - 3}l-5 -9h10z`,
      suspect: `M${x} ${top - 13}l5 5.5l-5 5.5l-5 -5.5z`,
    };
    return h(
      "g",
      { class: CLASSES[kind], key: `${kind} ${color ?? ""} ${x}` },
      few[kind] && h("path", { class: "at", d: `M${x} ${top}V${bottom}` }),
      h("path", { class: "sign", d: signs[kind], style: color ? { fill: color } : {} }, h("title", null, told(titles))),
    );
  });
}

/**
 * @param {string[]} titles
 * @returns {string}
 */
function told(titles) {
  return titles.length > 3 ? `${titles[0]}, and ${titles.length - 1} more` : titles.join("\n");
}

/**
 * @param {Rule} rule
 * @param {Place} place
 * @param {number[][]} points Of the lines, on the page: what is said of the rule stands where fewest are.
 * @returns {VNode}
 */
export function drawnRule({ at, title, color }, { left, right, top, bottom, py }, points) {
  const y = py(at);
  const wide = wideness(title);
  const boxes = [y - SAID, y + 2]
    .filter((from) => from >= top - SAID / 2 && from + SAID <= bottom + 2)
    .flatMap((from) => [right - wide, left + 4].map((x) => ({ x, from })));
  const busy = boxes.map(
    (box) =>
      points.filter(([a, b]) => a >= box.x - 4 && a <= box.x + wide + 4 && b >= box.from - 2 && b <= box.from + SAID)
        .length,
  );
  const { x, from } = boxes[busy.indexOf(Math.min(...busy))] ?? { x: right - wide, from: y - SAID };
  return h(
    "g",
    { key: `rule ${at} ${color ?? ""}` },
    h("path", { class: "rule", d: `M${left} ${y.toFixed(1)}H${right}`, style: color ? { stroke: color } : {} }),
    h(
      "text",
      { class: x > left + 4 ? "tick said end" : "tick said", x: x > left + 4 ? right : x, y: (from + 10).toFixed(1) },
      title,
    ),
  );
}

/**
 * @param {"now" | "over"} kind
 * @param {number} at
 * @param {Place} place
 * @returns {VNode}
 */
export function upright(kind, at, { top, bottom, px }) {
  return h("path", { class: kind, key: kind, d: `M${px(at).toFixed(1)} ${top}V${bottom}` });
}

/**
 * @param {Reading} reading
 * @param {Place} place
 * @param {number} width Of the chart.
 * @param {number} spare What the page has to the chart's right.
 * @returns {VNode} To the right of the place that is pointed at, if there is room for it.
 */
export function readingBox({ at, head, rows, more }, { px }, width, spare) {
  const x = px(at);
  const longest = Math.max(wideness(head), ...rows.map(({ name, text }) => wideness(name + text) + 40)) + 24;
  const fits = width + spare - x > Math.min(WIDEST, longest) + 8;
  const side = fits ? { left: `${Math.round(x + 8)}px` } : { right: `${Math.round(width - x + 8)}px` };
  return h(
    "div",
    { class: "reading", key: "reading", style: side },
    h("p", { class: "muted" }, head),
    rows.map(({ color, name, text }, i) =>
      h(
        "p",
        { key: i },
        h("i", { class: "swatch", style: { background: color } }),
        name && h("bdi", { class: "name" }, name),
        h("span", { class: "number" }, text),
      ),
    ),
    more && h("p", { class: "muted" }, more),
  );
}
