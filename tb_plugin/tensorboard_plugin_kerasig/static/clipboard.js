/** Texts for the clipboard. */

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
