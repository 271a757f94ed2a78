/** How much room the window has, and whether the sidebar takes a part of it. */

/** In CSS pixels, as the style sheets have them. */
const SIDEBAR = 232;
const PADDING = 20;
const SCROLLBAR = 15;
/** Up to so wide a window, as inside a notebook, the page's content needs all of the room. */
const NARROW = 900;

/**
 * @param {Pick<import("./state.js").State, "sidebar">} state
 * @returns {boolean} Whether the sidebar is there.
 */
export function isUnfolded({ sidebar }) {
  return sidebar ?? window.innerWidth > NARROW;
}

/**
 * @param {Pick<import("./state.js").State, "sidebar">} state
 * @returns {number} How wide the content of a view is.
 */
export function contentWidth(state) {
  return Math.max(200, window.innerWidth - (isUnfolded(state) ? SIDEBAR : 0) - 2 * PADDING - SCROLLBAR);
}
