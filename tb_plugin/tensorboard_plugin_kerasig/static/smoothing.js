/** Maps as neighbourhoods add up: what a photograph's pixels do together does not show in what each does alone. Pure. */

/**
 * @typedef {object} MapNumbers A map, as stored or smoothed.
 * @property {import("./packed.js").Numbers} numbers
 * @property {number} factor A number times this is the value of a pixel.
 * @property {number[]} shape
 */

/** Pictures with a longer side than this are photographs: nobody looks at a single pixel of theirs. */
export const LARGE_ABOVE = 64;
/** The usual width of a photograph's bell is such a part of its longer side, so that pictures look alike at any size. */
const PARTS = 18;
/** A bell's width at half its height, in standard deviations. */
const WIDTH = 2.3548;
/** The widest bell that can be chosen, in pixels. */
export const MOST_SMOOTH = 32;

/**
 * @param {number | null} chosen In pixels; null for what is usual.
 * @param {number[]} shape Of a map: [height, width].
 * @returns {number} The width of the bell; 0 for no smoothing.
 */
export function widthFor(chosen, [height, width]) {
  const side = Math.max(height, width);
  const usual = side > LARGE_ABOVE ? Math.round(side / PARTS) : 0;
  // Beyond half the picture there is nothing more to add up.
  return Math.min(chosen ?? usual, Math.floor(Math.min(height, width) / 2));
}

/**
 * Smooths with a Gaussian, folded back at the edges, so that the sum stays what it was. The result has only as many
 * numbers as it needs; each is the mean of the pixels in its place.
 * @param {MapNumbers} map What is not finite counts as zero.
 * @param {number} width Of the bell at half its height, in pixels.
 * @returns {MapNumbers}
 */
export function smoothed({ numbers, factor, shape: [down, across] }, width) {
  const deviation = width / WIDTH;
  const block = Math.max(1, Math.floor(deviation));
  const shape = [Math.ceil(down / block), Math.ceil(across / block)];
  const sums = gathered(numbers, [down, across], shape);
  const bell = bellOf(deviation / block);
  alongRows(sums, shape, bell);
  alongColumns(sums, shape, bell);
  return { numbers: sums, factor: (factor * shape[0] * shape[1]) / (down * across), shape };
}

/**
 * @param {import("./packed.js").Numbers} numbers
 * @param {number[]} from Rows and columns.
 * @param {number[]} to Fewer, or as many.
 * @returns {Float32Array} What falls into each cell, added up.
 */
function gathered(numbers, [height, width], [rows, columns]) {
  const edges = edgesOf(width, columns);
  // What lies left of each pixel of a row, added up: a cell has what lies between its edges.
  const before = new Float64Array(width + 2);
  const sums = new Float32Array((rows + 1) * columns);
  for (let y = 0; y < height; y++) {
    let sum = 0;
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const value = numbers[i];
      if (value - value === 0) sum += value;
      before[x + 1] = sum;
    }
    const place = (y * rows) / height;
    const row = Math.floor(place);
    // So much of this row of pixels lies in that row of cells, the rest in the next one.
    const share = Math.min(1, ((row + 1 - place) * height) / rows);
    let left = 0;
    for (let k = 0, at = row * columns; k < columns; k++, at++) {
      const edge = edges[k + 1];
      const pixel = edge | 0;
      const right = before[pixel] + (edge - pixel) * (before[pixel + 1] - before[pixel]);
      const value = right - left;
      left = right;
      sums[at] += value * share;
      if (share < 1) sums[at + columns] += value * (1 - share);
    }
  }
  return sums.subarray(0, rows * columns);
}

/**
 * @param {number} pixels
 * @param {number} cells Not more.
 * @returns {Float64Array} Where each cell begins, in pixels, and the last one ends.
 */
function edgesOf(pixels, cells) {
  return Float64Array.from({ length: cells + 1 }, (_, i) => (i === cells ? pixels : (i * pixels) / cells));
}

/**
 * @param {number} deviation
 * @returns {Float32Array} A Gaussian's weights from its middle outwards; both sides together add up to 1.
 */
function bellOf(deviation) {
  const weights = new Float32Array(1 + Math.ceil(3 * deviation));
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = Math.exp(-0.5 * (i / deviation) ** 2);
    sum += i ? 2 * weights[i] : weights[i];
  }
  return weights.map((weight) => weight / sum);
}

/**
 * @param {number} i
 * @param {number} count
 * @returns {number} Within the picture: beyond an edge it goes back, the edge's own pixel first.
 */
function folded(i, count) {
  const at = ((i % (2 * count)) + 2 * count) % (2 * count);
  return at < count ? at : 2 * count - 1 - at;
}

/**
 * @param {Float32Array} sums Are smoothed from left to right.
 * @param {number[]} shape
 * @param {Float32Array} bell
 * @returns {void}
 */
function alongRows(sums, [rows, columns], bell) {
  const reach = bell.length - 1;
  const line = new Float32Array(columns + 2 * reach);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    line.set(sums.subarray(at, at + columns), reach);
    for (let k = 1; k <= reach; k++) {
      line[reach - k] = sums[at + folded(-k, columns)];
      line[reach + columns - 1 + k] = sums[at + folded(columns - 1 + k, columns)];
    }
    for (let column = 0; column < columns; column++) {
      let sum = bell[0] * line[reach + column];
      for (let k = 1; k <= reach; k++) sum += bell[k] * (line[reach + column - k] + line[reach + column + k]);
      sums[at + column] = sum;
    }
  }
}

/**
 * @param {Float32Array} sums Are smoothed from top to bottom.
 * @param {number[]} shape
 * @param {Float32Array} bell
 * @returns {void}
 */
function alongColumns(sums, [rows, columns], bell) {
  const before = sums.slice();
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let column = 0; column < columns; column++) sums[at + column] = bell[0] * before[at + column];
    for (let k = 1; k < bell.length; k++) {
      const [up, down] = [folded(row - k, rows) * columns, folded(row + k, rows) * columns];
      for (let column = 0; column < columns; column++)
        sums[at + column] += bell[k] * (before[up + column] + before[down + column]);
    }
  }
}
