/** The whole page, as a function of (state, data). */

import { h } from "../dom.js";
import { extrasSettled } from "../extras.js";
import { short } from "../format.js";
import { scaleOf } from "../scales.js";
import { alarms } from "./alarms.js";
import { charts } from "./charts.js";
import { compareView } from "./compare.js";
import { compareScale } from "./compare-scale.js";
import { empty, noRuns } from "./empty.js";
import { fullscreen } from "./fullscreen.js";
import { gallery } from "./gallery.js";
import { keysheet } from "./keysheet.js";
import { overviewView } from "./overview.js";
import { pathView } from "./path.js";
import { pins } from "./pins.js";
import { probeView } from "./probe.js";
import { filming, keeping } from "./saving.js";
import { sidebar } from "./sidebar.js";
import { stepper } from "./stepper.js";
import { suspectsView } from "./suspects.js";
import { tabs } from "./tabs.js";
import { timelineView } from "./timeline.js";
import { unseenAlarms } from "./unseen-alarms.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 *
 * @typedef {object} Actions
 * @property {(patch: Partial<State> | ((state: State) => Partial<State>)) => void} choose
 * @property {(index: number) => void} go
 * @property {(index: number) => void} visit Goes to a step such that the browser's Back leads back.
 * @property {(on: boolean) => void} play
 * @property {(view: import("../state.js").ViewName, focus?: string) => void} show Another view; `focus` is a selector of
 * what gets the focus there.
 * @property {(probe: number, set?: string) => void} open Shows a probe large.
 * @property {(by: number) => void} turn To another probe.
 * @property {(probe: number, set?: string) => void} pin Pins a probe, or unpins it.
 * @property {(form: import("../save.js").Form, card?: number) => void} save What is seen, or one card of it, as a file.
 * @property {() => void} saveFocused The card in focus, or what is seen.
 * @property {() => void} share Copies the link to what is shown.
 * @property {() => void} pinFocused
 * @property {(by: number) => void} frame To another alpha of those that were recorded.
 *
 * @typedef {(view: View, state: State, actions: Actions, data: Data) => any[]} Draw
 */

/** A new view is one new file, one line here, and its name and title. @type {Record<string, Draw>} */
const VIEWS = {
  overview: overviewView,
  gallery: (view, state, actions) => [charts(view, state, actions), ...gallery(view, state, actions)],
  probe: probeView,
  path: pathView,
  timeline: timelineView,
  compare: compareView,
  suspects: suspectsView,
};

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {"loading" | "error" | "empty" | "ready"} For those who wait for the page: everything shown is what was
 * asked for.
 */
export function status(view, state, data) {
  if (!data.catalog) return data.catalogError ? "error" : "loading";
  if (!view.runs.length) return "empty";
  return view.columns.every((column) => column.settled) &&
    extrasSettled(view, state, data) &&
    view.sides.every((side) => side.settled)
    ? "ready"
    : "loading";
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @param {Actions} actions
 * @returns {import("../dom.js").VNode[]}
 */
export function page(view, state, data, actions) {
  const now = status(view, state, data);
  if (now === "error") return [h("main", { class: "empty" }, notice(data.catalogError ?? "", "catalog"))];
  if (!data.catalog)
    return [h("main", { class: "empty" }, h("p", { class: "muted", role: "status" }, "Loading\u2026"))];
  if (now === "empty") return [empty()];
  const notices = view.columns
    .filter((column) => column.error)
    .map(({ run, error, key }) => notice(`${short(run.label, 60) || "."}: ${error}`, key));
  if (data.catalogError) notices.unshift(notice(data.catalogError, "catalog"));
  if (!view.columns.length) notices.push(noRuns(view, state, actions.choose));
  else if (view.probes === 0 && now === "ready" && !notices.length)
    notices.push(notice("This probe set has no probes.", "none"));
  const drawn = !["timeline", "suspects"].includes(state.view);
  const scale = state.view === "compare" ? compareScale(view, state) : drawn ? scaleOf(view, state, data) : null;
  return [
    sidebar(view, state, actions.choose, data, scale),
    h(
      "main",
      { class: "content", effect: fullscreen(state.full && state.view === "probe", actions.choose) },
      h("h1", { class: "unseen" }, "Attributions"),
      h("div", { class: "top" }, tabs(view, state, actions), stepper(view, state, actions)),
      pins(view, state, actions),
      notices,
      // The overview has them in full.
      state.view !== "overview" && [alarms(view, actions.visit), unseenAlarms(view, state, actions.choose)],
      h(
        "div",
        {
          id: "panel",
          role: "tabpanel",
          "aria-labelledby": `tab-${state.view}`,
          key: state.view,
          "data-view": state.view,
        },
        VIEWS[state.view](view, state, actions, data),
      ),
    ),
    ...filming(state, actions),
    keeping(view, state, actions),
    keysheet(state.help, actions.choose),
  ];
}

/**
 * @param {string} sentence
 * @param {string} key
 * @returns {import("../dom.js").VNode}
 */
function notice(sentence, key) {
  return h("p", { class: "notice", role: "status", key }, sentence);
}
