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
 * @property {boolean} [grouped] Whether it is in other coordinates than its input.
 * @property {string} [kind] What it shows, where that is said of each leaf.
 * @property {boolean} [held]
 *
 * @typedef {object} Region
 * @property {string} name
 * @property {number} leaf Of the inputs.
 * @property {number[]} shape One mask for each probe, or one for all: [N or 1, positions...].
 * @property {Uint8Array} mask 0 or 1 per position.
 */

const TYPES = { int16: Int16Array, int32: Int32Array, float32: Float32Array };

/**
 * @typedef {object} Container A reply, opened.
 * @property {Record<string, any>} header
 * @property {Uint8Array} bytes What follows the header.
 */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Container}
 * @throws {Error} With a sentence, where the bytes are no such container.
 */
export function open(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "KIG1") {
    throw new Error("The server's reply is not a kerasig container. Is another program answering at this address?");
  }
  const data = 8 + new DataView(buffer).getUint32(4, true);
  if (data > bytes.length) throw new Error("The server's reply was cut short.");
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, data)));
  const [entries, size] = [header.columns ?? header.payloads, bytes.length - data];
  if (entries.some((/** @type {any} */ { offset = 0, length = 0 }) => offset + length > size))
    throw new Error("The server's reply was cut short.");
  return { header, bytes: bytes.subarray(data) };
}

/** A record, whole or with the values of some probes; those of others may join it later. */
export class Packed {
  /**
   * @param {ArrayBuffer} buffer
   * @param {number[] | null} [probes] Whose values were asked for; null for all.
   * @throws {Error} With a sentence, where the bytes are no such container.
   */
  constructor(buffer, probes = null) {
    const { header, bytes } = open(buffer);
    /** @type {[ArrayBuffer, number]} */
    const [data, start] = [buffer, bytes.byteOffset];
    /** @type {Record<string, any>} */
    this.header = header;
    /** @type {number} */
    this.size = buffer.byteLength;
    /** @type {Map<string, Payload>} */
    this.payloads = new Map();
    /** What is wrong with a probe's values, by probe. @type {Map<number, string>} */
    this.errors = new Map();
    /** @type {Map<number, number>} */
    this.peaks = new Map();
    /** Regions of the input, unpacked by `unpackRegions`. @type {Region[]} */
    this.regions = [];
    /** @type {Set<number>} */
    this.probes = new Set(probes ?? Array.from({ length: header.probes }, (_, probe) => probe));
    for (const entry of header.payloads) {
      if (entry.error) this.errors.set(entry.probe, entry.error);
      const Type = TYPES[/** @type {keyof typeof TYPES} */ (entry.encoding)];
      if (!Type || entry.error) continue;
      const numbers = new Type(data, start + entry.offset, entry.length / Type.BYTES_PER_ELEMENT);
      const factor = entry.encoding === "int16" ? number(entry.scale) / 32767 : 1;
      this.payloads.set(`${entry.probe}/${entry.leaf}`, { numbers, factor });
    }
  }

  /**
   * Takes the values of more probes of the same record.
   * @param {Packed} other
   * @returns {void}
   */
  absorb(other) {
    for (const probe of other.probes) this.probes.add(probe);
    for (const [at, payload] of other.payloads) this.payloads.set(at, payload);
    for (const [probe, error] of other.errors) this.errors.set(probe, error);
    this.size += other.size;
  }

  /**
   * @param {number} probe
   * @returns {boolean} Whether what is stored of the probe is here; of one that the record does not have, nothing is.
   */
  has(probe) {
    return this.probes.has(probe) || probe >= this.header.probes;
  }

  /**
   * @param {number[] | null} probes Null for all.
   * @returns {boolean}
   */
  hasAll(probes) {
    const asked = probes ?? Array.from({ length: this.header.probes }, (_, probe) => probe);
    return asked.every((probe) => this.has(probe));
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
    if (this.has(probe)) this.peaks.set(probe, peak);
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
