/**
 * The diverging colour map, and the numbers it stands for.
 *
 * Positive is vermillion, negative is blue, as in Okabe and Ito's palette for colour-blind readers: the two hues stay
 * apart for protanopes and deuteranopes (who see a dark yellow against blue) and for tritanopes (who see red against
 * teal). The map is computed in OKLCH with one lightness for both signs, so that equal size looks equally strong; it
 * is symmetric around zero, and zero is fully transparent, hence neutral on either theme's page and on any picture
 * beneath.
 */

const HUES = { positive: 42, negative: 252, absolute: 305 };
/** Lightness and chroma at zero and at the limit: far values get deeper, not only denser. */
const FAINT = { lightness: 0.7, chroma: 0.19 };
const STRONG = { lightness: 0.6, chroma: 0.19 };
/** Attributions are heavy-tailed: below 1, this lifts the many small values; the legend is drawn with it too. */
export const GAMMA = 0.5;
const MOST_OPAQUE = 0.96;
const SHADES = 256;

/**
 * TensorBoard's own palette for runs, in its order, which goes by a run's place among all runs: where nobody has chosen
 * colours there, a run has the same one here. But its orange is that of what raises a score: brown stands for it.
 */
const RUN_COLORS = ["#425066", "#12b5cb", "#e52592", "#f9ab00", "#9334e6", "#7cb342", "#7a5230"];
const DARK = new Map([
  ["#425066", "#8e98a3"],
  // There TensorBoard leaves it as it is, which is hard to see as a thin line.
  ["#9334e6", "#ab5cf0"],
  ["#7a5230", "#bca08f"],
]);

/** Outlines of regions: hues that neither sign of the map uses. */
export const REGION_COLORS = ["#ffe11a", "#3ddc84", "#e879f9", "#5ef0ff"];

/**
 * Converts OKLCH to sRGB (Ottosson's matrices), clipped to the gamut.
 * @param {number} lightness
 * @param {number} chroma
 * @param {number} hue In degrees.
 * @returns {number[]} Red, green and blue, 0 to 255.
 */
export function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((x) => {
    const clipped = Math.min(1, Math.max(0, x));
    return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
  });
}

/**
 * @param {number} hue
 * @param {number} gamma
 * @returns {Float32Array} Red, green, blue (0 to 255) and opacity (0 to 1) of each shade.
 */
function ramp(hue, gamma) {
  const shades = new Float32Array(4 * SHADES);
  for (let i = 0; i < SHADES; i++) {
    const t = (i / (SHADES - 1)) ** gamma;
    const mix = (/** @type {number} */ from, /** @type {number} */ to) => from + t * (to - from);
    const rgb = oklch(mix(FAINT.lightness, STRONG.lightness), mix(FAINT.chroma, STRONG.chroma), hue);
    shades.set([...rgb, t * MOST_OPAQUE], 4 * i);
  }
  return shades;
}

/**
 * @typedef {object} Palette
 * @property {Float32Array} positive
 * @property {Float32Array} negative
 */

/** @type {Palette} */
const USUAL = { positive: ramp(HUES.positive, GAMMA), negative: ramp(HUES.negative, GAMMA) };
/** @type {Map<string, Palette>} */
const palettes = new Map();

/**
 * @param {number} gamma
 * @param {"signed" | "absolute" | "positive" | "negative"} sign What is shown: sizes alone have a hue that neither sign
 *   has; of one sign alone, the other is as zero.
 * @returns {Palette} The same object for the same arguments.
 */
export function palette(gamma, sign) {
  if (gamma === GAMMA && sign === "signed") return USUAL;
  const key = `${gamma} ${sign}`;
  const known = palettes.get(key);
  if (known) return known;
  const hues = sign === "absolute" ? { positive: HUES.absolute, negative: HUES.absolute } : HUES;
  const [positive, negative] = [ramp(hues.positive, gamma), ramp(hues.negative, gamma)];
  const nothing = new Float32Array(positive.length);
  const made = {
    positive: sign === "negative" ? nothing : positive,
    negative: sign === "positive" ? nothing : negative,
  };
  // A slider passes many values; the last few are enough.
  if (palettes.size > 32) palettes.clear();
  palettes.set(key, made);
  return made;
}

/**
 * @typedef {object} Lookup
 * @property {Uint32Array} table A pixel for each shade, as `ImageData` has it: from the most negative to the most
 * positive.
 * @property {number} zero The place of zero.
 */

/** @type {WeakMap<Palette, Lookup>} */
const lookups = new WeakMap();

/**
 * @param {Palette} colors
 * @returns {Lookup} For pictures of many pixels.
 */
export function lookup(colors) {
  const known = lookups.get(colors);
  if (known) return known;
  const zero = SHADES - 1;
  const bytes = new Uint8ClampedArray(4 * (2 * zero + 1));
  const color = [0, 0, 0, 0];
  for (let i = -zero; i <= zero; i++) {
    shade(i, zero, color, colors);
    bytes.set([color[0], color[1], color[2], 255 * color[3]], 4 * (zero + i));
  }
  const made = { table: new Uint32Array(bytes.buffer), zero };
  lookups.set(colors, made);
  return made;
}

/**
 * Writes the colour of `value` into `out`.
 * @param {number} value
 * @param {number} limit The value that gets the strongest colour.
 * @param {Float32Array | number[]} out Red, green, blue (0 to 255), opacity (0 to 1).
 * @param {Palette} [colors]
 * @returns {void}
 */
export function shade(value, limit, out, colors = USUAL) {
  const table = value < 0 ? colors.negative : colors.positive;
  const size = limit > 0 ? Math.min(1, Math.abs(value) / limit) : 0;
  const at = 4 * (Number.isNaN(size) ? 0 : Math.round(size * (SHADES - 1)));
  for (let i = 0; i < 4; i++) out[i] = table[at + i];
}

/**
 * @param {number} value
 * @param {number} limit
 * @param {Palette} [colors]
 * @returns {string} The colour in CSS.
 */
export function css(value, limit, colors = USUAL) {
  const out = [0, 0, 0, 0];
  shade(value, limit, out, colors);
  return `rgba(${out.slice(0, 3).map(Math.round).join(", ")}, ${out[3].toFixed(3)})`;
}

/**
 * Chooses black or white text for a value's colour on the page: one of the two always has a contrast above 4.5.
 * @param {number} value
 * @param {number} limit
 * @param {boolean} dark
 * @param {Palette} [colors]
 * @returns {string}
 */
export function textOn(value, limit, dark, colors = USUAL) {
  const out = [0, 0, 0, 0];
  shade(value, limit, out, colors);
  const page = dark ? 48 : 255;
  const luminance = [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const c = (out[3] * out[i] + (1 - out[3]) * page) / 255;
    return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  }, 0);
  return luminance > 0.179 ? "#000" : "#fff";
}

/**
 * @param {number} index The run's place among all runs.
 * @param {boolean} dark
 * @returns {string}
 */
export function runColor(index, dark) {
  const color = RUN_COLORS[index % RUN_COLORS.length];
  return dark ? (DARK.get(color) ?? color) : color;
}
