/** The address of what is shown: places that the browser's Back returns to are pushed, all else is written over. */

import { format, parse } from "./fragment.js";
import { readHash, writeHash } from "./host.js";

/**
 * @typedef {import("./state.js").State} State
 */

/** Turning through probes is one visit, as long as each is turned over within this. */
const TURNS_WITHIN_MS = 1000;

/**
 * @param {State} before
 * @param {State} now
 * @returns {"view" | "probe" | "step" | null} What makes it another place; null where it is the same one, seen otherwise.
 */
export function moved(before, now) {
  if (before.view !== now.view) return "view";
  if (before.probe !== now.probe || before.set !== now.set) return "probe";
  if (JSON.stringify(before.suspect) !== JSON.stringify(now.suspect)) return "probe";
  return before.visits !== now.visits ? "step" : null;
}

export class Address {
  /** @param {import("./state.js").Store} store */
  constructor(store) {
    this.store = store;
    /** What the address tells already, or is about to. */
    this.told = store.state;
    this.turned = -Infinity;
  }

  /**
   * After each drawing of the page.
   * @returns {void}
   */
  follow() {
    const { told, store } = this;
    this.told = store.state;
    writeHash(() => format(store.state), this.leaves(told, store.state) ? format(told) : null);
  }

  /**
   * @param {State} before
   * @param {State} now
   * @returns {boolean} Whether Back shall lead to the former state.
   */
  leaves(before, now) {
    const what = moved(before, now);
    const at = performance.now();
    const turns = what === "probe" && at - this.turned < TURNS_WITHIN_MS;
    this.turned = what === "probe" ? at : what ? -Infinity : this.turned;
    return what !== null && !turns;
  }

  /**
   * Shows what the address says.
   * @returns {void}
   */
  adopt() {
    this.store.set({ ...parse(readHash()), cursor: null, playing: false });
    this.told = this.store.state;
    this.turned = -Infinity;
  }
}
