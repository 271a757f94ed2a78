/** What is shown where nothing is logged: how to log. */

import { h } from "../dom.js";
import { count, short } from "../format.js";

const SNIPPET = `import kerasig

probes = kerasig.ProbeSet(x_val[:16], y_val[:16])
model.fit(
    x_train, y_train, epochs=10,
    callbacks=[kerasig.IGCallback(probes, log_dir="logs")],
)`;

/** @returns {import("../dom.js").VNode} */
export function empty() {
  return h(
    "main",
    { class: "empty" },
    h("h1", null, "No attributions were found."),
    h("p", null, "Probable causes:"),
    h(
      "ul",
      null,
      h(
        "li",
        null,
        "Nothing has logged attributions yet. The callback writes its first record before the first update of ",
        h("code", null, "fit"),
        ".",
      ),
      h(
        "li",
        null,
        "TensorBoard reads another folder than the one that was logged to. Start it with ",
        h("code", null, "tensorboard --logdir logs"),
        ".",
      ),
    ),
    h("p", null, "To watch what a model looks at while it trains, pass some probe inputs to the callback:"),
    h("pre", { tabindex: 0, "aria-label": "Example" }, h("code", null, SNIPPET)),
    h("p", { class: "muted" }, "This page looks for new data by itself; there is no need to reload it."),
  );
}

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {(patch: Partial<import("../state.js").State>) => void} choose
 * @returns {import("../dom.js").VNode} Where no run is left, with what brings some back.
 */
export function noRuns(view, state, choose) {
  const hidden = view.runs.some(({ run, listed }) => !listed && (state.runs?.includes(run) ?? true));
  if (hidden)
    return nothing(
      ["No run is shown: none that is chosen has a name that matches ", h("code", null, short(state.filter, 60)), "."],
      "Clear the search",
      () => choose({ filter: "" }),
    );
  return nothing(["No run is chosen."], "Choose the usual runs", () => choose({ runs: null, filter: "" }));
}

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {(patch: Partial<import("../state.js").State>) => void} choose
 * @returns {import("../dom.js").VNode} Where no probe is found.
 */
export function noProbes({ probes }, { find, where }, choose) {
  const all = probes === 1 ? "The one probe does not match" : `None of the ${count(probes)} probes matches`;
  const [search, filters] = [find.trim() !== "", where.length > 0];
  const what = search && filters ? "the search and the filters" : search ? "the search" : "the filters";
  return nothing([`${all} ${what}.`], `Clear ${what}`, () => choose({ find: "", where: [] }));
}

/**
 * @param {any[]} sentence Why nothing is shown.
 * @param {string} label
 * @param {() => void} clear
 * @returns {import("../dom.js").VNode}
 */
export function nothing(sentence, label, clear) {
  return h(
    "div",
    { class: "notice", key: "nothing" },
    h("p", { role: "status" }, sentence),
    h("button", { type: "button", class: "chip", on: { click: clear } }, label),
  );
}
