/** TensorBoard's entry: it loads this module into an empty frame and calls `render`. */

import { derive } from "./derive.js";
import { mount } from "./dom.js";
import { isDark, isVisible, observe, readHash, writeHash } from "./host.js";
import { keys } from "./keyboard.js";
import { Loader } from "./loader.js";
import { play, Player } from "./player.js";
import { defaults, format, parse, Store } from "./state.js";
import { page, status } from "./views/page.js";

const POLL_MS = 6000;

/**
 * Draws the page and keeps it up to date for as long as the frame lives.
 * @returns {Promise<void>}
 */
export async function render() {
  document.documentElement.dataset.kerasig = "loading";
  document.documentElement.lang = "en";
  document.title = "Attributions";
  const styled = stylesheet();
  const root = document.body.appendChild(document.createElement("div"));
  root.id = "kerasig";
  const store = new Store({ ...defaults(), ...parse(readHash()), dark: isDark() });
  const loader = new Loader(store);
  const actions = actionsOf(store);
  const player = new Player(store, actions);
  /** @type {any} */
  let plotly = null;
  let asked = false;

  store.listeners.push(() => {
    // First, so that a step that was fetched ahead is on this very frame.
    loader.ensure();
    const { state, data } = store;
    const view = derive(state, data);
    const now = status(view, state, data);
    document.documentElement.classList.toggle("dark", state.dark);
    mount(root, page(view, state, data, actions, plotly));
    document.documentElement.dataset.kerasig = now;
    writeHash(format(state));
    player.tick(now === "ready");
    if (now === "ready" && !asked) {
      asked = true;
      // Two frames: the gallery is on the screen before the charts' library takes the processor.
      requestAnimationFrame(() =>
        requestAnimationFrame(async () => {
          plotly = await loadPlotly();
          store.changed();
        }),
      );
    }
  });

  const onKey = keys(store, actions);
  observe({
    key: onKey,
    theme: () => store.state.dark !== isDark() && store.set({ dark: isDark() }),
    shown: () => {
      loader.poll();
      store.changed();
    },
    hash: () => readHash().includes("p.kerasig.") && store.set(parse(readHash())),
  });
  document.addEventListener("keydown", onKey);
  setInterval(() => isVisible() && loader.poll(), POLL_MS);
  const polled = loader.poll();
  // Nothing is drawn without its style.
  await styled;
  store.start();
  await polled;
}

/**
 * @param {Store} store
 * @returns {import("./views/page.js").Actions}
 */
function actionsOf(store) {
  /** @type {import("./views/page.js").Actions} */
  const actions = {
    choose: (patch) => store.set(patch),
    go: (index) => {
      const { steps } = derive(store.state, store.data);
      const at = Math.max(0, Math.min(steps.length - 1, index));
      // At the end, the page follows what is logged next.
      store.set({ step: at === steps.length - 1 ? null : steps[at] });
    },
    play: (on) => play(store, actions, on),
  };
  return actions;
}

/** @returns {Promise<void>} When the style is there. */
function stylesheet() {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("style.css", import.meta.url).href;
    link.onload = link.onerror = () => resolve();
    document.head.append(link);
  });
}

/** @returns {Promise<any>} Plotly, or null where it could not be loaded: everything but the charts works without. */
function loadPlotly() {
  return new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = new URL("../plotly.min.js", import.meta.url).href;
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => resolve(null);
    document.head.append(script);
  });
}
