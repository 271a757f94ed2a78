/** The choice of what is compared: any run, probe set and step on either side. */

import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";

/**
 * @typedef {import("../sides.js").Side} Side
 * @typedef {import("../sides.js").Choice} Choice
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 */

/** Of more steps, every 2nd, 4th, ... can be chosen: the others by the slider. */
const MOST_STEPS = 256;

/**
 * @param {import("../derive.js").View} view
 * @param {State} state
 * @param {Side} side
 * @param {(patch: Partial<State>) => void} choose
 * @returns {VNode}
 */
export function sideChoice(view, state, side, choose) {
  const { which, run, sets, entry, steps, wanted, follows, choice } = side;
  const name = which.toUpperCase();
  const patch = (/** @type {Partial<Choice>} */ change) =>
    choose({ [which]: { run: run?.run ?? null, set: choice.set, step: choice.step, ...change } });
  return h(
    "div",
    { class: "side", key: which, role: "group", "aria-label": `Side ${name}`, "data-side": which },
    h(
      "span",
      { class: "letter", style: { "border-color": run ? runColor(run.index, state.dark) : "transparent" } },
      name,
    ),
    picker(
      `Run of ${name}`,
      "run",
      run?.run ?? "",
      // Those of other sets are told apart by their whole names alone.
      view.runs.map(({ run, name, label, has }) => [run, short(has ? label : name, 60) || ".", short(name)]),
      (value) => patch({ run: value }),
    ),
    picker(
      `Probe set of ${name}`,
      "set",
      entry?.title ?? "",
      sets.map(({ title }) => [title, short(title, 60)]),
      (value) => patch({ set: value }),
    ),
    picker(
      `Step of ${name}`,
      "step",
      follows ? "" : String(wanted ?? ""),
      [
        ["", `the slider\u2019s: ${count(view.step ?? 0)}`],
        ...thinned(steps, follows ? null : wanted).map((at) => [String(at), `step ${count(at)}`]),
      ],
      (value) => patch({ step: value === "" ? null : Number(value) }),
    ),
  );
}

/**
 * @param {() => void} swap
 * @returns {VNode}
 */
export function swapButton(swap) {
  return h(
    "button",
    {
      type: "button",
      class: "chip swap",
      key: "swap",
      title: "Swap A and B (X)",
      on: { click: swap },
    },
    "Swap",
  );
}

/**
 * @param {string} label
 * @param {string} name
 * @param {string} chosen
 * @param {string[][]} options Value, text and, where that is a part alone, the whole of it.
 * @param {(value: string) => void} choose
 * @returns {VNode}
 */
function picker(label, name, chosen, options, choose) {
  return h(
    "select",
    {
      key: name,
      name,
      "aria-label": label,
      value: chosen,
      on: { change: (/** @type {any} */ event) => choose(event.target.value) },
    },
    options.map(([value, text, whole = text]) =>
      h(
        "option",
        {
          ...{ value, key: value, selected: value === chosen },
          ...(whole === text ? {} : { title: whole, "aria-label": `${text}: ${whole}` }),
        },
        text,
      ),
    ),
  );
}

/**
 * @param {number[]} steps
 * @param {number | null} kept
 * @returns {number[]}
 */
function thinned(steps, kept) {
  let stride = 1;
  while (steps.length / stride > MOST_STEPS) stride *= 2;
  return steps.filter((step, i) => i % stride === 0 || step === kept || i === steps.length - 1);
}
