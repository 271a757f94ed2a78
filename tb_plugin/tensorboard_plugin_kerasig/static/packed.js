/**
 * The reply format for arrays: a JSON header, then raw arrays that typed arrays view in place (tb_plugin/HTTP_API.md).
 */

/**
 * @typedef {Int16Array | Int32Array | Float32Array} Numbers
 * @typedef {object} Payload
 * @property {Numbers} numbers As stored.
 * @property {number} factor A stored number times this is the value.
 *
 * @typedef {object} Leaf
 * @property {string} name
 * @property {number[]} shape
 * @property {string} [positions_of]
 * @property {boolean} [held]
 *
 * @typedef {object} Region
 * @property {string} name
 * @property {number} leaf Of the inputs.
 * @property {number[]} shape One mask for each probe, or one for all: [N or 1, positions...].
 * @property {Uint8Array} mask 0 or 1 per position.
 */

const TYPES = { int16: Int16Array, int32: Int32Array, float32: Float32Array };

export class Packed {
  /**
   * @param {ArrayBuffer} buffer
   * @throws {Error} With a sentence, where the bytes are no such container.
   */
  constructor(buffer) {
    const bytes = new Uint8Array(buffer);
    if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "KIG1") {
      throw new Error("The server's reply is not a kerasig container. Is another program answering at this address?");
    }
    const length = new DataView(buffer).getUint32(4, true);
    const data = 8 + length;
    if (data > bytes.length) throw new Error("The server's reply was cut short.");
    /** @type {Record<string, any>} */
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, data)));
    /** @type {number} */
    this.size = bytes.length;
    /** @type {Map<string, Payload>} */
    this.payloads = new Map();
    /** @type {Map<number, number>} */
    this.peaks = new Map();
    /** Regions of the input, unpacked by `unpackRegions`. @type {Region[]} */
    this.regions = [];
    for (const entry of this.header.payloads) {
      if (data + entry.offset + entry.length > bytes.length) throw new Error("The server's reply was cut short.");
      const at = `${entry.probe}/${entry.leaf}`;
      const Type = TYPES[/** @type {keyof typeof TYPES} */ (entry.encoding)];
      if (!Type) continue;
      const numbers = new Type(buffer, data + entry.offset, entry.length / Type.BYTES_PER_ELEMENT);
      this.payloads.set(at, { numbers, factor: entry.encoding === "int16" ? number(entry.scale) / 32767 : 1 });
    }
  }

  /** @returns {Leaf[]} */
  get leaves() {
    return this.header.leaves ?? [];
  }

  /**
   * @param {number} probe
   * @returns {number} The largest finite size of the probe's values; NaN where it has none.
   */
  peak(probe) {
    const known = this.peaks.get(probe);
    if (known !== undefined) return known;
    let peak = NaN;
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      const payload = this.get(probe, leaf);
      for (const stored of payload?.numbers ?? []) {
        const size = Math.abs(stored * (payload?.factor ?? 1));
        if (Number.isFinite(size) && !(size <= peak)) peak = size;
      }
    }
    this.peaks.set(probe, peak);
    return peak;
  }

  /**
   * @param {number} probe
   * @param {number} leaf
   * @returns {Payload | undefined} Undefined where nothing was stored.
   */
  get(probe, leaf) {
    return this.payloads.get(`${probe}/${leaf}`);
  }
}

/**
 * Reads a number of a header or of the stats: strict JSON has NaN and the infinities as strings.
 * @param {unknown} value
 * @returns {number} NaN for null.
 */
export function number(value) {
  return value === null || value === undefined ? NaN : Number(value);
}

/**
 * Unpacks the regions of an inputs header into `packed.regions`: base64 of deflated bits, the first bit highest.
 * @param {Packed} packed
 * @returns {Promise<void>}
 */
export async function unpackRegions(packed) {
  for (const [name, region] of Object.entries(packed.header.regions ?? {})) {
    const bytes = Uint8Array.from(atob(region.mask), (character) => character.charCodeAt(0));
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bits = new Uint8Array(await new Response(inflated).arrayBuffer());
    const mask = new Uint8Array(region.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1));
    for (let i = 0; i < mask.length; i++) mask[i] = (bits[i >> 3] >> (7 - (i & 7))) & 1;
    packed.regions.push({ name, leaf: region.leaf, shape: region.shape, mask });
  }
}
