/** Volume probes: one slice at a time as an image; the one with most attribution until another is chosen. */

import { h } from "../dom.js";
import { signed } from "../format.js";
import { mapOf } from "../maps.js";
import { frame, image } from "./image.js";
import { largeImage } from "./probe-image.js";
import { LEAST_SIDE } from "./room.js";
import { inputLeafOf, product } from "./values.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("./cursor.js").Large} Large
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Sums What each slice of a map adds up to.
 * @property {Float64Array} raising
 * @property {Float64Array} lowering Not above zero.
 */

/** The height of what stands above the slice. */
const SLIDER = 116;
/** Of more slices than this, a scale is taken of some, evenly chosen. */
const MOST_SLICES = 16;
const PROFILE = { width: 400, height: 44 };

/** @type {import("./looks.js").Look} */
export const volume = {
  style: "picture",
  strip: "columns",
  positions: "voxels",
  rows: (runs) => (runs > 4 ? 1 : runs > 1 ? 2 : 4),
  set: "volumes",
  unit: "volume",
  card: { width: 140, lowest: 240 },
  layered: true,
  lengths: false,
  earlier: false,
  inset: SLIDER,
  draw: (picture) => {
    const [at, depth] = [shownSlice(picture), depthOf(picture)];
    return h(
      "div",
      { class: "slice" },
      image(sliced(picture, at)),
      h("p", { class: "muted number" }, `slice ${placeIn(at, depth)}`),
    );
  },
  large: largeVolume,
  frames: (what, side) =>
    what.record.leaves.flatMap((_, leaf) => {
      const picture = { ...what, leaf, inputLeaf: inputLeafOf(what.record, what.inputs, leaf) };
      const drawable = what.record.get(what.probe, leaf) && volume.fits(what.record.leaves[leaf].shape, picture);
      return drawable ? [frame(sliced(picture, shownSlice(picture)), side)] : [];
    }),
  plane: (shape) => (shape.length === 3 || shape.length === 4 ? shape.slice(1, 3) : null),
  maps: (record, probe, leaf, smooth) => {
    const depth = record.leaves[leaf].shape[0];
    const stride = Math.ceil(depth / MOST_SLICES);
    const some = Array.from({ length: Math.ceil(depth / stride) }, (_, i) => i * stride);
    return some.flatMap((at) => mapOf(sliceOf(record, probe, leaf, at), probe, leaf, smooth) ?? []);
  },
  turn: (picture, by) => turned(picture, shownSlice(picture) + by),
  fits: (shape) => shape.length === 3 || shape.length === 4,
};

/**
 * @param {number} at
 * @param {number} depth
 * @returns {string} Counted from 0, as rows and columns are.
 */
function placeIn(at, depth) {
  return `${at} (0\u2013${depth - 1})`;
}

/**
 * @param {Picture} picture
 * @returns {number}
 */
function depthOf({ record, leaf }) {
  return record.leaves[leaf].shape[0];
}

/**
 * @param {Picture} picture
 * @param {number} at
 * @returns {Partial<import("../state.js").State>} With that slice, or the last one before the end.
 */
function turned(picture, at) {
  return { slice: Math.max(0, Math.min(depthOf(picture) - 1, at)) };
}

/**
 * @param {Picture} picture
 * @returns {number} The chosen slice in the views of one probe; else, and until one is chosen, that with most attribution
 *   in all records that are seen beside each other.
 */
export function shownSlice(picture) {
  const { record, probe, leaf, state, beside = [record] } = picture;
  const depth = depthOf(picture);
  if (state.slice !== null && (state.view === "probe" || state.view === "path"))
    return Math.min(depth - 1, state.slice);
  const { name } = record.leaves[leaf];
  const total = new Float64Array(depth);
  for (const other of beside) {
    const same = other.leaves.findIndex((found) => found.name === name && found.shape[0] === depth);
    const { raising, lowering } = sumsOf(other, probe, same);
    for (let i = 0; i < raising.length; i++) total[i] += raising[i] - lowering[i];
  }
  return total.indexOf(Math.max(...total));
}

/** @type {WeakMap<Packed, Map<string, any>>} */
const kept = new WeakMap();

/**
 * @template T
 * @param {Packed} packed
 * @param {string} what
 * @param {() => T} make
 * @returns {T} What was made of it before, or is now.
 */
function keep(packed, what, make) {
  const own = kept.get(packed) ?? new Map();
  kept.set(packed, own);
  if (!own.has(what)) own.set(what, make());
  return own.get(what);
}

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf -1 where the record has no such leaf.
 * @returns {Sums} Empty where nothing was stored.
 */
function sumsOf(record, probe, leaf) {
  const payload = leaf < 0 ? undefined : record.get(probe, leaf);
  if (!payload) return { raising: new Float64Array(0), lowering: new Float64Array(0) };
  return keep(record, `sums ${probe}/${leaf}`, () => {
    const { shape } = record.leaves[leaf];
    const [raising, lowering] = [new Float64Array(shape[0]), new Float64Array(shape[0])];
    const size = product(shape.slice(1));
    payload.numbers.forEach((stored, i) => {
      const value = stored * payload.factor;
      if (value > 0) raising[Math.floor(i / size)] += value;
      else if (value < 0) lowering[Math.floor(i / size)] += value;
    });
    return { raising, lowering };
  });
}

/**
 * @param {Packed} packed
 * @param {number} probe
 * @param {number} leaf
 * @param {number} at
 * @returns {Packed} The record or the inputs as if this slice of the leaf were all of it.
 */
