/** Scenes as SVG of plain shapes, texts and images, which every drawing program opens. */

import { xml } from "./scene.js";
import { box, outline, round } from "./vector-box.js";

const SVG = "http://www.w3.org/2000/svg";
/** What of a drawing's style its shapes need themselves. */
const STYLED = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap"],
  ...["stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline"],
  ...["paint-order"],
];

/**
 * @typedef {object} Sheet
 * @property {Element} root
 * @property {number} left Of the window, where the scene begins.
 * @property {number} top
 * @property {CanvasRenderingContext2D} ruler
 * @property {number} ids
 */

/**
 * @param {import("./scene.js").Scene} scene
 * @returns {string}
 */
export function vector({ root, left, top, width, height }) {
  const svg = made("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  const ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  draw(root, svg, { root: svg, left, top, ruler, ids: 0 });
  return xml(svg);
}

/**
 * @param {Element} element
 * @param {Element} into
 * @param {Sheet} sheet
 * @returns {void}
 */
function draw(element, into, sheet) {
  const style = getComputedStyle(element);
  const place = element.getBoundingClientRect();
  if (style.display === "none" || style.visibility === "hidden" || Number(style.opacity) === 0) return;
  const at = { x: place.left - sheet.left, y: place.top - sheet.top, width: place.width, height: place.height };
  const parent = Number(style.opacity) < 1 ? into.appendChild(made("g", { opacity: style.opacity })) : into;
  if (style.display !== "contents" && place.width && place.height) {
    for (const shape of box(style, at, () => `saved-${sheet.ids++}`)) parent.append(...shape.map(build));
  }
  if (element instanceof SVGSVGElement) parent.append(inner(element, at));
  else if (element instanceof HTMLImageElement) parent.append(image(element, style, at));
  else {
    const clipped = /hidden|clip|auto|scroll/.test(`${style.overflowX}${style.overflowY}`) && element.childNodes.length;
    const inside = clipped && style.display !== "contents" ? clip(parent, at, sheet) : parent;
    for (const child of element.childNodes) {
      if (child instanceof Element) draw(child, inside, sheet);
      else if (child instanceof Text && child.data.trim()) inside.append(...texts(child, style, sheet));
    }
  }
  for (const shape of outline(style, at)) parent.append(build(shape));
}

/**
 * @param {Element} parent
 * @param {import("./vector-box.js").Place} at
 * @param {Sheet} sheet
 * @returns {Element} A group of which nothing is seen beyond that place.
 */
function clip(parent, at, sheet) {
  const id = `saved-${sheet.ids++}`;
  const path = parent.appendChild(made("clipPath", { id }));
  path.append(made("rect", { x: round(at.x), y: round(at.y), width: round(at.width), height: round(at.height) }));
  return parent.appendChild(made("g", { "clip-path": `url(#${id})` }));
}

/**
 * @param {HTMLImageElement} element
 * @param {CSSStyleDeclaration} style
 * @param {import("./vector-box.js").Place} at
 * @returns {Element}
 */
function image(element, style, at) {
  return made("image", {
    href: element.src,
    ...{ x: round(at.x), y: round(at.y), width: round(at.width), height: round(at.height) },
    preserveAspectRatio: "none",
    style: `image-rendering: ${style.imageRendering}`,
  });
}

/**
 * @param {SVGSVGElement} element
 * @param {import("./vector-box.js").Place} at
 * @returns {Element} The drawing, such that no style sheet is needed.
 */
function inner(element, at) {
  const copy = /** @type {SVGSVGElement} */ (element.cloneNode(true));
  const [from, to] = [
    [element, ...element.querySelectorAll("*")],
    [copy, ...copy.querySelectorAll("*")],
  ];
  from.forEach((original, i) => {
    const style = getComputedStyle(original);
    to[i].removeAttribute("class");
    to[i].removeAttribute("style");
    if (original.tagName === "title") return;
    for (const name of STYLED) {
      const value = style.getPropertyValue(name);
      if (value) to[i].setAttribute(name, value);
    }
  });
  for (const name of ["aria-hidden", "role", "aria-label"]) copy.removeAttribute(name);
  const sizes = { x: round(at.x), y: round(at.y), width: round(at.width), height: round(at.height) };
  for (const [name, value] of Object.entries(sizes)) copy.setAttribute(name, String(value));
  return copy;
}

/**
 * @param {Text} node
 * @param {CSSStyleDeclaration} style
 * @param {Sheet} sheet
 * @returns {Element[]} One for each line.
 */
function texts(node, style, sheet) {
  /** @type {{words: string[], left: number, right: number, top: number, height: number}[]} */
  const lines = [];
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    // A word that is broken at the end of a line has two places.
    for (const part of parts(node, range, index, word)) {
      const line = lines.at(-1);
      if (line && Math.abs(line.top - part.top) < 2) {
        line.words.push(part.text);
        line.left = Math.min(line.left, part.left);
        line.right = Math.max(line.right, part.right);
      } else lines.push({ ...part, words: [part.text] });
    }
  }
  sheet.ruler.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = sheet.ruler.measureText("x");
  return lines.map(({ words, left, right, top, height }) => {
    const text = made("text", {
      x: round(left - sheet.left),
      y: round(top - sheet.top + (height - up - down) / 2 + up),
      textLength: round(right - left),
      lengthAdjust: "spacingAndGlyphs",
      fill: style.color,
      "font-family": style.fontFamily,
      "font-size": style.fontSize,
      "font-weight": style.fontWeight,
      ...(style.textDecorationLine === "underline" ? { "text-decoration": "underline" } : {}),
    });
    text.textContent = words.join(" ");
    return text;
  });
}

/**
 * @param {Text} node
 * @param {Range} range
 * @param {number} start
 * @param {string} word
 * @returns {{text: string, left: number, right: number, top: number, height: number}[]} Its part on each line.
 */
function parts(node, range, start, word) {
  const rect = (/** @type {number} */ from, /** @type {number} */ to) => {
    range.setStart(node, start + from);
    range.setEnd(node, start + to);
    return range.getBoundingClientRect();
  };
  range.setStart(node, start);
  range.setEnd(node, start + word.length);
  const boxes = [...range.getClientRects()].filter(({ width }) => width > 0);
  if (boxes.length <= 1) return boxes.map(({ left, right, top, height }) => ({ text: word, left, right, top, height }));
  const found = [];
  let from = 0;
  for (const { left, right, top, height } of boxes) {
    let to = from + 1;
    while (to < word.length && Math.abs(rect(to, to + 1).top - top) < 2) to++;
    found.push({ text: word.slice(from, to), left, right, top, height });
    from = to;
  }
  return found.filter(({ text }) => text);
}

/**
 * @param {import("./vector-box.js").Shape} shape
 * @returns {Element}
 */
function build([tag, attributes, children = []]) {
  const element = made(tag, attributes);
  element.append(...children.map(build));
  return element;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {Element}
 */
function made(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
