/** An image probe, large: what is under the pointer is read out. */

import { h } from "../dom.js";
import { exact, short } from "../format.js";
import { aiming, cellAt, cursorOf, readout } from "./cursor.js";
import { draw, fitted } from "./image.js";
import { product, regionsOf, values } from "./values.js";

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
  const { picture, side } = large;
  const { record, inputs, probe, leaf, inputLeaf, limit, state, paint } = picture;
  const shape = (inputLeaf >= 0 ? inputs : record).leaves[inputLeaf >= 0 ? inputLeaf : leaf].shape;
  const [rows, columns] = record.leaves[leaf].shape;
  const size = fitted(shape[0], shape[1], side);
  const at = cursorOf(large, rows * columns);
  const pixels = window.devicePixelRatio || 1;
  const move = (/** @type {number} */ index, /** @type {number} */ dx, /** @type {number} */ dy) => {
    const column = Math.max(0, Math.min(columns - 1, (index % columns) + dx));
    return Math.max(0, Math.min(rows - 1, Math.floor(index / columns) + dy)) * columns + column;
  };
  const start = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  return h(
    "div",
    { class: "sight" },
    h(
      "div",
      {
        class: "stage",
        style: { width: `${size.width}px`, "aspect-ratio": `${size.width} / ${size.height}` },
        ...aiming(
          large,
          `Attribution map over ${short(record.leaves[leaf].name, 60)}`,
          rows * columns,
          (event) => cellAt(event, columns, rows),
          move,
          start,
        ),
      },
      h("canvas", {
        class: "image",
        "aria-hidden": "true",
        effect: {
          deps: [record, inputs, probe, leaf, limit, state.show, paint.palette, paint.opacity, side, pixels],
          run: (/** @type {HTMLCanvasElement} */ canvas) => {
            canvas.width = Math.round(size.width * pixels);
            canvas.height = Math.round(size.height * pixels);
            draw(canvas, picture, shape);
          },
        },
      }),
      at !== null &&
        h("i", {
          class: "crosshair",
          style: {
            left: `${(100 * (at % columns)) / columns}%`,
            top: `${(100 * Math.floor(at / columns)) / rows}%`,
            width: `${100 / columns}%`,
            height: `${100 / rows}%`,
          },
        }),
    ),
    readout(at === null ? null : [...before, ...read(large, at, [rows, columns], shape)]),
  );
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
