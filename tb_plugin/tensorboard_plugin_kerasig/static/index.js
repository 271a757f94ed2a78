/** TensorBoard's entry: it loads this module into an empty frame and calls `render`. */

// Named here, all files come at once; their imports alone would bring them one level after the other.
const MODULES = [
  ...["api", "app", "cache", "color", "derive", "difference", "dom", "extras", "fields", "flights", "format", "grid"],
  ...["host", "keyboard", "layout", "loader", "order", "packed", "paths", "places", "player", "port", "scales"],
  ...["sides", "state", "steps", "timeline", "views/alarms", "views/bars", "views/card-facts", "views/charts"],
  ...["views/compare", "views/cursor", "views/drawing", "views/empty", "views/facts", "views/figure", "views/film"],
  ...["views/gallery", "views/graph", "views/icons", "views/image", "views/jumps", "views/keysheet", "views/legend"],
  ...["views/line", "views/page", "views/path", "views/pictures", "views/pins", "views/probe", "views/probe-graph"],
  ...["views/probe-image", "views/probe-series", "views/probe-table", "views/probe-tokens", "views/run-title", "views/saving"],
  ...["views/series", "views/sidebar", "views/sides", "views/slopes", "views/stepper", "views/subject", "views/tabs", "views/timeline"],
  ...["views/tokens", "views/toolbar", "views/trace", "views/values", "views/words"],
];
const STYLES = ["style.css", "shell.css", "gallery.css", "probe.css", "path.css", "timeline.css", "compare.css"];

const styled = Promise.all(STYLES.map(stylesheet));
// The list of runs decides what else is asked for.
const runs = fetch(new URL("../runs", import.meta.url)).catch(() => null);
for (const name of MODULES) preload(`${name}.js`);

/**
 * Draws the page and keeps it up to date for as long as the frame lives.
 * @returns {Promise<void>}
 */
export async function render() {
  const app = await import("./app.js");
  await app.render(styled, runs);
}

/**
 * @param {string} name
 * @returns {Promise<void>} When the style is there.
 */
function stylesheet(name) {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(name, import.meta.url).href;
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
}

/**
 * @param {string} name
 * @returns {void}
 */
function preload(name) {
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = new URL(name, import.meta.url).href;
  document.head.append(link);
}
