"""Finding layers by name, path, pair and object."""

import gc

import keras
import pytest
import tensorflow as tf
import tf_keras

from kerasig._models.layers import resolve_layers, sublayers

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def two_encoders(library):
    def encoder(name):
        inputs = library.Input((3,))
        return library.Model(inputs, library.layers.Dense(3, name="hidden")(inputs), name=name)

    inputs = library.Input((3,), name="features")
    outputs = library.layers.Dense(1, name="last")(encoder("right")(encoder("left")(inputs)))
    return library.Model(inputs, outputs, name="outer")


def subclassed(library):
    class Block(library.layers.Layer):
        def __init__(self, name):
            super().__init__(name=name)
            self.parts = [library.layers.Dense(2, name="dense"), library.layers.Dense(2, name="dense")]
            self.by_key = {"extra": library.layers.Dense(2, name="extra")}

        def call(self, inputs):
            return self.by_key["extra"](self.parts[1](self.parts[0](inputs)))

    class Subclassed(library.Model):
        def __init__(self):
            super().__init__(name="subclassed")
            self.block = Block("block")
            self.again = self.block

        def call(self, inputs):
            return self.block(inputs)

    return Subclassed()


@both_libraries
def test_layers_of_nested_models_are_listed_by_path_and_inputs_are_not(library):
    assert list(sublayers(two_encoders(library))) == ["left", "left/hidden", "right", "right/hidden", "last"]


@both_libraries
def test_layers_in_lists_and_dicts_of_custom_layers_are_listed_once(library):
    assert sorted(sublayers(subclassed(library))) == ["block", "block/dense", "block/dense#2", "block/extra"]


@both_libraries
def test_metrics_and_optimizers_are_no_layers(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1, name="only")])
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(tf.zeros((2, 3)), tf.zeros((2, 1)), verbose=0)
    assert list(sublayers(model)) == ["only"]


def test_a_callable_has_no_layers():
    assert sublayers(tf.nn.relu) == {}


@both_libraries
def test_name_finds_a_layer_at_any_depth(library):
    model = subclassed(library)
    selection = resolve_layers(model, "extra")
    assert selection.names == ["block/extra"]
    assert not selection.is_list
    assert selection.calls[0].reference() is model.block.by_key["extra"]


@both_libraries
def test_name_that_occurs_twice_needs_more_of_its_path(library):
    model = two_encoders(library)
    with pytest.raises(ValueError, match="named 'hidden': left/hidden, right/hidden"):
        resolve_layers(model, "hidden")
    assert resolve_layers(model, "right/hidden").names == ["right/hidden"]
    hidden = model.get_layer("right").get_layer("hidden")
    assert resolve_layers(model, hidden).names == ["right/hidden"]
    with pytest.raises(ValueError, match="block/dense, block/dense#2"):
        resolve_layers(subclassed(library), "dense")
    assert resolve_layers(subclassed(library), "dense#2").names == ["block/dense#2"]


@both_libraries
def test_unknown_name_is_answered_with_what_there_is(library):
    with pytest.raises(ValueError, match=r"'outer' has no layer named 'lsat'\. Did you mean 'last'\? .*left/hidden"):
        resolve_layers(two_encoders(library), "lsat")
    with pytest.raises(ValueError, match="left/hidden"):
        resolve_layers(two_encoders(library), "middle/hidden")


@both_libraries
def test_input_is_no_layer(library):
    with pytest.raises(ValueError, match=r"'features' is an input.*layer=None"):
        resolve_layers(two_encoders(library), "features")


@both_libraries
def test_layer_of_another_model_is_refused_where_that_can_be_known(library):
    stranger = library.layers.Dense(3, name="hidden")
    with pytest.raises(ValueError, match="'hidden' is not part of model 'outer'"):
        resolve_layers(two_encoders(library), stranger)
    # Code may hold a layer anywhere; whether it calls it shows in the trace.
    assert resolve_layers(subclassed(library), stranger).names == ["hidden"]
    assert resolve_layers(lambda inputs: stranger(inputs), stranger).names == ["hidden"]


def test_a_callables_layer_cannot_be_named():
    with pytest.raises(ValueError, match=r"only in a Keras model.*Pass the layer itself"):
        resolve_layers(lambda inputs: inputs, "hidden")


@both_libraries
def test_list_pairs_and_none(library):
    model = two_encoders(library)
    selection = resolve_layers(model, [None, ("last", 0), "left"])
    assert selection.names == [None, "last[0]", "left"]
    assert selection.is_list
    assert resolve_layers(model, ["last"]).is_list


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ([], ValueError, "empty list"),
        (None, TypeError, "no layer"),
        (3, TypeError, "must be a Keras layer"),
        (("last", "left"), TypeError, "Pass several layers as a list"),
        (("last", True), TypeError, "call_index"),
        (("last", -1), ValueError, "from 0"),
        (["last", "last"], ValueError, "'last' twice"),
        (["last", ("last", 0)], ValueError, "twice"),
        ([None, "last", None], ValueError, "None twice"),
    ],
)
def test_wrong_arguments_say_what_would_fit(layer, error, message):
    with pytest.raises(error, match=message):
        resolve_layers(two_encoders(keras), layer)


def test_two_calls_of_one_layer_may_be_selected_together():
    assert resolve_layers(two_encoders(keras), [("last", 0), ("last", 1)]).names == ["last[0]", "last[1]"]


@both_libraries
def test_selection_holds_its_layer_weakly(library):
    model = subclassed(library)
    selection = resolve_layers(model, "extra")
    assert resolve_layers(model, "extra") == selection
    hash(selection)
    del model
    gc.collect()
    assert selection.calls[0].reference() is None
    hash(selection)
    with pytest.raises(RuntimeError, match="'block/extra' no longer exists"), selection.capture():
        pass
