"""The networks of the examples on images have the architectures that their papers give."""

import keras
import numpy as np
import pytest

from examples.papers import efficientnet_lite0, googlenet


@pytest.fixture(scope="module")
def efficientnet():
    return efficientnet_lite0.make_model("logits")


def test_efficientnet_lite0_has_its_published_size(efficientnet):
    assert sum(np.prod(weight.shape) for weight in efficientnet.trainable_weights) == 4_652_008
    assert efficientnet.output_shape == (None, 1000)
    # Five halvings of 224, as the published strides give.
    assert efficientnet.get_layer("conv_head").output.shape == (None, 7, 7, 1280)
    assert sum(isinstance(layer, keras.layers.Add) for layer in efficientnet.layers) == 9


def test_efficientnet_lite0_takes_each_tensor_in_pytorchs_layout(efficientnet):
    parts = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    rng, tensors = np.random.default_rng(0), {}
    for layer in efficientnet.layers:
        for weight in layer.weights:
            array = rng.random(weight.shape, "float32")
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                array = array.transpose(2, 3, 0, 1)
            elif array.ndim > 1:
                array = np.moveaxis(array, (-1, -2), (0, 1))
            part = parts.get(weight.name, "bias" if weight.name == "bias" else "weight")
            tensors[f"_{layer.name}.{part}".replace(".bn", "._bn")] = array
    efficientnet_lite0.load_weights(efficientnet, tensors)
    depthwise = efficientnet.get_layer("blocks.3.depthwise_conv").get_weights()[0]
    assert depthwise[1, 2, 7, 0] == tensors["_blocks.3.depthwise_conv.weight"][7, 0, 1, 2]
    stem = efficientnet.get_layer("conv_stem").get_weights()[0]
    assert stem[0, 1, 2, 5] == tensors["_conv_stem.weight"][5, 2, 0, 1]
    for array, part in zip(efficientnet.get_layer("blocks.0.bn1").get_weights(), parts.values(), strict=True):
        np.testing.assert_array_equal(array, tensors[f"_blocks.0._bn1.{part}"])


def test_googlenet_has_its_published_size_and_shapes():
    model = googlenet.make_model()
    # Weights and biases of the layers of the paper's table 1, added up.
    assert model.count_params() == 6_998_552
    shapes = {name: model.get_layer(name).output.shape[1:] for name in ("conv1", "pool2", "inception_3b", "pool5")}
    assert shapes == {
        "conv1": (112, 112, 64),
        "pool2": (28, 28, 192),
        "inception_3b": (28, 28, 480),
        "pool5": (1, 1, 1024),
    }
    assert model.get_layer("inception_4e").output.shape[1:] == (14, 14, 832)


def test_googlenet_has_its_two_auxiliary_classifiers_while_it_is_trained():
    model = googlenet.make_model(10, auxiliary=True)
    assert [output.shape for output in model.outputs] == [(None, 10)] * 3
    assert model.get_layer("auxiliary_4a_pool").output.shape[1:] == (4, 4, 512)
    assert model.get_layer("auxiliary_4d_pool").output.shape[1:] == (4, 4, 528)


def test_googlenets_normalisation_divides_by_five_neighbouring_channels():
    activations = np.random.default_rng(0).normal(size=(1, 2, 2, 8)).astype("float32") * 50
    padded = np.pad(activations.astype(float) ** 2, [(0, 0)] * 3 + [(2, 2)])
    sums = sum(padded[..., i : i + 8] for i in range(5))
    expected = activations / (1 + 1e-4 / 5 * sums) ** 0.75
    np.testing.assert_allclose(googlenet.LocalResponseNormalization()(activations), expected, rtol=1e-5)
