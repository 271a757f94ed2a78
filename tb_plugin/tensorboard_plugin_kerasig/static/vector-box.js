/** Backgrounds, borders and outlines of a page's boxes as shapes of SVG. Pure. */

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Place
 * @typedef {[string, Record<string, string | number>, any[]?]} Shape Tag, attributes, children.
 * @typedef {Record<string, any>} Style As it was computed.
 */

const SIDES = /** @type {const} */ (["Top", "Right", "Bottom", "Left"]);

/**
 * @param {number} value
 * @returns {number}
 */
export function round(value) {
  return Math.round(value * 100) / 100;
}

/**
 * @param {string} color
 * @returns {boolean}
 */
function seen(color) {
  return color !== "transparent" && !/^rgba\(.*, 0\)$/.test(color);
}

/**
 * @param {Style} style
 * @param {Place} at
 * @param {() => string} id Of what needs a name.
 * @returns {Shape[][]}
 */
export function box(style, at, id) {
  const radius = Math.min(parseFloat(style.borderTopLeftRadius) || 0, at.width / 2, at.height / 2);
  const radii = String(style.borderTopLeftRadius).endsWith("%") ? Math.min(at.width, at.height) / 2 : radius;
  /** @type {Shape[][]} */
  const shapes = [];
  if (seen(style.backgroundColor)) shapes.push([rect(at, radii, { fill: style.backgroundColor })]);
  const gradient = gradientOf(style, at, id);
  if (gradient) shapes.push(gradient);
  shapes.push(border(style, at, radii));
  return shapes;
}

/**
 * @param {Place} at
 * @param {number} radius
 * @param {Record<string, string | number>} look
 * @returns {Shape}
 */
function rect({ x, y, width, height }, radius, look) {
  const size = { x: round(x), y: round(y), width: round(Math.max(0, width)), height: round(Math.max(0, height)) };
  return ["rect", { ...size, ...(radius > 0 ? { rx: round(radius) } : {}), ...look }];
}

/**
 * @param {Style} style
 * @param {Place} at
 * @param {number} radius
 * @returns {Shape[]} One frame where all sides are alike, else what each side has.
 */
function border(style, at, radius) {
  const sides = SIDES.map((side) => ({
    width: style[`border${side}Style`] === "none" ? 0 : parseFloat(style[`border${side}Width`]) || 0,
    color: String(style[`border${side}Color`]),
  }));
  const [first] = sides;
  if (sides.every(({ width, color }) => width === first.width && color === first.color))
    return first.width && seen(first.color) ? [frame(at, first.width, first.color, radius)] : [];
  const { x, y, width, height } = at;
  const places = [
    { x, y, width, height: sides[0].width },
    { x: x + width - sides[1].width, y, width: sides[1].width, height },
    { x, y: y + height - sides[2].width, width, height: sides[2].width },
    { x, y, width: sides[3].width, height },
  ];
  return sides.flatMap((side, i) => (side.width && seen(side.color) ? [rect(places[i], 0, { fill: side.color })] : []));
}

/**
 * @param {Place} at
 * @param {number} width
 * @param {string} color
 * @param {number} radius
 * @returns {Shape} A line along the inner side of a place's edge.
 */
function frame({ x, y, width: w, height: h }, width, color, radius) {
  const inner = { x: x + width / 2, y: y + width / 2, width: w - width, height: h - width };
  return rect(inner, Math.max(0, radius - width / 2), { fill: "none", stroke: color, "stroke-width": width });
}

/**
 * @param {Style} style
 * @param {Place} at
 * @returns {Shape[]}
 */
export function outline(style, at) {
  const width = parseFloat(style.outlineWidth) || 0;
  if (style.outlineStyle === "none" || !width || !seen(style.outlineColor)) return [];
  const away = width + (parseFloat(style.outlineOffset) || 0);
  const { x, y, width: w, height: h } = at;
  return [frame({ x: x - away, y: y - away, width: w + 2 * away, height: h + 2 * away }, width, style.outlineColor, 0)];
}

/**
 * @param {Style} style
 * @param {Place} at
 * @param {() => string} id
 * @returns {Shape[] | null} Of a straight gradient from side to side, or down.
 */
function gradientOf(style, at, id) {
  const [, inside] = /^linear-gradient\((.*)\)$/s.exec(style.backgroundImage) ?? [];
  if (!inside) return null;
  const parts = inside.split(/,\s*(?![^(]*\))/);
  const way = /^(to |-?[\d.]+deg)/.test(parts[0]) ? (parts.shift() ?? "") : "";
  const stops = parts.map((part) => {
    const [, color, offset] = /^(.*?)(?:\s+([\d.]+)%)?$/s.exec(part) ?? [];
    return { color, offset: offset === undefined ? NaN : Number(offset) };
  });
  const place = placeOf(style, at);
  if (stops.every(({ color }) => color === stops[0].color)) return [rect(place, 0, { fill: stops[0].color })];
  const name = id();
  const down = way === "" || /bottom|180/.test(way);
  const line = down ? { x1: 0, y1: 0, x2: 0, y2: 1 } : { x1: 0, y1: 0, x2: 1, y2: 0 };
  const children = stops.map(({ color, offset }, i) => {
    const share = Number.isNaN(offset) ? (100 * i) / (stops.length - 1) : offset;
    return ["stop", { offset: `${round(share)}%`, "stop-color": color }];
  });
  return [["linearGradient", { id: name, ...line }, children], rect(place, 0, { fill: `url(#${name})` })];
}

/**
 * @param {Style} style
 * @param {Place} at
 * @returns {Place} Where a background lies that does not repeat.
 */
function placeOf(style, at) {
  const size = (/** @type {string} */ text, /** @type {number} */ whole) =>
    text?.endsWith("px") ? parseFloat(text) : text?.endsWith("%") ? (parseFloat(text) / 100) * whole : whole;
  const sizes = String(style.backgroundSize ?? "auto").split(" ");
  const [width, height] = [size(sizes[0], at.width), size(sizes[1] ?? sizes[0], at.height)];
  const places = String(style.backgroundPosition ?? "0% 0%").split(" ");
  const move = (/** @type {string} */ text, /** @type {number} */ room) =>
    text?.endsWith("%") ? (parseFloat(text) / 100) * room : parseFloat(text) || 0;
  return { x: at.x + move(places[0], at.width - width), y: at.y + move(places[1], at.height - height), width, height };
}
