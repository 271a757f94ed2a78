/**
 * Elements as values: a view returns what the page should be, and `mount` changes only what differs, so that focus,
 * scroll position and canvases outlive a new step. Text goes in as text nodes alone; nothing here parses markup.
 */

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "path", "circle", "line", "rect", "g", "text", "title"]);
/** Set as properties, after the children: attributes would only set their first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "selected"]);

/** Of a description: neither attributes nor properties. */
const OTHERS = new Set(["key", "on", "effect", "style", "later", ...PROPERTIES]);
/** @type {Record<string, any>} */
const NONE = {};
/** What we know of a node of ours, so that little has to be asked of the document. */
const OWN = Symbol("own");
/** What elements shall become, once there is time. @type {Map<Element, VNode>} */
const waiting = new Map();

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
 * (an object), `later` (once it is there, it changes with `settle` alone: nobody sees it).
 * @param {...any} children VNodes, strings, numbers, arrays of them; null and false are left out.
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
  return { tag, key: props?.key, props: props ?? NONE, children: collect(children, []) };
}

/**
 * @param {any[]} children
 * @param {(VNode | string)[]} into
 * @returns {(VNode | string)[]}
 */
function collect(children, into) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) collect(child, into);
    else into.push(typeof child === "object" ? child : String(child));
  }
  return into;
}

/**
 * @typedef {object} Own
 * @property {string} tag Empty of a text.
 * @property {string | number | undefined} key
 * @property {string} text Of a text node.
 * @property {VNode | null} vnode What it was made by last.
 * @property {Record<string, any>} props Its.
 * @property {unknown[] | null} deps Of the effect.
 * @property {Set<string>} bound Events that are listened to.
 */

/**
 * Makes the children of `parent` be `vnodes`.
 * @param {Element} parent
 * @param {(VNode | string)[]} vnodes
 * @returns {void}
 */
export function mount(parent, vnodes) {
  let cursor = parent.firstChild;
  let at = 0;
  // Mostly the page is what it was, but for texts and pictures.
  while (at < vnodes.length && cursor && matches(cursor, vnodes[at])) {
    const node = cursor;
    cursor = cursor.nextSibling;
    update(node, vnodes[at++]);
  }
  if (at < vnodes.length) cursor = rearrange(parent, vnodes.slice(at), cursor);
  while (cursor) {
    const gone = cursor;
    cursor = cursor.nextSibling;
    gone.remove();
  }
}

/** @returns {boolean} Whether elements wait for `settle`. */
export function waits() {
  return waiting.size > 0;
}

/**
 * Brings what was put off up to date.
 * @returns {void}
 */
export function settle() {
  for (const [element, vnode] of waiting) if (element.isConnected) change(element, vnode);
  waiting.clear();
}

/**
 * Makes the children of `parent` from `cursor` on begin with `vnodes`.
 * @param {Element} parent
 * @param {(VNode | string)[]} vnodes
 * @param {ChildNode | null} cursor
 * @returns {ChildNode | null} What follows them.
 */
function rearrange(parent, vnodes, cursor) {
  const keyed = new Map();
  const loose = [];
  for (let node = cursor; node; node = node.nextSibling) {
    const key = /** @type {any} */ (node)[OWN]?.key;
    if (key === undefined) loose.push(node);
    else keyed.set(key, node);
  }
  let next = 0;
  for (const vnode of vnodes) {
    const key = typeof vnode === "string" ? undefined : vnode.key;
    const candidate = key === undefined ? loose[next++] : keyed.get(key);
    const node = matches(candidate, vnode) ? candidate : create(vnode);
    if (cursor && node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    update(node, vnode);
  }
  return cursor;
}

/**
 * @param {any} node
 * @param {VNode | string} vnode
 * @returns {boolean}
 */
function matches(node, vnode) {
  const own = node?.[OWN];
  if (!own) return false;
  return typeof vnode === "string" ? own.tag === "" : own.tag === vnode.tag && own.key === vnode.key;
}

/**
 * @param {VNode | string} vnode
 * @returns {any}
 */
function create(vnode) {
  const isText = typeof vnode === "string";
  /** @type {any} */
  const node = isText
    ? document.createTextNode(vnode)
    : SVG_TAGS.has(vnode.tag)
      ? document.createElementNS(SVG, vnode.tag)
      : document.createElement(vnode.tag);
  /** @type {Own} */
  const own = isText
    ? { tag: "", key: undefined, text: vnode, vnode: null, props: NONE, deps: null, bound: new Set() }
    : { tag: vnode.tag, key: vnode.key, text: "", vnode: null, props: NONE, deps: null, bound: new Set() };
  node[OWN] = own;
  return node;
}

/**
 * @param {any} node
 * @param {VNode | string} vnode
 * @returns {void}
 */
function update(node, vnode) {
  /** @type {Own} */
  const own = node[OWN];
  if (typeof vnode === "string") {
    if (own.text !== vnode) node.nodeValue = own.text = vnode;
    return;
  }
  waiting.delete(node);
  if (own.vnode === vnode) return;
  if (vnode.props.later && own.vnode) waiting.set(node, vnode);
  else change(node, vnode);
}

/**
 * @param {any} node
 * @param {VNode} vnode
 * @returns {void}
 */
function change(node, vnode) {
  const { props, children } = vnode;
  /** @type {Own} */
  const own = node[OWN];
  own.vnode = vnode;
  const before = own.props;
  own.props = props;
  for (const name in props) {
    if (OTHERS.has(name) || Object.is(before[name], props[name])) continue;
    const text = attribute(props[name]);
    if (text === null) node.removeAttribute(name);
    else if (text !== attribute(before[name])) node.setAttribute(name, text);
  }
  for (const name in before) if (!(name in props) && !OTHERS.has(name)) node.removeAttribute(name);
  if (props.style || before.style) style(node, before.style ?? NONE, props.style ?? NONE);
  if (props.on) listen(node, own);
  const effect = props.effect;
  // What an effect has put into an element without children of its own (a chart) is not the view's to remove.
  if (children.length || !effect) mount(node, children);
  for (const name of PROPERTIES) if (name in props && node[name] !== props[name]) node[name] = props[name];
  if (!effect) return;
  const { deps } = own;
  if (deps?.length === effect.deps.length && deps?.every((d, i) => Object.is(d, effect.deps[i]))) return;
  own.deps = effect.deps;
  effect.run(node);
}

/**
 * @param {any} value
 * @returns {string | null} As an attribute; null for none.
 */
function attribute(value) {
  if (value === null || value === undefined || value === false) return null;
  return value === true ? "" : String(value);
}

/**
 * @param {any} element
 * @param {Record<string, string>} before
 * @param {Record<string, string>} wanted
 * @returns {void}
 */
function style(element, before, wanted) {
  for (const name in wanted) if (before[name] !== wanted[name]) element.style.setProperty(name, wanted[name]);
  for (const name in before) if (!(name in wanted)) element.style.removeProperty(name);
}

/**
 * One listener per event type for the element's life; what it calls is looked up when the event comes.
 * @param {any} element
 * @param {Own} own
 * @returns {void}
 */
function listen(element, own) {
  for (const type in own.props.on) {
    if (own.bound.has(type)) continue;
    own.bound.add(type);
    element.addEventListener(type, (/** @type {Event} */ event) => own.props.on?.[type]?.(event));
  }
}
