/** What part of a large picture is seen: the same in all runs and at all steps. Pure. */

/**
 * @typedef {object} Zoom
 * @property {number} scale How many times as large as where the whole picture is seen.
 * @property {number} x What of the picture is in the middle, as a share of its width.
 * @property {number} y
 */

export const MOST_SCALE = 64;
/** What a key or a button does. */
export const ZOOM_STEP = 1.5;
/** What one turn of a wheel by a pixel does. */
const WHEEL = 0.002;
/** Closer to the whole picture than this is the whole picture. */
const NEARLY = 1e-3;

/** @type {Zoom} */
const WHOLE = { scale: 1, x: 0.5, y: 0.5 };

/**
 * @param {Zoom | null} zoom
 * @returns {Zoom}
 */
export function zoomOf(zoom) {
  return zoom ?? WHOLE;
}

/**
 * @param {Zoom} zoom
 * @returns {Zoom | null} Such that no more than needed lies beyond the picture; null for the whole picture.
 */
export function bounded({ scale, x, y }) {
  const most = Math.min(MOST_SCALE, scale);
  if (Math.abs(most - 1) < NEARLY) return null;
  // Of a picture that is smaller than its place, all is seen.
  const half = Math.min(0.5, 0.5 / most);
  const within = (/** @type {number} */ share) => Math.max(half, Math.min(1 - half, share));
  return { scale: most, x: within(x), y: within(y) };
}

/**
 * @param {Zoom | null} zoom
 * @param {number} factor
 * @param {number[]} [at] What stays where it is, as shares of what is seen.
 * @param {number} [least] How small a picture that is smaller than its place may become.
 * @returns {Zoom | null}
 */
export function zoomedBy(zoom, factor, [u, v] = [0.5, 0.5], least = 1) {
  const { scale, x, y } = zoomOf(zoom);
  // From its place on, a picture grows.
  const floor = scale < 1 ? Math.min(scale, least) : 1;
  const next = Math.max(floor, Math.min(MOST_SCALE, scale * factor));
  const moved = (/** @type {number} */ middle, /** @type {number} */ share) =>
    middle + (share - 0.5) * (1 / scale - 1 / next);
  return bounded({ scale: next, x: moved(x, u), y: moved(y, v) });
}

/**
 * @param {Zoom | null} zoom
 * @param {number} dx To the right, as a share of what is seen.
 * @param {number} dy
 * @returns {Zoom | null}
 */
export function panned(zoom, dx, dy) {
  const { scale, x, y } = zoomOf(zoom);
  return bounded({ scale, x: x + dx / scale, y: y + dy / scale });
}

/**
 * @param {WheelEvent} event
 * @returns {number} By which factor it zooms.
 */
export function wheelFactor({ deltaY, deltaMode, ctrlKey }) {
  const pixels = deltaY * (deltaMode === 1 ? 24 : deltaMode === 2 ? 400 : 1);
  // Two fingers on a touch pad come as a wheel with the control key, in smaller steps.
  return Math.exp(-Math.max(-300, Math.min(300, pixels)) * WHEEL * (ctrlKey ? 5 : 1));
}

/**
 * @param {Zoom | null} zoom
 * @param {number} u As a share of what is seen.
 * @param {number} v
 * @returns {number[]} Which place of the picture that is, in shares of it.
 */
export function placeAt(zoom, u, v) {
  const { scale, x, y } = zoomOf(zoom);
  return [x + (u - 0.5) / scale, y + (v - 0.5) / scale];
}

/**
 * @param {Zoom | null} zoom
 * @param {number} x A share of the picture.
 * @param {number} y
 * @returns {number[]} Where that is, in shares of what is seen.
 */
export function seenAt(zoom, x, y) {
  const now = zoomOf(zoom);
  return [0.5 + (x - now.x) * now.scale, 0.5 + (y - now.y) * now.scale];
}

/**
 * @param {Zoom | null} zoom
 * @param {number} x A share of the picture.
 * @param {number} y
 * @returns {Zoom | null} Moved no further than it takes for that place to be seen.
 */
export function showing(zoom, x, y) {
  if (!zoom) return zoom;
  const half = 0.45 / zoom.scale;
  const near = (/** @type {number} */ middle, /** @type {number} */ place) =>
    Math.max(place - half, Math.min(place + half, middle));
  return bounded({ ...zoom, x: near(zoom.x, x), y: near(zoom.y, y) });
}

/** @returns {import("./fields.js").Field} In the address: the scale, and what is in the middle. */
export function zoomField() {
  return {
    read: (text) => {
      const [scale, x, y, ...more] = text.split(",").map(Number);
      const sound = [scale, x, y].every((part) => Number.isFinite(part) && part >= 0) && scale > 0 && !more.length;
      return sound ? bounded({ scale, x, y }) : undefined;
    },
    write: ({ scale, x, y }) => [scale, x, y].map((part) => String(Math.round(part * 1e4) / 1e4)).join(","),
  };
}
