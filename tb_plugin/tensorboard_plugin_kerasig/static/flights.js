/** What is on its way: each thing once, and only while someone waits for it. */

import { ApiError, getPacked } from "./api.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {Map<string, () => Promise<void>>} Wanted The fetches that should be under way, by what they ask for.
 *
 * @typedef {object} Flight
 * @property {AbortController} controller
 * @property {string} of Which record the reply is a part of.
 * @property {number[]} probes
 */

export class Flights {
  /** @param {import("./state.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Flight>} */
    this.flights = new Map();
  }

  /**
   * @param {string} key
   * @returns {boolean}
   */
  has(key) {
    return this.flights.has(key);
  }

  /**
   * Starts what is not under way, and ends what is no longer wanted.
   * @param {Wanted} wanted
   * @returns {void}
   */
  start(wanted) {
    for (const [key, { controller }] of this.flights) {
      if (wanted.has(key)) continue;
      controller.abort();
      this.flights.delete(key);
    }
    for (const fetch of wanted.values()) fetch();
  }

  /**
   * Plans one fetch, unless it is under way. `load` stores what came; `fail` a sentence.
   * @param {Wanted} wanted
   * @param {string} route
   * @param {Record<string, string | number>} args
   * @param {(signal: AbortSignal) => Promise<void>} load
   * @param {(error: string) => void} fail
   * @param {{of: string, probes: number[]}} [part] Which record the reply is a part of.
   * @returns {void}
   */
  plan(wanted, route, args, load, fail, part = { of: "", probes: [] }) {
    const key = JSON.stringify([route, args]);
    wanted.set(key, async () => {
      if (this.flights.has(key)) return;
      const controller = new AbortController();
      this.flights.set(key, { controller, ...part });
      try {
        await load(controller.signal);
      } catch (error) {
        if (controller.signal.aborted) return;
        fail(sentence(error));
      }
      if (this.flights.get(key)?.controller === controller) this.flights.delete(key);
      this.store.changed();
    });
  }

  /**
   * Plans the fetch of those probes' values that are neither here nor on their way.
   * @param {Wanted} wanted
   * @param {{route: string, args: Record<string, string | number>, key: string, before: Packed | undefined,
   * entry: import("./state.js").SetEntry | null, probes: number[]}} what
   * @param {(packed: Packed) => void | Promise<void>} keep
   * @param {(error: string) => void} fail
   * @returns {boolean} Whether any is missing.
   */
  planProbes(wanted, { route, args, key, before, entry, probes }, keep, fail) {
    const missing = probes.filter((probe) => probe < (entry?.probes ?? 0) && !before?.has(probe));
    if (before && !missing.length) return false;
    /** @type {Set<number>} */
    const coming = new Set();
    let started = false;
    for (const [name, flight] of this.flights) {
      if (flight.of !== route + key || !(flight.probes.some((probe) => missing.includes(probe)) || !before)) continue;
      flight.probes.forEach((probe) => coming.add(probe));
      wanted.set(name, async () => {});
      started = true;
    }
    const asked = missing.filter((probe) => !coming.has(probe));
    if (started && !asked.length) return true;
    // Also for no probe at all: the header is wanted.
    /** @type {Record<string, string | number>} */
    const some = asked.length < (entry?.probes ?? 0) ? { probes: asked.join(",") } : {};
    /** @type {Record<string, string | number>} */
    const full = { ...args, ...some, partial: 1, ...(before ? { bare: 1 } : {}) };
    this.plan(wanted, route, full, async (signal) => keep(await getPacked(route, full, signal)), fail, {
      of: route + key,
      probes: asked,
    });
    return true;
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function sentence(error) {
  if (error instanceof ApiError) return error.message;
  return `The reply could not be read: ${error instanceof Error ? error.message : error}`;
}
