/** One suspect in full: its group's mean map, the causal check, when it came, the examples that show it, and its code. */

import { copy, sayForAMoment } from "../clipboard.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";
import { interval, moved, movedAtMatched } from "../intervals.js";
import { number } from "../packed.js";
import { share } from "../quantity.js";
import { exampleDrawings, exampleName, meanDrawing } from "../suspect-pictures.js";
import { term } from "../terms.js";
import { about } from "./about.js";
import { classOf } from "./facts.js";
import { fitting } from "./looks.js";
import { suspectHistory } from "./suspect-history.js";
import { spread } from "./suspect-table.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../audits.js").Chosen} Chosen
 * @typedef {import("../audits.js").Suspect} Suspect
 * @typedef {import("./page.js").Actions} Actions
 */

const MEAN_ROOM = 168;
const EXAMPLE_ROOM = 132;
const MOST_EXAMPLES = 12;
/** @type {Record<string, string>} */
const MEANING = {
  signed: "Orange raises the score, blue lowers it. ",
  absolute: "The stronger the colour, the larger the attribution. ",
};

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @param {Chosen} chosen
 * @returns {VNode}
 */
export function suspectDetail(view, state, actions, chosen) {
  const { audit, suspect } = chosen;
  return h(
    "article",
    { class: "suspect", key: "detail", "aria-labelledby": "suspect-title" },
    h(
      "h2",
      { id: "suspect-title" },
      h("bdi", null, short(suspect.name, 120)),
      h("span", { class: "muted" }, " in ", h("bdi", null, short(suspect.group, 80))),
    ),
    h(
      "div",
      { class: "reasons" },
      meanMap(chosen, state),
      check(suspect),
      suspectHistory(view, state, actions, chosen),
    ),
    examples(chosen, state),
    audit.errors.length > 0 && h("p", { class: "warning", key: "errors" }, short(audit.errors[0], 300)),
    watch(suspect, state, actions),
  );
}

/**
 * @param {Chosen} chosen
 * @param {State} state
 * @returns {VNode | false} The mean map of its group; of what lies everywhere, that it does; nothing where neither is told.
 */
function meanMap({ audit, suspect }, state) {
  const picture = meanDrawing(audit, suspect, state, MEAN_ROOM);
  const { n, family } = suspect;
  if (!picture && family !== "coordinate") return false;
  const of = typeof n === "number" ? `the ${count(n)} examples` : "the examples";
  const look = picture && fitting(picture);
  return h(
    "figure",
    { class: `mean-of of-${look?.style ?? "nothing"}`, key: "mean" },
    h("h3", null, "Where it lies"),
    picture && look
      ? h("div", { class: "pictured" }, look.draw(picture))
      : h("p", { class: "muted" }, "Everywhere: it is no place in an example."),
    picture && h("figcaption", { class: "muted" }, `Mean size of the attribution over ${of}; the place is marked.`),
  );
}

/**
 * @param {Suspect} suspect
 * @returns {VNode} How much of the class's lead moves with the place, beside matched places.
 */
function check(suspect) {
  const [lost, won] = [interval(suspect.fall).mean, interval(suspect.rise).mean];
  const [others, baseline] = [movedAtMatched(suspect), number(suspect.fall_baseline)];
  const most = Math.max(...[lost, won, others.most, baseline].filter(Number.isFinite).map(Math.abs), 1e-12);
  const bar = (/** @type {string} */ label, /** @type {number} */ value, /** @type {string} */ kind) =>
    h(
      "div",
      { class: "loss", key: label },
      h("dt", null, label),
      h("dd", null, h("i", { class: kind, style: { width: `${(100 * Math.max(0, value)) / most || 0}%` } })),
      h("dd", { class: "number" }, share(value)),
    );
  const fact = (/** @type {import("../terms.js").Term} */ name, /** @type {any} */ value) =>
    h("div", { key: name }, h("dt", null, about(term(name))), h("dd", { class: "number", "data-fact": name }, value));
  const matched = number(suspect.matched_flips);
  const beside = Number.isFinite(matched) && h("span", { class: "muted between" }, ` matched: ${share(matched)}`);
  return h(
    "div",
    { class: "checked", key: "check" },
    h("h3", null, "How much of the class\u2019s lead it carries"),
    h(
      "dl",
      { class: "losses", "aria-label": "Share of the class\u2019s lead in score that moves with the place" },
      Number.isFinite(lost) && bar("lost without it", lost, "own"),
      Number.isFinite(won) && bar("brought into others", won, "own"),
      Number.isFinite(baseline) && bar("lost at the baseline", baseline, "own"),
      bar("matched places, mean", others.mean, "random"),
      bar("the most at one of them", others.most, "random"),
    ),
    h(
      "dl",
      { class: "key-numbers" },
      fact("leadMoved", spread(moved(suspect), share)),
      fact("flips", [share(number(suspect.flips)), beside]),
      fact("shareBefore", spread(interval(suspect.before), share)),
      Number.isFinite(number(suspect.repeated)) && fact("sameContent", share(number(suspect.repeated))),
    ),
  );
}

/**
 * @param {Chosen} chosen
 * @param {State} state
 * @returns {VNode | false} The examples that show it best, in a row.
 */
function examples({ audit, suspect }, state) {
  const shown = (suspect.examples ?? []).slice(0, MOST_EXAMPLES);
  if (!shown.length) return false;
  const pictures = exampleDrawings(audit, suspect, state, EXAMPLE_ROOM).slice(0, MOST_EXAMPLES);
  const { header } = audit;
  const { style } = fitting(pictures[0]);
  return h(
    "section",
    { class: "shown-by", key: "examples", "aria-labelledby": "shown-by-title" },
    h("h3", { id: "shown-by-title" }, "The examples that show it best"),
    h(
      "div",
      { class: `examples of-${style}` },
      pictures.map((picture, i) => {
        const { label } = shown[i];
        return h(
          "figure",
          { key: i, "data-example": i },
          h("div", { class: "pictured" }, fitting(picture).draw(picture)),
          h(
            "figcaption",
            { class: "muted" },
            h("bdi", null, short(exampleName(shown[i]), 40)),
            typeof label === "number" && [", class ", h("bdi", null, short(classOf(header, label), 30))],
          ),
        );
      }),
    ),
    h("p", { class: "muted" }, `${MEANING[pictures[0].state.sign] ?? ""}Each has a scale of its own.`),
  );
}

/**
 * @param {Suspect} suspect
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode | false} The line of code that has the place watched from the next training on.
 */
function watch({ watch: line }, state, { choose }) {
  if (!line) return false;
  const act = async () => {
    const done = await copy(line);
    choose({ watched: done ? line : "" });
    if (done) sayForAMoment("watched", () => choose(({ watched }) => ({ watched: watched === line ? null : watched })));
  };
  const said =
    state.watched === line
      ? "Copied"
      : state.watched === ""
        ? "The browser does not let the page copy: select it."
        : "";
  return h(
    "section",
    { class: "watch", key: "watch", "aria-labelledby": "watch-title" },
    h("h3", { id: "watch-title" }, "Watch this"),
    h(
      "div",
      { class: "line" },
      h("pre", { tabindex: 0, "aria-label": "Line of code" }, h("code", null, short(line, 2000))),
      h("button", { type: "button", class: "chip", on: { click: act } }, "Copy"),
      h("span", { class: "muted", role: "status" }, said),
    ),
  );
}
