/** The one state object, and the store that tells the page to draw itself again. */

import { isVisible, LACKS } from "./host.js";

/**
 * @typedef {"overview" | "gallery" | "probe" | "path" | "timeline" | "compare" | "suspects"} ViewName
 *
 * @typedef {object} Pin A probe that was put aside to be found again.
 * @property {string} set
 * @property {number} probe
 *
 * @typedef {object} Cursor What of a picture is pointed at: the same place in every run.
 * @property {number} leaf
 * @property {number} index Of the position, in the order the values are stored in.
 *
 * @typedef {object} State What the person chose; null is "the default", which may change as data arrives.
 * @property {ViewName} view
 * @property {string[] | null} runs
 * @property {string} filter A regular expression that the names of the runs match.
 * @property {boolean | null} sidebar Whether it is unfolded; null is where there is room.
 * @property {string | null} set Title of the probe set.
 * @property {string | null} series
 * @property {number | null} step Null follows the newest step.
 * @property {number} probe The one that is shown large.
 * @property {Pin[]} pins
 * @property {"all" | "step" | "probe"} scale Over what the colour scale is shared.
 * @property {"overlay" | "input" | "map"} show What of an image is drawn.
 * @property {"signed" | "absolute" | "positive" | "negative"} sign Which of the values are drawn.
 * @property {number} opacity Of the map over the input.
 * @property {number | null} gamma Exponent from a value's share of the scale to its colour's strength; null for what is
 *   usual for the pictures' size, as for the next two.
 * @property {number | null} clip Percentile of the sizes that gets the strongest colour.
 * @property {number | null} smooth Over how many pixels maps are averaged.
 * @property {"colour" | "grey"} backdrop Of an image, beneath its map.
 * @property {import("./zoom.js").Zoom | null} zoom What part of the large picture is seen; null for all of it.
 * @property {boolean} full Whether large pictures fill the screen. Not in the address.
 * @property {number | null} slice Of volumes, in the views of one probe; null follows the one with most attribution.
 * @property {number} alpha Where on the path.
 * @property {"shared" | "each"} film Whether the film's frames share their scale.
 * @property {string} find What the gallery's probes are searched for.
 * @property {string} sort What they are sorted by: "" by what leads the log, "set-order", "name", "group" or a stat; downwards with a "-" before.
 * @property {import("./order.js").Condition[]} where What the gallery's probes must fulfil.
 * @property {import("./grid.js").Port} port Not in the address.
 * @property {string | null} stat The scalar of the timeline.
 * @property {"mean" | "probes"} spread Whether the timeline draws the mean with quantiles, or each probe.
 * @property {number | null} over The step that is pointed at in the timeline. Not in the address.
 * @property {import("./sides.js").Choice | null} a One side of the comparison.
 * @property {import("./sides.js").Choice | null} b The other one.
 * @property {"change" | "rank" | "logged" | "name"} order Of the compared probes.
 * @property {number} rows How many of them are drawn. Not in the address.
 * @property {"few" | "all"} numbers Which of a probe's are told.
 * @property {string[] | null} charts Names of the charted scalars.
 * @property {string | null} audit Title of the audit that is shown, of runs that have several.
 * @property {string[] | null} suspect The one that is looked at: run, group, family and name.
 * @property {string | null} watched The line of code that was just copied. Not in the address.
 * @property {Cursor | null} cursor Not in the address.
 * @property {string | null} unsaved Why a file could not be saved. Not in the address.
 * @property {number | null} keeping The probe whose card is to be saved. Not in the address.
 * @property {{done: number, of: number} | null} filming How far an animation is. Not in the address.
 * @property {number | null} alone The only card that is shown, while it is filmed. Not in the address.
 * @property {number} visits Steps that were gone to as places of their own, not through others. Not in the address.
 * @property {string | true | null} shared True when the link was just copied; the link, where it could not be. Not in
 * the address.
 * @property {boolean} help Whether the sheet of keys is open. Not in the address.
 * @property {number} speed Of playing, times the usual one.
 * @property {boolean} playing Not in the address.
 * @property {boolean} dark Not in the address: TensorBoard's.
 *
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./steps.js").StepTable} StepTable
 *
 * @typedef {object} SetEntry
 * @property {string} title
 * @property {string[]} series
 * @property {boolean} interior Whether interior gradients were recorded.
 * @property {string} probe_kind
 * @property {string | null} [contents] Alike where the probes are the same ones; null where that is not known.
 * @property {number} probes
 * @property {{shape: number[], kind?: string | null}[]} [leaves] Of the inputs.
 * @property {number} steps
 * @property {number} first_step
 * @property {number} last_step
 * @property {string | null} error
 * @property {number} [alarmed] At how many records an alarm fired.
 *
 * @typedef {object} AuditEntry
 * @property {string} title
 * @property {number} last_step
 * @property {number} wall_time Of the last one.
 *
 * @typedef {object} Data What has arrived, by column key or by run and set.
 * @property {{runs: {run: string, name: string, place?: number, sets: SetEntry[], audits?: AuditEntry[]}[]} | null} catalog
 * @property {string | null} catalogError
 * @property {Map<string, {version: string, table?: StepTable, error?: string}>} tables
 * @property {Map<string, {version: string, packed?: Packed, error?: string}>} inputs
 * @property {Map<string, {step: number, packed?: Packed, error?: string}>} shown The record on the page, per column.
 * @property {Map<string, import("./extras.js").Arrived>} extras What single views need besides, by slot.
 */

