/** What is seen, as files. */

import { moved } from "./address.js";
import { animation, thinned } from "./animation.js";
import { derive } from "./derive.js";
import { exactly } from "./exact.js";
import { count, epochText, short } from "./format.js";
import { png } from "./picture.js";
import { withScene } from "./scene.js";
import { csv, tableOf } from "./tables.js";
import { vector } from "./vector.js";

/**
 * @typedef {"png" | "svg" | "gif" | "csv"} Form
 * @typedef {import("./state.js").Store} Store
 */

/** Somebody has ended the work. */
class Ended extends Error {}

/**
 * Has the browser save the view that is shown, or one card of it; where that fails, the page says why.
 * @param {Store} store
 * @param {Form} form
 * @param {number | null} [card] Its probe.
 * @returns {Promise<void>}
 */
export async function save(store, form, card = null) {
  if (store.state.filming) return;
  const name = fileName(derive(store.state, store.data), store.state, form, card);
  try {
    const blob = await MAKERS[form](store, card);
    download(blob, `${name}.${form}`);
    store.set({ unsaved: null });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    store.set({ unsaved: error instanceof Ended && !why ? null : `Not saved: ${why}.` });
  }
}

/** @type {Record<Form, (store: Store, card: number | null) => Promise<Blob>>} */
const MAKERS = {
  png: async (store, card) => png(await still(store, card)),
  svg: async (store, card) => new Blob([await seen(store, card, vector)], { type: "image/svg+xml" }),
  gif: filmed,
  csv: async ({ state, data }) => {
    const table = tableOf(derive(state, data), state, data);
    if (!table) throw new Error("there are no numbers in this view");
    return new Blob([csv(table)], { type: "text/csv" });
  },
};

/**
 * @template T
 * @param {Store} store
 * @param {number | null} card
 * @param {(scene: import("./scene.js").Scene) => T} use
 * @returns {Promise<T>}
 */
function seen({ state, data }, card, use) {
  const target = document.querySelector(
    card === null ? "#kerasig .content" : `#panel :is(.card, .pair)[data-probe="${card}"]`,
  );
  if (!target) throw new Error("what was to be saved is not shown any more");
  const { set, series, step, epoch, columns } = derive(state, data);
  const epochs = epochText(epoch);
  const line = [
    state.view === "compare" || step === null ? "" : `step ${count(step)}`,
    state.view === "compare" || !epochs ? "" : `epoch ${epochs}`,
    columns.length === 1 ? short(columns[0].run.name, 120) : "",
    short(series, 60),
  ];
  return withScene(
    target,
    {
      title: short(set ?? "Attributions", 120),
      line: line.filter(Boolean).join(" \u00b7 "),
      moving: state.filming !== null,
    },
    use,
  );
}

/**
 * @param {Store} store
 * @param {number | null} card
 * @returns {Promise<import("./picture.js").Still>}
 */
function still(store, card) {
  return seen(store, card, ({ svg, width, height }) => ({ svg: svg(), width, height }));
}

/**
 * Shows the steps one by one, and makes an animation of what is seen then.
 * @param {Store} store
 * @param {number | null} card
 * @returns {Promise<Blob>}
 */
async function filmed(store, card) {
  const from = store.state;
  const steps = thinned(derive(from, store.data).steps);
  if (steps.length < 2) throw new Error("an animation needs at least two steps");
  const scrolled = document.querySelector(".content")?.scrollTop ?? 0;
  const report = (/** @type {number} */ done) => {
    if (!store.state.filming) throw new Ended();
    store.set({ filming: { done, of: 2 * steps.length } });
  };
  const stills = [];
  store.set({ filming: { done: 0, of: 2 * steps.length }, playing: false, alone: card, cursor: null });
  try {
    for (const [i, step] of steps.entries()) {
      store.set({ step });
      await shown(store);
      if (moved(from, store.state) || (store.state.filming && store.state.step !== step))
        throw new Ended("something else was chosen meanwhile");
      stills.push(await still(store, card));
      report(i + 1);
    }
    leave(store, from, scrolled);
    return await animation(stills, (done) => report(steps.length + done));
  } finally {
    if (store.state.alone !== null || stills.length < steps.length) leave(store, from, scrolled);
    store.set({ filming: null });
  }
}

/**
 * Leaves the page as it was, but for what was chosen meanwhile.
 * @param {Store} store
 * @param {import("./state.js").State} from
 * @param {number} scrolled
 * @returns {void}
 */
function leave(store, from, scrolled) {
  const stays = !moved(from, store.state);
  store.set({ alone: null, ...(stays ? { step: from.step } : {}) });
  requestAnimationFrame(() => {
    const content = document.querySelector(".content");
    if (stays && content) content.scrollTop = scrolled;
  });
}

/**
 * @param {Store} store
 * @returns {Promise<void>} When the page shows what was asked for, or nobody waits for that any more.
 */
async function shown(store) {
  const { documentElement } = document;
  const ready = () =>
    !store.pending && documentElement.dataset.kerasig === "ready" && !documentElement.hasAttribute("data-waits");
  do await new Promise((done) => requestAnimationFrame(done));
  while (store.state.filming && !ready());
}

/**
 * @param {import("./derive.js").View} view
 * @param {import("./state.js").State} state
 * @param {Form} form
 * @param {number | null} card
 * @returns {string} Of what any system takes for a file's name.
 */
function fileName({ set, step, probe }, { view }, form, card) {
  const one = card !== null ? `probe ${card}` : view === "probe" || view === "path" ? `probe ${probe}` : "";
  const at = step === null || form === "gif" ? "" : `step ${exactly(step)}`;
  const name = `${set ?? "attributions"} ${card === null ? view : ""} ${one} ${at}`;
  return name
    .replace(/[^A-Za-z0-9.-]+/g, "_")
    .replace(/^[_.]+|[_.]+$/g, "")
    .slice(0, 120);
}

/**
 * @param {Blob} blob
 * @param {string} name
 * @returns {void}
 */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has the file's content once the click was handled; not all have it at once.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
