/** Joins the parts: what happens changes the store, a changed store has the page drawn. */

import { Address } from "./address.js";
import { copy, sayForAMoment } from "./clipboard.js";
import { derive } from "./derive.js";
import { mount, settle, waits } from "./dom.js";
import { recordedAlphas } from "./extras.js";
import { parse } from "./fragment.js";
import { isDark, isOurs, isVisible, link, observe, readHash } from "./host.js";
import { keys } from "./keyboard.js";
import { Loader } from "./loader.js";
import { Places } from "./places.js";
import { Player, play } from "./player.js";
import { firstPort, PortWatch } from "./port.js";
import { save } from "./save.js";
import { defaults, Store } from "./state.js";
import { page, status } from "./views/page.js";

const POLL_MS = 6000;
/** Beyond the window, and ahead of the shown step, nobody waits for more than this. */
const IDLE_WITHIN_MS = 100;

/**
 * Draws the page and keeps it up to date for as long as the frame lives.
 * @param {Promise<unknown>} styled Fulfilled when the style is there.
 * @param {Promise<Response | null>} runs The reply of that route, asked for in advance.
 * @returns {Promise<Store>}
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
  const address = new Address(store);
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
    address.follow();
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
    hash: () => {
      if (!isOurs()) return;
      const from = store.state.view;
      address.adopt();
      // Whoever goes back stands where they left; the focus is not taken from another page.
      if (from !== store.state.view && document.hasFocus()) places.focus = focusOf(store.state);
    },
  });
  document.addEventListener("keydown", onKey);
  setInterval(() => isVisible() && loader.poll(), POLL_MS);
  const polled = loader.poll(runs);
  // Nothing is drawn without its style.
  await styled;
  store.start();
  await polled;
  return store;
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
    visit: (index) => {
      actions.go(index);
      store.set(({ visits }) => ({ visits: visits + 1 }));
    },
    play: (on) => play(store, actions, on),
    show: (view, focus) => {
      // Whoever comes back stands where they left.
      places.focus = focus ?? focusOf({ ...store.state, view });
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
    save: (form, card) => void save(store, form, card),
    saveFocused: () => {
      const card = document.activeElement?.closest(".card[data-probe]");
      if (card instanceof HTMLElement) store.set({ keeping: Number(card.dataset.probe) });
      else actions.save("png");
    },
    share: async () => {
      const url = link();
      const copied = (await copy(url)) || url;
      store.set({ shared: copied });
      if (copied === true)
        sayForAMoment("link", () => store.set(({ shared }) => ({ shared: shared === true ? null : shared })));
    },
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
 * @param {import("./state.js").State} state
 * @returns {string | null} A selector of what has the focus where the view is come back to.
 */
function focusOf({ view, probe }) {
  return view === "gallery" ? `.card[data-probe="${probe}"] .open` : null;
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
