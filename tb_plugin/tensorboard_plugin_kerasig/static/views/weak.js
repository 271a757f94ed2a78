/** What is said of a photograph whose map is too weak to be seen on a scale that it shares with others. */

import { h } from "../dom.js";
import { mapOf } from "../maps.js";
import { isLarge } from "../sizes.js";

/** Of the scale: a map that stays below is hardly to be seen. */
const WEAK_BELOW = 0.1;

/**
 * @param {import("./values.js").Picture} picture
 * @returns {import("../dom.js").VNode | false} Over the picture; false where its map is seen, or has no limit.
 */
export function weakness({ record, probe, leaf, limit, state, paint }) {
  if (state.show === "input" || !(limit > 0) || !isLarge(record.leaves[leaf].shape)) return false;
  const map = mapOf(record, probe, leaf, paint?.smooth ?? null);
  if (!map) return false;
  const visible = WEAK_BELOW * limit;
  let most = 0;
  for (const stored of map.numbers) {
    const size = Math.abs(stored * map.factor);
    if (size > most) most = size;
    if (most > visible) return false;
  }
  const share = (100 * most) / limit;
  return h("p", { class: "weak", key: "weak" }, `weak: at most ${share < 1 ? "1" : Math.ceil(share)}% of the scale`);
}
