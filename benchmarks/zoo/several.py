"""KerasHub's networks of several inputs: pictures, sounds, words, latents."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .language import GEMMA, HEADS, T5GEMMA
from .subject import LENGTH, VOCABULARY, Subject, classified, keras_hub_class
from .vision import DINO, SHAPE, SIDE

_TEXT = {
    "vocabulary_size": VOCABULARY,
    "embedding_dim": 16,
    "hidden_dim": 16,
    "num_layers": 2,
    "num_heads": 2,
    "intermediate_dim": 32,
    "max_sequence_length": LENGTH,
}
_BOTH = [None, "token_embedding"]


def _two_towers(name: str) -> keras.Model:
    vision = keras_hub_class(f"{name}VisionEncoder")(**DINO)
    text = keras_hub_class(f"{name}TextEncoder")(**_TEXT)
    width = {} if name == "SigLIP" else {"projection_dim": 8}
    return keras_hub_class(f"{name}Backbone")(vision_encoder=vision, text_encoder=text, **width)


def _own_pair(outputs: Any) -> Any:
    """How well each picture fits its own text, which no other row has a part in."""
    return tf.linalg.diag_part(outputs["vision_logits"])


def _first_text(outputs: Any) -> Any:
    """How well each picture fits the text of the batch's first row, whichever that is."""
    return outputs["vision_logits"][:, 0]


def _text_encoder(name: str) -> keras.Model:
    return classified(keras_hub_class(f"{name}TextEncoder")(**_TEXT))


def _pali_gemma() -> keras.Model:
    vit = {"vit_patch_size": 8, "vit_num_heads": 2, "vit_hidden_dim": 16, "vit_num_layers": 2}
    return classified(keras_hub_class("PaliGemmaBackbone")(**GEMMA, image_size=SIDE, vit_intermediate_dim=32, **vit))


def _gemma3_vision() -> keras.Model:
    vision = keras_hub_class("Gemma3VisionEncoder")(
        image_size=SIDE,
        patch_size=8,
        pool_size=2,
        num_layers=1,
        num_heads=2,
        hidden_dim=16,
        intermediate_dim=32,
        output_dim=16,
    )
    return classified(keras_hub_class("Gemma3Backbone")(**GEMMA, image_size=SIDE, vision_encoder=vision))


def _whisper() -> keras.Model:
    lengths = {"max_encoder_sequence_length": 2 * LENGTH, "max_decoder_sequence_length": LENGTH}
    return classified(keras_hub_class("WhisperBackbone")(**HEADS, num_mels=8, **lengths))


def _moonshine() -> keras.Model:
    backbone = keras_hub_class("MoonshineBackbone")(
        vocabulary_size=VOCABULARY,
        filter_dim=16,
        encoder_num_layers=2,
        decoder_num_layers=2,
        hidden_dim=16,
        intermediate_dim=32,
        encoder_num_heads=2,
        decoder_num_heads=2,
    )
    return classified(backbone)


def _flux() -> keras.Model:
    backbone = keras_hub_class("FluxBackbone")(
        input_channels=8,
        hidden_size=16,
        mlp_ratio=2.0,
        num_heads=2,
        depth=1,
        depth_single_blocks=1,
        axes_dim=[2, 2, 4],
        theta=10_000,
        use_bias=True,
        image_shape=(16, 8),
        text_shape=(LENGTH, 8),
        image_ids_shape=(16, 3),
        text_ids_shape=(LENGTH, 3),
        y_shape=(8,),
    )
    return classified(backbone)


def _still(inputs: dict[str, Any]) -> dict[str, Any]:
    """Nothing to see or to read, at the same places and the same time."""
    return {name: np.zeros_like(leaf) if name in ("image", "text", "y") else leaf for name, leaf in inputs.items()}


def _mmdit(qk_norm: str | None, dual: tuple[int, ...] | None) -> keras.Model:
    diffuser = keras_hub_class("MMDiT", "stable_diffusion_3.mmdit")(
        patch_size=2,
        hidden_dim=16,
        num_layers=2,
        num_heads=2,
        position_size=8,
        latent_shape=(8, 8, 4),
        context_shape=(LENGTH, 16),
        pooled_projection_shape=(8,),
        qk_norm=qk_norm,
        dual_attention_indices=dual,
    )
    return classified(diffuser)


def _stable_diffusion() -> keras.Model:
    filters, blocks = [32, 32, 32, 32], [1, 1, 1, 1]
    vae = keras_hub_class("VAEBackbone", "vae.vae_backbone")(
        filters, blocks, filters, blocks, sampler_method="mode", sample_channels=8, name="vae"
    )
    clips = [
        keras_hub_class("CLIPTextEncoder")(**_TEXT, intermediate_output_index=0, name=name)
        for name in ("clip_l", "clip_g")
    ]
    backbone = keras_hub_class("StableDiffusion3Backbone")(
        mmdit_patch_size=2,
        mmdit_hidden_dim=16,
        mmdit_num_layers=2,
        mmdit_num_heads=2,
        mmdit_position_size=8,
        mmdit_qk_norm=None,
        mmdit_dual_attention_indices=None,
        vae=vae,
        clip_l=clips[0],
        clip_g=clips[1],
        latent_channels=4,
        image_shape=(64, 64, 3),
    )
    return classified(backbone, "images")


