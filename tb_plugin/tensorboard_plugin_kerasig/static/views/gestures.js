/** Zooming into a large picture and moving it: by wheel, by two fingers, by dragging and by keys. */

import { panned, wheelFactor, zoomedBy } from "../zoom.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("./page.js").Actions["choose"]} Choose
 *
 * @typedef {object} Grip The pointers that are down on a picture.
 * @property {Map<number, number[]>} pointers Where each was last, by its id.
 */

/** What of the picture one press of a key moves it by. */
const PAN = 0.2;
/** @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** @type {WeakMap<Element, Grip>} */
const grips = new WeakMap();

/**
 * @param {Record<string, any>} aim What makes the picture one that can be pointed at.
 * @param {Choose} choose
 * @param {(state: State) => Partial<State>} follow Moves the picture to where the cursor is.
 * @returns {Record<string, any>} Of the picture: that, and what zooms and moves it.
 */
export function zooming(aim, choose, follow) {
  return {
    "aria-label": `${aim["aria-label"]} Plus and minus zoom, with Shift the arrow keys move the picture.`,
    on: {
      ...aim.on,
      wheel: (/** @type {WheelEvent} */ event) => wheel(event, choose),
      pointerdown: (/** @type {PointerEvent} */ event) => press(event),
      pointermove: (/** @type {PointerEvent} */ event) => {
        if (!drag(event, choose)) aim.on.pointermove(event);
      },
      pointerup: (/** @type {PointerEvent} */ event) => release(event),
      pointercancel: (/** @type {PointerEvent} */ event) => release(event),
      keydown: (/** @type {KeyboardEvent} */ event) => {
        const by = ARROWS[event.key];
        if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
        if (!event.shiftKey) {
          aim.on.keydown(event);
          choose(follow);
          return;
        }
        event.preventDefault();
        choose(({ zoom }) => ({ zoom: panned(zoom, PAN * by[0], PAN * by[1]) }));
      },
    },
  };
}

/**
 * @param {WheelEvent} event
 * @param {Choose} choose
 * @returns {void}
 */
function wheel(event, choose) {
  const stage = /** @type {Element} */ (event.currentTarget);
  const factor = wheelFactor(event);
  const whole = !stage.classList.contains("zoomed");
  // A whole picture does not keep the page from being scrolled: downwards, or back to its top.
  if (whole && !event.ctrlKey && (factor <= 1 || scrolledDown(stage))) return;
  event.preventDefault();
  const at = shareOf(stage, event);
  choose(({ zoom }) => ({ zoom: zoomedBy(zoom, factor, at) }));
}

/**
 * @param {Element} stage
 * @returns {boolean}
 */
function scrolledDown(stage) {
  return (stage.closest(".content")?.scrollTop ?? 0) > 0 && !stage.closest(".full");
}

/**
 * @param {PointerEvent} event
 * @returns {void}
 */
function press(event) {
  const stage = /** @type {Element} */ (event.currentTarget);
  if (event.pointerType === "mouse" && event.button !== 0) return;
  const grip = grips.get(stage) ?? { pointers: new Map() };
  grips.set(stage, grip);
  grip.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  stage.setPointerCapture(event.pointerId);
}

/**
 * @param {PointerEvent} event
 * @returns {void}
 */
function release(event) {
  grips.get(/** @type {Element} */ (event.currentTarget))?.pointers.delete(event.pointerId);
}

/**
 * @param {PointerEvent} event
 * @param {Choose} choose
 * @returns {boolean} Whether the picture was moved: then nothing is pointed at.
 */
function drag(event, choose) {
  const stage = /** @type {Element} */ (event.currentTarget);
  const pointers = grips.get(stage)?.pointers;
  const before = pointers?.get(event.pointerId);
  if (!pointers || !before) return false;
  const now = [event.clientX, event.clientY];
  const box = stage.getBoundingClientRect();
  const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
  pointers.set(event.pointerId, now);
  if (others.length === 1) {
    const [was, is] = [before, now].map(([x, y]) => Math.hypot(x - others[0][0], y - others[0][1]));
    const middle = shareOf(stage, { clientX: (now[0] + others[0][0]) / 2, clientY: (now[1] + others[0][1]) / 2 });
    const [dx, dy] = [(before[0] - now[0]) / 2 / box.width, (before[1] - now[1]) / 2 / box.height];
    if (was > 0) choose(({ zoom }) => ({ zoom: panned(zoomedBy(zoom, is / was, middle), dx, dy) }));
    return true;
  }
  if (!stage.classList.contains("zoomed")) return false;
  const [dx, dy] = [(before[0] - now[0]) / box.width, (before[1] - now[1]) / box.height];
  choose(({ zoom }) => ({ zoom: panned(zoom, dx, dy), cursor: null }));
  return true;
}

/**
 * @param {Element} stage
 * @param {{clientX: number, clientY: number}} point
 * @returns {number[]} Where on it that is, in shares.
 */
function shareOf(stage, { clientX, clientY }) {
  const box = stage.getBoundingClientRect();
  return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
}
