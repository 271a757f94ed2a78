/** The few colours that a GIF's frame may have: the picture's own where they are few, else by median cut. Pure. */

/**
 * @typedef {object} Quantised
 * @property {Uint8Array} palette Red, green and blue of each colour.
 * @property {Uint8Array} indices Of each pixel's colour.
 *
 * @typedef {{bins: number[], count: number, axis: number, spread: number}} Part
 */

/**
 * @param {Uint8ClampedArray | Uint8Array} pixels Red, green, blue and opacity of each; the last is not looked at.
 * @param {number} most Colours.
 * @param {Uint8Array} [counts] 1 where a pixel counts; the others get the index 0.
 * @returns {Quantised}
 */
export function quantise(pixels, most, counts) {
  return exactly(pixels, most, counts) ?? nearly(pixels, most, counts);
}

/**
 * @param {Uint8ClampedArray | Uint8Array} pixels
 * @param {number} most
 * @param {Uint8Array} [counts]
 * @returns {Quantised | null} Null where there are too many colours.
 */
function exactly(pixels, most, counts) {
  const indices = new Uint8Array(pixels.length / 4);
  /** @type {Map<number, number>} */
  const known = new Map();
  for (let i = 0, p = 0; i < indices.length; i++, p += 4) {
    if (counts && !counts[i]) continue;
    const color = (pixels[p] << 16) | (pixels[p + 1] << 8) | pixels[p + 2];
    let index = known.get(color);
    if (index === undefined) {
      if (known.size === most) return null;
      index = known.size;
      known.set(color, index);
    }
    indices[i] = index;
  }
  const palette = Uint8Array.from([...known.keys()].flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  return { palette, indices };
}

/**
 * @param {Uint8ClampedArray | Uint8Array} pixels
 * @param {number} p
 * @returns {number} The bin of a pixel: five bits of each colour.
 */
function binOf(pixels, p) {
  return ((pixels[p] >> 3) << 10) | ((pixels[p + 1] >> 3) << 5) | (pixels[p + 2] >> 3);
}

/**
 * @param {Uint8ClampedArray | Uint8Array} pixels
 * @param {number} most
 * @param {Uint8Array} [counts]
 * @returns {Quantised}
 */
function nearly(pixels, most, counts) {
  const size = pixels.length / 4;
  const count = new Uint32Array(32768);
  const sums = [new Float64Array(32768), new Float64Array(32768), new Float64Array(32768)];
  for (let i = 0, p = 0; i < size; i++, p += 4) {
    if (counts && !counts[i]) continue;
    const bin = binOf(pixels, p);
    count[bin]++;
    for (let c = 0; c < 3; c++) sums[c][bin] += pixels[p + c];
  }
  const parts = [
    part(
      Array.from(count.keys()).filter((bin) => count[bin]),
      count,
    ),
  ];
  while (parts.length < most) {
    let widest = 0;
    for (let k = 1; k < parts.length; k++) if (parts[k].spread > parts[widest].spread) widest = k;
    if (parts[widest].bins.length < 2) break;
    parts.push(halve(parts[widest], count, (half) => (parts[widest] = half)));
  }
  const palette = new Uint8Array(3 * parts.length);
  const place = new Uint8Array(32768);
  parts.forEach(({ bins, count: all }, k) => {
    for (const bin of bins) place[bin] = k;
    for (let c = 0; c < 3; c++)
      palette[3 * k + c] = Math.round(bins.reduce((sum, bin) => sum + sums[c][bin], 0) / Math.max(1, all));
  });
  const indices = new Uint8Array(size);
  for (let i = 0, p = 0; i < size; i++, p += 4) if (!counts || counts[i]) indices[i] = place[binOf(pixels, p)];
  return { palette, indices };
}

/**
 * @param {number[]} bins
 * @param {Uint32Array} count
 * @returns {Part}
 */
function part(bins, count) {
  const ranges = [10, 5, 0].map((shift) => {
    let [low, high] = [31, 0];
    for (const bin of bins) {
      const value = (bin >> shift) & 31;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return high - low;
  });
  const axis = ranges.indexOf(Math.max(...ranges));
  const all = bins.reduce((sum, bin) => sum + count[bin], 0);
  // Small and far apart matters as much as large and near: thin lines keep their colours.
  return { bins, count: all, axis, spread: ranges[axis] ** 2 * Math.sqrt(all) };
}

/**
 * @param {Part} whole
 * @param {Uint32Array} count
 * @param {(part: Part) => void} keep One half.
 * @returns {Part} The other.
 */
function halve({ bins, count: all, axis }, count, keep) {
  const shift = 10 - 5 * axis;
  const sorted = [...bins].sort((a, b) => ((a >> shift) & 31) - ((b >> shift) & 31));
  let at = 1;
  for (let sum = count[sorted[0]]; at < sorted.length - 1 && sum + count[sorted[at]] <= all / 2; at++)
    sum += count[sorted[at]];
  keep(part(sorted.slice(0, at), count));
  return part(sorted.slice(at), count);
}
