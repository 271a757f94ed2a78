/**
 * A picture of the page as it is seen, light or dark: the browser draws it once more, from a copy inside an SVG image.
 * Nothing is fetched for it, and a copy from data: addresses alone leaves the canvas readable.
 */

const SVG = "http://www.w3.org/2000/svg";
const XHTML = "http://www.w3.org/1999/xhtml";
/** What no XML may hold: the names of hostile logs do. */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is searched for.
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * @returns {Promise<Blob>} A PNG with as many pixels as the screen has for the page.
 */
export async function picture() {
  const { innerWidth: width, innerHeight: height, devicePixelRatio: ratio } = window;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawing(width, height))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("there is no room for the picture");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"),
  );
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {string} The page as the text of an SVG image.
 */
function drawing(width, height) {
  const svg = document.createElementNS(SVG, "svg");
  // The root's variables hang on its class, and reach everything below.
  svg.setAttribute("class", document.documentElement.className);
  for (const [name, value] of Object.entries({ width, height })) svg.setAttribute(name, String(value));
  const style = svg.appendChild(document.createElementNS(SVG, "style"));
  style.textContent = rules();
  const inside = svg.appendChild(document.createElementNS(SVG, "foreignObject"));
  inside.setAttribute("width", "100%");
  inside.setAttribute("height", "100%");
  const body = inside.appendChild(document.createElementNS(XHTML, "body"));
  const root = /** @type {Element} */ (document.getElementById("kerasig"));
  body.append(copy(root));
  return new XMLSerializer().serializeToString(svg).replace(NOT_XML, "\ufffd");
}

/** @returns {string} All styles of the page; what they say of canvases holds for the images in their place. */
function rules() {
  const all = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return all.map(({ cssText }) => cssText.replace(/(?<![-\w.#])canvas(?![-\w])/g, "img")).join("\n");
}

/**
 * @param {Element} element
 * @returns {Element} Its copy, with what a copy of elements alone would lose: pictures, choices, places scrolled to.
 */
function copy(element) {
  if (element instanceof HTMLCanvasElement) return still(element);
  const made = /** @type {Element} */ (element.cloneNode(false));
  if (element instanceof HTMLInputElement) {
    made.setAttribute("value", element.value);
    made.toggleAttribute("checked", element.checked);
  }
  if (element instanceof HTMLOptionElement) made.toggleAttribute("selected", element.selected);
  // A menu that lies over the page is no part of it.
  if (element.matches("details.menu")) made.removeAttribute("open");
  for (const child of element.childNodes) {
    if (child instanceof Element) {
      if (child.localName !== "dialog") made.append(copy(child));
    } else if (child instanceof Text) {
      made.append(child.cloneNode());
    }
  }
  if (element instanceof HTMLElement && made instanceof HTMLElement) scroll(element, made);
  return made;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {HTMLImageElement}
 */
function still(canvas) {
  const image = document.createElement("img");
  for (const { name, value } of canvas.attributes) if (!/^(width|height)$/.test(name)) image.setAttribute(name, value);
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
