"""KerasHub's networks of images and videos, explained at the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras

from .subject import CLASSES, Subject, classified, keras_hub_class

SIDE = 32
SHAPE = (SIDE, SIDE, 3)

_VIT = {"patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "image_shape": SHAPE}
_DINO = {**_VIT, "intermediate_dim": 32}
_MIT = {
    "image_shape": SHAPE,
    "num_layers": 2,
    "hidden_dims": [8, 16],
    "layerwise_depths": [1, 1],
    "layerwise_num_heads": [1, 2],
    "layerwise_sr_ratios": [2, 1],
    "layerwise_patch_sizes": [7, 3],
    "layerwise_strides": [4, 2],
    "max_drop_path_rate": 0.1,
}
_RESNET = {
    "input_conv_filters": [64],
    "input_conv_kernel_sizes": [3],
    "stackwise_num_filters": [64, 64],
    "stackwise_num_blocks": [1, 1],
    "stackwise_num_strides": [1, 2],
    "block_type": "basic_block",
    "image_shape": SHAPE,
}
_CSPNET = {
    "stem_filters": 8,
    "stem_kernel_size": 3,
    "stem_strides": 1,
    "stackwise_depth": [1, 1],
    "stackwise_strides": [2, 2],
    "stackwise_num_filters": [8, 16],
    "image_shape": SHAPE,
}
_HGNET = {
    "depths": [1, 1],
    "embedding_size": 8,
    "hidden_sizes": [16, 32],
    "stem_channels": [3, 8, 8],
    "hidden_act": "relu",
    "use_learnable_affine_block": True,
    "stackwise_stage_filters": [(8, 8, 16, 1, 2, 3), (16, 8, 32, 1, 2, 3)],
    "apply_downsample": [False, True],
    "use_lightweight_conv_block": [False, True],
    "image_shape": SHAPE,
}
_EFFICIENTNET = {
    "stackwise_kernel_sizes": [3, 3, 5],
    "stackwise_num_repeats": [1, 1, 2],
    "stackwise_input_filters": [8, 8, 16],
    "stackwise_output_filters": [8, 16, 16],
    "stackwise_expansion_ratios": [1, 2, 4],
    "stackwise_squeeze_and_excite_ratios": [0.0, 0.25, 0.25],
    "stackwise_strides": [1, 2, 2],
    "stackwise_block_types": ["fused", "unfused", "unfused"],
    "stackwise_force_input_filters": [0, 0, 0],
    "stackwise_nores_option": [False, False, False],
    "width_coefficient": 1.0,
    "depth_coefficient": 1.0,
    "num_features": 32,
    "input_shape": SHAPE,
}
_MOBILENET = {
    "stackwise_expansion": [[16, 24], [32, 32]],
    "stackwise_num_blocks": [2, 2],
    "stackwise_num_filters": [[8, 8], [16, 16]],
    "stackwise_kernel_size": [[3, 3], [5, 5]],
    "stackwise_num_strides": [[2, 1], [2, 1]],
    "stackwise_se_ratio": [[None, None], [0.25, 0.25]],
    "stackwise_activation": [["relu", "relu"], ["hard_swish", "hard_swish"]],
    "stackwise_padding": [[1, 1], [2, 2]],
    "output_num_filters": 32,
    "depthwise_filters": 8,
    "depthwise_stride": 2,
    "depthwise_residual": False,
    "last_layer_filter": 32,
    "squeeze_and_excite": 0.5,
    "input_num_filters": 8,
    "image_shape": SHAPE,
}
_MOBILENET_V5 = {
    "stackwise_block_types": [["er"], ["uir", "mqa"]],
    "stackwise_num_blocks": [1, 2],
    "stackwise_num_filters": [[8], [16, 16]],
    "stackwise_strides": [[2], [2, 1]],
    "stackwise_act_layers": [["gelu"], ["gelu", "gelu"]],
    "stackwise_exp_ratios": [[4.0], [2.0, 1.0]],
    "stackwise_se_ratios": [[0.0], [0.0, 0.0]],
    "stackwise_dw_kernel_sizes": [[0], [5, 0]],
    "stackwise_dw_start_kernel_sizes": [[0], [3, 0]],
    "stackwise_dw_end_kernel_sizes": [[0], [0, 0]],
    "stackwise_exp_kernel_sizes": [[3], [0, 0]],
    "stackwise_pw_kernel_sizes": [[1], [0, 0]],
    "stackwise_num_heads": [[0], [0, 2]],
    "stackwise_key_dims": [[0], [0, 8]],
    "stackwise_value_dims": [[0], [0, 8]],
    "stackwise_kv_strides": [[0], [0, 1]],
    "stackwise_use_cpe": [[False], [False, False]],
    "use_msfa": False,
    "stem_size": 8,
    "num_features": 16,
    "image_shape": SHAPE,
}
_PYRAMID = {
    **_RESNET,
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
    "num_queries": 10,
    "anchor_image_size": (64, 64),
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
    "num_decoder_layers": 2,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "decoder_n_points": [2, 2],
    "lqe_hidden_dim": 8,
    "num_lqe_layers": 2,
    "image_shape": (64, 64, 3),
    "seed": 0,
}

# By class its configuration.
_BACKBONES: dict[str, Mapping[str, Any]] = {
    "CSPNetBackbone": {**_CSPNET, "block_type": "dark_block", "stage_type": "dark"},
    "DeiTBackbone": _DINO,
    "DenseNetBackbone": {"stackwise_num_repeats": [2, 2], "growth_rate": 8, "image_shape": SHAPE},
    "DINOV2Backbone": {**_DINO, "position_embedding_shape": SHAPE, "apply_layernorm": True},
    "DINOV3Backbone": _DINO,
    "EfficientNetBackbone": _EFFICIENTNET,
    "HGNetV2Backbone": _HGNET,
    "MiTBackbone": _MIT,
    "MobileNetBackbone": _MOBILENET,
    "MobileNetV5Backbone": _MOBILENET_V5,
    "ResNetBackbone": _RESNET,
    "SwinTransformerBackbone": {
        "image_shape": SHAPE,
        "embed_dim": 8,
        "depths": [2, 2],
        "num_heads": [2, 2],
        "window_size": 4,
        "drop_path": 0.0,
    },
    "VGGBackbone": {"stackwise_num_repeats": [2, 2], "stackwise_num_filters": [8, 16], "image_shape": SHAPE},
    "VideoPrismBackbone": {
        "num_frames": 2,
        "patch_size": 8,
        "hidden_dim": 16,
        "intermediate_dim": 32,
        "num_heads": 2,
        "num_spatial_layers": 1,
        "num_temporal_layers": 1,
        "num_auxiliary_layers": 0,
        "image_shape": SHAPE,
    },
    "ViTBackbone": {**_VIT, "patch_size": (8, 8), "mlp_dim": 32},
    "ViTDetBackbone": {
        "image_shape": SHAPE,
        "patch_size": 4,
        "hidden_size": 16,
        "num_layers": 2,
        "global_attention_layer_indices": [1],
        "intermediate_dim": 32,
        "num_heads": 2,
        "num_output_channels": 8,
        "window_size": 4,
    },
    "XceptionBackbone": {
        "stackwise_conv_filters": [[8, 8], [16, 16], [32]],
        "stackwise_pooling": [True, True, False],
        "image_shape": (71, 71, 3),
    },
    "CLIPVisionEncoder": {**_VIT, "intermediate_dim": 32},
    "MetaCLIP2VisionEncoder": {**_VIT, "intermediate_dim": 32},
    "SigLIPVisionEncoder": {**_VIT, "intermediate_dim": 32},
}


def _backbone(name: str, configuration: Mapping[str, Any]) -> keras.Model:
    return classified(keras_hub_class(name)(**configuration))


def _resnet(configuration: Mapping[str, Any]) -> Any:
    return keras_hub_class("ResNetBackbone")(**configuration)


def _bottleneck() -> keras.Model:
    return classified(_resnet({**_RESNET, "block_type": "bottleneck_block", "use_pre_activation": True}))


def _basnet() -> keras.Model:
    sizes = {"stackwise_num_filters": [64, 128, 256, 512], "stackwise_num_blocks": [2] * 4}
    encoder = _resnet({**_PYRAMID, **sizes, "image_shape": (None, None, 3)})
    backbone = keras_hub_class("BASNetBackbone")(
        image_encoder=encoder, num_classes=1, image_shape=SHAPE, projection_filters=64
    )
    return _first_output(backbone)


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
    encoder = keras_hub_class("DINOV2Backbone")(**{**_DINO, "num_layers": 4, "position_embedding_shape": shape, "image_shape": shape})
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
    encoder = keras_hub_class("MiTBackbone")(**_MIT)
    return classified(keras_hub_class("SegFormerBackbone")(image_encoder=encoder, projection_filters=8))


def _vae() -> keras.Model:
    filters, blocks = [32, 32], [1, 1]
    return classified(
        keras_hub_class("VAEBackbone", "vae.vae_backbone")(filters, blocks, filters, blocks, sampler_method="mode", image_shape=SHAPE)
    )


def _d_fine() -> keras.Model:
    encoder = keras_hub_class("HGNetV2Backbone")(
        **{
            **_HGNET,
            "depths": [1, 1, 1],
            "hidden_sizes": [16, 32, 64],
            "stackwise_stage_filters": [(8, 8, 16, 1, 2, 3), (16, 8, 32, 1, 2, 3), (32, 8, 64, 1, 2, 3)],
            "apply_downsample": [False, True, True],
            "use_lightweight_conv_block": [False, False, True],
            "out_features": ["stage2", "stage3"],
            "image_shape": (64, 64, 3),
        }
    )
    backbone = keras_hub_class("DFineBackbone")(backbone=encoder, out_features=["stage2", "stage3"], **_D_FINE)
    return classified(backbone)


_COMPOSED: dict[str, Callable[[], keras.Model]] = {
    "ResNetBackbone, pre-activation": _bottleneck,
    "BASNetBackbone": _basnet,
    "DeepLabV3Backbone": _deeplab,
    "DepthAnythingBackbone": _depth_anything,
    "RetinaNetBackbone": _retina_net,
    "SegFormerBackbone": _seg_former,
    "VAEBackbone": _vae,
    "DFineBackbone": _d_fine,
}

SUBJECTS = [
    *(
        Subject(name, "keras_hub", partial(_backbone, name, configuration))
        for name, configuration in _BACKBONES.items()
    ),
    *(Subject(name, "keras_hub", make) for name, make in _COMPOSED.items()),
]
