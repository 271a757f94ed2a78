/** Plays the steps: the next one is shown when this one has been seen for a while, and is there. */

import { derive } from "./derive.js";

const SHOWN_FOR_MS = 450;

export class Player {
  /**
   * @param {import("./state.js").Store} store
   * @param {{go: (index: number) => void}} actions
   */
  constructor(store, actions) {
    this.store = store;
    this.actions = actions;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  /**
   * After each drawing of the page.
   * @param {boolean} ready Whether the page shows the step that was asked for.
   * @returns {void}
   */
  tick(ready) {
    if (!this.store.state.playing) {
      if (this.timer) clearTimeout(this.timer);
      this.timer = null;
    } else if (ready && !this.timer) {
      this.timer = setTimeout(() => this.advance(), SHOWN_FOR_MS);
    }
  }

  /** @returns {void} */
  advance() {
    this.timer = null;
    const { index, steps } = derive(this.store.state, this.store.data);
    if (index < steps.length - 1) this.actions.go(index + 1);
    if (index >= steps.length - 2) this.store.set({ playing: false });
  }
}

/**
 * @param {import("./state.js").Store} store
 * @param {{go: (index: number) => void}} actions
 * @param {boolean} on From the newest step, playing begins at the first.
 * @returns {void}
 */
export function play(store, actions, on) {
  const { index, steps } = derive(store.state, store.data);
  if (on && index >= steps.length - 1) actions.go(0);
  store.set({ playing: on });
}
