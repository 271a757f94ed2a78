/** In place of ../static/http.js: what the page asks for, answered from the report's own file. */

import { answer, fault, index } from "../report/embedded.js";
import { exactly } from "../static/exact.js";

/** Routes whose answers are of one step. */
const OF_A_STEP = ["attributions", "suspects"];
/** Routes whose answers are of a series. */
const OF_A_SERIES = ["attributions", "steps", "stats", "means", "overview"];
let definitions = "";

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @returns {string} An address that leads nowhere outside: of a file that index.js makes, or of the definitions.
 */
export function address(route, args) {
  if (route !== "definitions.html") return `#${route}?${new URLSearchParams(args)}`;
  definitions ||= URL.createObjectURL(new Blob([index.definitions], { type: "text/html" }));
  return definitions;
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response | null>} Never null: a report always answers.
 */
export async function ask(route, args, signal) {
  const wanted = asked(route, args);
  const found = await answer(wanted);
  signal?.throwIfAborted();
  if (!found) return new Response(fault(wanted), { status: 404 });
  if (route !== "overview") return new Response(found);
  const all = JSON.parse(new TextDecoder().decode(found));
  const runs = args.run.map((/** @type {string} */ run) => all.runs.find((/** @type {any} */ own) => own.run === run));
  return Response.json({ ...all, runs: runs.filter(Boolean) });
}

/**
 * @param {string} route
 * @param {Record<string, any>} args
 * @returns {string[]}
 */
function asked(route, { run, set, series, step }) {
  if (route === "runs") return [route];
  return [
    route,
    route === "overview" ? "" : run,
    set,
    (OF_A_SERIES.includes(route) && series) || "",
    OF_A_STEP.includes(route) ? exactly(step, run) : "",
  ];
}
