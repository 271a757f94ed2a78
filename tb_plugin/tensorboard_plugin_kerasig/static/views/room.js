/** How large the large pictures of one probe may be. */

/** Beside the page's edges, the sidebar and the facts. */
const OTHER_WIDTH = 232 + 330;
const OTHER_HEIGHT = 264;
/** With less room than this, a picture has the facts below it, and nothing beside but the sidebar. */
const LEAST_BESIDE = 420;
const SIDEBAR = 232 + 60;
/** The same where pictures fill the screen: nothing else but the buttons above, and what is read out below. */
const FULL_WIDTH = 40;
const FULL_HEIGHT = 150;
/** Between runs that stand side by side. */
const GAP = 24;
export const LEAST_SIDE = 224;
const MOST_SIDE = { one: 1120, several: 640 };

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @returns {number} Of a picture, in CSS pixels.
 */
export function sideFor({ columns, look, plane }, { full }) {
  const { innerWidth, innerHeight } = window;
  const runs = Math.max(1, columns.filter(({ inputs, record, error }) => inputs && record && !error).length);
  const gaps = runs > 1 ? GAP : 0;
  const below = runs === 1 && innerWidth - OTHER_WIDTH < LEAST_BESIDE;
  const width = (innerWidth - (full ? FULL_WIDTH : below ? SIDEBAR : OTHER_WIDTH)) / runs - gaps;
  const room = look.room?.(width) ?? width;
  // Of a picture that is wider than high, its height needs less room.
  const ratio = plane ? Math.max(1, plane[1] / plane[0]) : 1;
  const most = Math.min(room, (innerHeight - (full ? FULL_HEIGHT : OTHER_HEIGHT)) * ratio);
  const bound = full ? Infinity : runs > 1 ? MOST_SIDE.several : MOST_SIDE.one;
  return Math.round(Math.max(LEAST_SIDE, Math.min(bound, most)));
}
