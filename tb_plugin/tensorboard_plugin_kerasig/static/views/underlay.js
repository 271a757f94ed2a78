/** The input of an image probe as a picture: in its own colours or grey, beneath a map more softly than alone. */

import { isLarge } from "../sizes.js";
import { painted } from "./overlay.js";
import { values } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./values.js").Values} Values
 *
 * @typedef {object} Tone How an input looks.
 * @property {number} colour How much of its colour it keeps; 0 for grey.
 * @property {number} black What the darkest and the brightest become, from 0 to 255.
 * @property {number} white
 */

/** @type {Tone} */
const PLAIN = { colour: 1, black: 0, white: 255 };
/** Paler than it is, an orange car can be told from an orange map. */
const PALE = 0.6;
/**
 * Beneath a map a drawing keeps to the dark, whatever its own light: on a bright stroke, the map's weak colours would be
 * beige and grey. `bright` is what most of its lit pixels become.
 */
const SOFT = { black: 20, bright: 72 };
/** What is no lit pixel, as a share of white. */
const DARK_BELOW = 0.1;
/** A picture that is darker than this is not made brighter for it. */
const LEAST_LIGHT = 0.4;
/** A photograph is recognised by its colours and its light: it is dimmed no more than its map needs. */
const SOFT_LARGE = { black: 16, white: 190 };
/** Pictures of inputs that are kept: of what is on the screen, they are the same at each step. */
const MOST_KEPT = 128;
/** Values that reach further than this, up to 255, are taken for bytes. */
const BYTES_BEYOND = 64;

/** @type {Map<string, {inputs: object, made: any}>} */
const kept = new Map();

/**
 * @template T
 * @param {Picture} picture
 * @param {string} what
 * @param {() => T} make
 * @returns {T} What was made of the probe's input before, or is now.
 */
export function keep({ inputs, probe, inputLeaf }, what, make) {
  const key = `${probe}/${inputLeaf}/${what}`;
  const known = kept.get(key);
  const made = known?.inputs === inputs ? known.made : make();
  kept.delete(key);
  kept.set(key, { inputs, made });
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return made;
}

/**
 * @param {Picture} picture
 * @returns {HTMLCanvasElement | null} The input; null where its values are not known.
 */
export function underlay(picture) {
  const { inputs, probe, inputLeaf, state, whole, paint } = picture;
  if (inputLeaf < 0 || !inputs.get(probe, inputLeaf)) return null;
  const grey = (paint?.backdrop ?? state.backdrop) === "grey";
  const plain = state.show === "input";
  return keep(picture, `input ${plain} ${grey}`, () => {
    const input = values(inputs, probe, inputLeaf);
    const all = (whole && values(whole, probe, inputLeaf)) ?? input;
    if (!input || !all) return painted(new ImageData(1, 1));
    const ends = range(all.numbers);
    const tone = plain
      ? PLAIN
      : { ...(isLarge(input.shape) ? SOFT_LARGE : softened(all.numbers, ends)), colour: grey ? 0 : PALE };
    return painted(pixelsOf(input, tone, ends));
  });
}

/**
 * @param {Float32Array} numbers
 * @param {[number, number]} ends What is black and white.
 * @returns {{black: number, white: number}}
 */
function softened(numbers, [low, high]) {
  const lit = numbers.map((value) => (value - low) / (high - low || 1)).filter((share) => share > DARK_BELOW);
  const light = lit.sort()[Math.floor(0.75 * lit.length)] ?? 1;
  return { black: SOFT.black, white: SOFT.black + (SOFT.bright - SOFT.black) / Math.max(LEAST_LIGHT, light) };
}

/**
 * @param {Values} input
 * @param {Tone} tone
 * @param {[number, number]} ends What is black and white.
 * @returns {ImageData}
 */
function pixelsOf({ numbers, shape: [height, width, channels = 1] }, { colour, black, white }, [low, high]) {
  const image = new ImageData(width, height);
  const { data } = image;
  const factor = (white - black) / (high - low || 1);
  const offset = black - low * factor;
  // Of one or two channels, the first; of more, red, green and blue.
  const [second, third] = channels >= 3 ? [1, 2] : [0, 0];
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    const red = channels ? numbers[at] * factor + offset : black;
    const green = channels ? numbers[at + second] * factor + offset : black;
    const blue = channels ? numbers[at + third] * factor + offset : black;
    const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    data[4 * pixel] = light + colour * (red - light);
    data[4 * pixel + 1] = light + colour * (green - light);
    data[4 * pixel + 2] = light + colour * (blue - light);
    data[4 * pixel + 3] = 255;
  }
  return image;
}

/**
 * Guesses which values are black and white, from the usual ways to scale images.
 * @param {Float32Array} numbers
 * @returns {[number, number]}
 */
function range(numbers) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of numbers) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= 0 && high <= 1) return [0, 1];
  if (low >= 0 && high > BYTES_BEYOND && high <= 255) return [0, 255];
  if (low >= -1 && high <= 1) return [-1, 1];
  return [low, high];
}
