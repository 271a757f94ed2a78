/** The digits of steps beyond 2^53, which JavaScript's numbers round: the server sends them besides. */

/** By run and rounded step, and by rounded step alone. @type {Map<string, string>} */
const known = new Map();

/**
 * Keeps the digits that a reply of the routes `runs` and `steps` has.
 * @param {any} reply
 * @param {unknown} run That it is of.
 * @returns {any} The reply.
 */
export function learn(reply, run) {
  for (const { run: name, sets } of reply.runs ?? [])
    for (const entry of sets ?? [])
      for (const end of Object.keys(entry.exact ?? {})) keep(name, entry[end], entry.exact[end]);
  const digits = /** @type {string[]} */ (reply.runs ? [] : (reply.exact ?? []));
  digits.forEach((text, i) => keep(run, reply.steps[i], text));
  return reply;
}

/**
 * @param {unknown} run
 * @param {number} step
 * @param {string} text
 * @returns {void}
 */
function keep(run, step, text) {
  known.set(`${run}\n${step}`, text);
  known.set(String(step), text);
}

/**
 * @param {number} step
 * @param {unknown} [run] Of several, each has its own digits.
 * @returns {string} The step's digits.
 */
export function exactly(step, run) {
  if (Number.isSafeInteger(step)) return String(step);
  return known.get(`${run}\n${step}`) ?? known.get(String(step)) ?? String(step);
}
