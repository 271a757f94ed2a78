/** Pointing at a place of a large picture, by pointer or by arrow keys, and reading its numbers. */

import { h } from "../dom.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 *
 * @typedef {object} Large A large picture: one leaf of the probe in one run.
 * @property {import("./values.js").Picture & {paint: import("../scales.js").Paint}} picture
 * @property {number} side Its size in CSS pixels.
 * @property {import("./page.js").Actions["choose"]} choose
 * @property {import("../state.js").Data} data
 * @property {import("../derive.js").Column} column
 */

/**
 * @param {Large} large
 * @param {number} count Of places.
 * @returns {number | null} The one that is pointed at in this leaf.
 */
export function cursorOf({ picture: { state, leaf } }, count) {
  const { cursor } = state;
  return cursor?.leaf === leaf && cursor.index < count ? cursor.index : null;
}

/**
 * What makes an element one that can be pointed at.
 * @param {Large} large
 * @param {string} label
 * @param {number} count Of places.
 * @param {(event: PointerEvent) => number | null} locate
 * @param {(index: number, dx: number, dy: number) => number} move
 * @param {number} start Where the arrow keys begin.
 * @returns {Record<string, any>} Of the element.
 */
export function aiming(large, label, count, locate, move, start) {
  const { choose, picture } = large;
  const { leaf } = picture;
  const at = cursorOf(large, count);
  const to = (/** @type {number | null} */ index) => {
    if (index !== at) choose({ cursor: index === null ? null : { leaf, index } });
  };
  /** @type {Record<string, number[]>} */
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  return {
    tabindex: 0,
    role: "application",
    "aria-roledescription": "picture",
    "aria-label": `${label}. Arrow keys move the cursor.`,
    on: {
      pointermove: (/** @type {PointerEvent} */ event) => to(locate(event)),
      pointerleave: () => to(null),
      keydown: (/** @type {KeyboardEvent} */ event) => {
        const by = steps[event.key];
        if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        choose(({ cursor }) => {
          const now = cursor?.leaf === leaf && cursor.index < count ? cursor.index : null;
          return { cursor: { leaf, index: now === null ? start : move(now, by[0], by[1]) } };
        });
      },
    },
  };
}

/**
 * @param {[string, string][] | null} rows Names and numbers; null where nothing is pointed at.
 * @returns {VNode} Of one height, so that nothing moves.
 */
export function readout(rows) {
  return h(
    "dl",
    { class: "readout", "aria-live": "polite" },
    rows
      ? rows.map(([name, text]) => h("div", { key: name }, h("dt", null, name), h("dd", { "data-read": name }, text)))
      : h("div", { class: "muted", key: "none" }, h("dt", null, "Point at a place to read its numbers.")),
  );
}
