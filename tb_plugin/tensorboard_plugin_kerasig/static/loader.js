/**
 * Decides what has to be fetched for the state, and puts it into the data. A reply that nobody waits for any more is
 * dropped.
 */

import { getContainer, getJson } from "./api.js";
import { Cache, cacheKey } from "./cache.js";
import { derive } from "./derive.js";
import { learn } from "./exact.js";
import { needs } from "./extras.js";
import { Flights, sentence } from "./flights.js";
import { statsNeeded } from "./order.js";
import { unpackRegions } from "./packed.js";
import { isSampled } from "./reference.js";
import { getReply } from "./replies.js";
import { StepTable, unpackStats } from "./steps.js";

/**
 * @typedef {import("./state.js").Store} Store
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./extras.js").Need} Need
 * @typedef {import("./cache.js").Reply} Reply
 * @typedef {import("./derive.js").View} View
 * @typedef {import("./flights.js").Wanted} Wanted
 */

/** Steps around the shown one that are fetched ahead, once everything shown is there. */
const AHEAD = [1, -1, 2];

export class Loader {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.cache = new Cache();
    this.flights = new Flights(store);
    this.polling = false;
    this.catalogText = "";
  }

  /**
   * Asks for what is logged by now; what failed before is tried again.
   * @param {Promise<Response | null> | null} [asked] The reply, where it is on its way.
   * @returns {Promise<void>}
   */
  async poll(asked = null) {
    if (this.polling) return;
    this.polling = true;
    const { data } = this.store;
    try {
      const reply = await asked;
      const catalog = reply?.ok ? learn(await reply.json(), "") : await getJson("runs", {});
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
   * Shows what is there of what the state needs, and fetches the rest.
   * @param {boolean} rests Whether the page is painted: only then what it will probably need next is asked for.
   * @returns {void}
   */
  ensure(rests) {
    const { state, data } = this.store;
    const view = derive(state, data);
    /** @type {Wanted} */
    const wanted = new Map();
    let complete = true;
    for (const column of view.columns) {
      if (!column.entry || column.entry.error || view.set === null || !column.entry.series.includes(view.series))
        continue;
      const args = { run: column.run.run, set: view.set };
      this.want(wanted, column, args, view.series, view.needed);
      if (column.wanted === null) continue;
      const found = this.wantRecord(wanted, column, { ...args, series: view.series }, column.wanted, view.needed);
      const shown = data.shown.get(column.key);
      if (!found) complete = false;
      else if (shown?.packed !== found.packed || shown?.step !== column.wanted)
        data.shown.set(column.key, { step: column.wanted, ...found });
    }
    let extras = this.wantExtras(wanted, needs(view, state));
    // Only with the steps of a side, or with what the server summed up, it is known which records are needed.
    if (["compare", "overview", "probe", "suspects"].includes(state.view))
      extras = this.wantExtras(wanted, needs(derive(state, data), state));
    complete &&= extras;
    // Everything that was measured, at all steps, comes after what is on the screen, unless that depends on it.
    const waits = statsNeeded(state).length > 0 || state.view === "timeline";
    /** @type {Wanted} */
    const later = new Map();
    for (const column of view.columns) if (complete || waits) this.wantStats(waits ? wanted : later, column, view);
    if (complete) this.wantNeighbours(later, view);
    for (const [key, fetch] of later) if (rests || this.flights.has(key)) wanted.set(key, fetch);
    this.flights.start(wanted);
  }

  /**
   * Plans what is needed of the steps around the shown one.
   * @param {Wanted} wanted
   * @param {View} view
   * @returns {void}
   */
  wantNeighbours(wanted, view) {
    const { state, data } = this.store;
    const { set, series } = view;
    // Where the order depends on the step, so does what is to be seen.
    const moves = statsNeeded(state).length > 0;
    for (const ahead of AHEAD) {
      const step = view.steps[view.index + ahead];
      if (step === undefined || set === null) continue;
      const alone =
        state.view === "path" || state.view === "compare" || (state.scale === "step" && isSampled(view.settings));
      const next = moves || alone ? derive({ ...state, step }, data) : view;
      if (alone) for (const need of needs(next, state)) this.find(wanted, need);
      for (const column of view.columns) {
        const near = column.table?.drawnAt(step);
        if (near === undefined || column.error) continue;
        this.wantRecord(wanted, column, { run: column.run.run, set, series }, near, next.needed);
      }
    }
  }

  /**
   * Adds the fetches of a column's list of steps and inputs that are missing or out of date.
   * @param {Wanted} wanted
   * @param {Column} column
   * @param {{run: string, set: string}} args
   * @param {string} series
   * @param {number[]} probes
   * @returns {void}
   */
  want(wanted, column, args, series, probes) {
    const { tables, inputs } = this.store.data;
    const { entry } = column;
    if (!entry) return;
    const logged = `${entry.steps} to ${entry.last_step}`;
    if (tables.get(column.key)?.version !== logged) {
      const light = { ...args, series, stats: 0 };
      this.flights.plan(
        wanted,
        "steps",
        light,
        async (signal) => {
          const before = tables.get(column.key)?.table;
          const table = new StepTable(await getJson("steps", light, signal)).inherit(before);
          this.evictRewritten(args, series, before, table);
          tables.set(column.key, { version: logged, table });
        },
        (error) => tables.set(column.key, { ...tables.get(column.key), version: logged, error }),
      );
    }
    const identity = `${entry.probes} from ${entry.first_step}`;
    const known = inputs.get(column.inputsKey);
    const same = known?.version === identity;
    if (same && !known.packed) return;
    const before = same ? known.packed : undefined;
    this.flights.planProbes(
      wanted,
      { route: "inputs", args, key: column.inputsKey, before, entry, probes },
      async (packed) => {
        if (before) return before.absorb(packed);
        await unpackRegions(packed);
        inputs.set(column.inputsKey, { version: identity, packed });
      },
      (error) => inputs.set(column.inputsKey, { version: identity, error }),
    );
  }

  /**
   * @param {Wanted} wanted
   * @param {Column} column
   * @param {{run: string, set: string, series: string}} args
   * @param {number} step
   * @param {number[]} probes
   * @returns {Reply | undefined} The record, once it has all of these.
   */
  wantRecord(wanted, column, args, step, probes) {
    const full = { ...args, step };
    const key = cacheKey("attributions", full);
    const found = this.cache.get(key);
    if (found?.error !== undefined) return found;
    const what = { route: "attributions", args: full, key, before: found?.packed, entry: column.entry, probes };
    const missing = this.flights.planProbes(
      wanted,
      what,
      (packed) => {
        if (this.cache.get(key)?.packed) this.cache.extend(key, packed);
        // Without its header it is of no use where the record was dropped from the cache since.
        else if (!found) this.cache.keep(key, { packed });
      },
      (error) => this.cache.keep(key, { error }),
    );
    return missing ? undefined : found;
  }

  /**
   * Plans the fetch of what was measured at the steps that a column's table knows nothing of yet.
   * @param {Wanted} wanted
   * @param {Column} column
   * @param {View} view
   * @returns {void}
   */
  wantStats(wanted, column, view) {
    const { tables } = this.store.data;
    const { table } = column;
    const kept = tables.get(column.key);
    if (!table || table.complete || view.set === null || kept?.error !== undefined) return;
    const { known } = table;
    /** @type {Record<string, string | number>} */
    const after = known ? { after: table.steps[known - 1] } : {};
    /** @type {Record<string, string | number>} */
    const args = { run: column.run.run, set: view.set, series: view.series, ...after };
    this.flights.plan(
      wanted,
      "stats",
      args,
      async (signal) => {
        const stats = unpackStats(await getContainer("stats", args, signal));
        // Those who hold the table see that it is another.
        const filled = Object.assign(Object.create(StepTable.prototype), table).fill(stats, known);
        if (tables.get(column.key)?.table === table)
          tables.set(column.key, { version: kept?.version ?? "", table: filled });
      },
      (error) => tables.set(column.key, { version: kept?.version ?? "", table, error }),
    );
  }

  /**
   * Puts what is there of single views' needs into the data, and plans the rest.
   * @param {Wanted} wanted
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
      else complete &&= need.late === true;
    }
    return complete;
  }

  /**
   * @param {Wanted} wanted Gets what is not there.
   * @param {Need} need
   * @returns {Reply | undefined}
   */
  find(wanted, { route, args, version }) {
    const { probes, ...all } = args;
    // The gallery's record may have the probe, too.
    const whole = route === "attributions" ? this.cache.get(cacheKey(route, all)) : undefined;
    const asked = probes === undefined ? null : String(probes).split(",").filter(Boolean).map(Number);
    if (whole?.packed?.hasAll(asked)) return whole;
    const full = version === undefined ? args : { ...args, version };
    const key = cacheKey(route, full);
    const found = this.cache.get(key);
    if (found) return found;
    this.flights.plan(
      wanted,
      route,
      full,
      async (signal) => this.cache.keep(key, await getReply(route, args, signal)),
      (error) => this.cache.keep(key, { error }),
    );
    return undefined;
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
