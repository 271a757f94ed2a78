/** Replies that were fetched, up to a bound in bytes; the least recently used go first. */

/**
 * @typedef {object} Reply
 * @property {import("./packed.js").Packed} [packed]
 * @property {any} [json]
 * @property {import("./audits.js").Audit} [audit]
 * @property {import("./steps.js").Columns} [columns]
 * @property {string} [error]
 */

const MOST_BYTES = 128 * 2 ** 20;
/** What a reply without arrays is taken to weigh. */
const SMALL = 2 ** 16;
/** Routes whose replies are of more than one step. */
const SEVERAL_STEPS = ["paths", "means", "overview", "audits"];

export class Cache {
  constructor() {
    /** @type {Map<string, Reply>} */
    this.replies = new Map();
    this.bytes = 0;
  }

  /**
   * @param {string} key
   * @returns {Reply | undefined}
   */
  get(key) {
    const found = this.replies.get(key);
    if (found) {
      this.replies.delete(key);
      this.replies.set(key, found);
    }
    return found;
  }

  /**
   * @param {string} key
   * @param {Reply} reply
   * @returns {void}
   */
  keep(key, reply) {
    this.drop(key);
    this.replies.set(key, reply);
    this.bytes += weight(reply);
    for (const oldest of this.replies.keys()) {
      if (this.bytes <= MOST_BYTES || oldest === key) break;
      this.drop(oldest);
    }
  }

  /**
   * Adds the values of more probes to a record.
   * @param {string} key
   * @param {import("./packed.js").Packed} more
   * @returns {void}
   */
  extend(key, more) {
    const packed = this.replies.get(key)?.packed;
    if (!packed) return;
    packed.absorb(more);
    this.bytes += more.size;
  }

  /**
   * @param {string} key
   * @returns {void}
   */
  drop(key) {
    const found = this.replies.get(key);
    if (!found) return;
    this.bytes -= weight(found);
    this.replies.delete(key);
  }

  /** @returns {boolean} Whether there were any; they are asked for again. */
  forgetErrors() {
    const failed = [...this.replies].filter(([, { error }]) => error !== undefined);
    for (const [key] of failed) this.drop(key);
    return failed.length > 0;
  }

  /**
   * Drops what was read of steps that have been written anew.
   * @param {{run: string, set: string, series: string}} of
   * @param {Set<number>} steps
   * @returns {void}
   */
  evict(of, steps) {
    for (const key of [...this.replies.keys()]) {
      const [route, run, set, series, step] = JSON.parse(key);
      const same = [run].flat().includes(of.run) && set === of.set && series === of.series;
      if (same && (SEVERAL_STEPS.includes(route) || steps.has(step))) this.drop(key);
    }
  }
}

/**
 * @param {Reply} reply
 * @returns {number}
 */
function weight({ packed, audit }) {
  return packed?.size ?? audit?.size ?? SMALL;
}

/**
 * @param {string} route
 * @param {Record<string, string | number>} args
 * @returns {string}
 */
export function cacheKey(route, args) {
  const { run, set, series = "", step = "", probe = "", probes = probe, version = "" } = args;
  return JSON.stringify([route, run, set, series, step, probes, version]);
}