/** @type {ViewName[]} */
const ALL = ["overview", "gallery", "probe", "path", "timeline", "compare", "suspects"];
export const VIEW_NAMES = ALL.filter((name) => !LACKS.includes(name));

/** @returns {State} */
export function defaults() {
  return {
    view: "overview",
    runs: null,
    filter: "",
    sidebar: null,
    set: null,
    series: null,
    step: null,
    probe: 0,
    pins: [],
    scale: "all",
    show: "overlay",
    sign: "signed",
    opacity: 1,
    gamma: null,
    clip: null,
    smooth: null,
    backdrop: "colour",
    zoom: null,
    full: false,
    slice: null,
    alpha: 1,
    film: "shared",
    find: "",
    sort: "",
    where: [],
    port: { top: 0, height: 0, width: 0, of: "", row: 0 },
    stat: null,
    spread: "mean",
    over: null,
    a: null,
    b: null,
    order: "change",
    rows: 40,
    numbers: "few",
    charts: null,
    audit: null,
    suspect: null,
    watched: null,
    cursor: null,
    unsaved: null,
    keeping: null,
    filming: null,
    alone: null,
    visits: 0,
    shared: null,
    help: false,
    speed: 1,
    playing: false,
    dark: false,
  };
}

export class Store {
  /** @param {State} state */
  constructor(state) {
    this.state = state;
    /** @type {Data} */
    this.data = {
      catalog: null,
      catalogError: null,
      tables: new Map(),
      inputs: new Map(),
      shown: new Map(),
      extras: new Map(),
    };
    /** @type {(() => void)[]} */
    this.listeners = [];
    /** Until `start`, changes wait. */
    this.pending = true;
    /** Whether the page has been drawn since the last frame. */
    this.drawn = false;
  }

  /** @returns {void} */
  start() {
    this.pending = false;
    this.changed();
  }

  /**
   * @param {Partial<State> | ((state: State) => Partial<State>)} patch A function gets the state as it is by then:
   * events come faster than drawings.
   * @returns {void}
   */
  set(patch) {
    this.state = { ...this.state, ...(typeof patch === "function" ? patch(this.state) : patch) };
    this.changed();
  }

  /**
   * Has the page drawn: at once, as soon as whoever is at work has ended, but no more than once a frame, whatever number
   * of changes there were. A hidden frame gets no frames, and is not drawn.
   * @returns {void}
   */
  changed() {
    if (this.pending) return;
    this.pending = true;
    const draw = () => {
      this.pending = false;
      this.drawn = true;
      requestAnimationFrame(() => (this.drawn = false));
      for (const listener of this.listeners) listener();
    };
    if (this.drawn || !isVisible()) requestAnimationFrame(draw);
    else queueMicrotask(draw);
  }
}
