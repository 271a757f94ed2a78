/** In place of ../static/host.js: the page knows of no TensorBoard, only of its own window. */

import { index } from "../report/embedded.js";
import { wantsDark, watchTheme } from "../report/paper.js";

/** Gradients along the path are many times the size of everything else. @type {string[]} */
export const LACKS = ["path"];
const RESTS_FOR_MS = 200;
/** So much of the gallery is drawn at once that it can be printed. */
const DRAWN = 20_000;
const EMBEDDED = window !== window.parent;
/** Where a report in a notebook keeps its place. */
const PLACE = `kerasig ${index.id}`;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {(() => void) | null} */
let write = null;

/** @returns {string} */
export function readHash() {
  return EMBEDDED ? (kept() ?? "") : location.hash;
}

/** @returns {boolean} */
export function isOurs() {
  return location.hash.includes("p.kerasig.") || history.state?.kerasig === true;
}

/**
 * Keeps the state in the address, or, of a report in a notebook, beside it; a moment after the last time.
 * @param {() => string} format
 * @param {string | null} [leaves] The fragment of the place that is left, where Back shall return to it.
 * @returns {void}
 */
export function writeHash(format, leaves = null) {
  clearTimeout(timer);
  document.documentElement.dataset.address = "waits";
  const before = location.hash;
  write = () => {
    write = null;
    clearTimeout(timer);
    delete document.documentElement.dataset.address;
    if (EMBEDDED) return keep(format());
    // Not over what was written there in the meantime.
    if (location.hash !== before) return;
    if (leaves !== null && format() !== location.hash) history.pushState({ kerasig: true }, "", format());
    else history.replaceState({ kerasig: true }, "", format());
  };
  timer = setTimeout(write, RESTS_FOR_MS);
}

/** @returns {string} */
export function link() {
  write?.();
  return location.href;
}

/** @returns {boolean} */
export function isDark() {
  return wantsDark();
}

/** @returns {boolean} */
export function isVisible() {
  return !document.hidden && window.innerHeight > 0;
}

/** @returns {number} */
export function reach() {
  return DRAWN;
}

/**
 * @param {{theme: () => void, shown: () => void, resized: () => void, hash: () => void}} listeners
 * @returns {void}
 */
export function observe({ theme, shown, resized, hash }) {
  watchTheme(theme);
  addEventListener("resize", () => isVisible() && resized());
  document.addEventListener("visibilitychange", () => isVisible() && shown());
  addEventListener("hashchange", hash);
}

/** @returns {string | null} */
function kept() {
  try {
    return sessionStorage.getItem(PLACE);
  } catch {
    return null;
  }
}

/**
 * @param {string} place
 * @returns {void}
 */
function keep(place) {
  try {
    sessionStorage.setItem(PLACE, place);
  } catch {
    // A notebook may allow its outputs no storage: then an update begins at the overview.
  }
}
