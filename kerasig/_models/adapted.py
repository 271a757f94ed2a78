"""One way to call any model, and what can be known about it: Keras 3, tf_keras, or a callable of the inputs.

No file of this package imports either library while it is imported itself, so one of the two is enough.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from kerasig import _nest as nest
from kerasig._models.calling import call
from kerasig._models.captured_values import captured
from kerasig._models.declared_rows import declared_rows
from kerasig._models.layers import class_names, layers_of, sublayers
from kerasig._models.library import library_of
from kerasig._models.losses import Library, unreduced_loss
from kerasig._models.optimizers import averages_weights, iterations_of
from kerasig._models.readers import Reading, matching_inputs, reading_of
from kerasig._models.states import initial_states
from kerasig._models.thresholds import activation_of


class AdaptedModel:
    """A model, layer or callable, called for inference and asked about itself.

    It holds the model weakly and sets no attribute on it. Of a bound method the instance is held weakly; only
    an object that takes no weak reference is held strongly.
    """

    def __init__(self, model: Any, library: Library):
        self.library = library
        self._reference = _weak_reference(model)

    @property
    def model(self) -> Any:
        """The model itself.

        Raises:
            RuntimeError: it was deleted.
        """
        model = self._reference()
        if model is None:
            raise RuntimeError("The model no longer exists. Keep a reference to it for as long as it is explained.")
        return model

    @property
    def autograph(self) -> bool:
        """Whether the model's code may hold Python conditions on tensors, as its own library would allow it."""
        return self.library != "keras"

    @property
    def jit_compile(self) -> bool:
        """Whether the compiled model asks for XLA; False when it is not compiled."""
        if self.library == "callable":
            return False
        model = self.model
        # An uncompiled Keras 3 model decides, and stores its decision, at the first look.
        if self.library == "keras" and not getattr(model, "compiled", False):
            return False
        return getattr(model, "jit_compile", None) is True

    def __call__(self, inputs: Any) -> Any:
        """The model's outputs in inference mode.

        While a function is traced, AutoGraph converts the model's code where `autograph` says so, whether or not
        that function was made with AutoGraph.
        """
        return call(self.model, inputs, self.library, autograph=self.autograph)

    def declared_dtypes(self, inputs: Any) -> Any:
        """The dtype that the model declares for each leaf of `inputs`.

        Args:
            inputs: nest of arrays or tensors, as the model is called with.

        Returns:
            A nest like `inputs` of dtype names; None where nothing is declared, as in subclassed models.
        """
        leaves = list(matching_inputs(self.declared_inputs(), inputs))
        dtypes = [None if leaf is None else tf.as_dtype(leaf.dtype).name for leaf in leaves]
        return tf.nest.pack_sequence_as(inputs, dtypes)

    def declared_shapes(self, inputs: Any) -> list[tuple[int | None, ...] | None]:
        """The shape that the model declares for each leaf of `inputs`, the examples' axis first; None for none."""
        leaves = matching_inputs(self.declared_inputs(), inputs)
        return [None if leaf is None else tuple(leaf.shape) for leaf in leaves]

    def declares_ragged(self, inputs: Any) -> list[bool]:
        """Whether the model declares each leaf of `inputs` as ragged, in the order of `tf.nest`."""
        leaves = matching_inputs(self.declared_inputs(), inputs)
        return [getattr(leaf, "ragged", False) is True or "Ragged" in type(leaf).__name__ for leaf in leaves]

    def static_batch(self) -> int | None:
        """The number of examples that every call must have; None when any will do."""
        for tensor in tf.nest.flatten(self.declared_inputs()):
            if tensor is not None and len(tensor.shape) and tensor.shape[0] is not None:
                return int(tensor.shape[0])
        if self.library == "callable":
            return declared_rows(self.model)
        for layer in (self.model, *sublayers(self.model).values()):
            if getattr(layer, "stateful", False) is True:  # A recurrent layer that keeps one state per row.
                for state in tf.nest.flatten(getattr(layer, "states", None)):
                    if state is not None and len(state.shape) and state.shape[0] is not None:
                        return int(state.shape[0])
        return None

    def output_names(self) -> list[str] | None:
        """Names of the outputs, in the order in which their nest is flattened; None where the model has none.

        A dict's keys where the model returns a flat dict, else the names of the layers that make the outputs.
        """
        outputs = self.declared_outputs()
        if outputs is None:
            return None
        if isinstance(outputs, Mapping) and not any(tf.nest.is_nested(value) for value in outputs.values()):
            return sorted(outputs)
        names: list[str] = []
        for tensor in tf.nest.flatten(outputs):
            layer = tensor._keras_history[0].name
            name, occurrence = layer, 0
            while name in names:  # One layer may make several outputs.
                occurrence += 1
                name = f"{layer}_{occurrence}"
            names.append(name)
        return names

    def output_activations(self) -> list[str | None]:
        """Names of the activations that make the outputs, in the order of `output_names`; [] where none is known."""
        tensors = tf.nest.flatten(self.declared_outputs())
        return [activation_of(tensor._keras_history[0]) for tensor in tensors if hasattr(tensor, "_keras_history")]

    def displaced_by(self, inputs: Any) -> list[str]:
        """The leaves of `inputs` that are not declared and take the places of others, which get the wrong arrays.

        Keras 3 goes by position where a dict has other keys than the model's.
        """
        declared = self.declared_inputs() if self.library == "keras" else None
        if not (isinstance(declared, Mapping) and isinstance(inputs, Mapping)):
            return []
        given, expected = nest.names(inputs), nest.names(declared)
        if not set(expected) <= set(given) or given[: len(expected)] == expected:
            return []
        return [name for name in given if name not in expected]

    def readings(self, inputs: Any) -> list[Reading | None]:
        """How the model's layers read each leaf of `inputs`, in the order of tf.nest; None where that is open."""
        leaves = matching_inputs(self.declared_inputs(), inputs)
        return [None if leaf is None or not hasattr(leaf, "_keras_history") else reading_of(leaf) for leaf in leaves]

    def embedding_layers(self) -> list[str]:
        """Paths of the layers that look up ids, which no gradient passes."""
        if self.library == "callable":
            return []
        return [path for path, layer in sublayers(self.model).items() if "Embedding" in class_names(layer)]

    def layers_of(self, operations: Sequence[str], kind: str) -> list[str]:
        """Paths of the layers of a class that operations of a traced graph belong to."""
        return layers_of(self.model, operations, kind)

    def is_built(self) -> bool:
        """Whether the model's variables exist, so that tracing it makes none."""
        return self.library == "callable" or bool(self.model.built)

    def strategy(self) -> tf.distribute.Strategy | None:
        """The distribution strategy that the model was made under; None for the default one."""
        if self.library == "callable":
            return None
        strategy = getattr(self.model, "distribute_strategy", None)
        # TensorFlow has no public name for the strategy that stands for none.
        if strategy is None or type(strategy).__name__.startswith("_DefaultDistribution"):
            return None
        return strategy

    def weight_specs(self) -> tuple[Any, ...]:
        """Equal while the model has the same weights, whatever their values; LoRA and quantisation change it."""
        if self.library == "callable":
            return ()
        # Among tf_keras's weights are handlers of vocabularies, which are no variables.
        variables = [weight for weight in self.model.weights if hasattr(weight, "shape")]
        # Asked for what it does not have, a variable of a strategy reads its value from all workers.
        names = [weight.path if hasattr(type(weight), "path") else weight.name for weight in variables]
        return tuple((name, str(w.dtype), str(w.shape)) for name, w in zip(names, variables, strict=True))

    def captured(self) -> dict[Any, Hashable]:
        """The Python values that a trace of the model holds, by where they are; see `captured_values.py`."""
        return captured(self.model)

    def untrained_variables(self) -> list[tf.Variable]:
        """TensorFlow's own variables behind what the model keeps and does not train: statistics, states, seeds."""
        # tf_keras refuses to list those of a model that was never called; it draws no number then.
        if self.library == "callable" or (self.library == "tf_keras" and not self.is_built()):
            return []
        variables = self.model.non_trainable_variables
        return [variable.value for variable in variables] if self.library == "keras" else list(variables)

    def initial_states(self) -> Callable[[], list[tuple[Any, tf.Tensor]]] | None:
        """A function that gives the variables of carried states with their values before any call; None without any."""
        return None if self.library == "callable" else initial_states(self.model)

    def optimizer_iterations(self) -> int | None:
        """How many batches the model's optimizer has been given; None without an optimizer."""
        return None if self.library == "callable" else iterations_of(self.model)

    def averages_weights(self) -> bool:
        """Whether `fit` ends with averages of the weights in their place."""
        return self.library != "callable" and averages_weights(self.model)

    def stop_training(self) -> None:
        """Ends the model's `fit` after its present batch; a callable of one's own has none, and gets no attribute."""
        model = self.model
        if hasattr(model, "stop_training"):
            model.stop_training = True

    def is_chief(self) -> bool:
        """Whether this process is the one that writes files; True but for the other workers of several."""
        strategy = self.strategy()
        return strategy is None or bool(getattr(strategy.extended, "should_save_summary", True))

    def loss_function(self, loss: Any) -> Callable[[Any, Any], tf.Tensor]:
        """The loss before any reduction over examples, as training this model would compute it.

        Args:
            loss: a loss's name, a loss object, or a function of (y_true, y_pred), from the model's own library.

        Returns:
            A function of (y_true, y_pred) that gives one loss per example, or per position of each example;
            0 at positions that a mask on y_pred leaves out.

        Raises:
            TypeError: loss is none of those.
            ValueError: the library knows no loss of that name.
        """
        library = library_of(loss)
        return unreduced_loss(loss, self.library if library == "callable" else library)

    def declared_inputs(self) -> Any:
        """The nest of symbolic inputs of a model that is a graph of layers and is built, else None."""
        return self._symbolic("inputs", "input")

    def declared_outputs(self) -> Any:
        """The nest of symbolic outputs of such a model, else None."""
        return self._symbolic("outputs", "output")

    def _symbolic(self, flat: str, nested: str) -> Any:
        if self.library == "callable":
            return None
        model, names = self.model, class_names(self.model)
        tensors = getattr(model, flat, None) if {"Functional", "Sequential"} & set(names) else None
        # On a Keras 3 Sequential `input` means the tensor that an outer model calls it with.
        return getattr(model, nested) if tensors is not None and "Functional" in names else tensors


def _weak_reference(model: Any) -> Callable[[], Any]:
    try:
        return weakref.WeakMethod(model) if inspect.ismethod(model) else weakref.ref(model)
    except TypeError:
        return lambda: model
