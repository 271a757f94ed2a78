/** Audits: where suspects were looked for, what was found, and how it came. Pure. */

import { number } from "./packed.js";

/**
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./derive.js").View} View
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 *
 * @typedef {(number | string | null)[]} Stored A mean and the ends of its interval, as strict JSON has them.
 *
 * @typedef {object} Example One that shows a suspect.
 * @property {number} [row] In the audit.
 * @property {string | null} [name]
 * @property {number | null} [label]
 * @property {(string | number | null)[] | null} [text] Its words.
 * @property {number | null} [values] Index of the picture that is its map.
 * @property {number | null} [input] Index of the picture that is itself.
 * @property {number[] | null} [mask] Where the place lies in it, if that is elsewhere in each.
 * @property {number[] | null} [box]
 * @property {number[][] | null} [edges] Of a graph.
 *
 * @typedef {object} Suspect As the log has it.
 * @property {string} group Whose examples it is about.
 * @property {string} family What kind of place it is.
 * @property {string} name Where it lies.
 * @property {number | null} [label]
 * @property {number | null} [n] How many examples are in the group.
 * @property {number[] | null} [box]
 * @property {number[] | null} [mask]
 * @property {Stored | null} [share]
 * @property {Stored | null} [before]
 * @property {Stored | null} [emphasis]
 * @property {Stored | null} [fall] What is lost of the class's lead where its examples have another content there.
 * @property {Stored | null} [rise] What is won of it where others have the class's content there.
 * @property {number | string | null} [repeated]
 * @property {number | string | null} [fall_baseline]
 * @property {(number | string | null)[] | null} [matched]
 * @property {number | string | null} [flips]
 * @property {number | string | null} [matched_flips]
 * @property {number | string | null} [p]
 * @property {boolean | null} [clear]
 * @property {number | null} [first]
 * @property {string | null} [watch]
 * @property {number | null} [map]
 * @property {Example[] | null} [examples]
 *
 * @typedef {object} Picture
 * @property {import("./packed.js").Numbers} numbers
 * @property {number} factor
 * @property {number[]} shape
 *
 * @typedef {object} Audit A reply of the route `suspects`.
 * @property {Record<string, any>} header
 * @property {Map<number, Picture>} pictures
 * @property {string[]} errors Of pictures that cannot be read.
 * @property {number} size In bytes.
 *
 * @typedef {object} Point Of a place's history.
 * @property {number} step
 * @property {Stored | null} share
 * @property {Stored | null} emphasis
 *
 * @typedef {object} History How a place came.
 * @property {string} group
 * @property {string} family
 * @property {string} name
 * @property {number[]} clear The steps at which it stood clear.
 * @property {number | null} first
 * @property {Point[]} history
 *
 * @typedef {object} Summary One audit's.
 * @property {string | null} error
 * @property {string} [sentence]
 * @property {number} [n]
 * @property {number} [looked]
 * @property {number} [clear]
 * @property {number} [tested]
 *
 * @typedef {object} Told A reply of the route `audits`.
 * @property {number[]} steps
 * @property {Summary[]} audits
 * @property {History[]} suspects
 *
 * @typedef {object} OfRun The audits of one run.
 * @property {Column} column
 * @property {string} title
 * @property {string} version
 * @property {Told | null} told
 * @property {string | null} error
 * @property {number | null} at The step of the audit that is to be shown: the last up to the step that is shown; null before the first.
 * @property {Summary | null} summary Its.
 * @property {Audit | null} audit The one that arrived last.
 *
 * @typedef {object} Chosen
 * @property {OfRun} own
 * @property {Audit} audit
 * @property {Suspect} suspect
 */

const TYPES = { int16: Int16Array, int32: Int32Array, float32: Float32Array };

/**
 * @param {import("./packed.js").Container} container
 * @returns {Audit}
 */
export function unpackAudit({ header, bytes }) {
  /** @type {Map<number, Picture>} */
  const pictures = new Map();
  const errors = [];
  for (const { picture, encoding, scale, shape, offset, length, error } of header.payloads) {
    const Type = TYPES[/** @type {keyof typeof TYPES} */ (encoding)];
    if (error) errors.push(String(error));
    if (error || !Type) continue;
    const buffer = /** @type {ArrayBuffer} */ (bytes.buffer);
    const numbers = new Type(buffer, bytes.byteOffset + offset, length / Type.BYTES_PER_ELEMENT);
    pictures.set(picture, { numbers, shape, factor: encoding === "int16" ? number(scale) / 32767 : 1 });
  }
  return { header, pictures, errors, size: bytes.buffer.byteLength };
}

/**
 * @param {string} what
 * @param {string} run
 * @param {string} title
 * @returns {string} Where the data has a reply.
 */
function slotOf(what, run, title) {
  return JSON.stringify([run, title, what]);
}

/**
 * @param {Pick<State, "audit" | "step">} state
 * @param {Data} data
 * @param {Column[]} columns
 * @param {number | null} step That is shown.
 * @returns {OfRun[]} Of the columns that have any.
 */
