/** How the state stands in TensorBoard's fragment: each of its fields written, and read back. Pure. */

import { exactly } from "./exact.js";
import { between, choice, decode, encode, list, side } from "./fields.js";
import { SPEEDS } from "./pace.js";
import { MOST_SMOOTH } from "./smoothing.js";
import { defaults, VIEW_NAMES } from "./state.js";
import { zoomField } from "./zoom.js";

/**
 * @typedef {import("./state.js").State} State
 */

const PREFIX = "p.kerasig.";

/** @type {Record<string, import("./fields.js").Field>} */
const FIELDS = {
  view: choice(VIEW_NAMES),
  runs: list((text) => text, String),
  filter: { read: (text) => text, write: String },
  sidebar: {
    read: (text) => (text === "open" ? true : text === "folded" ? false : undefined),
    write: (open) => (open ? "open" : "folded"),
  },
  set: { read: (text) => text, write: String },
  series: { read: (text) => text, write: String },
  step: { read: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined), write: (step) => exactly(step) },
  probe: { read: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined), write: String },
  pins: list(
    (text) => {
      const [, probe, set] = /^(\d{1,9}):(.*)$/s.exec(text) ?? [];
      return set === undefined ? undefined : { set, probe: Number(probe) };
    },
    ({ set, probe }) => `${probe}:${set}`,
  ),
  scale: choice(["all", "step", "probe"]),
  show: choice(["overlay", "input", "map"]),
  sign: choice(["signed", "absolute", "positive", "negative"]),
  opacity: between(0, 1),
  gamma: between(0.1, 2),
  clip: between(50, 100),
  smooth: between(0, MOST_SMOOTH),
  backdrop: choice(["colour", "grey"]),
  zoom: zoomField(),
  slice: { read: (text) => (/^\d{1,6}$/.test(text) ? Number(text) : undefined), write: String },
  alpha: between(0, 1),
  film: choice(["shared", "each"]),
  find: { read: (text) => text, write: String },
  sort: { read: (text) => text, write: String },
  where: list(
    (text) => {
      // A name may hold what looks like another comparison, a value may not.
      const [, name, op, value] = /^(.*?)(>=|<=|=)([^<>=]*)$/s.exec(text) ?? [];
      const sound = name === "group" ? op === "=" : value?.trim() && Number.isFinite(Number(value));
      return name && sound ? { name, op, value: decode(value) } : undefined;
    },
    ({ name, op, value }) => `${name}${op}${encode(value, /[<>=%]/g)}`,
  ),
  stat: { read: (text) => text, write: String },
  spread: choice(["mean", "probes"]),
  a: side(),
  b: side(),
  order: choice(["change", "rank", "logged", "name"]),
  numbers: choice(["few", "all"]),
  charts: list((text) => text, String),
  audit: { read: (text) => text, write: String },
  suspect: list((text) => text, String),
  speed: { read: (text) => SPEEDS.find((speed) => String(speed) === text), write: String },
};

/**
 * Reads the state out of TensorBoard's fragment; what makes no sense there is left at its default.
 * @param {string} hash Such as #kerasig&p.kerasig.step=400.
 * @returns {Partial<State>}
 */
export function parse(hash) {
  /** @type {Record<string, any>} */
  const usual = defaults();
  const state = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, usual[name]]));
  for (const part of hash.replace(/^#/, "").split("&")) {
    if (!part.startsWith(PREFIX)) continue;
    const at = part.indexOf("=");
    const name = part.slice(PREFIX.length, at < 0 ? undefined : at);
    if (!Object.hasOwn(FIELDS, name)) continue;
    const value = FIELDS[name].read(at < 0 ? "" : decode(part.slice(at + 1)));
    if (value !== undefined) state[name] = value;
  }
  return state;
}

/**
 * @param {State} state
 * @returns {string} The fragment that `parse` reads back; defaults are left out.
 */
export function format(state) {
  /** @type {Record<string, any>[]} */
  const [usual, now] = [defaults(), state];
  const parts = Object.entries(FIELDS).flatMap(([name, { write }]) => {
    const text = now[name] === null ? null : write(now[name]);
    return text === null || (usual[name] !== null && text === write(usual[name])) ? [] : [[name, text]];
  });
  return ["#kerasig", ...parts.map(([name, text]) => `${PREFIX}${name}=${encode(text, /[^\w/.,:@ -]| /gu)}`)].join("&");
}
