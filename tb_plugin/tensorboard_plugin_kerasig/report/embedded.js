/** What the report's file holds in place of a server: its index, and each answer deflated, in a script element of its own. */

/**
 * @typedef {object} Index
 * @property {string} id Of the report: where it is shown anew, as in a notebook, it goes on where it was.
 * @property {string} title
 * @property {string} definitions How each number is computed, as a page.
 * @property {Record<string, number>} answers From what is asked to the number of the element that has the answer.
 * @property {Record<string, string>} faults From what is asked to a sentence on why it cannot be read.
 * @property {string} lacks What is said of a record that is not here.
 */

const MOST_BYTES = 64 * 2 ** 20;

/** @type {Index} */
export const index = JSON.parse(document.getElementById("kerasig-index")?.textContent ?? "{}");
/** Answers that were unpacked; the oldest go first. @type {Map<number, ArrayBuffer>} */
const kept = new Map();
let bytes = 0;

/**
 * @param {(string | number)[]} asked The route, run, set, series and step, as far as they matter.
 * @returns {Promise<ArrayBuffer | null>} The answer, which is nobody's to change; null where the report has none.
 */
export async function answer(asked) {
  const at = index.answers[JSON.stringify(asked)];
  if (at === undefined) return null;
  const known = kept.get(at) ?? (await unpacked(at));
  if (!kept.has(at)) bytes += known.byteLength;
  kept.delete(at);
  kept.set(at, known);
  for (const [oldest, { byteLength }] of kept) {
    if (bytes <= MOST_BYTES || oldest === at) break;
    kept.delete(oldest);
    bytes -= byteLength;
  }
  return known;
}

/**
 * @param {(string | number)[]} asked
 * @returns {string} Why there is no answer.
 */
export function fault(asked) {
  return index.faults[JSON.stringify(asked)] ?? index.lacks;
}

/**
 * @param {number} at
 * @returns {Promise<ArrayBuffer>}
 */
async function unpacked(at) {
  const text = document.getElementById(`kerasig-${at}`)?.textContent ?? "";
  const deflated = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(inflated).arrayBuffer();
  arrange(buffer);
  return buffer;
}

/**
 * Puts the bytes of each number together that were apart, those of equal significance together, to be deflated.
 * @param {ArrayBuffer} buffer A container, as packed.js reads it, or anything else.
 * @returns {void}
 */
function arrange(buffer) {
  const whole = new Uint8Array(buffer);
  if (String.fromCharCode(...whole.subarray(0, 4)) !== "KIG1") return;
  const start = 8 + new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(whole.subarray(8, start)));
  for (const { offset, length, apart } of header.columns ?? header.payloads) {
    if (!apart) continue;
    const numbers = whole.subarray(start + offset, start + offset + length);
    const stored = numbers.slice();
    const count = length / apart;
    for (let i = 0; i < count; i++) for (let k = 0; k < apart; k++) numbers[i * apart + k] = stored[k * count + i];
  }
}
