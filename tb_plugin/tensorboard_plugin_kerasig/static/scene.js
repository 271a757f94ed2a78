/**
 * What a saved picture shows: a view or a card without its controls, below a line that says what it is of. It is laid out
 * beside the page, where nobody sees it, and drawn from there. Nothing is fetched for it.
 */

import { copyOf } from "./copying.js";

const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
/** What no XML may hold: the names of hostile logs do. */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for.
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** A card is narrow, what is said about it is not. */
const NARROWEST = 260;
/** Beside what a view has, the rules of a picture. */
const RULES = `
.picture { display: flow-root; background: var(--page); color: var(--text); cursor: auto; }
.picture .content { overflow: visible; height: auto; scrollbar-gutter: auto; }
.picture .caption { display: flex; flex-wrap: wrap; gap: 2px 24px; align-items: start; padding: 12px 20px 10px; border-bottom: 1px solid var(--line); }
.picture .caption .of-what { flex: 1 1 200px; min-width: 0; border: 0; overflow-wrap: anywhere; }
.picture .caption .title { font-weight: 500; font-size: 15px; padding: 0; }
.picture .caption .legend { flex: 0 1 232px; padding: 0; }
.picture .chosen { display: inline-block; max-width: 100%; font-weight: 500; }
.picture.one { padding-bottom: 12px; }
.picture.one .caption { margin-bottom: 12px; padding: 10px 12px; }
.picture.one .around > :is(.card, .pair) { border: 0; margin: 0 12px; padding: 0; }
.picture.one .around { display: block; margin: 0; padding: 0; border: 0; }
.picture .charts { border: 0; }
.picture button { padding: 0; border: 0; background: none; text-align: inherit; }
`;

/**
 * @typedef {object} Said What stands above the picture.
 * @property {string} title
 * @property {string} line
 * @property {boolean} moving Whether it is one of many, of which nothing shall jump.
 *
 * @typedef {object} Scene
 * @property {HTMLElement} root Laid out, its upper left corner at `left`, `top` of the window.
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {() => string} svg As an SVG image that only browsers draw.
 */

/**
 * @template T
 * @param {Element} target
 * @param {Said} said
 * @param {(scene: Scene) => T} use What is made of the scene while it is laid out.
 * @returns {Promise<T>}
 */
export async function withScene(target, said, use) {
  const one = !target.matches(".content");
  const width = Math.max(NARROWEST, one ? target.clientWidth + 24 : target.clientWidth);
  const root = document.createElement("div");
  root.className = one ? "picture one" : "picture";
  root.style.setProperty("width", `${Math.round(width)}px`);
  root.append(caption(said, target), one ? within(target) : (copyOf(target) ?? ""));
  // What shows several steps at once does not move.
  if (said.moving) for (const strip of root.querySelectorAll(".over-time")) strip.remove();
  const host = document.createElement("div");
  host.style.cssText = "position: fixed; left: -100000px; top: 0; pointer-events: none;";
  host.inert = true;
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  const rules = rulesOf([...document.styleSheets]) + RULES;
  sheet.replaceSync(rules);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(root);
  document.body.append(host);
  try {
    await Promise.all([...shadow.querySelectorAll("img")].map((image) => image.decode().catch(() => {})));
    const { left, top, height } = root.getBoundingClientRect();
    const size = { width: Math.round(width), height: Math.ceil(height) };
    return use({ root, left, top, ...size, svg: () => drawing(root, rules, size) });
  } finally {
    host.remove();
  }
}

/**
 * @param {Element} target
 * @returns {Element | string} Its copy, in what decides how it looks.
 */
function within(target) {
  let made = copyOf(target) ?? "";
  for (let around = target.parentElement; around && !around.matches(".content"); around = around.parentElement) {
    const outer = /** @type {Element} */ (around.cloneNode(false));
    outer.classList.add("around");
    outer.append(made);
    made = outer;
  }
  return made;
}

/**
 * @param {Said} said
 * @param {Element} target
 * @returns {HTMLElement} With what the colours mean, where the page says it.
 */
function caption({ title, line, moving }, target) {
  const made = document.createElement("header");
  made.className = "caption";
  const what = made.appendChild(document.createElement("div"));
  what.className = "of-what";
  for (const [text, name] of [
    [title, "title"],
    [line, "muted"],
  ]) {
    const row = what.appendChild(document.createElement("p"));
    row.className = name;
    row.appendChild(document.createElement("bdi")).textContent = text;
  }
  const legend = document.querySelector("#kerasig .legend");
  const copied = legend && copyOf(legend);
  if (copied) made.append(copied);
  // A sign that does not occur needs no explanation.
  if (!moving && !target.querySelector(".warning")) made.querySelector(".key:has(.warning)")?.remove();
  return made;
}

/**
 * @param {CSSStyleSheet[]} sheets
 * @returns {string} All rules that hold in this window; what they say of canvases holds for the images in their place.
 */
function rulesOf(sheets) {
  const all = sheets.flatMap((sheet) => [...sheet.cssRules]);
  const held = all.flatMap((rule) =>
    rule instanceof CSSMediaRule ? (matchMedia(rule.conditionText).matches ? [...rule.cssRules] : []) : [rule],
  );
  return held.map(({ cssText }) => cssText.replace(/(?<![-\w.#])canvas(?![-\w])/g, "img")).join("\n");
}

/**
 * @param {HTMLElement} root
 * @param {string} rules
 * @param {{width: number, height: number}} size
 * @returns {string}
 */
function drawing(root, rules, size) {
  const svg = document.createElementNS(SVG, "svg");
  // The root's variables hang on its class, and reach everything below.
  svg.setAttribute("class", document.documentElement.className);
  for (const [name, value] of Object.entries(size)) svg.setAttribute(name, String(value));
  svg.appendChild(document.createElementNS(SVG, "style")).textContent = rules;
  const inside = svg.appendChild(document.createElementNS(SVG, "foreignObject"));
  inside.setAttribute("width", "100%");
  inside.setAttribute("height", "100%");
  inside.appendChild(document.createElementNS(XHTML, "body")).append(root.cloneNode(true));
  return xml(svg);
}

/**
 * @param {Element} element
 * @returns {string} As XML, whatever names it holds.
 */
export function xml(element) {
  return new XMLSerializer().serializeToString(element).replace(NOT_XML, "\ufffd");
}
