/** Texts for the clipboard, and how long it is said that it has them. */

const SAID_FOR_MS = 3000;
/** @type {Map<string, ReturnType<typeof setTimeout>>} By what was copied. */
const ends = new Map();

/**
 * @param {string} text
 * @returns {Promise<boolean>} Whether the clipboard has it: browsers refuse where a page is not served safely, is not in
 *   front, or was forbidden to.
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyAsSelected(text);
  }
}

/**
 * @param {string} what Which of the things that can be copied; copied once more, it is said for as long again.
 * @param {() => void} end Called when it has been said for long enough.
 */
export function sayForAMoment(what, end) {
  clearTimeout(ends.get(what));
  ends.set(what, setTimeout(end, SAID_FOR_MS));
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function copyAsSelected(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "unseen";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
