/** Suspects as a table of numbers, in full: pure. */

import { shownIn } from "./audits.js";
import { interval, movedAtMatched } from "./intervals.js";
import { number } from "./packed.js";

const HEAD = [
  ...["run", "step", "stands clear", "where", "kind of place", "in", "examples", "share", "share low", "share high"],
  ...["share before", "emphasis", "emphasis low", "emphasis high", "lead lost", "lead lost low", "lead lost high"],
  ...["lead brought", "lead brought low", "lead brought high", "lead lost at the baseline"],
  ...[
    "lead moved at matched places",
    "at most",
    "follow",
    "follow at matched places",
    "same content",
    "p",
    "since step",
  ],
];

/**
 * @param {import("./derive.js").View} view
 * @returns {import("./tables.js").Table} All that was tested in the audits that are shown.
 */
export function suspectNumbers({ audits }) {
  const rows = audits.flatMap((own) => {
    if (!shownIn(own) || !own.audit) return [];
    const { header } = own.audit;
    return /** @type {import("./audits.js").Suspect[]} */ (header.suspects).map((suspect) => {
      const [now, before] = [interval(suspect.share), interval(suspect.before)];
      const [emphasis, lost, won] = [suspect.emphasis, suspect.fall, suspect.rise].map(interval);
      const matched = movedAtMatched(suspect);
      return [
        ...[own.column.run.name, header.step, suspect.clear ? "yes" : "no", suspect.name, suspect.family],
        ...[suspect.group, suspect.n ?? NaN, now.mean, now.low, now.high, before.mean],
        ...[emphasis.mean, emphasis.low, emphasis.high, lost.mean, lost.low, lost.high],
        ...[won.mean, won.low, won.high, number(suspect.fall_baseline), matched.mean, matched.most],
        ...[suspect.flips, suspect.matched_flips, suspect.repeated, suspect.p, suspect.first].map(number),
      ];
    });
  });
  return { head: HEAD, rows };
}
