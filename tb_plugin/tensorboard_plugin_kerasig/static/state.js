/** The one state object, its mirror in the address, and the store that tells the page to draw itself again. */

/**
 * @typedef {object} State What the person chose; null is "the default", which may change as data arrives.
 * @property {string[] | null} runs
 * @property {string | null} set Title of the probe set.
 * @property {string | null} series
 * @property {number | null} step Null follows the newest step.
 * @property {"all" | "step" | "probe"} scale Over what the colour scale is shared.
 * @property {"overlay" | "input" | "map"} show What of an image is drawn.
 * @property {string[] | null} charts Names of the charted scalars.
 * @property {boolean} playing Not in the address.
 * @property {boolean} dark Not in the address: TensorBoard's.
 *
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./steps.js").StepTable} StepTable
 *
 * @typedef {object} SetEntry
 * @property {string} title
 * @property {string[]} series
 * @property {string} probe_kind
 * @property {number} probes
 * @property {number} steps
 * @property {number} first_step
 * @property {number} last_step
 * @property {string | null} error
 *
 * @typedef {object} Data What has arrived, by column key or by run and set.
 * @property {{runs: {run: string, name: string, sets: SetEntry[]}[]} | null} catalog
 * @property {string | null} catalogError
 * @property {Map<string, {version: string, table?: StepTable, error?: string}>} tables
 * @property {Map<string, {version: string, packed?: Packed, error?: string}>} inputs
 * @property {Map<string, {step: number, packed?: Packed, error?: string}>} shown The record on the page, per column.
 */

const PREFIX = "p.kerasig.";
/** @type {Record<string, string[]>} */
const CHOICES = { scale: ["all", "step", "probe"], show: ["overlay", "input", "map"] };

/** @returns {State} */
export function defaults() {
  return {
    runs: null,
    set: null,
    series: null,
    step: null,
    scale: "all",
    show: "overlay",
    charts: null,
    playing: false,
    dark: false,
  };
}

/**
 * Reads the state out of TensorBoard's fragment; what makes no sense there is left at its default.
 * @param {string} hash Such as #kerasig&p.kerasig.step=400.
 * @returns {Partial<State>}
 */
export function parse(hash) {
  /** @type {Record<string, any>} */
  const state = {};
  const { runs, set, series, step, scale, show, charts } = defaults();
  Object.assign(state, { runs, set, series, step, scale, show, charts });
  for (const part of hash.replace(/^#/, "").split("&")) {
    if (!part.startsWith(PREFIX)) continue;
    const at = part.indexOf("=");
    const name = part.slice(PREFIX.length, at < 0 ? undefined : at);
    const value = at < 0 ? "" : decode(part.slice(at + 1));
    if (name === "runs" || name === "charts") state[name] = value === "" ? [] : value.split(",").map(decode);
    else if (name === "step" && /^-?\d+$/.test(value)) state.step = Number(value);
    else if (CHOICES[name]?.includes(value)) state[name] = value;
    else if (name === "set" || name === "series") state[name] = value;
  }
  return state;
}

/**
 * @param {State} state
 * @returns {string} The fragment that `parse` reads back; defaults are left out.
 */
export function format(state) {
  const list = (/** @type {string[] | null} */ names) => names && names.map((name) => encode(name, /[%,]/g)).join(",");
  const usual = defaults();
  const values = {
    runs: list(state.runs),
    set: state.set,
    series: state.series,
    step: state.step,
    scale: state.scale === usual.scale ? null : state.scale,
    show: state.show === usual.show ? null : state.show,
    charts: list(state.charts),
  };
  const parts = Object.entries(values).filter(([, value]) => value !== null);
  return [
    "#kerasig",
    ...parts.map(([name, value]) => `${PREFIX}${name}=${encode(String(value), /[^\w/.,:@ -]| /gu)}`),
  ].join("&");
}

/**
 * @param {string} text
 * @param {RegExp} which What of it is written as %XX.
 * @returns {string}
 */
function encode(text, which) {
  return text.replace(which, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // A lone surrogate has no UTF-8 form; the server cannot have sent it as a name that it would find again.
    if (code >= 0xd800 && code <= 0xdfff) return "%EF%BF%BD";
    return code < 128 ? "%" + code.toString(16).toUpperCase().padStart(2, "0") : encodeURIComponent(character);
  });
}

/**
 * @param {string} text
 * @returns {string} As it is where it is no valid %XX text.
 */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export class Store {
  /** @param {State} state */
  constructor(state) {
    this.state = state;
    /** @type {Data} */
    this.data = { catalog: null, catalogError: null, tables: new Map(), inputs: new Map(), shown: new Map() };
    /** @type {(() => void)[]} */
    this.listeners = [];
    /** Until `start`, changes wait. */
    this.pending = true;
  }

  /** @returns {void} */
  start() {
    this.pending = false;
    this.changed();
  }

  /**
   * @param {Partial<State>} patch
   * @returns {void}
   */
  set(patch) {
    this.state = { ...this.state, ...patch };
    this.changed();
  }

  /**
   * Has the page drawn once, before the next frame, whatever number of changes there were. A hidden frame gets no
   * frames.
   * @returns {void}
   */
  changed() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      for (const listener of this.listeners) listener();
    });
  }
}
