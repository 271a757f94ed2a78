/** The whole screen, where the browser lets the page have it; else the page's own frame. */

/**
 * @param {boolean} full
 * @param {import("./page.js").Actions["choose"]} choose
 * @returns {import("../dom.js").Effect}
 */
export function fullscreen(full, choose) {
  return {
    deps: [full],
    run: () => {
      const root = document.documentElement;
      if (full && !document.fullscreenElement) root.requestFullscreen?.().catch(() => {});
      else if (!full && document.fullscreenElement) document.exitFullscreen().catch(() => {});
      // The browser has keys and gestures of its own that end it.
      document.onfullscreenchange = () => document.fullscreenElement || choose({ full: false });
    },
  };
}
