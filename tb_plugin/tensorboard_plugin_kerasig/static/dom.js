/**
 * Elements as values: a view returns what the page should be, and `mount` changes only what differs, so that focus,
 * scroll position and canvases outlive a new step. Text goes in as text nodes alone; nothing here parses markup.
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "line", "rect", "g", "text", "title"]);
/** Set as properties, after the children: attributes would only set their first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "selected"]);

const KEY = Symbol("key");
const ATTRIBUTES = Symbol("attributes");
const LISTENERS = Symbol("listeners");
const EFFECT = Symbol("effect");
const STYLE = Symbol("style");

/**
 * @typedef {object} Effect Work on the element itself (drawing a canvas), done when one of `deps` is another than
 * before.
 * @property {unknown[]} deps
 * @property {(element: any) => void} run
 *
 * @typedef {object} VNode
 * @property {string} tag
 * @property {string | number | undefined} key
 * @property {Record<string, any>} props
 * @property {(VNode | string)[]} children
 */

/**
 * Describes an element.
 * @param {string} tag
 * @param {Record<string, any> | null} [props] Attributes, and: `on` (listeners by event), `effect`, `key`, `style`
 * (an object).
 * @param {...any} children VNodes, strings, numbers, arrays of them; null and false are left out.
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
  const { key, ...rest } = props ?? {};
  const flat = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return { tag, key, props: rest, children: flat.map((child) => (typeof child === "object" ? child : String(child))) };
}

/**
 * Makes the children of `parent` be `vnodes`.
 * @param {Element} parent
 * @param {(VNode | string)[]} vnodes
 * @returns {void}
 */
export function mount(parent, vnodes) {
  const keyed = new Map();
  const loose = [];
  for (const node of parent.childNodes) {
    const key = /** @type {any} */ (node)[KEY];
    if (key === undefined) loose.push(node);
    else keyed.set(key, node);
  }
  let cursor = parent.firstChild;
  let next = 0;
  for (const vnode of vnodes) {
    const key = typeof vnode === "string" ? undefined : vnode.key;
    const candidate = key === undefined ? loose[next++] : keyed.get(key);
    const node = matches(candidate, vnode) ? candidate : create(vnode);
    if (cursor && node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    if (typeof vnode === "string") {
      if (node.nodeValue !== vnode) node.nodeValue = vnode;
    } else {
      update(/** @type {any} */ (node), vnode);
    }
  }
  while (cursor) {
    const gone = cursor;
    cursor = cursor.nextSibling;
    gone.remove();
  }
}

/**
 * @param {any} node
 * @param {VNode | string} vnode
 * @returns {boolean}
 */
function matches(node, vnode) {
  if (!node) return false;
  if (typeof vnode === "string") return node.nodeType === Node.TEXT_NODE;
  return node.nodeType === Node.ELEMENT_NODE && node.localName === vnode.tag && node[KEY] === vnode.key;
}

/**
 * @param {VNode | string} vnode
 * @returns {any}
 */
function create(vnode) {
  if (typeof vnode === "string") return document.createTextNode(vnode);
  const element = SVG_TAGS.has(vnode.tag)
    ? document.createElementNS(SVG, vnode.tag)
    : document.createElement(vnode.tag);
  /** @type {any} */ (element)[KEY] = vnode.key;
  return element;
}

/**
 * @param {any} element
 * @param {VNode} vnode
 * @returns {void}
 */
function update(element, vnode) {
  const before = element[ATTRIBUTES] ?? {};
  /** @type {Record<string, string>} */
  const attributes = {};
  for (const [name, value] of Object.entries(vnode.props)) {
    if (name === "on" || name === "effect" || name === "style" || PROPERTIES.has(name)) continue;
    if (value === null || value === undefined || value === false) continue;
    attributes[name] = value === true ? "" : String(value);
    if (before[name] !== attributes[name]) element.setAttribute(name, attributes[name]);
  }
  for (const name of Object.keys(before)) if (!(name in attributes)) element.removeAttribute(name);
  element[ATTRIBUTES] = attributes;
  style(element, vnode.props.style ?? {});
  listen(element, vnode.props.on ?? {});
  // What an effect has put into an element without children of its own (a chart) is not the view's to remove.
  if (vnode.children.length || !vnode.props.effect) mount(element, vnode.children);
  for (const name of PROPERTIES) {
    if (name in vnode.props && element[name] !== vnode.props[name]) element[name] = vnode.props[name];
  }
  const effect = vnode.props.effect;
  if (!effect) return;
  const deps = element[EFFECT];
  if (
    deps &&
    deps.length === effect.deps.length &&
    effect.deps.every((/** @type {any} */ d, /** @type {number} */ i) => Object.is(d, deps[i]))
  )
    return;
  element[EFFECT] = effect.deps;
  effect.run(element);
}

/**
 * @param {any} element
 * @param {Record<string, string>} wanted
 * @returns {void}
 */
function style(element, wanted) {
  const before = element[STYLE] ?? {};
  for (const [name, value] of Object.entries(wanted))
    if (before[name] !== value) element.style.setProperty(name, value);
  for (const name of Object.keys(before)) if (!(name in wanted)) element.style.removeProperty(name);
  element[STYLE] = wanted;
}

/**
 * One listener per event type for the element's life; what it calls is looked up when the event comes.
 * @param {any} element
 * @param {Record<string, (event: any) => void>} handlers
 * @returns {void}
 */
function listen(element, handlers) {
  if (!element[LISTENERS]) element[LISTENERS] = { handlers: {}, bound: new Set() };
  const listeners = element[LISTENERS];
  listeners.handlers = handlers;
  for (const type of Object.keys(handlers)) {
    if (listeners.bound.has(type)) continue;
    listeners.bound.add(type);
    element.addEventListener(type, (/** @type {Event} */ event) => listeners.handlers[type]?.(event));
  }
}