export function auditsOf(state, data, columns, step) {
  return columns.flatMap((column) => {
    const { run, audits } = column.run;
    const listed = audits.find(({ title }) => title === state.audit) ?? audits[0];
    if (!listed) return [];
    const { title } = listed;
    const [summed, packed] = ["audits", "suspects"].map((what) => data.extras.get(slotOf(what, run, title)));
    /** @type {Told | null} */
    const told = summed?.json ?? null;
    const until = state.step === null ? Infinity : (step ?? Infinity);
    const place = told ? told.steps.filter((other) => other <= until).length - 1 : -1;
    return [
      {
        column,
        title,
        version: `${listed.last_step} ${listed.wall_time}`,
        told,
        error: summed?.error ?? packed?.error ?? null,
        at: told?.steps[place] ?? null,
        summary: told?.audits[place] ?? null,
        audit: packed?.audit ?? null,
      },
    ];
  });
}

/**
 * @param {Pick<View, "audits">} view
 * @param {Pick<State, "view">} state
 * @returns {import("./extras.js").Need[]} What is told of audits everywhere; and in the view of the suspects, theirs.
 */
export function auditNeeds({ audits }, state) {
  const shown = state.view === "suspects";
  return audits.flatMap(({ column, title, version, at, summary }) => {
    const { run } = column.run;
    const args = { run, set: title };
    /** @type {import("./extras.js").Need[]} */
    const found = [{ slot: slotOf("audits", run, title), route: "audits", args, version, late: !shown }];
    if (shown && at !== null && summary && summary.error === null)
      found.push({ slot: slotOf("suspects", run, title), route: "suspects", args: { ...args, step: at }, version });
    return found;
  });
}

/**
 * @param {OfRun} own
 * @param {Suspect} suspect
 * @returns {string[]} What finds it in another audit, and in the address.
 */
export function keyOf({ column }, { group, family, name }) {
  return [column.run.run, group, family, name];
}

/**
 * @param {OfRun} own
 * @returns {{clear: Suspect[], tested: Suspect[]}} Those that stand clear, and those that were tested and do not.
 */
export function suspectsOf({ audit }) {
  /** @type {Suspect[]} */
  const all = audit?.header.suspects ?? [];
  return { clear: all.filter(({ clear }) => clear === true), tested: all.filter(({ clear }) => clear !== true) };
}

/**
 * @param {Pick<View, "audits">} view
 * @returns {Chosen[]} All that stand clear, in the order in which they are listed.
 */
export function listed({ audits }) {
  return audits.flatMap((own) => {
    const { audit } = own;
    return audit && shownIn(own) ? suspectsOf(own).clear.map((suspect) => ({ own, audit, suspect })) : [];
  });
}

/**
 * @param {OfRun} own
 * @returns {boolean} Whether an audit is there to be shown, rather than a sentence in its place.
 */
export function shownIn({ error, at, summary, audit }) {
  return error === null && at !== null && summary?.error === null && audit !== null;
}

/**
 * @param {Pick<View, "audits">} view
 * @param {Pick<State, "suspect">} state
 * @returns {Chosen | null} The suspect that is looked at; the first one where nobody chose, or where it is not there.
 */
export function chosenOf(view, { suspect }) {
  const all = listed(view);
  const wanted = JSON.stringify(suspect);
  return all.find((one) => JSON.stringify(keyOf(one.own, one.suspect)) === wanted) ?? all[0] ?? null;
}

/**
 * @param {Pick<View, "audits">} view
 * @param {Pick<State, "suspect">} state
 * @param {number} by
 * @returns {Partial<State>} The next suspect, in a circle.
 */
export function turned(view, state, by) {
  const all = listed(view);
  if (!all.length) return {};
  const now = chosenOf(view, state);
  const at = all.findIndex(({ own, suspect }) => own === now?.own && suspect === now.suspect);
  const { own, suspect } = all[(at + by + all.length) % all.length];
  return { suspect: keyOf(own, suspect) };
}

/**
 * @param {OfRun} own
 * @param {Suspect} suspect
 * @returns {Point[]} Its share and emphasis over the audits, as far as they tell them.
 */
export function historyOf({ told }, { group, family, name }) {
  const found = told?.suspects.find((place) => place.group === group && place.family === family && place.name === name);
  return found?.history ?? [];
}

/**
 * @param {OfRun[]} audits
 * @returns {{own: OfRun, step: number, group: string, name: string}[]} When and where suspects first stood clear.
 */
export function arrivals(audits) {
  return audits.flatMap((own) =>
    (own.told?.suspects ?? []).flatMap(({ clear, first, group, name }) =>
      clear.length && first !== null ? [{ own, step: first, group, name }] : [],
    ),
  );
}

/**
 * @param {number[]} steps Logged ones, ascending.
 * @param {number} step Of an audit.
 * @returns {number} The index of the first at which it is the newest audit; the last one where all are before it.
 */
export function placeOf(steps, step) {
  const at = steps.findIndex((other) => other >= step);
  return at < 0 ? steps.length - 1 : at;
}
