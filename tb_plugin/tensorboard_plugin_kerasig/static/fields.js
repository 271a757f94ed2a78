/** How the parts of the state are written into the address, and read back. */

/**
 * @typedef {object} Field How one part of the state stands in the address.
 * @property {(text: string) => any} read Undefined where the text makes no sense.
 * @property {(value: any) => string} write
 */

/**
 * @param {string[]} options
 * @returns {Field}
 */
export function choice(options) {
  return { read: (text) => (options.includes(text) ? text : undefined), write: String };
}

/**
 * @param {number} low
 * @param {number} high
 * @returns {Field}
 */
export function between(low, high) {
  const read = (/** @type {string} */ text) =>
    /^\d+(\.\d+)?$/.test(text) ? Math.min(high, Math.max(low, Number(text))) : undefined;
  return { read, write: (value) => String(Math.round(value * 1e4) / 1e4) };
}

/**
 * @param {(text: string) => any} read
 * @param {(item: any) => string} write
 * @returns {Field} Items apart by commas; those that cannot be read are left out.
 */
export function list(read, write) {
  return {
    read: (text) =>
      text === ""
        ? []
        : text
            .split(",")
            .map((item) => read(decode(item)))
            .filter((item) => item !== undefined),
    write: (items) => items.map((/** @type {any} */ item) => encode(write(item), /[%,]/g)).join(","),
  };
}

/**
 * @param {string} text
 * @param {RegExp} which What of it is written as %XX.
 * @returns {string}
 */
export function encode(text, which) {
  return text.replace(which, (character) => {
    const code = character.codePointAt(0) ?? 0;
    // A lone surrogate has no UTF-8 form; the server cannot have sent it as a name that it would find again.
    if (code >= 0xd800 && code <= 0xdfff) return "%EF%BF%BD";
    return code < 128 ? `%${code.toString(16).toUpperCase().padStart(2, "0")}` : encodeURIComponent(character);
  });
}

/**
 * @param {string} text
 * @returns {string} As it is where it is no valid %XX text.
 */
export function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @returns {Field} A side of a comparison: its step, run and set, each empty where it is not chosen. */
export function side() {
  return {
    read: (text) => {
      const [step, run, set] = text.split(",").map(decode);
      if (set === undefined || !/^(-?\d+)?$/.test(step)) return undefined;
      return { run: run || null, set: set || null, step: step ? Number(step) : null };
    },
    write: ({ step, run, set }) =>
      [String(step ?? ""), run ?? "", set ?? ""].map((part) => encode(part, /[%,]/g)).join(","),
  };
}
