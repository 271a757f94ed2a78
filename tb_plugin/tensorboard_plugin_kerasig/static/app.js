/** Joins the parts: what happens changes the store, a changed store has the page drawn. */

import { derive } from "./derive.js";
import { mount, settle, waits } from "./dom.js";
import { recordedAlphas } from "./extras.js";
import { isDark, isVisible, observe, readHash, writeHash } from "./host.js";
import { keys } from "./keyboard.js";
import { Loader } from "./loader.js";
import { Places } from "./places.js";
import { Player, play } from "./player.js";
import { firstPort, PortWatch } from "./port.js";
import { save } from "./save.js";
import { defaults, format, parse, Store } from "./state.js";
import { page, status } from "./views/page.js";

const POLL_MS = 6000;
/** Beyond the window, and ahead of the shown step, nobody waits for more than this. */
const IDLE_WITHIN_MS = 100;

/**
 * Draws the page and keeps it up to date for as long as the frame lives.
 * @param {Promise<unknown>} styled Fulfilled when the style is there.
 * @param {Promise<Response | null>} runs The reply of that route, asked for in advance.
 * @returns {Promise<void>}
 */
export async function render(styled, runs) {
  document.documentElement.dataset.kerasig = "loading";
  document.documentElement.lang = "en";
  document.title = "Attributions";
  const root = document.body.appendChild(document.createElement("div"));
  root.id = "kerasig";
  const chosen = { ...defaults(), ...parse(readHash()) };
  const store = new Store({ ...chosen, dark: isDark(), port: firstPort(chosen) });
  const loader = new Loader(store);
  const places = new Places(root);
  const port = new PortWatch(store, root);
  const actions = actionsOf(store, places);
  const player = new Player(store, actions);

  store.listeners.push(() => {
    // First, so that a step that was fetched ahead is on this very frame.
    loader.ensure(false);
    const { state, data } = store;
    const view = derive(state, data);
    places.leave(state.view);
    const now = status(view, state, data);
    document.documentElement.classList.toggle("dark", state.dark);
    mount(root, page(view, state, data, actions));
    places.arrive(state.view);
    port.follow();
    document.documentElement.dataset.kerasig = now;
    writeHash(() => format(store.state));
    document.documentElement.toggleAttribute("data-waits", waits());
    afterPaint(() => {
      settle();
      document.documentElement.toggleAttribute("data-waits", waits());
      if (now === "ready") loader.ensure(true);
    });
    player.tick(now === "ready");
  });

  const onKey = keys(store, actions);
  observe({
    key: onKey,
    theme: () => store.state.dark !== isDark() && store.set({ dark: isDark() }),
    resized: () => store.changed(),
    shown: () => {
      loader.poll();
      store.changed();
    },
    hash: () => readHash().includes("p.kerasig.") && store.set({ ...parse(readHash()), cursor: null }),
  });
  document.addEventListener("keydown", onKey);
  setInterval(() => isVisible() && loader.poll(), POLL_MS);
  const polled = loader.poll(runs);
  // Nothing is drawn without its style.
  await styled;
  store.start();
  await polled;
}

/**
 * @param {Store} store
 * @param {Places} places
 * @returns {import("./views/page.js").Actions}
 */
function actionsOf(store, places) {
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
    show: (view, focus) => {
      // Whoever comes back stands where they left.
      const { probe } = store.state;
      places.focus = focus ?? (view === "gallery" ? `.card[data-probe="${probe}"] .open` : null);
      store.set({ view, cursor: null, over: null, full: false });
    },
    open: (probe, set) => {
      const { view } = store.state;
      const one = view === "probe" || view === "path";
      if (!one) places.focus = ".subject h2";
      const other = set !== undefined && set !== derive(store.state, store.data).set;
      store.set({
        view: one ? view : "probe",
        probe,
        cursor: null,
        zoom: null,
        ...(other ? { set, series: null } : {}),
      });
    },
    turn: (by) => {
      const { probe, probes } = derive(store.state, store.data);
      if (probes) store.set({ probe: (probe + by + probes) % probes, cursor: null, zoom: null });
    },
    pin: (probe, of) => {
      const set = of ?? derive(store.state, store.data).set;
      if (set === null) return;
      const others = store.state.pins.filter((pin) => pin.set !== set || pin.probe !== probe);
      const pins = others.length < store.state.pins.length ? others : [...others, { set, probe }];
      store.set({ pins });
    },
    frame: (by) => {
      const alphas = recordedAlphas(store.data);
      const ahead =
        by > 0
          ? alphas.filter((a) => a > store.state.alpha + 1e-6)
          : alphas.filter((a) => a < store.state.alpha - 1e-6).reverse();
      if (ahead.length) store.set({ alpha: ahead[0], cursor: null });
    },
    save: (form) => void save(store, form),
    pinFocused: () => {
      const card = document.activeElement?.closest("[data-probe]");
      const { view } = store.state;
      if (card instanceof HTMLElement) actions.pin(Number(card.dataset.probe));
      else if (view === "probe" || view === "path") actions.pin(derive(store.state, store.data).probe);
    },
  };
  return actions;
}

/**
 * @param {() => void} act What must not keep a picture from the screen.
 * @returns {void}
 */
function afterPaint(act) {
  requestAnimationFrame(() =>
    // Not every browser tells when it has nothing to do.
    "requestIdleCallback" in window ? requestIdleCallback(act, { timeout: IDLE_WITHIN_MS }) : setTimeout(act),
  );
}
