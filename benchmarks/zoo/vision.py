"""KerasHub's networks of images and videos, explained at the picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras

from .subject import Subject, classified, keras_hub_class

SIDE = 32
SHAPE = (SIDE, SIDE, 3)

_VIT = {"patch_size": 8, "num_layers": 2, "num_heads": 2, "hidden_dim": 16, "image_shape": SHAPE}
DINO = {**_VIT, "intermediate_dim": 32}
MIT = {
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
RESNET = {
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
HGNET = {
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
# By class its configuration.
_BACKBONES: dict[str, Mapping[str, Any]] = {
    "CSPNetBackbone": {**_CSPNET, "block_type": "dark_block", "stage_type": "dark"},
    "DeiTBackbone": DINO,
    "DenseNetBackbone": {"stackwise_num_repeats": [2, 2], "growth_rate": 8, "image_shape": SHAPE},
    "DINOV2Backbone": {**DINO, "position_embedding_shape": SHAPE, "apply_layernorm": True},
    "DINOV3Backbone": DINO,
    "EfficientNetBackbone": _EFFICIENTNET,
    "HGNetV2Backbone": HGNET,
    "MiTBackbone": MIT,
    "MobileNetBackbone": _MOBILENET,
    "MobileNetV5Backbone": _MOBILENET_V5,
    "ResNetBackbone": RESNET,
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


SUBJECTS = [
    *(
        Subject(name, "keras_hub", partial(_backbone, name, configuration))
        for name, configuration in _BACKBONES.items()
    ),
]
