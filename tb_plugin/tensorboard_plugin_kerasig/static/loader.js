/**
 * Decides what has to be fetched for the state, and puts it into the data. A reply that nobody waits for any more is
 * dropped.
 */

import { ApiError, getJson, getPacked } from "./api.js";
import { derive } from "./derive.js";
import { unpackRegions } from "./packed.js";
import { StepTable } from "./steps.js";

/**
 * @typedef {import("./state.js").Store} Store
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./derive.js").Column} Column
 */

const CACHE_BYTES = 128 * 2 ** 20;
/** Steps around the shown one that are fetched ahead, once everything shown is there. */
const AHEAD = [1, -1, 2];

export class Loader {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** Records by address, the least recently used first. @type {Map<string, {packed?: Packed, error?: string}>} */
    this.cache = new Map();
    this.bytes = 0;
    /** @type {Map<string, AbortController>} */
    this.flights = new Map();
    this.polling = false;
    this.catalogText = "";
  }

  /**
   * Asks for what is logged by now; what failed before is tried again.
   * @returns {Promise<void>}
   */
  async poll() {
    if (this.polling) return;
    this.polling = true;
    const { data } = this.store;
    try {
      const catalog = await getJson("runs", {});
      const text = JSON.stringify(catalog);
      const changed = text !== this.catalogText || data.catalogError !== null;
      this.catalogText = text;
      if (this.forgetErrors() || changed) {
        data.catalog = catalog;
        data.catalogError = null;
        this.store.changed();
      }
    } catch (error) {
      data.catalogError = sentence(error);
      this.store.changed();
    } finally {
      this.polling = false;
    }
  }

  /** @returns {boolean} Whether there were any. */
  forgetErrors() {
    const { tables, inputs, shown } = this.store.data;
    let found = false;
    for (const kept of [tables, inputs, shown, this.cache]) {
      for (const [key, entry] of kept) {
        if (entry.error === undefined) continue;
        found = true;
        // The sentence stays on the page until the answer to the new question is there.
        if (kept === this.cache) this.drop(key);
        else if ("version" in entry) entry.version = "";
      }
    }
    return found;
  }

  /**
   * Shows what is there of what the state needs, and fetches the rest, then what it will probably need next.
   * @returns {void}
   */
  ensure() {
    const { state, data } = this.store;
    const view = derive(state, data);
    /** @type {Map<string, () => Promise<void>>} */
    const wanted = new Map();
    let complete = true;
    for (const column of view.columns) {
      if (!column.entry || column.entry.error || view.set === null || !column.entry.series.includes(view.series))
        continue;
      const args = { run: column.run.run, set: view.set };
      this.want(wanted, column, args, view.series);
      if (column.wanted === null) continue;
      const key = this.wantRecord(wanted, column, args, view.series, column.wanted);
      const found = this.cache.get(key);
      if (!found) complete = false;
      else if (
        data.shown.get(column.key)?.packed !== found.packed ||
        data.shown.get(column.key)?.step !== column.wanted
      ) {
        data.shown.set(column.key, { step: column.wanted, ...found });
      }
    }
    if (complete) {
      for (const ahead of AHEAD) {
        const step = view.steps[view.index + ahead];
        for (const column of step === undefined ? [] : view.columns) {
          const near = column.table?.steps[column.table.at(step)];
          if (near === undefined || view.set === null || column.error) continue;
          this.wantRecord(wanted, column, { run: column.run.run, set: view.set }, view.series, near);
        }
      }
    }
    for (const [key, controller] of this.flights) {
      if (wanted.has(key)) continue;
      controller.abort();
      this.flights.delete(key);
    }
    for (const fetch of wanted.values()) fetch();
  }

  /**
   * Adds the fetches of a column's table and inputs that are missing or out of date.
   * @param {Map<string, () => Promise<void>>} wanted
   * @param {Column} column
   * @param {{run: string, set: string}} args
   * @param {string} series
   * @returns {void}
   */
  want(wanted, column, args, series) {
    const { tables, inputs } = this.store.data;
    const { entry } = column;
    if (!entry) return;
    const logged = `${entry.steps} to ${entry.last_step}`;
    if (tables.get(column.key)?.version !== logged) {
      this.plan(
        wanted,
        "steps",
        { ...args, series },
        async (signal) => {
          const table = new StepTable(await getJson("steps", { ...args, series }, signal));
          this.evictRewritten(args, series, tables.get(column.key)?.table, table);
          tables.set(column.key, { version: logged, table });
        },
        (error) => tables.set(column.key, { ...tables.get(column.key), version: logged, error }),
      );
    }
    const identity = `${entry.probes} from ${entry.first_step}`;
    if (inputs.get(column.inputsKey)?.version !== identity) {
      this.plan(
        wanted,
        "inputs",
        args,
        async (signal) => {
          const packed = await getPacked("inputs", args, signal);
          await unpackRegions(packed);
          inputs.set(column.inputsKey, { version: identity, packed });
        },
        (error) => inputs.set(column.inputsKey, { version: identity, error }),
      );
    }
  }

  /**
   * @param {Map<string, () => Promise<void>>} wanted
   * @param {Column} column
   * @param {{run: string, set: string}} args
   * @param {string} series
   * @param {number} step
   * @returns {string} The record's key in the cache.
   */
  wantRecord(wanted, column, args, series, step) {
    const full = { ...args, series, step };
    const key = cacheKey("attributions", full);
    const found = this.cache.get(key);
    if (found) {
      this.cache.delete(key);
      this.cache.set(key, found);
      return key;
    }
    this.plan(
      wanted,
      "attributions",
      full,
      async (signal) => {
        const packed = await getPacked("attributions", full, signal);
        this.keep(key, { packed }, packed.size);
      },
      (error) => this.keep(key, { error }, 0),
    );
    return key;
  }

  /**
   * Plans one fetch, unless it is under way. `load` stores what came; `fail` a sentence.
   * @param {Map<string, () => Promise<void>>} wanted
   * @param {string} route
   * @param {Record<string, string | number>} args
   * @param {(signal: AbortSignal) => Promise<void>} load
   * @param {(error: string) => void} fail
   * @returns {void}
   */
  plan(wanted, route, args, load, fail) {
    const key = cacheKey(route, args);
    wanted.set(key, async () => {
      if (this.flights.has(key)) return;
      const controller = new AbortController();
      this.flights.set(key, controller);
      try {
        await load(controller.signal);
      } catch (error) {
        if (controller.signal.aborted) return;
        fail(sentence(error));
      }
      if (this.flights.get(key) === controller) this.flights.delete(key);
      this.store.changed();
    });
  }

  /**
   * @param {string} key
   * @param {{packed?: Packed, error?: string}} entry
   * @param {number} size
   * @returns {void}
   */
  keep(key, entry, size) {
    this.cache.set(key, entry);
    this.bytes += size;
    for (const oldest of this.cache.keys()) {
      if (this.bytes <= CACHE_BYTES || oldest === key) break;
      this.drop(oldest);
    }
  }

  /**
   * @param {string} key
   * @returns {void}
   */
  drop(key) {
    this.bytes -= this.cache.get(key)?.packed?.size ?? 0;
    this.cache.delete(key);
  }

  /**
   * A restarted run writes steps again: what was fetched of them before is no longer what is logged.
   * @param {{run: string, set: string}} args
   * @param {string} series
   * @param {StepTable | undefined} before
   * @param {StepTable} after
   * @returns {void}
   */
  evictRewritten(args, series, before, after) {
    const times = new Map(after.steps.map((step, i) => [step, after.wallTimes[i]]));
    before?.steps.forEach((step, i) => {
      if (times.get(step) !== before.wallTimes[i]) this.drop(cacheKey("attributions", { ...args, series, step }));
    });
  }
}

/**
 * @param {string} route
 * @param {Record<string, string | number>} args
 * @returns {string}
 */
function cacheKey(route, args) {
  return JSON.stringify([route, args.run, args.set, args.series ?? "", args.step ?? ""]);
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function sentence(error) {
  if (error instanceof ApiError) return error.message;
  return `The reply could not be read: ${error instanceof Error ? error.message : error}`;
}
