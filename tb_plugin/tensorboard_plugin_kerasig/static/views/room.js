/** How large the large pictures of one probe may be. */

import { contentWidth, isUnfolded } from "../room.js";

/** Beside the page's edges and the facts, and of the sidebar. */
const BESIDE = 330;
const SIDEBAR = 232;
const OTHER_HEIGHT = 264;
/** With less room than this, a picture has the facts below it. */
const LEAST_BESIDE = 420;
/** The same where pictures fill the screen: nothing else but the buttons above, and what is read out below. */
const FULL_WIDTH = 40;
const FULL_HEIGHT = 150;
/** Between runs that stand side by side. */
const GAP = 20;
export const LEAST_SIDE = 224;
/** The largest that a picture gets. */
const MOST_SIDE = 1400;
/** Of several runs, what is said of them stands below: some of it is to be seen. */
const BELOW = 120;

/**
 * @param {number} runs
 * @returns {number} How wide each is at least where there are more than two, as probe.css gets it.
 */
export function least(runs) {
  return runs > 4 ? 228 : 300;
}

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @returns {number} Of a picture, in CSS pixels.
 */
export function sideFor({ columns, look, plane }, state) {
  const { full } = state;
  const { innerWidth, innerHeight } = window;
  const runs = Math.max(1, columns.filter(({ inputs, record, error }) => inputs && record && !error).length);
  const content = full ? innerWidth - FULL_WIDTH : contentWidth(state);
  const across = runs < 3 ? runs : Math.min(runs, Math.floor((content + GAP) / (least(runs) + GAP)));
  if (look.wide) return Math.round(Math.max(280, content / across - (runs > 1 ? GAP : 12)));
  // Of one run, the facts stand beside the picture, where there is room.
  const alone = innerWidth - (isUnfolded(state) ? SIDEBAR : 0) - BESIDE;
  const width = full || runs > 1 || alone < LEAST_BESIDE ? content / across - (runs > 1 ? GAP : 0) : alone;
  const room = look.room?.(width) ?? width;
  // Of a picture that is wider than high, its height needs less room.
  const ratio = plane ? Math.max(1, plane[1] / plane[0]) : 1;
  const above = full ? FULL_HEIGHT : OTHER_HEIGHT + (runs > 1 ? BELOW : 0);
  const most = Math.min(room, (innerHeight - above) * ratio);
  const bound = full ? Infinity : MOST_SIDE;
  return Math.round(Math.max(LEAST_SIDE, Math.min(bound, most)));
}
