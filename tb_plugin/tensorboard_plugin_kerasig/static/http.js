/** The one place that talks to the server. Addresses are relative to this module, so any path prefix works. */

import { exactly } from "./exact.js";

const BASE = new URL("../", import.meta.url);

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
 * @returns {Promise<Response | null>} Null when nothing answered.
 */
export async function ask(route, args, signal) {
  try {
    return await fetch(address(route, args), { signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}
