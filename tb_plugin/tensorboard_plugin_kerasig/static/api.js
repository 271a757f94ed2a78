/** What the page asks for, read; and what is said where that fails. */

import { learn } from "./exact.js";
import { ask } from "./http.js";
import { open, Packed } from "./packed.js";

const RETRY_AFTER_MS = 400;

/** What the server, or its silence, says: a sentence to be shown where the data would be. */
export class ApiError extends Error {}

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
  let response = await ask(route, args, signal);
  if (!response || response.status >= 500) {
    // Once more: TensorBoard may just be reloading its data server.
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    response = await ask(route, args, signal);
  }
  if (!response) throw new ApiError("TensorBoard does not answer. Is it still running?");
  if (response.ok) return response;
  const said = (await response.text()).trim();
  if (response.status >= 500 || said.startsWith("<") || !said) {
    throw new ApiError(`TensorBoard answered with an error (HTTP ${response.status}).`);
  }
  throw new ApiError(said.slice(0, 2000));
}
