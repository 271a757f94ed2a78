/**
 * Decides what has to be fetched for the state, and puts it into the data. A reply that nobody waits for any more is
 * dropped.
 */

import { ApiError, getJson, getPacked } from "./api.js";
import { Cache, cacheKey } from "./cache.js";
import { derive } from "./derive.js";
import { needs } from "./extras.js";
import { unpackRegions } from "./packed.js";
import { StepTable } from "./steps.js";

/**
 * @typedef {import("./state.js").Store} Store
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./extras.js").Need} Need
 * @typedef {import("./cache.js").Reply} Reply
 */

/** Steps around the shown one that are fetched ahead, once everything shown is there. */
const AHEAD = [1, -1, 2];

export class Loader {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.cache = new Cache();
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
    for (const kept of [tables, inputs, shown]) {
      for (const entry of kept.values()) {
        if (entry.error === undefined) continue;
        found = true;
        // The sentence stays on the page until the answer to the new question is there.
        if ("version" in entry) entry.version = "";
      }
    }
    return this.cache.forgetErrors() || found;
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
    if (!this.wantExtras(wanted, needs(view, state))) complete = false;
    if (complete) {
      for (const ahead of AHEAD) {
        const step = view.steps[view.index + ahead];
        if (step !== undefined && state.view === "path")
          for (const need of needs(derive({ ...state, step }, data), state)) this.find(wanted, need);
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
    if (this.cache.get(key)) return key;
    this.plan(
      wanted,
      "attributions",
      full,
      async (signal) => {
        const packed = await getPacked("attributions", full, signal);
        this.cache.keep(key, { packed });
      },
      (error) => this.cache.keep(key, { error }),
    );
    return key;
  }

  /**
   * Puts what is there of single views' needs into the data, and plans the rest.
   * @param {Map<string, () => Promise<void>>} wanted
   * @param {Need[]} list
   * @returns {boolean} Whether everything was there.
   */
  wantExtras(wanted, list) {
    const { extras } = this.store.data;
    const slots = new Set(list.map(({ slot }) => slot));
    for (const slot of [...extras.keys()]) if (!slots.has(slot)) extras.delete(slot);
    let complete = true;
    for (const need of list) {
      const found = this.find(wanted, need);
      if (found) extras.set(need.slot, { need, ...found });
      else complete = false;
    }
    return complete;
  }

  /**
   * @param {Map<string, () => Promise<void>>} wanted Gets what is not there.
   * @param {Need} need
   * @returns {Reply | undefined}
   */
  find(wanted, { route, args, version }) {
    const { probes, ...all } = args;
    // A whole record has the probe, too.
    const whole = route === "attributions" ? this.cache.get(cacheKey(route, all)) : undefined;
    if (whole?.packed) return whole;
    const full = version === undefined ? args : { ...args, version };
    const key = cacheKey(route, full);
    const found = this.cache.get(key);
    if (found) return found;
    this.plan(
      wanted,
      route,
      full,
      async (signal) => {
        if (route === "paths") return this.cache.keep(key, { json: await getJson(route, args, signal) });
        const packed = await getPacked(route, args, signal);
        this.cache.keep(key, { packed });
      },
      (error) => this.cache.keep(key, { error }),
    );
    return undefined;
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
   * A restarted run writes steps again: what was fetched of them before is no longer what is logged.
   * @param {{run: string, set: string}} args
   * @param {string} series
   * @param {StepTable | undefined} before
   * @param {StepTable} after
   * @returns {void}
   */
  evictRewritten(args, series, before, after) {
    const times = new Map(after.steps.map((step, i) => [step, after.wallTimes[i]]));
    const gone = new Set(before?.steps.filter((step, i) => times.get(step) !== before.wallTimes[i]));
    if (gone.size) this.cache.evict({ ...args, series }, gone);
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function sentence(error) {
  if (error instanceof ApiError) return error.message;
  return `The reply could not be read: ${error instanceof Error ? error.message : error}`;
}
