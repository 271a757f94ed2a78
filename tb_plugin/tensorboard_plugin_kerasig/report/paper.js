/** Whether the page is being printed. */
export const paper = { on: false };

const OUTSIDE = outside();

/** @returns {Document | null} That of the notebook around the report; null where there is none, or none to be seen. */
function outside() {
  try {
    return window.parent === window ? null : window.parent.document;
  } catch {
    return null;
  }
}

/** @returns {boolean} Whether the report is to be dark: as the notebook around it or else the system, and never on paper. */
export function wantsDark() {
  if (paper.on) return false;
  const { body, documentElement } = OUTSIDE ?? {};
  if (body?.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body?.className.includes("vscode-")) return !body.className.includes("vscode-light");
  if (documentElement?.getAttribute("theme")) return documentElement.getAttribute("theme") === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/**
 * @param {() => void} changed
 * @returns {void}
 */
export function watchTheme(changed) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  for (const element of [OUTSIDE?.body, OUTSIDE?.documentElement])
    if (element) new MutationObserver(changed).observe(element, { attributes: true });
}
