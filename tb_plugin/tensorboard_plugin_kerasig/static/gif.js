/** Animated GIFs: each frame holds what differs from the one before, in colours of its own. Pure. */

import { quantise } from "./quantise.js";

const TRANSPARENT = 255;
const LONGEST_CODE = 4096;

export class Gif {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** @type {Uint8ClampedArray | Uint8Array | null} */
    this.before = null;
    /** @type {Uint8Array[]} */
    this.parts = [];
    this.put([...ascii("GIF89a"), ...word(width), ...word(height), 0x70, 0, 0]);
    // It begins again at its end.
    this.put([0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0]);
  }

  /**
   * @param {ArrayLike<number>} bytes
   * @returns {void}
   */
  put(bytes) {
    this.parts.push(Uint8Array.from(bytes));
  }

  /**
   * @param {Uint8ClampedArray | Uint8Array} pixels Red, green, blue and opacity of each.
   * @param {number} milliseconds How long it is seen.
   * @returns {void}
   */
  add(pixels, milliseconds) {
    const { x, y, width, height } = this.changed(pixels);
    const cut = new Uint8Array(4 * width * height);
    const counts = new Uint8Array(width * height).fill(1);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.width + x);
      cut.set(pixels.subarray(from, from + 4 * width), 4 * row * width);
      if (this.before)
        for (let i = 0; i < width; i++) counts[row * width + i] = differs(this.before, pixels, from + 4 * i);
    }
    const { palette, indices } = quantise(cut, TRANSPARENT, counts);
    for (let i = 0; i < indices.length; i++) if (!counts[i]) indices[i] = TRANSPARENT;
    this.put([0x21, 0xf9, 4, 0b101, ...word(Math.round(milliseconds / 10)), TRANSPARENT, 0]);
    this.put([0x2c, ...word(x), ...word(y), ...word(width), ...word(height), 0x87]);
    const table = new Uint8Array(3 * 256);
    table.set(palette);
    this.parts.push(table);
    for (const part of packed(indices)) this.parts.push(part);
    this.before = pixels;
  }

  /**
   * @param {Uint8ClampedArray | Uint8Array} pixels
   * @returns {{x: number, y: number, width: number, height: number}} What of them is not as before; never nothing.
   */
  changed(pixels) {
    if (!this.before) return { x: 0, y: 0, width: this.width, height: this.height };
    let [left, right, top, bottom] = [this.width, -1, this.height, -1];
    for (let y = 0, p = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++, p += 4) {
        if (!differs(this.before, pixels, p)) continue;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = y;
      }
    }
    if (right < 0) return { x: 0, y: 0, width: 1, height: 1 };
    return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  }

  /** @returns {Uint8Array} */
  finish() {
    this.put([0x3b]);
    const all = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 * @param {number} p
 * @returns {number} 1 where a pixel has another colour.
 */
function differs(a, b, p) {
  return a[p] !== b[p] || a[p + 1] !== b[p + 1] || a[p + 2] !== b[p + 2] ? 1 : 0;
}

/**
 * @param {Uint8Array} indices
 * @returns {Uint8Array[]} As GIF's variant of LZW, in its blocks.
 */
function packed(indices) {
  const [clear, end] = [256, 257];
  const bytes = new Bytes();
  // By what was read and what follows; 0 for none.
  const codes = new Uint16Array(LONGEST_CODE * 256);
  let [size, next, prefix] = [9, end + 1, indices[0]];
  bytes.code(clear, size);
  for (let i = 1; i < indices.length; i++) {
    const key = (prefix << 8) | indices[i];
    const known = codes[key];
    if (known) {
      prefix = known;
      continue;
    }
    bytes.code(prefix, size);
    prefix = indices[i];
    if (next < LONGEST_CODE) {
      if (next === 1 << size) size++;
      codes[key] = next++;
    } else {
      bytes.code(clear, size);
      codes.fill(0);
      [size, next] = [9, end + 1];
    }
  }
  bytes.code(prefix, size);
  // The reader has taken one more code into its list by now.
  if (next === 1 << size && size < 12) size++;
  bytes.code(end, size);
  return [Uint8Array.of(8), ...bytes.blocks(), Uint8Array.of(0)];
}

/** Codes of any number of bits, the lowest first. */
class Bytes {
  constructor() {
    this.data = new Uint8Array(1 << 16);
    this.length = 0;
    this.rest = 0;
    this.bits = 0;
  }

  /**
   * @param {number} code
   * @param {number} size
   * @returns {void}
   */
  code(code, size) {
    this.rest |= code << this.bits;
    this.bits += size;
    while (this.bits >= 8) this.byte();
  }

  /** @returns {void} */
  byte() {
    if (this.length === this.data.length) {
      const larger = new Uint8Array(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length++] = this.rest & 255;
    this.rest >>>= 8;
    this.bits -= 8;
  }

  /** @returns {Uint8Array[]} Of at most 255 bytes, each after its length. */
  blocks() {
    if (this.bits > 0) this.byte();
    const blocks = [];
    for (let at = 0; at < this.length; at += 255) {
      const part = this.data.subarray(at, Math.min(at + 255, this.length));
      const block = new Uint8Array(part.length + 1);
      block[0] = part.length;
      block.set(part, 1);
      blocks.push(block);
    }
    return blocks;
  }
}

/**
 * @param {string} text
 * @returns {number[]}
 */
function ascii(text) {
  return [...text].map((character) => character.charCodeAt(0));
}

/**
 * @param {number} value
 * @returns {number[]} The lower byte first.
 */
function word(value) {
  return [value & 255, (value >> 8) & 255];
}
