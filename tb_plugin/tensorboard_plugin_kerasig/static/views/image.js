/** Image probes: the signed map over the picture, regions outlined. */

import { GAMMA, palette } from "../color.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { cardSize, fitted, isLarge, styled } from "../sizes.js";
import { widthFor } from "../smoothing.js";
import { zoomOf } from "../zoom.js";
import { outlines } from "./outlines.js";
import { overlay } from "./overlay.js";
import { underlay } from "./underlay.js";
import { inputLeafOf } from "./values.js";
import { weakness } from "./weak.js";

/**
 * @typedef {import("./values.js").Picture} Picture
 * @typedef {import("../sizes.js").Size} Size
 */

/** From so many screen pixels on, a photograph's pixels are shown as squares: whoever zooms in wants to see them. */
const SQUARES_FROM = 6;
/** Where nobody says how to paint. */
const USUAL = { opacity: 1, palette: palette(GAMMA, "signed"), smooth: null };

/**
 * @param {Picture} picture
 * @returns {import("../dom.js").VNode} In a card.
 */
export function image(picture) {
  const shape = shapeOf(picture);
  const size = cardSize(shape, picture.room);
  const name = short(picture.record.leaves[picture.leaf].name, 60);
  const drawn = sheet(picture, size, `Attribution map over the input ${name}`);
  const weak = weakness(picture);
  return weak ? h("div", { class: "labelled" }, drawn, weak) : drawn;
}

/**
 * @param {Omit<Picture, "leaf" | "inputLeaf">} what
 * @param {number} side Of a picture, in CSS pixels.
 * @returns {import("../dom.js").VNode[]} The frames of a film strip at one alpha, one for each leaf.
 */
export function frames(what, side) {
  const { record, inputs, probe } = what;
  return record.leaves.flatMap(({ shape }, leaf) => {
    if (!record.get(probe, leaf) || shape.length < 2) return [];
    return [frame({ ...what, leaf, inputLeaf: inputLeafOf(record, inputs, leaf) }, side)];
  });
}

/**
 * @param {Picture} picture
 * @param {number} side Of a picture, in CSS pixels.
 * @returns {import("../dom.js").VNode}
 */
export function frame(picture, side) {
  const { record, leaf } = picture;
  return sheet(picture, fitted(shapeOf(picture), side), `Gradients of ${short(record.leaves[leaf].name, 60)}`, leaf);
}

/**
 * @param {Picture} picture
 * @returns {number[]} Height and width of what is drawn, in pixels of its own.
 */
export function shapeOf({ record, inputs, leaf, inputLeaf }) {
  return (inputLeaf >= 0 ? inputs : record).leaves[inputLeaf >= 0 ? inputLeaf : leaf].shape;
}

/**
 * @param {Picture} picture
 * @returns {unknown[]} What its pixels depend on, beside its size.
 */
export function makings({ record, inputs, probe, leaf, limit, state, paint }) {
  return [
    ...[record, inputs, probe, leaf, limit, state.show, paint?.palette, paint?.opacity, paint?.smooth],
    paint?.backdrop,
  ];
}

/**
 * @param {Picture} picture
 * @param {Size} size
 * @param {string} label
 * @param {number} [key]
 * @returns {import("../dom.js").VNode}
 */
function sheet(picture, size, label, key) {
  const shape = shapeOf(picture);
  const pixels = window.devicePixelRatio || 1;
  // A photograph has its own pixels, which the browser makes smaller or larger: it is quicker at it.
  const own = isLarge(shape) && shape[1] <= 2 * size.width * pixels;
  const [height, width] = own ? shape : [size.height * pixels, size.width * pixels].map(Math.round);
  return h("canvas", {
    class: isLarge(shape) ? "image large" : "image",
    key,
    role: "img",
    "aria-label": label,
    style: styled(size),
    effect: {
      deps: [...makings(picture), width, height],
      run: (/** @type {HTMLCanvasElement} */ canvas) => {
        // To set them clears the canvas, also where they are as before.
        if (canvas.width !== width) canvas.width = width;
        if (canvas.height !== height) canvas.height = height;
        draw(canvas, picture, shape);
      },
    },
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {number[]} shape Of what is drawn, [height, width].
 * @param {import("../zoom.js").Zoom | null} [zoom] What part of it fills the canvas.
 * @returns {void}
 */
export function draw(canvas, picture, shape, zoom = null) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const { record, probe, leaf, limit, state, paint } = picture;
  const { opacity, palette: colors, smooth } = paint ?? USUAL;
  const under = state.show === "map" ? null : underlay(picture);
  const map = state.show === "input" ? null : overlay(record, probe, leaf, limit, colors, smooth);
  const { width, height } = canvas;
  const { scale, x, y } = zoomOf(zoom);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(scale, 0, 0, scale, width * (0.5 - scale * x), height * (0.5 - scale * y));
  const squares = (scale * width) / shape[1] >= (isLarge(shape) ? SQUARES_FROM : 1);
  if (under) {
    context.imageSmoothingEnabled = !squares;
    context.drawImage(under, 0, 0, width, height);
  }
  if (map) {
    context.imageSmoothingEnabled = !squares || widthFor(smooth, record.leaves[leaf].shape) >= 1;
    context.globalAlpha = opacity;
    context.drawImage(map, 0, 0, width, height);
    context.globalAlpha = 1;
  }
  outlines(context, picture, scale);
}
