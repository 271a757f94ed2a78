/** Watches what of the gallery lies in the window, and how high its rows turn out to be. */

import { derive } from "./derive.js";
import { reach } from "./host.js";
import { contentWidth } from "./room.js";

const PADDING = 20;

/**
 * @param {import("./state.js").State} state
 * @returns {import("./grid.js").Port} Before anything is on the page: as it will probably be.
 */
export function firstPort(state) {
  // The charts are above it.
  return { top: -300, height: window.innerHeight, width: contentWidth(state), of: "", row: 0 };
}

export class PortWatch {
  /**
   * @param {import("./state.js").Store} store
   * @param {Element} root
   */
  constructor(store, root) {
    this.store = store;
    this.root = root;
    /** @type {Element | null} */
    this.gallery = null;
    // Scrolling does not bubble, but can be caught on its way down.
    root.addEventListener("scroll", () => this.look(), { capture: true, passive: true });
    this.observer = new ResizeObserver(() => this.look());
    this.observer.observe(root);
  }

  /**
   * After the page was drawn: measures from now on when the gallery's size changes, and not at each drawing, which
   * would have it laid out twice.
   * @returns {void}
   */
  follow() {
    const gallery = this.root.querySelector(".gallery");
    if (!gallery) this.widen();
    if (gallery === this.gallery) return;
    if (this.gallery) this.observer.unobserve(this.gallery);
    // With its padding, which stands for the rows that are not drawn.
    if (gallery) this.observer.observe(gallery, { box: "border-box" });
    this.gallery = gallery;
  }

  /**
   * Where there are no cards to be measured, charts are as wide as the window leaves room for.
   * @returns {void}
   */
  widen() {
    const { state } = this.store;
    const width = contentWidth(state);
    if (width !== state.port.width) this.store.set({ port: { ...state.port, width } });
  }

  /**
   * Takes measure; where other cards are to be seen than those drawn, the page is drawn again.
   * @returns {void}
   */
  look() {
    const { gallery } = this;
    if (!gallery) this.widen();
    const content = this.root.querySelector(".content");
    // Without cards, what stands above them may still be to come.
    if (!gallery?.firstElementChild || !content?.clientHeight) return;
    const { state, data } = this.store;
    const [box, around] = [gallery.getBoundingClientRect(), content.getBoundingClientRect()];
    const { grid } = derive(state, data);
    const cards = [...gallery.querySelectorAll(":scope > .card")];
    const tallest = cards.reduce((most, card) => Math.max(most, card.getBoundingClientRect().height), 0);
    const here = { top: around.top - box.top, height: reach(content), width: gallery.clientWidth - 2 * PADDING };
    const next = derive({ ...state, port: { ...here, of: "", row: 0 } }, data).grid;
    // The cards that are there tell how high those of another width are only where as many stand in a row.
    const known = next.of === grid.of ? grid.row : 0;
    const row = next.perRow !== grid.perRow ? 0 : tallest - known < 1 ? known : tallest;
    const port = { ...here, of: next.of, row };
    const now = derive({ ...state, port }, data).grid;
    const same = /** @type {const} */ (["first", "last", "from", "to", "perRow", "across", "row"]).every(
      (name) => now[name] === grid[name],
    );
    if (same) return;
    this.store.set({ port });
    // As many rows as before of the same height, with other cards in them, tell nobody that they are to be measured.
    if (!row) requestAnimationFrame(() => this.look());
  }
}
