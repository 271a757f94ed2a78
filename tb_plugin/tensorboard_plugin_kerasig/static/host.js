/** What the page knows of TensorBoard around it: the address bar, the theme and whether anyone can see us. */

/** Views that there is no data for. @type {string[]} */
export const LACKS = [];
const NAME = "kerasig";
const RESTS_FOR_MS = 200;
/** A frame and a half. */
const AFTER_PAINT_MS = 25;
/** The next change of the address. @type {(() => void) | null} */
let write = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** The places that were left since the last change. @type {string[]} */
let left = [];
/** When that was. */
let written = -RESTS_FOR_MS;

/** @returns {string} The fragment of TensorBoard's own address, with its #. */
export function readHash() {
  return window.parent.location.hash;
}

/** @returns {boolean} Whether the address tells of this page: TensorBoard's own, to the same tab, tells nothing. */
export function isOurs() {
  const { location, history } = window.parent;
  return (
    location.hash.startsWith(`#${NAME}`) && (location.hash.includes(`p.${NAME}.`) || history.state?.[NAME] === true)
  );
}

/**
 * Puts a fragment into TensorBoard's address: after the next picture, or a moment after the last time, as browsers allow
 * only so many changes and each takes as long as a picture. Not while another tab is the active one, nor over what was
 * written there in the meantime. Until then the document says that its address waits.
 * @param {() => string} format
 * @param {string | null} [leaves] The fragment of the place that is left, where Back shall return to it.
 * @returns {void}
 */
export function writeHash(format, leaves = null) {
  const { parent } = window;
  const { dataset } = document.documentElement;
  const before = parent.location.hash;
  if (leaves !== null) left.push(leaves);
  dataset.address = "waits";
  clearTimeout(timer);
  write = () => {
    write = null;
    clearTimeout(timer);
    delete dataset.address;
    const trail = [...left, format()].filter((entry, i, all) => entry !== all[i - 1]);
    left = [];
    const { hash } = parent.location;
    if (!hash.startsWith(`#${NAME}`) || hash !== before || (trail.length === 1 && trail[0] === hash)) return;
    // Marked as ours: of a page that is as by default nothing stands in the address.
    const mark = { ...parent.history.state, [NAME]: true };
    trail.forEach((entry, i) =>
      i === 0 ? parent.history.replaceState(mark, "", entry) : parent.history.pushState(mark, "", entry),
    );
    written = performance.now();
  };
  timer = setTimeout(write, Math.max(AFTER_PAINT_MS, written + RESTS_FOR_MS - performance.now()));
}

/**
 * @returns {string} The whole address, which leads whoever opens it to what is shown now.
 */
export function link() {
  write?.();
  return window.parent.location.href;
}

/** @returns {boolean} */
export function isDark() {
  return window.parent.document.body.classList.contains("dark-mode");
}

/** @returns {boolean} TensorBoard keeps the frames of inactive tabs alive at height 0. */
export function isVisible() {
  return !document.hidden && window.innerHeight > 0;
}

/**
 * @param {Element} element
 * @returns {number} How many pixels of its height are to be drawn.
 */
export function reach(element) {
  return element.clientHeight;
}

/**
 * Calls back when TensorBoard's theme is switched, when we come into view, and when the address is edited by hand.
 * Keys that nothing on TensorBoard's own page has the focus for are ours too: nobody clicks into a page before
 * pressing an arrow.
 * @param {{theme: () => void, shown: () => void, resized: () => void, hash: () => void, key: (event: KeyboardEvent) => void}} listeners
 * @returns {void}
 */
export function observe(listeners) {
  const observer = new MutationObserver(listeners.theme);
  observer.observe(window.parent.document.body, { attributes: true, attributeFilter: ["class"] });
  let visible = isVisible();
  const look = () => {
    const now = isVisible();
    if (now && !visible) listeners.shown();
    else if (now) listeners.resized();
    visible = now;
  };
  window.addEventListener("resize", look);
  document.addEventListener("visibilitychange", look);
  const { parent } = window;
  const key = (/** @type {KeyboardEvent} */ event) =>
    isVisible() && event.target === parent.document.body && listeners.key(event);
  parent.addEventListener("hashchange", listeners.hash);
  if (parent !== window) parent.addEventListener("keydown", key);
  window.addEventListener("pagehide", () => {
    observer.disconnect();
    parent.removeEventListener("hashchange", listeners.hash);
    parent.removeEventListener("keydown", key);
  });
}