def _sam() -> keras.Model:
    side, patch = 64, 8
    encoder = keras_hub_class("ViTDetBackbone")(
        hidden_size=16,
        num_layers=2,
        intermediate_dim=32,
        num_heads=2,
        global_attention_layer_indices=[1],
        patch_size=patch,
        num_output_channels=8,
        window_size=2,
        image_shape=(side, side, 3),
    )
    prompts = keras_hub_class("SAMPromptEncoder")(
        hidden_size=8,
        image_embedding_size=(side // patch, side // patch),
        input_image_size=(side, side),
        mask_in_channels=8,
    )
    decoder = keras_hub_class("SAMMaskDecoder")(
        num_layers=2,
        hidden_size=8,
        intermediate_dim=32,
        num_heads=2,
        embedding_dim=8,
        num_multimask_outputs=3,
        iou_head_depth=2,
        iou_head_hidden_dim=8,
    )
    backbone = keras_hub_class("SAMBackbone")(image_encoder=encoder, prompt_encoder=prompts, mask_decoder=decoder)
    segmenter = keras_hub_class("SAMImageSegmenter")(backbone, preprocessor=None)
    return keras.Model(segmenter.input, segmenter.output["iou_pred"])


def _other_picture(inputs: dict[str, Any]) -> dict[str, Any]:
    """The same prompts on no picture."""
    return {**inputs, "images": np.zeros_like(inputs["images"])}


def _parseq() -> keras.Model:
    encoder = keras_hub_class("ViTBackbone")(
        image_shape=SHAPE,
        patch_size=(8, 8),
        num_layers=2,
        num_heads=2,
        hidden_dim=16,
        mlp_dim=32,
        use_class_token=False,
    )
    backbone = keras_hub_class("PARSeqBackbone")(
        image_encoder=encoder,
        vocabulary_size=VOCABULARY,
        max_label_length=LENGTH,
        decoder_hidden_dim=16,
        num_decoder_layers=1,
        num_decoder_heads=2,
        decoder_mlp_dim=32,
    )
    return classified(backbone)


def _t5gemma2() -> keras.Model:
    return classified(keras_hub_class("T5Gemma2Backbone")(**T5GEMMA))


# A point of the foreground, a box, and no mask.
_PROMPTS = {
    "labels": lambda n: np.ones((n, 1), "float32"),
    "points": lambda n: np.full((n, 1, 2), 20.0, "float32"),
    "boxes": lambda n: np.tile(np.array([[[8.0, 8.0], [40.0, 40.0]]], "float32"), (n, 1, 1, 1)),
    "masks": lambda n: np.zeros((n, 0, 64, 64, 1), "float32"),
}

SUBJECTS = [
    *(
        Subject(f"{name}Backbone, own pairs", "keras_hub", partial(_two_towers, name), layer=_BOTH, target=_own_pair)
        for name in ("CLIP", "MetaCLIP2", "SigLIP")
    ),
    Subject(
        "CLIPBackbone, the first text",
        "keras_hub",
        partial(_two_towers, "CLIP"),
        layer=_BOTH,
        target=_first_text,
        refused="mixes rows",
    ),
    Subject("CLIPTextEncoder", "keras_hub", partial(_text_encoder, "CLIP"), layer="token_embedding"),
    Subject("SigLIPTextEncoder", "keras_hub", partial(_text_encoder, "SigLIP"), layer="token_embedding"),
    Subject("PaliGemmaBackbone", "keras_hub", _pali_gemma, layer=_BOTH),
    Subject(
        "Gemma3Backbone, with pictures",
        "keras_hub",
        _gemma3_vision,
        layer=_BOTH,
        lengths={"images": 1},
        inputs={
            "vision_indices": lambda n: np.tile(np.arange(1, 5, dtype="int32"), (n, 1)),
            "vision_mask": lambda n: np.tile((np.arange(LENGTH) % 5 > 0).astype("int32"), (n, 1)),
        },
    ),
    Subject("WhisperBackbone", "keras_hub", _whisper, layer=_BOTH, lengths={"encoder_features": 2 * LENGTH}),
    Subject("MoonshineBackbone", "keras_hub", _moonshine, lengths={"encoder_input_values": 4000}),
    Subject("FluxBackbone", "keras_hub", _flux, nothing=_still),
    # The embedding of the time turns 143 times on its way from 0.
    Subject("FluxBackbone, time too", "keras_hub", _flux),
    Subject("MMDiT", "keras_hub", partial(_mmdit, None, None)),
    Subject("MMDiT, 3.5", "keras_hub", partial(_mmdit, "rms_norm", (0,))),
    Subject(
        "StableDiffusion3Backbone",
        "keras_hub",
        _stable_diffusion,
        layer=("clip_l_embedding/token_embedding", 0),
        inputs={
            "num_steps": lambda n: np.full(n, 28, "int32"),
            "guidance_scale": lambda n: np.full(n, 7.0, "float32"),
        },
        # Its scheduler reads a tensor as a Python bool, which no graph can.
        refused="tensors of a graph",
    ),
    Subject("SAMImageSegmenter", "keras_hub", _sam, inputs=_PROMPTS, nothing=_other_picture),
    Subject("SAMImageSegmenter, prompts too", "keras_hub", _sam, inputs=_PROMPTS, reasons=("gradient cut",)),
    Subject("PARSeqBackbone", "keras_hub", _parseq, layer=[None, ("token_embedding", 0), ("token_embedding", 1)]),
    Subject("T5Gemma2Backbone", "keras_hub", _t5gemma2, layer=["encoder_token_embedding", "decoder_token_embedding"]),
]
