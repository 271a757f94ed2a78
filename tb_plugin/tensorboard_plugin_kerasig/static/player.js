/** Plays the steps: the next one is shown when this one has been seen for a while, and is there. */

import { derive } from "./derive.js";
import { following, hurries, pace } from "./pace.js";

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
    /** @type {import("./pace.js").Since | null} */
    this.since = null;
    /** The record that this shows. */
    this.at = -1;
    this.speed = 1;
  }

  /**
   * After each drawing of the page.
   * @param {boolean} ready Whether the page shows the step that was asked for.
   * @returns {void}
   */
  tick(ready) {
    const { playing, speed } = this.store.state;
    if (!playing || speed !== this.speed) {
      if (this.timer) clearTimeout(this.timer);
      this.timer = this.since = null;
      this.speed = speed;
    }
    if (playing && ready && !this.timer) this.timer = setTimeout(() => this.advance(), this.wait(performance.now()));
  }

  /**
   * @param {number} now
   * @returns {number} Milliseconds until the next record is due.
   */
  wait(now) {
    const { index, steps } = derive(this.store.state, this.store.data);
    // Whoever goes to another step while the steps play lets them play from there.
    if (!this.since || index !== this.at) this.since = { index, at: now };
    this.at = index;
    const each = pace(steps.length, this.speed);
    return hurries(steps.length) ? Math.max(0, this.since.at + (index + 1 - this.since.index) * each - now) : each;
  }

  /** @returns {void} */
  advance() {
    this.timer = null;
    const { index, steps } = derive(this.store.state, this.store.data);
    const since = index === this.at ? this.since : null;
    const next = since ? following(since, index, performance.now(), steps.length, this.speed) : index + 1;
    this.at = since ? next : -1;
    if (index < steps.length - 1) this.actions.go(next);
    if (next >= steps.length - 1) this.store.set({ playing: false });
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
