/** An image probe, large: what is under the pointer is read out; it can be zoomed into, and moved. */

import { h } from "../dom.js";
import { exact, short } from "../format.js";
import { fitted, styled } from "../sizes.js";
import { placeAt, seenAt, showing } from "../zoom.js";
import { aiming, cursorOf, readout } from "./cursor.js";
import { zooming } from "./gestures.js";
import { draw, makings, shapeOf } from "./image.js";
import { product, regionsOf, values } from "./values.js";
import { weakness } from "./weak.js";

/**
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../dom.js").VNode} VNode
 */

/**
 * @param {Large} large
 * @param {[string, string][]} [before] What is read out before the row.
 * @returns {VNode}
 */
export function largeImage(large, before = []) {
  const { picture, side, choose } = large;
  const { record, leaf, state } = picture;
  const { zoom } = state;
  const shape = shapeOf(picture);
  const [rows, columns] = record.leaves[leaf].shape;
  const size = fitted(shape, side);
  const at = cursorOf(large, rows * columns);
  const pixels = window.devicePixelRatio || 1;
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) => {
    const column = Math.max(0, Math.min(columns - 1, (index % columns) + dx));
    return Math.max(0, Math.min(rows - 1, Math.floor(index / columns) + dy)) * columns + column;
  };
  const start = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  const aim = aiming(
    large,
    `Attribution map over ${short(record.leaves[leaf].name, 60)}`,
    rows * columns,
    (event) => pixelAt(event, zoom, columns, rows),
    move,
    start,
  );
  const follow = (/** @type {import("../state.js").State} */ { zoom: now, cursor }) =>
    cursor?.leaf === leaf ? { zoom: showing(now, ...middleOf(cursor.index, rows, columns)) } : {};
  return h(
    "div",
    { class: "sight" },
    h(
      "div",
      {
        class: zoom ? "stage zoomed" : "stage",
        style: styled(size),
        ...aim,
        ...zooming(aim, choose, follow),
      },
      h("canvas", {
        class: "image",
        "aria-hidden": "true",
        effect: {
          deps: [...makings(picture), zoom, size.width, pixels],
          run: (/** @type {HTMLCanvasElement} */ canvas) => {
            canvas.width = Math.round(size.width * pixels);
            canvas.height = Math.round(size.height * pixels);
            draw(canvas, picture, shape, zoom);
          },
        },
      }),
      at !== null && crosshair(at, rows, columns, zoom),
      weakness(picture),
    ),
    readout(at === null ? null : [...before, ...read(large, at, [rows, columns], shape)]),
  );
}

/**
 * @param {number} index
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number]} Where its middle is, in shares of the picture.
 */
function middleOf(index, rows, columns) {
  return [((index % columns) + 0.5) / columns, (Math.floor(index / columns) + 0.5) / rows];
}

/**
 * @param {PointerEvent} event
 * @param {import("../zoom.js").Zoom | null} zoom
 * @param {number} columns
 * @param {number} rows
 * @returns {number | null} Which pixel is pointed at; null beside the picture.
 */
function pixelAt(event, zoom, columns, rows) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const within = (/** @type {number} */ share) => Math.max(0, Math.min(1 - 1e-9, share));
  const [u, v] = [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  const [x, y] = placeAt(zoom, u, v);
  if (x < 0 || y < 0 || x >= 1 || y >= 1) return null;
  return Math.floor(y * rows) * columns + Math.floor(x * columns);
}

/**
 * @param {number} at
 * @param {number} rows
 * @param {number} columns
 * @param {import("../zoom.js").Zoom | null} zoom
 * @returns {VNode | false} False where that is not seen.
 */
function crosshair(at, rows, columns, zoom) {
  const [column, row] = [at % columns, Math.floor(at / columns)];
  const [left, top] = seenAt(zoom, column / columns, row / rows);
  const [right, bottom] = seenAt(zoom, (column + 1) / columns, (row + 1) / rows);
  if (right <= 0 || bottom <= 0 || left >= 1 || top >= 1) return false;
  const percent = (/** @type {number} */ share) => `${100 * share}%`;
  return h("i", {
    class: "crosshair",
    style: { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) },
  });
}

/**
 * @param {Large} large
 * @param {number} at
 * @param {number[]} map Rows and columns of the map.
 * @param {number[]} shape Of the input, which may be finer.
 * @returns {[string, string][]}
 */
function read({ picture }, at, [rows, columns], shape) {
  const { record, inputs, probe, leaf, inputLeaf } = picture;
  const [row, column] = [Math.floor(at / columns), at % columns];
  const value = values(record, probe, leaf, 2)?.numbers[at] ?? NaN;
  /** @type {[string, string][]} */
  const found = [
    ["row", String(row)],
    ["column", String(column)],
    ["attribution", exact(value)],
  ];
  const payload = inputLeaf >= 0 ? inputs.get(probe, inputLeaf) : undefined;
  if (payload) {
    const channels = product(shape.slice(2));
    const y = Math.floor(((row + 0.5) * shape[0]) / rows);
    const x = Math.floor(((column + 0.5) * shape[1]) / columns);
    const numbers = Array.from(
      payload.numbers.subarray((y * shape[1] + x) * channels, (y * shape[1] + x + 1) * channels),
    );
    found.push([
      "input",
      numbers
        .slice(0, 4)
        .map((stored) => plain(stored * payload.factor))
        .join(", "),
    ]);
  }
  const inside = regionsOf(picture).filter(({ mask }) => mask.length === rows * columns && mask[at] === 1);
  if (inside.length) found.push(["region", inside.map(({ name }) => name).join(", ")]);
  return found;
}

/**
 * @param {number} value
 * @returns {string} Without a plus: an input has no sign to be told.
 */
export function plain(value) {
  return exact(Number(value.toPrecision(4))).replace("+", "");
}
