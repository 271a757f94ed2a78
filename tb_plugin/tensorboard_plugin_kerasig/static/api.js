/** The one place that talks to the server. Addresses are relative to this module, so any path prefix works. */

import { exactly, learn } from "./exact.js";
import { open, Packed } from "./packed.js";

const BASE = new URL("../", import.meta.url);
const RETRY_AFTER_MS = 400;

/** What the server, or its silence, says: a sentence to be shown where the data would be. */
export class ApiError extends Error {}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @returns {string}
 */
export function address(route, args) {
  const url = new URL(route, BASE);
  for (const [name, value] of Object.entries(args)) {
    // Several runs are named one by one, several numbers together.
    if (Array.isArray(value) && typeof value[0] === "string")
      for (const item of value) url.searchParams.append(name, item);
    else
      url.searchParams.set(
        name,
        [value]
          .flat()
          .map((item) => written(item, args.run))
          .join(","),
      );
  }
  return url.href;
}

/**
 * @param {string | number} value
 * @param {string | string[]} run
 * @returns {string}
 */
function written(value, run) {
  return typeof value === "number" ? exactly(value, typeof run === "string" ? run : "") : value;
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function getJson(route, args, signal) {
  return learn(await (await get(route, args, signal)).json(), args.run);
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<Packed>}
 */
export async function getPacked(route, args, signal) {
  const probes = args.probes === undefined ? null : String(args.probes).split(",").filter(Boolean).map(Number);
  return new Packed(await (await get(route, args, signal)).arrayBuffer(), probes);
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./packed.js").Container>}
 */
export async function getContainer(route, args, signal) {
  return open(await (await get(route, args, signal)).arrayBuffer());
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 * @throws {ApiError} With the server's own sentence, or with one about its silence.
 */
async function get(route, args, signal) {
  const url = address(route, args);
  let response = await attempt(url, signal);
  if (!response || response.status >= 500) {
    // Once more: TensorBoard may just be reloading its data server.
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    response = await attempt(url, signal);
  }
  if (!response) throw new ApiError("TensorBoard does not answer. Is it still running?");
  if (response.ok) return response;
  const said = (await response.text()).trim();
  if (response.status >= 500 || said.startsWith("<") || !said) {
    throw new ApiError(`TensorBoard answered with an error (HTTP ${response.status}).`);
  }
  throw new ApiError(said.slice(0, 2000));
}

/**
 * @param {string} url
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response | null>} Null when nothing answered.
 */
async function attempt(url, signal) {
  try {
    return await fetch(url, { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}
