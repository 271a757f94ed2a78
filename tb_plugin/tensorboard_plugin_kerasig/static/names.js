/** Names beside each other, without what all of them begin and end with: pure. */

/** A number, a word, or one other character. */
const PART = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}])|[\p{L}\p{N}]+|[^\p{L}\p{N}]/gu;
const WORD = /^[\p{L}\p{N}]/u;
const LETTERS = /^\p{L}/u;
/** What joins words, so that a name can be cut there; brackets belong to what is within. */
const JOINT = /^[-/\\_.,;:|+=@&~\s]$/u;
const FOLDER = /^[/\\]$/;
/** A longer name is left as it is, and so are those beside it: names can be of any length. */
const LONGEST = 2000;

/**
 * @param {string[]} names
 * @returns {string[]} Each without the beginning and the end that all have in common. A cut lies between words, not
 *   within a number nor between a number and the word beside it that says of what, and a word is always left.
 */
export function briefNames(names) {
  const different = [...new Set(names)];
  if (different.length < 2 || different.some((name) => name.length > LONGEST)) return names;
  const whole = different.map((name) => name.match(PART) ?? []);
  const first = cut(whole, (parts, at) => !isSplit(parts[at - 2] ?? "", parts[at - 1], parts[at] ?? ""));
  const rests = whole.map((parts) => parts.slice(first).reverse());
  const last = cut(rests, (parts, at) => {
    // Reversed: what follows the cut stands before it.
    const said = parts.slice(at).some((part) => LETTERS.test(part));
    return said || !isSplit(parts[at - 2] ?? "", parts[at - 1], parts[at] ?? "");
  });
  const kept = rests.map((parts) => parts.slice(last).reverse());
  const brief = new Map(withoutMiddle(kept).map((name, i) => [different[i], name]));
  return names.map((name) => brief.get(name) ?? name);
}

/**
 * @param {string[][]} names As parts.
 * @returns {string[]} With an ellipsis for what stands at the same place within all of them, as in lr_0.1…seed_3.
 */
function withoutMiddle(names) {
  const all = names.map(fields);
  const whole = all.map((own) => own.join(""));
  if (all.some(({ length }) => length !== all[0].length)) return whole;
  const differs = all[0].map((field, at) => all.some((own) => own[at] !== field));
  // All begin and end with what differs: what does not lies between.
  if (!differs[0] || !differs[differs.length - 1]) return whole;
  return all.map((own) => {
    let [name, same] = ["", ""];
    own.forEach((field, at) => {
      if (!differs[at]) same += field;
      else {
        name += (/[\p{L}\p{N}]/u.test(same) ? "\u2026" : same) + field;
        same = "";
      }
    });
    return name;
  });
}

/**
 * @param {string[]} parts
 * @returns {string[]} What belongs together, as a word and its number, and what joins those.
 */
function fields(parts) {
  /** @type {string[]} */
  const found = [];
  let open = false;
  parts.forEach((part, at) => {
    const joins = JOINT.test(part) && !isSplit(parts[at - 1] ?? "", part, parts[at + 1] ?? "");
    if (joins || !open) found.push(part);
    else found[found.length - 1] += part;
    open = !joins;
  });
  return found;
}

/**
 * @param {string[][]} names As parts.
 * @param {(parts: string[], at: number) => boolean} may Whether a name may be cut there.
 * @returns {number} How many parts can go, that all begin with.
 */
function cut(names, may) {
  const [one, ...others] = names;
  let at = 0;
  while (at < one.length && others.every((parts) => parts[at] === one[at])) at++;
  const sound = (/** @type {string[]} */ parts) =>
    JOINT.test(parts[at - 1]) &&
    !JOINT.test(parts[at] ?? "") &&
    parts.slice(at).some((part) => WORD.test(part)) &&
    may(parts, at);
  while (at > 0 && !names.every(sound)) at--;
  return at;
}

/**
 * @param {string} word
 * @param {string} joint
 * @param {string} next
 * @returns {boolean} Whether a number would lose the word that says what it is of: "seed_0", but not "seeds/0".
 */
function isSplit(word, joint, next) {
  return !FOLDER.test(joint) && LETTERS.test(word) && /^[\d([{]/.test(next);
}
