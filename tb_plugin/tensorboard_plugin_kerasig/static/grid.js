/** Where the cards of the gallery are, and which of them anyone can see. Pure. */

/**
 * @typedef {object} Port What of the gallery lies in the window.
 * @property {number} top How far the gallery's beginning is above the window's; negative where it is below.
 * @property {number} height
 * @property {number} width
 * @property {string} of What `row` was measured for.
 * @property {number} row The height of the tallest row of cards so far; 0 before any was drawn.
 *
 * @typedef {object} Grid
 * @property {number} perRow
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
 * @param {{set: string | null, kind: string, card: {width: number, lowest: number}, runs: number, count: number}} what
 * @returns {Grid}
 */
export function grid(port, { set, kind, card, runs, count }) {
  const wanted = Math.max(1, runs) * (card.width + GAP) - GAP + FRAME;
  const perRow = Math.max(1, Math.floor((port.width + GAP) / (wanted + GAP)));
  const of = JSON.stringify([set, kind, runs, perRow, port.width]);
  const cell = (port.width + GAP) / perRow - GAP - FRAME;
  const room = Math.max(1, (cell + GAP) / Math.max(1, runs) - GAP);
  const known = port.of === of ? port.row : 0;
  const row = (known || card.lowest) + GAP;
  const rows = Math.ceil(count / perRow);
  const clamp = (/** @type {number} */ value) => Math.max(0, Math.min(rows, value));
  const [top, bottom] = [Math.floor(port.top / row), Math.ceil((port.top + port.height) / row)];
  const firstRow = clamp(top - SPARE);
  const lastRow = Math.max(firstRow, clamp(bottom + SPARE));
  return {
    perRow,
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
