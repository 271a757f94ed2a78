"""Models and data that the scripts beside this file train and compare."""

import hashlib
import importlib

import numpy as np
import tensorflow as tf

FEATURES, CLASSES, PROBES = 6, 3, 7


class Case:
    """A small model of one library whose state changes wherever a model's state can.

    Its layer "noise" draws at inference too, with weight zero: it advances a seed and changes no result.
    """

    def __init__(self, library: str, *, noise: bool = True) -> None:
        self.keras = importlib.import_module(library)
        self.noise = noise
        self.calls = 0  # of Python code inside the model: each is part of a trace
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(64, FEATURES)).astype("float32")
        self.y = rng.integers(0, CLASSES, 64)
        # Rows that differ in more than sign show a lost order.
        self.probes = self.x[:PROBES] * np.arange(1, PROBES + 1, dtype="float32")[:, None]

    def build(self):
        layers, case = self.keras.layers, self

        class Noise(layers.Layer):
            def build(self, shape):
                if case.keras.__name__ == "keras":
                    self.seeds = case.keras.random.SeedGenerator(1)
                else:
                    self.count = self.add_weight(
                        name="count",
                        shape=(),
                        dtype="int32",
                        initializer="zeros",
                        trainable=False,
                        synchronization=tf.VariableSynchronization.ON_READ,
                        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
                    )

            def call(self, x):
                case.calls += 1
                if case.keras.__name__ == "keras":
                    return x + 0 * case.keras.random.normal((1,), seed=self.seeds)
                self.count.assign_add(1)
                return x + 0 * tf.random.stateless_normal((1,), [self.count, 0])

        return self.keras.Sequential(
            [
                self.keras.Input((FEATURES,)),
                layers.Dense(8, name="hidden"),
                layers.BatchNormalization(name="statistics", momentum=0.5),
                layers.ReLU(),
                layers.Dropout(0.3),
                *([Noise(name="noise")] if self.noise else []),
                layers.Dense(CLASSES, activation="softmax"),
            ]
        )

    def compiled(self):
        self.keras.utils.set_random_seed(3)
        model = self.build()
        model.compile(self.keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
        return model

    def variables(self, model):
        """TensorFlow's variables, the optimizer's included."""
        found = [*model.variables, *model.optimizer.variables]
        return [v.value for v in found] if self.keras.__name__ == "keras" else found

    def state(self, model) -> list[bytes]:
        """The bits of every copy of every variable."""
        return [copy.read_value().numpy().tobytes() for v in self.variables(model) for copy in copies(v)]

    def single(self, model):
        """The same model without a strategy."""
        weights = [np.asarray(tf.convert_to_tensor(v)) for v in model.weights]
        single = self.build()
        single.set_weights(weights)
        return single


def copies(variable):
    if isinstance(variable, tf.distribute.DistributedValues):
        return variable.distribute_strategy.experimental_local_results(variable)
    return [variable]


def worst(found, expected) -> float:
    """Largest difference of the values, relative to the largest value; infinite where evaluations differ."""
    if not np.array_equal(found.n_evaluations, expected.n_evaluations):
        return float("inf")
    pairs = zip(tf.nest.flatten(found.values), tf.nest.flatten(expected.values), strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs if b is not None)


def digest(attribution) -> str:
    return hashlib.sha256(attribution.values.tobytes() + attribution.score.tobytes()).hexdigest()


class Several:
    """A model of several inputs in a nest, floats and ids, whose outputs differ from row to row."""

    WORDS = 11

    def __init__(self, library: str) -> None:
        self.keras = importlib.import_module(library)

    def inputs(self, n: int):
        rng = np.random.default_rng(1)
        return {
            "flat": rng.normal(size=(8, 4)).astype("float32")[:n],
            "grid": rng.normal(size=(8, 3, 2)).astype("float32")[:n],
            "ids": rng.integers(1, self.WORDS, (8, 5)).astype("int32")[:n],
        }

    def labels(self, n: int):
        return np.arange(n) % CLASSES

    def build(self):
        layers = self.keras.layers
        self.keras.utils.set_random_seed(5)
        flat, grid = self.keras.Input((4,), name="flat"), self.keras.Input((3, 2), name="grid")
        ids = self.keras.Input((5,), dtype="int32", name="ids")
        words = layers.Embedding(self.WORDS, 4, mask_zero=True, name="embedding")(ids)
        joined = layers.Concatenate()([flat, layers.Flatten()(grid), layers.GlobalAveragePooling1D()(words)])
        hidden = layers.Dense(8, activation="tanh")(joined)
        outputs = layers.Dense(CLASSES, activation="softmax")(hidden)
        return self.keras.Model({"flat": flat, "grid": grid, "ids": ids}, outputs)

    def single(self, model):
        single = self.build()
        single.set_weights(model.get_weights())
        return single
