/** What the page knows of TensorBoard around it: the address bar, the theme and whether anyone can see us. */

const NAME = "kerasig";
const RESTS_FOR_MS = 200;
/** A frame and a half. */
const AFTER_PAINT_MS = 25;
/** The timer of the next change of the address, and when the last one was. */
let writing = 0;
let written = -RESTS_FOR_MS;

/** @returns {string} The fragment of TensorBoard's own address, with its #. */
export function readHash() {
  return window.parent.location.hash;
}

/**
 * Puts a fragment into TensorBoard's address without a history entry: after the next picture, or a moment after the last
 * time, as browsers allow only so many changes and each takes as long as a picture. Not while another tab is the active
 * one, nor over what was written there in the meantime. Until then the document says that its address waits.
 * @param {() => string} format
 * @returns {void}
 */
export function writeHash(format) {
  const { parent } = window;
  const { dataset } = document.documentElement;
  const before = parent.location.hash;
  dataset.address = "waits";
  clearTimeout(writing);
  const write = () => {
    delete dataset.address;
    const { hash } = parent.location;
    const now = format();
    if (!hash.startsWith(`#${NAME}`) || hash !== before || hash === now) return;
    parent.history.replaceState(parent.history.state, "", now);
    written = performance.now();
  };
  writing = setTimeout(write, Math.max(AFTER_PAINT_MS, written + RESTS_FOR_MS - performance.now()));
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
