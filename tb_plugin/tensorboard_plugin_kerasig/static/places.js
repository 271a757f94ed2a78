/** Where a person stood in each view: how far it was scrolled, and what gets the focus when another view opens. */

export class Places {
  /** @param {Element} root */
  constructor(root) {
    this.root = root;
    /** A selector, until it has been found. @type {string | null} */
    this.focus = null;
    /** @type {Map<string, number>} */
    this.scrolled = new Map();
    /** @type {string | null} */
    this.view = null;
  }

  /** @returns {Element | null} */
  get content() {
    return this.root.querySelector(".content");
  }

  /**
   * Before the page is drawn.
   * @param {string} next
   * @returns {void}
   */
  leave(next) {
    if (this.view !== null && this.view !== next) this.scrolled.set(this.view, this.content?.scrollTop ?? 0);
  }

  /**
   * After the page is drawn.
   * @param {string} view
   * @returns {void}
   */
  arrive(view) {
    const { content } = this;
    if (this.view !== view && content) content.scrollTop = this.scrolled.get(view) ?? 0;
    this.view = view;
    const wanted = this.focus ? this.root.querySelector(this.focus) : null;
    this.focus = null;
    if (wanted instanceof HTMLElement) wanted.focus({ preventScroll: false });
  }
}
