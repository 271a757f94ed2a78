"""KerasHub's networks around an image encoder: of segments, depths, boxes and reconstructions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from .subject import CLASSES, Subject, classified, keras_hub_class
from .vision import DINO, HGNET, MIT, RESNET, SHAPE, SIDE

_PYRAMID = {
    **RESNET,
    "stackwise_num_filters": [64] * 4,
    "stackwise_num_blocks": [1] * 4,
    "stackwise_num_strides": [1, 2, 2, 2],
}
_D_FINE = {
    "decoder_in_channels": [16, 16],
    "encoder_hidden_dim": 16,
    "num_denoising": 0,
    "num_labels": CLASSES,
    "hidden_dim": 16,
    "learn_initial_query": False,
    "num_queries": 4,
    "anchor_image_size": (SIDE, SIDE),
    "feat_strides": [8, 16],
    "num_feature_levels": 2,
    "encoder_in_channels": [32, 64],
    "encode_proj_layers": [1],
    "num_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "num_encoder_layers": 1,
    "hidden_expansion": 0.34,
    "depth_multiplier": 0.5,
    "eval_idx": -1,
    "num_decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "decoder_n_points": [2, 2],
    "lqe_hidden_dim": 8,
    "num_lqe_layers": 2,
    "image_shape": SHAPE,
    "seed": 0,
}


def _resnet(configuration: Mapping[str, Any]) -> Any:
    return keras_hub_class("ResNetBackbone")(**configuration)


def _bottleneck() -> keras.Model:
    return classified(_resnet({**RESNET, "block_type": "bottleneck_block", "use_pre_activation": True}))


def _first_output(backbone: keras.Model) -> keras.Model:
    """The mean over the picture of the first of several maps."""
    found = backbone.output
    found = next(iter(found.values())) if isinstance(found, Mapping) else found[0] if isinstance(found, list) else found
    pooled = keras.layers.GlobalAveragePooling2D()(found)
    return keras.Model(backbone.input, keras.layers.Dense(CLASSES, name="logits")(pooled))


def _deeplab() -> keras.Model:
    backbone = keras_hub_class("DeepLabV3Backbone")(
        image_encoder=_resnet(_PYRAMID),
        spatial_pyramid_pooling_key="P4",
        low_level_feature_key="P2",
        upsampling_size=4,
        dilation_rates=[2, 4],
        projection_filters=8,
        image_shape=SHAPE,
    )
    return classified(backbone)


def _depth_anything() -> keras.Model:
    shape = (64, 64, 3)
    encoder = keras_hub_class("DINOV2Backbone")(
        **{**DINO, "num_layers": 4, "position_embedding_shape": shape, "image_shape": shape}
    )
    backbone = keras_hub_class("DepthAnythingBackbone")(
        image_encoder=encoder,
        reassemble_factors=[4, 2, 1, 0.5],
        neck_hidden_dims=[4, 4, 8, 8],
        fusion_hidden_dim=8,
        head_hidden_dim=8,
        head_in_index=-1,
        feature_keys=[f"stage{number}" for number in range(1, 5)],
    )
    return classified(backbone)


def _retina_net() -> keras.Model:
    backbone = keras_hub_class("RetinaNetBackbone")(
        image_encoder=_resnet(_PYRAMID), min_level=3, max_level=5, use_p5=False, image_shape=SHAPE
    )
    return _first_output(backbone)


def _seg_former() -> keras.Model:
    encoder = keras_hub_class("MiTBackbone")(**MIT)
    return classified(keras_hub_class("SegFormerBackbone")(image_encoder=encoder, projection_filters=8))


def _vae() -> keras.Model:
    filters, blocks = [32, 32], [1, 1]
    backbone = keras_hub_class("VAEBackbone", "vae.vae_backbone")
    return classified(backbone(filters, blocks, filters, blocks, sampler_method="mode"))


def _d_fine() -> keras.Model:
    encoder = keras_hub_class("HGNetV2Backbone")(
        **{
            **HGNET,
            "depths": [1, 1, 1],
            "hidden_sizes": [16, 32, 64],
            "stackwise_stage_filters": [(8, 8, 16, 1, 2, 3), (16, 8, 32, 1, 2, 3), (32, 8, 64, 1, 2, 3)],
            "apply_downsample": [False, True, True],
            "use_lightweight_conv_block": [False, False, True],
            "out_features": ["stage2", "stage3"],
            "image_shape": SHAPE,
        }
    )
    backbone = keras_hub_class("DFineBackbone")(backbone=encoder, out_features=["stage2", "stage3"], **_D_FINE)
    return classified(backbone)


_COMPOSED: dict[str, Callable[[], keras.Model]] = {
    "ResNetBackbone, pre-activation": _bottleneck,
    "DeepLabV3Backbone": _deeplab,
    "DepthAnythingBackbone": _depth_anything,
    "RetinaNetBackbone": _retina_net,
    "SegFormerBackbone": _seg_former,
    "VAEBackbone": _vae,
    "DFineBackbone": _d_fine,
}

# What does not converge there, and why.
_REASONS: dict[str, tuple[str, ...]] = {
    # Which places become queries changes along the path.
    "DFineBackbone": ("jump at alpha",),
    # Groups of one channel, 17 one after the other: from zeros, the change begins below float32's smallest number, and
    # with other weights its scores are known to 1e-4 of themselves near the baseline.
    "VAEBackbone": ("jump at the baseline", "rounding"),
    # Its score changes by less than a hundredth of how far it wanders.
    "DepthAnythingBackbone": ("rounding",),
}


def _grey(pictures: Any) -> Any:
    return np.full_like(pictures, 0.5)


SUBJECTS = [
    *(Subject(name, "keras_hub", make, reasons=_REASONS.get(name, ())) for name, make in _COMPOSED.items()),
    Subject("VAEBackbone, from grey", "keras_hub", _vae, nothing=_grey),
]
