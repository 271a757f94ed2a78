/** Scenes as pixels: the browser draws them from an image, which from data: addresses alone leaves the canvas readable. */

/** What browsers can hold in a canvas. */
const LONGEST = 16_000;
const MOST = 120e6;

/**
 * @typedef {object} Still A scene that needs the page no longer.
 * @property {string} svg
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {Still} still
 * @returns {Promise<Blob>} A PNG with as many pixels as the screen has for it.
 */
export async function png(still) {
  const { width, height } = still;
  const ratio = Math.min(
    window.devicePixelRatio,
    LONGEST / Math.max(width, height),
    Math.sqrt(MOST / (width * height)),
  );
  const { canvas } = await drawn(still, Math.round(width * ratio), Math.round(height * ratio), ratio);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"),
  );
}

/**
 * @param {Still} still
 * @param {number} width Of the canvas, in pixels.
 * @param {number} height
 * @param {number} ratio Of a pixel of the scene.
 * @returns {Promise<CanvasRenderingContext2D>}
 */
export async function drawn(still, width, height, ratio) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(still.svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("there is no room for the picture");
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, still.width * ratio, still.height * ratio);
  return context;
}
