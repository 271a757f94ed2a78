/** Where a report begins: the tab's own page, which finds its data in the file, prints and saves. */

import { render } from "../static/app.js";
import { settle } from "../static/dom.js";
import { ask } from "../static/http.js";
import { index } from "./embedded.js";
import { fileOf } from "./files.js";
import { paper, wantsDark } from "./paper.js";

const EXPORT = "#export?";

document.documentElement.toggleAttribute("data-embedded", window !== window.parent);
document.addEventListener("click", clicked, true);
void begin();

/** @returns {Promise<void>} When the page is drawn. */
async function begin() {
  const drawn = render(Promise.resolve(), ask("runs", {}));
  // What the file is called in the browser's tab and history.
  document.title = index.title;
  const store = await drawn;
  const press = (/** @type {boolean} */ on) => {
    paper.on = on;
    // At once, for the browser prints what is drawn by then.
    store.drawn = false;
    store.set({ dark: wantsDark(), playing: false, cursor: null });
    queueMicrotask(settle);
  };
  const print = matchMedia("print");
  print.addEventListener("change", () => press(print.matches));
  addEventListener("beforeprint", () => press(true));
  addEventListener("afterprint", () => press(false));
}

/**
 * Makes the file that a link stands for.
 * @param {MouseEvent} event
 * @returns {Promise<void>}
 */
async function clicked(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const href = link?.getAttribute("href") ?? "";
  if (!href.startsWith(EXPORT)) return;
  event.preventDefault();
  const file = await fileOf(new URLSearchParams(href.slice(EXPORT.length)));
  if (!file) return;
  const saved = document.createElement("a");
  saved.href = URL.createObjectURL(file);
  saved.download = file.name;
  saved.click();
  setTimeout(() => URL.revokeObjectURL(saved.href), 60_000);
}
