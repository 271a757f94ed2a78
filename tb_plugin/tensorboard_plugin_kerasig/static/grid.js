/** Where the cards of the gallery are, and which of them anyone can see. Pure. */

/**
 * @typedef {object} Port What of the gallery lies in the window.
 * @property {number} top How far the gallery's beginning is above the window's; negative where it is below.
 * @property {number} height
 * @property {number} width
 * @property {string} of What `row` was measured for.
 * @property {number} row The height of the tallest row of cards so far; 0 before any was drawn.
 *
 * @typedef {object} Card What a picture needs.
 * @property {number} width
 * @property {number} lowest With less than its height known, too many cards are drawn rather than too few.
 * @property {{first: number, each: number}} [together] Where the pictures of several runs are one table: the widths of
 *   its first column and of each run's.
 *
 * @typedef {object} Grid
 * @property {number} perRow
 * @property {number} across How many runs of a card stand beside each other; the others follow below.
 * @property {number} room How wide a picture may be, in CSS pixels.
 * @property {number} row Height of a row, as far as it is known.
 * @property {number} first The first and, exclusive, last place in the order that is drawn.
 * @property {number} last
 * @property {number} from The first and, exclusive, last place that can be seen.
 * @property {number} to
 * @property {number} before Height of the rows above those that are drawn.
 * @property {number} after
 * @property {string} of What decides a row's height.
 */

export const GAP = 12;
/** What a card has around its pictures, from side to side. */
const FRAME = 26;
/** Rows beyond the window that are drawn, so that scrolling finds something. */
const SPARE = 1;

/**
 * @param {Port} port
 * @param {{set: string | null, kind: string, card: Card, runs: number, count: number}} what
 * @returns {Grid}
 */
export function grid(port, { set, kind, card, runs, count }) {
  const across = acrossOf(card, port.width, Math.max(1, runs));
  const perRow = Math.max(1, Math.floor((port.width + GAP) / (FRAME + widthOf(card, across) + GAP)));
  const of = JSON.stringify([set, kind, runs, across, perRow, port.width]);
  const cell = (port.width + GAP) / perRow - GAP - FRAME;
  const room = Math.max(1, (cell + GAP) / across - GAP);
  const known = port.of === of ? port.row : 0;
  const row = (known || card.lowest * Math.ceil(Math.max(1, runs) / across)) + GAP;
  const rows = Math.ceil(count / perRow);
  const clamp = (/** @type {number} */ value) => Math.max(0, Math.min(rows, value));
  const [top, bottom] = [Math.floor(port.top / row), Math.ceil((port.top + port.height) / row)];
  const firstRow = clamp(top - SPARE);
  const lastRow = Math.max(firstRow, clamp(bottom + SPARE));
  return {
    perRow,
    across,
    room,
    row: known,
    first: firstRow * perRow,
    last: Math.min(count, lastRow * perRow),
    from: clamp(top) * perRow,
    to: Math.min(count, clamp(bottom) * perRow),
    before: firstRow * row,
    after: Math.max(0, rows - lastRow) * row,
    of,
  };
}

/**
 * @param {Card} card
 * @param {number} runs
 * @returns {number} Of the pictures of so many runs beside each other.
 */
function widthOf({ width, together }, runs) {
  return together && runs > 1 ? together.first + runs * together.each : runs * (width + GAP) - GAP;
}

/**
 * @param {Card} card
 * @param {number} width
 * @param {number} runs
 * @returns {number} As many as find room, and of more as many in each line as in the last one, nearly.
 */
export function acrossOf(card, width, runs) {
  let most = runs;
  while (most > 1 && FRAME + widthOf(card, most) > width) most--;
  return Math.ceil(runs / Math.ceil(runs / most));
}
