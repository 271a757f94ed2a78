/** Suspects as a table of numbers, in full: pure. */

import { interval, mostMatched, shownIn } from "./audits.js";
import { number } from "./packed.js";

const HEAD = [
  ...["run", "step", "stands clear", "where", "kind of place", "in", "examples", "share", "share low", "share high"],
  ...["share before", "emphasis", "emphasis low", "emphasis high", "score lost", "score lost low", "score lost high"],
  ...["score lost by the baseline", "score lost at matched places at most", "follow", "follow at matched places", "p"],
  "since step",
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
      const [emphasis, lost] = [interval(suspect.emphasis), interval(suspect.fall)];
      return [
        ...[own.column.run.name, header.step, suspect.clear ? "yes" : "no", suspect.name, suspect.family],
        ...[suspect.group, suspect.n ?? NaN, now.mean, now.low, now.high, before.mean],
        ...[emphasis.mean, emphasis.low, emphasis.high, lost.mean, lost.low, lost.high],
        ...[number(suspect.fall_baseline), mostMatched(suspect), number(suspect.flips), number(suspect.matched_flips)],
        ...[number(suspect.p), suspect.first ?? NaN],
      ];
    });
  });
  return { head: HEAD, rows };
}
