/** Places for the nodes of a small graph: springs along the edges, repulsion between all nodes; always the same. */

const ROUNDS = 300;
/** Of more nodes than this, all stand on a circle: the time grows with their square. */
const MOST_NODES = 150;
/**
 * From one start a ring may stay folded: graphs of up to so many nodes are tried from several, and a later one is taken
 * where its energy is clearly lower, so that rounding does not choose.
 */
const MOST_TRIED = 60;
const STARTS = 3;
const CLEARLY = 0.05;

/** @type {WeakMap<object, number[][]>} */
const known = new WeakMap();

/**
 * @param {number[][]} edges
 * @param {number} count Of nodes.
 * @returns {number[][]} [x, y] of each, within [0, 1].
 */
export function layout(edges, count) {
  const before = known.get(edges);
  if (before && before.length === count) return before;
  const places = spread(count > MOST_NODES ? circle(count) : best(edges, count));
  known.set(edges, places);
  return places;
}

/**
 * @param {number} count
 * @returns {number[][]}
 */
function circle(count) {
  return Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/**
 * The places of the best start: nodes around the circle in their order, or in strides.
 * @param {number[][]} edges
 * @param {number} count
 * @returns {number[][]}
 */
function best(edges, count) {
  const around = circle(count);
  const strides = around.map((_, i) => i + 1).filter((stride) => divisor(stride, count) === 1);
  let [found, least] = [around, Infinity];
  for (const stride of strides.slice(0, count <= MOST_TRIED ? STARTS : 1)) {
    const tried = relax(
      edges,
      around.map((_, i) => around[(i * stride) % count]),
    );
    const energy = energyOf(tried, edges);
    if (energy < least - CLEARLY) [found, least] = [tried, energy];
  }
  return found;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number} Their greatest common divisor.
 */
function divisor(a, b) {
  return b ? divisor(b, a % b) : a;
}

/**
 * @param {number[][]} places
 * @param {number[][]} edges
 * @returns {number} What the forces of `relax` make less of.
 */
function energyOf(places, edges) {
  const ideal = 2 / Math.sqrt(places.length || 1);
  const apart = (/** @type {number} */ a, /** @type {number} */ b) =>
    Math.hypot(places[b][0] - places[a][0], places[b][1] - places[a][1]);
  let sum = 0;
  places.forEach(([x, y], a) => {
    sum += 0.15 * (x * x + y * y);
    for (let b = a + 1; b < places.length; b++) sum -= ideal * ideal * Math.log(Math.max(apart(a, b), 1e-6));
  });
  for (const [a, b] of edges) if (places[a] && places[b]) sum += apart(a, b) ** 3 / (3 * ideal);
  return sum;
}

/**
 * Fruchterman and Reingold's forces, cooled.
 * @param {number[][]} edges
 * @param {number[][]} start
 * @returns {number[][]}
 */
function relax(edges, start) {
  const count = start.length;
  const places = start.map(([x, y], i) => [x * (1 + 0.01 * i), y]);
  const ideal = 2 / Math.sqrt(count || 1);
  for (let round = 0; round < ROUNDS; round++) {
    const forces = places.map(() => [0, 0]);
    const push = (/** @type {number} */ a, /** @type {number} */ b, /** @type {(d: number) => number} */ size) => {
      const [dx, dy] = [places[b][0] - places[a][0], places[b][1] - places[a][1]];
      const distance = Math.hypot(dx, dy) || 1e-6;
      const force = size(distance) / distance;
      forces[a][0] += force * dx;
      forces[a][1] += force * dy;
      forces[b][0] -= force * dx;
      forces[b][1] -= force * dy;
    };
    for (let a = 0; a < count; a++) for (let b = a + 1; b < count; b++) push(a, b, (d) => -(ideal * ideal) / d);
    for (const [a, b] of edges) if (a !== b && places[a] && places[b]) push(a, b, (d) => (d * d) / ideal);
    // Parts that no edge joins must not drift away.
    const heat = 0.2 * (1 - round / ROUNDS);
    places.forEach((place, i) => {
      const [fx, fy] = [forces[i][0] - 0.3 * place[0], forces[i][1] - 0.3 * place[1]];
      const size = Math.hypot(fx, fy) || 1e-6;
      place[0] += (fx / size) * Math.min(size, heat);
      place[1] += (fy / size) * Math.min(size, heat);
    });
  }
  return places;
}

/**
 * @param {number[][]} places
 * @returns {number[][]} Moved and scaled into [0, 1], in proportion.
 */
function spread(places) {
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const size = Math.max(width, height, 1e-6);
  return places.map(([x, y]) => [0.5 + (x - left - width / 2) / size, 0.5 + (y - top - height / 2) / size]);
}
