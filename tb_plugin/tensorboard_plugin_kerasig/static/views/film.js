/** The film strip: the gradients at each recorded alpha, as in "Gradients of Counterfactuals". */

import { h } from "../dom.js";
import { digits, percent, round } from "../format.js";
import { ownLimit } from "../limits.js";
import { at, framesOf, gained, nearestAlpha } from "../paths.js";
import { lookOf } from "./looks.js";
import { pictures } from "./pictures.js";

/**
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Film
 * @property {import("../derive.js").Column} column
 * @property {import("../packed.js").Packed} interior
 * @property {import("../paths.js").Profile | null} profile
 * @property {number} probe
 * @property {import("../scales.js").Scale} scale
 * @property {import("../settings.js").Settings} settings
 * @property {import("../state.js").State} state
 * @property {number} side Of an image, in CSS pixels.
 * @property {(alpha: number) => void} aim
 */

/**
 * @param {Film} film
 * @returns {VNode | null}
 */
export function film({ column, interior, profile, probe, scale, settings, state, side, aim }) {
  const { inputs, record } = column;
  if (!inputs) return null;
  const alphas = /** @type {number[]} */ (interior.header.alphas ?? []);
  const current = nearestAlpha(alphas, state.alpha);
  const kind = inputs.header.probe_kind;
  const look = lookOf(kind);
  return h(
    "ol",
    { class: "film", "data-kind": kind, "data-style": look.style, style: { "--frame": `${side}px` } },
    framesOf(interior).map((frame, k) => {
      const shared = scale.limit(column, probe);
      const limit = Number.isNaN(shared) ? ownLimit(frame, probe, kind, settings) : shared;
      const what = {
        record: frame,
        inputs,
        probe,
        limit,
        kind,
        state,
        paint: scale.paint,
        beside: record ? [record] : [],
      };
      const drawn = look.frames?.(what, side) ?? pictures(what);
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
            Number.isFinite(share) ? `${percent(share)} of the change` : "",
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