function sliceOf(packed, probe, leaf, at) {
  // Values may still be to come; what was made before they had would have none.
  const payload = packed.get(probe, leaf);
  return keep(packed, `slice ${probe}/${leaf}/${at} ${Boolean(payload)}`, () => {
    const { shape } = packed.leaves[leaf];
    const size = product(shape.slice(1));
    const own = (/** @type {Uint8Array} */ mask, /** @type {number} */ of) =>
      mask.subarray(
        (of * shape[0] + at) * product(shape.slice(1, 3)),
        (of * shape[0] + at + 1) * product(shape.slice(1, 3)),
      );
    const regions = packed.regions.map((region) => {
      if (region.leaf !== leaf || region.shape.length !== 4) return region;
      const [probes, , ...rest] = region.shape;
      return { ...region, shape: [1, ...rest], mask: own(region.mask, probes === 1 ? 0 : probe) };
    });
    const numbers = payload?.numbers.subarray(at * size, (at + 1) * size);
    const leaves = packed.leaves.map((other, i) => (i === leaf ? { ...other, shape: shape.slice(1) } : other));
    return Object.create(packed, {
      leaves: { value: leaves },
      regions: { value: regions },
      payloads: { value: new Map(numbers ? [[`${probe}/${leaf}`, { ...payload, numbers }]] : []) },
    });
  });
}

/**
 * @template {Picture} P
 * @param {P} picture
 * @param {number} at Of the map's slices; the input, which may have more, is cut at the same share of its depth.
 * @returns {P} Of an image.
 */
function sliced(picture, at) {
  const { record, inputs, probe, leaf, inputLeaf } = picture;
  const cut = { ...picture, record: sliceOf(record, probe, leaf, at) };
  if (inputLeaf < 0) return cut;
  const depth = inputs.leaves[inputLeaf].shape[0];
  const beneath = Math.min(depth - 1, Math.floor(((at + 0.5) * depth) / depthOf(picture)));
  // The whole volume's range: a slice of air stays dark.
  return { ...cut, inputs: sliceOf(inputs, probe, inputLeaf, beneath), whole: inputs };
}

/**
 * @param {Large} large
 * @returns {VNode}
 */
function largeVolume(large) {
  const { picture, side, choose } = large;
  const [at, depth] = [shownSlice(picture), depthOf(picture)];
  const { raising, lowering } = sumsOf(picture.record, picture.probe, picture.leaf);
  const to = (/** @type {number} */ slice) => choose(turned(picture, slice));
  const id = `slice-${large.column.run.index}-${picture.leaf}`;
  const follows = picture.state.slice === null;
  const button = (/** @type {number} */ by, /** @type {string} */ label, /** @type {string} */ text) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-label": label,
        disabled: at + by < 0 || at + by >= depth,
        on: { click: () => to(at + by) },
      },
      text,
    );
  return h(
    "div",
    {
      class: "volume",
      "data-slice": at,
      on: {
        keydown: (/** @type {KeyboardEvent} */ event) => {
          const by = { PageUp: -1, PageDown: 1 }[event.key];
          if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          choose((state) => turned(picture, shownSlice({ ...picture, state }) + by));
        },
      },
    },
    h(
      "div",
      { class: "slices", style: { width: `${Math.min(side, 448)}px` } },
      h(
        "div",
        { class: "which-slice" },
        h("label", { for: id }, "Slice"),
        h("output", { for: id, class: "number" }, placeIn(at, depth)),
      ),
      button(-1, "Previous slice", "\u2039"),
      h(
        "div",
        { class: "depth" },
        profile(raising, lowering, at),
        h("input", {
          type: "range",
          id,
          min: 0,
          max: depth - 1,
          step: 1,
          value: String(at),
          "aria-valuetext": `slice ${at}, attribution ${signed((raising[at] ?? 0) + (lowering[at] ?? 0))}`,
          on: { input: (/** @type {any} */ event) => to(Number(event.target.value)) },
        }),
      ),
      button(1, "Next slice", "\u203a"),
      h(
        "button",
        {
          type: "button",
          class: "chip strongest",
          "aria-pressed": String(follows),
          title: "The slice with most attribution, of each step",
          on: { click: () => choose({ slice: follows ? at : null }) },
        },
        "Most attribution",
      ),
    ),
    largeImage({ ...large, side: Math.max(LEAST_SIDE, side - SLIDER), picture: sliced(picture, at) }, [
      ["slice", String(at)],
    ]),
  );
}

/**
 * @param {Float64Array} raising
 * @param {Float64Array} lowering
 * @param {number} at
 * @returns {VNode} What each slice adds to the score and takes from it, over the slider.
 */
function profile(raising, lowering, at) {
  const { width, height } = PROFILE;
  const most = Math.max(...raising, ...lowering.map(Math.abs)) || 1;
  const [step, middle] = [width / (raising.length || 1), height / 2];
  const bars = (/** @type {string} */ name, /** @type {Float64Array} */ sums) =>
    h("path", {
      class: name,
      d: Array.from(sums, (sum, i) => {
        const [x, gap] = [i * step, Math.min(1, step / 5)];
        return `M${x + gap} ${middle}H${x + step - gap}V${middle - (sum / most) * middle}H${x + gap}Z`;
      }).join(""),
    });
  return h(
    "svg",
    { class: "profile", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    h("rect", { class: "now", x: at * step, y: 0, width: step, height }),
    bars("raises", raising),
    bars("lowers", lowering),
  );
}
