"""KerasHub's networks of tokens, explained at what their embedding looks up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from .subject import LENGTH, VOCABULARY, Subject, classified, keras_hub_class, padding

_WIDTHS = {"num_layers": 2, "hidden_dim": 16, "intermediate_dim": 32}
_SIZES = {"vocabulary_size": VOCABULARY, **_WIDTHS}
HEADS = {**_SIZES, "num_heads": 2}
_POSITIONS = {**HEADS, "max_sequence_length": 2 * LENGTH}
_GROUPED = {**_SIZES, "num_query_heads": 4, "num_key_value_heads": 2}
_EXPERTS = {"num_experts": 4, "top_k": 2}
GEMMA = {**_GROUPED, "head_dim": 4}
_SMOL = {
    **_SIZES,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "rope_layer_enabled_list": [True, False],
    "layer_types": ["full_attention"] * 2,
    "mlp_bias": False,
    "layer_norm_epsilon": 1e-6,
    "max_position_embeddings": 2 * LENGTH,
    "rope_theta": 10000.0,
    "partial_rotary_factor": 1.0,
}
_LINEAR = {
    **GEMMA,
    "head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 4,
    "linear_value_head_dim": 4,
}
T5GEMMA = {
    "vocabulary_size": VOCABULARY,
    **{
        f"{part}_{name}": value
        for part in ("encoder", "decoder")
        for name, value in {
            "hidden_dim": 16,
            "intermediate_dim": 32,
            "num_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 4,
            "layer_types": ["full_attention", "sliding_attention"],
        }.items()
    },
    "sliding_window": 4,
    "query_pre_attn_scalar": 4.0,
}

# By class its configuration. Nearly all call the layer that looks up tokens "token_embedding".
_DECODERS_AND_ENCODERS: dict[str, Mapping[str, Any]] = {
    "AlbertBackbone": {**_POSITIONS, "embedding_dim": 8},
    "BertBackbone": _POSITIONS,
    "BloomBackbone": HEADS,
    "DebertaV3Backbone": {**_POSITIONS, "bucket_size": 8},
    "DistilBertBackbone": _POSITIONS,
    "ElectraBackbone": {
        "vocab_size": VOCABULARY,
        **_WIDTHS,
        "num_heads": 2,
        "embedding_dim": 8,
        "max_sequence_length": 2 * LENGTH,
    },
    "ESMBackbone": {**HEADS, "max_sequence_length": 2 * LENGTH},
    "FNetBackbone": {**_SIZES, "max_sequence_length": 2 * LENGTH},
    "FalconBackbone": {**_SIZES, "num_attention_heads": 4},
    "GPT2Backbone": _POSITIONS,
    "GPTNeoXBackbone": _POSITIONS,
    "GemmaBackbone": GEMMA,
    "Gemma3Backbone": {**GEMMA, "image_size": 16, "use_post_ffw_norm": True, "use_post_attention_norm": True},
    "Gemma4Backbone": {**GEMMA, "sliding_window_pattern": 2, "image_size": 16},
    "GptOssBackbone": {**_GROUPED, **_EXPERTS},
    "LlamaBackbone": _GROUPED,
    "Llama3Backbone": _GROUPED,
    "MistralBackbone": _GROUPED,
    "MixtralBackbone": {**_GROUPED, **_EXPERTS},
    "OPTBackbone": _POSITIONS,
    "Phi3Backbone": _GROUPED,
    "QwenBackbone": _GROUPED,
    "Qwen3Backbone": GEMMA,
    "Qwen3MoeBackbone": {**GEMMA, **_EXPERTS, "moe_intermediate_dim": 16},
    "Qwen3_5Backbone": _LINEAR,
    "QwenMoeBackbone": {**_GROUPED, **_EXPERTS, "moe_intermediate_dim": 16, "shared_expert_intermediate_dim": 16},
    "RWKV7Backbone": {
        "vocabulary_size": VOCABULARY,
        "num_layers": 2,
        "hidden_size": 16,
        "head_size": 4,
        "intermediate_dim": 32,
        "gate_lora": 4,
        "mv_lora": 4,
        "aaa_lora": 4,
        "decay_lora": 4,
    },
    "RobertaBackbone": _POSITIONS,
    "RoformerV2Backbone": {**HEADS, "head_size": 8},
    "SmolLM3Backbone": _SMOL,
    "XLMRobertaBackbone": _POSITIONS,
}
# Where one embedding looks up both texts, each call is attributed to.
_TWO_TEXTS: dict[str, Mapping[str, Any]] = {
    "BartBackbone": _POSITIONS,
    "EdRecBackbone": {
        "vocab_size": VOCABULARY,
        "num_layers_enc": 2,
        "num_layers_dec": 2,
        "hidden_dim": 16,
        "intermediate_dim": 32,
        "num_heads": 2,
    },
    "T5Backbone": HEADS,
}


def _backbone(name: str, configuration: Mapping[str, Any]) -> keras.Model:
    return classified(keras_hub_class(name)(**configuration))


def _language_model(name: str, configuration: Mapping[str, Any]) -> keras.Model:
    """A causal language model, whose embedding is used again for the logits, as a function of the next word."""
    backbone = keras_hub_class(name.replace("CausalLM", "Backbone"))(**configuration)
    model = keras_hub_class(name)(backbone=backbone, preprocessor=None)
    return keras.Model(model.input, keras.layers.Lambda(_last)(model.output))


def _all(n: int) -> NDArray[np.int32]:
    return np.ones((n, LENGTH), np.int32)


def _last(sequence: Any) -> Any:
    return sequence[:, -1]


_SIX_LAYERS = {**GEMMA, "num_layers": 6, "image_size": 16}
_XLNET = {"make": partial(_backbone, "XLNetBackbone", HEADS), "layer": "word_embedding"}

SUBJECTS = [
    *(
        Subject(
            name,
            "keras_hub",
            partial(_backbone, name, configuration),
            layer="token_embedding",
            # Which experts a token is sent to changes along the path, and the score jumps there.
            reasons=("jump at alpha",) if "num_experts" in configuration else (),
        )
        for name, configuration in _DECODERS_AND_ENCODERS.items()
    ),
    # 30 normalisations one after the other: from zeros, the change begins below float32's smallest number.
    Subject(
        "Gemma4Backbone, 6 layers",
        "keras_hub",
        partial(_backbone, "Gemma4Backbone", _SIX_LAYERS),
        layer="token_embedding",
        reasons=("jump at the baseline",),
    ),
    Subject(
        "Gemma4Backbone, 6 layers, from padding",
        "keras_hub",
        partial(_backbone, "Gemma4Backbone", _SIX_LAYERS),
        layer="token_embedding",
        nothing=padding,
    ),
    # Its attention reads the padding of other rows.
    Subject("XLNetBackbone", "keras_hub", refused="mixes rows", **_XLNET),
    Subject("XLNetBackbone, no padding", "keras_hub", inputs={"padding_mask": _all}, **_XLNET),
    *(
        Subject(
            name,
            "keras_hub",
            partial(_backbone, name, configuration),
            layer=[("embedding" if name == "EdRecBackbone" else "token_embedding", call) for call in (0, 1)],
        )
        for name, configuration in _TWO_TEXTS.items()
    ),
    Subject(
        "T5GemmaBackbone",
        "keras_hub",
        partial(_backbone, "T5GemmaBackbone", T5GEMMA),
        layer=["encoder_token_embedding", "decoder_token_embedding"],
    ),
    Subject(
        "GPT2CausalLM",
        "keras_hub",
        partial(_language_model, "GPT2CausalLM", _POSITIONS),
        layer=("token_embedding", 0),
    ),
    Subject(
        "LlamaCausalLM",
        "keras_hub",
        partial(_language_model, "LlamaCausalLM", {**_GROUPED, "tie_word_embeddings": True}),
        layer=("token_embedding", 0),
    ),
]
