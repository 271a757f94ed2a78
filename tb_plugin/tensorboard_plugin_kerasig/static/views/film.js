/** The film strip: the gradients at each recorded alpha, as in "Gradients of Counterfactuals". */

import { h } from "../dom.js";
import { digits, percent, round, short } from "../format.js";
import { at, framesOf, gained, nearestAlpha } from "../paths.js";
import { percentile } from "../scales.js";
import { draw } from "./image.js";
import { pictures } from "./pictures.js";
import { fitted } from "./probe-image.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Film
 * @property {import("../derive.js").Column} column
 * @property {import("../packed.js").Packed} interior
 * @property {import("../paths.js").Profile | null} profile
 * @property {number} probe
 * @property {import("../scales.js").Scale} scale
 * @property {import("../state.js").State} state
 * @property {number} side Of an image, in CSS pixels.
 * @property {(alpha: number) => void} aim
 */

/**
 * @param {Film} film
 * @returns {VNode | null}
 */
export function film({ column, interior, profile, probe, scale, state, side, aim }) {
  const { inputs } = column;
  if (!inputs) return null;
  const alphas = /** @type {number[]} */ (interior.header.alphas ?? []);
  const current = nearestAlpha(alphas, state.alpha);
  const kind = inputs.header.probe_kind;
  return h(
    "ol",
    { class: "film", "data-kind": kind, style: { "--frame": `${side}px` } },
    framesOf(interior).map((frame, k) => {
      const shared = scale.limit(column);
      const limit = Number.isNaN(shared) ? percentile([frame], probe, state.clip) : shared;
      const what = { record: frame, inputs, probe, limit, kind, state, paint: scale.paint };
      const drawn = kind === "image" ? images(what, side) : pictures(what);
      const share = profile ? gained(profile, alphas[k]) : NaN;
      const score = profile ? at(profile, "scores", alphas[k]) : NaN;
      return h(
        "li",
        { key: k, class: k === current ? "frame current" : "frame", "data-frame": k },
        h(
          "button",
          {
            type: "button",
            class: "open",
            "aria-current": k === current ? "true" : null,
            on: { click: () => aim(alphas[k]) },
          },
          h("span", null, "\u03b1 ", round(alphas[k])),
          h(
            "span",
            { class: "muted number", title: `Score ${digits(score)}` },
            Number.isFinite(share) ? `${percent(share)} gained` : "",
          ),
        ),
        h(
          "div",
          { class: "pictures", on: { click: () => aim(alphas[k]) } },
          drawn.length ? drawn : h("p", { class: "muted" }, "no values"),
        ),
      );
    }),
  );
}

/**
 * @param {Omit<import("./values.js").Picture, "leaf" | "inputLeaf">} what
 * @param {number} side
 * @returns {VNode[]}
 */
function images(what, side) {
  const { record, inputs, probe, limit, state, paint } = what;
  const pixels = window.devicePixelRatio || 1;
  return record.leaves.flatMap(({ name, positions_of: of, shape: own }, leaf) => {
    if (!record.get(probe, leaf) || own.length < 2) return [];
    const inputLeaf = inputs.leaves.findIndex((input) => input.name === (of ?? name));
    const shape = inputLeaf >= 0 ? inputs.leaves[inputLeaf].shape : own;
    const size = fitted(shape[0], shape[1], side);
    return [
      h("canvas", {
        class: "image",
        key: leaf,
        role: "img",
        "aria-label": `Gradients of ${short(name, 60)}`,
        style: { width: `${size.width}px`, height: `${size.height}px` },
        effect: {
          deps: [record, inputs, probe, leaf, limit, state.show, paint?.palette, paint?.opacity, size.width, pixels],
          run: (/** @type {HTMLCanvasElement} */ canvas) => {
            canvas.width = Math.round(size.width * pixels);
            canvas.height = Math.round(size.height * pixels);
            draw(canvas, { ...what, leaf, inputLeaf }, shape);
          },
        },
      }),
    ];
  });
}
