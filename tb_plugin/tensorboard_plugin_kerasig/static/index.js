/** Where the page begins: TensorBoard loads this, linked with all that it imports, into an empty frame. */

import { render as draw } from "./app.js";

const styled = stylesheet();
// The list of runs decides what else is asked for.
const runs = fetch(new URL("../runs", import.meta.url)).catch(() => null);

/**
 * Draws the page and keeps it up to date for as long as the frame lives.
 * @returns {Promise<unknown>}
 */
export function render() {
  return draw(styled, runs);
}

/** @returns {Promise<void>} When the style is there. */
function stylesheet() {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("../linked/page.css", import.meta.url).href;
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
}
