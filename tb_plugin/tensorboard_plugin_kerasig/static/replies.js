/** What the reply of each route becomes, of those that single views ask for. */

import { getContainer, getJson, getPacked } from "./api.js";
import { unpackAudit } from "./audits.js";
import { unpackRegions } from "./packed.js";
import { unpackColumns } from "./steps.js";

/** Routes that answer with JSON. */
const PLAIN = ["audits", "paths", "steps", "overview"];

/**
 * @param {string} route
 * @param {import("./extras.js").Need["args"]} args
 * @param {AbortSignal} signal
 * @returns {Promise<import("./cache.js").Reply>}
 */
export async function getReply(route, args, signal) {
  if (PLAIN.includes(route)) return { json: await getJson(route, args, signal) };
  if (route === "means") return { columns: unpackColumns(await getContainer(route, args, signal)) };
  if (route === "suspects") return { audit: unpackAudit(await getContainer(route, args, signal)) };
  const packed = await getPacked(route, args, signal);
  if (route === "inputs") await unpackRegions(packed);
  return { packed };
}
