"""The global random states that a process draws from."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator

import numpy as np
from tensorflow.python.eager import context


@contextlib.contextmanager
def random_states_kept() -> Iterator[None]:
    """On leaving, also after an error, the next number that anybody draws is the one that it was on entering.

    Layers draw their initializers' seeds when they are made, so user code that makes some would change what a
    training draws after it.
    """
    restore = [
        _restoring(random.setstate, random.getstate()),
        _restoring(np.random.set_state, np.random.get_state()),  # noqa: NPY002
    ]
    for generator in (_of_eager_ops(), _of_tf_keras()):
        if generator is not None:
            restore.append(_restoring(generator.setstate, generator.getstate()))
    try:
        yield
    finally:
        for each in restore:
            each()


def _restoring(set_state: Callable[..., None], state: object) -> Callable[[], None]:
    return lambda: set_state(state)


def _of_eager_ops() -> random.Random | None:
    """The state behind TensorFlow's random operations outside graphs; `tf.random` has no public way to read it."""
    generator = getattr(context.context(), "_rng", None)
    return generator if isinstance(generator, random.Random) else None


def _of_tf_keras() -> random.Random | None:
    """The generator that seeds the initializers and layers of tf_keras once `set_random_seed` was called."""
    backend = sys.modules.get("tf_keras.src.backend")
    generator = getattr(getattr(backend, "_SEED_GENERATOR", None), "generator", None)
    return generator if isinstance(generator, random.Random) else None
