"""Code over `kerasig._engine.arrays`, run on NumPy's arrays, on tensors and in graphs; and paths to try it on."""

import numpy as np
import tensorflow as tf

from kerasig._engine.adaptive import FIRST_GRID
from kerasig._engine.grading import AT_INPUT, Grading
from kerasig._engine.nodes import Nodes, Paths

KINDS = ["numpy", "eager", "graph"]
_TYPES = {"f": tf.float64, "i": tf.int32, "b": tf.bool}
# By function and by what it was given: a graph of any number of paths and nodes is traced once.
_graphs = {}


def run(kind, function, *arguments):
    """`function` of nests of NumPy arrays, as nests of NumPy arrays; what is no array is given as it is."""
    if kind == "numpy":
        # As in the refinement: what is not finite is a status of its example.
        with np.errstate(all="ignore"):
            return function(*arguments)
    flat = tf.nest.flatten(arguments)
    at = [index for index, value in enumerate(flat) if isinstance(value, np.ndarray)]
    tensors = [tf.constant(flat[index], _TYPES[flat[index].dtype.kind]) for index in at]

    def called(*given):
        values = list(flat)
        for index, tensor in zip(at, given, strict=True):
            values[index] = tensor
        return function(*tf.nest.pack_sequence_as(arguments, values))

    if kind != "eager":
        others = tuple(value for value in flat if not isinstance(value, np.ndarray))
        key = kind, function, others, tuple((tensor.dtype, tensor.shape.rank) for tensor in tensors)
        if key not in _graphs:
            specs = [tf.TensorSpec([None] * tensor.shape.rank, tensor.dtype) for tensor in tensors]
            compiled = True if kind == "XLA" else None
            _graphs[key] = tf.function(called, input_signature=specs, autograph=False, jit_compile=compiled)
        called = _graphs[key]
    return tf.nest.map_structure(lambda part: part.numpy() if tf.is_tensor(part) else part, called(*tensors))


def assert_same(found, expected):
    """Bools and whole numbers exactly; others to 1e-12, relative or of 1, and not finite where the others are not."""
    tf.nest.assert_same_structure(found, expected)
    for index, (one, other) in enumerate(zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True)):
        one, other = np.asarray(one), np.asarray(other)
        assert one.dtype.kind == other.dtype.kind, (index, one.dtype, other.dtype)
        if other.dtype.kind == "f":
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12, err_msg=f"part {index}")
        else:
            np.testing.assert_array_equal(one, other, err_msg=f"part {index}")


def padded(rows):
    """Lists of one number or more each as an array [R, K] that repeats their last, and how many they were [R]."""
    width = max(map(len, rows))
    return np.array([[*row, *[row[-1]] * (width - len(row))] for row in rows]), np.array([len(row) for row in rows])


def paths_of(alphas, count, scores, slopes, **others):
    """`Paths` of which nothing else is known, but for `others`."""
    nodes = {"sizes": np.ones_like(scores), "changes": np.ones_like(scores)}
    nodes |= {"rows": np.zeros(alphas.shape, np.int64), "left_out": np.zeros(alphas.shape, bool)}
    nodes |= {name: others.pop(name) for name in list(others) if name in nodes}
    rows = len(alphas)
    known = {name: np.full(rows, np.inf) for name in ("start_gap", "end_gap", "looked_at")}
    known |= {"finest": np.zeros(rows, bool), "tightness": np.ones(rows), "offset": np.zeros(rows)}
    known |= {"least": np.full(rows, 2.0**-100)} | others
    return Paths(Nodes(alphas, scores, slopes, **nodes), count, **known)


def halved_at_random(generator, grading, most=14):
    """The nodes of a path [1], as refinement may have left them."""
    alphas = FIRST_GRID
    for _ in range(generator.integers(most - len(alphas) + 1)):
        # Next to the baseline more often than anywhere else.
        at = 0 if generator.random() < 0.3 else generator.integers(len(alphas) - 1)
        alphas = np.insert(alphas, at + 1, grading.middles(alphas[None, at : at + 1], alphas[None, at + 1 : at + 2])[0])
    return alphas


def random_paths(seed, n_paths=40):
    """Paths of any kind: ragged, graded at either end or both, ends left out, scores that are not finite."""
    generator = np.random.default_rng(seed)

    def some(share):
        return generator.random(n_paths) < share

    start_gap = np.where(some(0.5), 2.0 ** -generator.integers(1, 120, n_paths), np.inf)
    end_gap = np.where(some(0.3), AT_INPUT, np.inf)
    rows = [
        halved_at_random(generator, Grading(*gaps)) for gaps in zip(start_gap[:, None], end_gap[:, None], strict=True)
    ]
    alphas, count = padded(rows)
    shape = alphas.shape
    last = count - 1
    columns = np.arange(shape[1])
    kink, sharp = generator.random((2, n_paths, 1))
    smooth = some(0.5)[:, None]
    scores = np.where(smooth, np.sin(3 * sharp * alphas), np.maximum(alphas - kink, 0))
    slopes = np.where(smooth, 3 * sharp * np.cos(3 * sharp * alphas), alphas > kink) * 1.0
    # Beside those that integrate well: any numbers, a score that stands still, and large ones.
    anything, still = some(0.3), some(0.1)
    scores[anything], slopes[anything] = generator.normal(size=(2, *shape))[:, anything]
    scores[still], slopes[still] = 1.0, 0.0
    sizes, changes = np.exp(3 * generator.normal(size=(2, *shape)))
    sizes[still], changes[still] = 0.0, 0.0
    sizes[:, 0] *= np.where(some(0.3), 2.0**30, 1)
    left_out = np.zeros(shape, bool)
    left_out[some(0.2), 0] = True
    left_out |= some(0.2)[:, None] & (columns >= last[:, None])
    # What is left out is not finite in score, slope or both.
    what = generator.choice([np.nan, np.inf, -np.inf], size=shape)
    which = generator.integers(1, 4, size=shape)
    scores = np.where(left_out & (which & 1 > 0), what, scores)
    slopes = np.where(left_out & (which & 2 > 0), what, slopes)
    # Some paths are lost elsewhere, too.
    lost = some(0.1)[:, None] & (generator.random(shape) < 0.3)
    scores = np.where(lost, what, scores)
    ends = np.minimum(columns, last[:, None])
    arrays = (np.take_along_axis(array, ends, axis=1) for array in (scores, slopes, sizes, changes))
    scores, slopes, sizes, changes = arrays
    changes[columns >= last[:, None]] = 0
    return paths_of(
        alphas,
        count,
        scores,
        slopes,
        sizes=sizes,
        changes=changes,
        rows=generator.integers(0, 1000, shape),
        left_out=np.take_along_axis(left_out, ends, axis=1),
        start_gap=start_gap,
        end_gap=end_gap,
        finest=some(0.2) & np.isfinite(start_gap),
        looked_at=np.where(some(0.3), generator.random(n_paths), np.inf),
        tightness=np.where(some(0.5), 1 + generator.random(n_paths), 1.0),
        offset=np.where(some(0.4), 10.0 ** generator.uniform(-3, 8, n_paths), np.where(some(0.1), np.inf, 0.0)),
        least=2.0 ** -generator.integers(20, 120, n_paths),
    )
