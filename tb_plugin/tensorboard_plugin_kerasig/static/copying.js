/** Copies of what the page shows, without its controls: pictures stay, as images, and choices stay, as texts. */

/** What is operated, and means nothing in a file. Views may mark more of it. */
const CONTROLS = [
  ".top, .pins, .toolbar, .pinning, .keeping, .saving, .readout, .crosshair, .unseen, .icon, .chip, .plain, .keys",
  "dialog, summary, textarea, input, .segments, [data-control]",
].join(", ");

/**
 * @param {Element} element
 * @returns {Element | null} Its copy, with what a copy of elements alone would lose; null of a control.
 */
export function copyOf(element) {
  if (element instanceof HTMLSelectElement) return choice(element);
  if (element.matches(CONTROLS)) return null;
  if (element instanceof HTMLCanvasElement) return still(element);
  // Closed, it shows nothing but what opens it.
  if (element instanceof HTMLDetailsElement && !element.open) return null;
  const made = /** @type {Element} */ (element.cloneNode(false));
  // Places of rows that nobody can see.
  if (made instanceof HTMLElement) for (const side of ["--before", "--after"]) made.style.setProperty(side, "0px");
  for (const child of element.childNodes) {
    const copied = child instanceof Element ? copyOf(child) : child instanceof Text ? child.cloneNode() : null;
    if (copied) made.append(copied);
  }
  if (element instanceof HTMLElement && made instanceof HTMLElement) scroll(element, made);
  return made;
}

/**
 * @param {HTMLSelectElement} select
 * @returns {Element} What is chosen.
 */
function choice(select) {
  const made = document.createElement("bdi");
  made.className = "chosen";
  made.textContent = select.selectedOptions[0]?.textContent ?? "";
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {HTMLImageElement}
 */
function still(canvas) {
  const image = document.createElement("img");
  for (const { name, value } of canvas.attributes)
    if (!/^(width|height|id)$/.test(name)) image.setAttribute(name, value);
  image.setAttribute("width", String(canvas.width));
  image.setAttribute("height", String(canvas.height));
  if (canvas.width && canvas.height) image.setAttribute("src", canvas.toDataURL());
  return image;
}

/**
 * Moves a copy's content to where the original is scrolled to; in place of a scroll bar it leaves room.
 * @param {HTMLElement} from
 * @param {HTMLElement} to
 * @returns {void}
 */
function scroll(from, to) {
  // What holds the whole view is there in full.
  if (from.matches(".content")) return;
  const { overflowX, overflowY, paddingRight, borderLeftWidth, borderRightWidth, display } = getComputedStyle(from);
  if (!/auto|scroll/.test(`${overflowX} ${overflowY}`)) return;
  const bar = from.offsetWidth - from.clientWidth - parseFloat(borderLeftWidth) - parseFloat(borderRightWidth);
  to.style.setProperty("overflow", "hidden");
  to.style.setProperty("scrollbar-gutter", "auto");
  if (bar > 0) to.style.setProperty("padding-right", `${parseFloat(paddingRight) + bar}px`);
  const { scrollTop: top, scrollLeft: left } = from;
  if (!top && !left) return;
  const sticks = [...from.children].map((child) => getComputedStyle(child).position === "sticky");
  if (sticks.includes(true) || display !== "block") {
    for (const [i, child] of [...to.children].entries())
      if (!sticks[i]) /** @type {HTMLElement} */ (child).style.setProperty("translate", `${-left}px ${-top}px`);
    return;
  }
  const moved = document.createElement("div");
  moved.style.setProperty("translate", `${-left}px ${-top}px`);
  moved.append(...to.childNodes);
  to.append(moved);
}
