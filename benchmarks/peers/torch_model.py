"""The same network in PyTorch, from the list of layers that `program_of` writes. Runs in Captum's environment."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class Network(nn.Module):
    """Computes what the Keras model computes, on the same arrays: pictures have their channels last.

    Args:
        program: see `program_of`.
        weights: the Keras model's, in its order.
    """

    def __init__(self, program: list[dict[str, Any]], weights: list[Any]) -> None:
        super().__init__()
        self.program = program
        self.steps = nn.ModuleDict()
        for layer in program:
            own = [torch.tensor(weights[number]) for number in layer["weights"]]
            module = _module(layer, own)
            if module is not None:
                self.steps[_key(layer["name"])] = module
        self.eval()
        for parameter in self.parameters():
            parameter.requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values: dict[str, torch.Tensor] = {}
        lengths, steps = None, set(self.steps.keys())
        start = x.permute(0, 3, 1, 2) if x.ndim == 4 else x
        for layer in self.program:
            kind, name = layer["kind"], layer["name"]
            # A sequential model does not list its input.
            read = [values.get(before, start) for before in layer["reads"]] or [start]
            step = self.steps[_key(name)] if _key(name) in steps else None
            if kind == "Embedding":
                lengths = (read[0] != 0).sum(dim=1).clamp(min=1)
                found = step(read[0])
            elif kind == "LSTM":
                states, _ = step(read[0])
                # Padding stands at the end: the state behind it is that of the last word.
                found = states[torch.arange(len(states)), lengths - 1]
            elif kind == "Add":
                found = read[0] + read[1]
            elif kind == "Flatten":
                found = read[0].permute(0, 2, 3, 1).flatten(1)
            elif kind == "GlobalAveragePooling2D":
                found = read[0].mean(dim=(2, 3))
            elif kind in ("InputLayer", "Dropout", "NotEqual"):
                found = read[0]
            elif step is None:
                raise ValueError(f"program has a layer that is not known here. Received kind={kind!r}.")
            else:
                found = step(read[0])
            values[name] = found
        return found


def _key(name: str) -> str:
    return name.replace(".", "_")


def _module(layer: dict[str, Any], own: list[torch.Tensor]) -> nn.Module | None:
    kind, settings = layer["kind"], layer["settings"]
    if kind in ("Conv2D", "DepthwiseConv2D"):
        # [h, w, in, out], or [h, w, in, 1] for one filter per channel.
        kernel = own[0].permute(2, 3, 0, 1) if kind == "DepthwiseConv2D" else own[0].permute(3, 2, 0, 1)
        groups = kernel.shape[0] if kind == "DepthwiseConv2D" else 1
        convolution = _Convolution(kernel, own[1] if len(own) > 1 else None, settings, groups)
        return nn.Sequential(convolution, _activation(settings["activation"]))
    if kind == "BatchNormalization":
        norm = nn.BatchNorm2d(len(own[0]), eps=settings["epsilon"])
        norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var = own
        return norm
    if kind == "Dense":
        linear = nn.Linear(*own[0].shape)
        linear.weight.data, linear.bias.data = own[0].T.contiguous(), own[1]
        return nn.Sequential(linear, _activation(settings["activation"]))
    if kind == "Embedding":
        return nn.Embedding.from_pretrained(own[0])
    if kind == "LSTM":
        # Both frameworks order the gates alike; Keras has one bias, PyTorch two that are added.
        lstm = nn.LSTM(own[0].shape[0], own[1].shape[0], batch_first=True)
        lstm.weight_ih_l0.data, lstm.weight_hh_l0.data = own[0].T.contiguous(), own[1].T.contiguous()
        lstm.bias_ih_l0.data, lstm.bias_hh_l0.data = own[2], torch.zeros_like(own[2])
        return lstm
    if kind == "ReLU":
        return nn.ReLU6() if settings.get("max_value") == 6 else nn.ReLU()
    if kind == "Softmax":
        return nn.Softmax(dim=-1)
    if kind == "MaxPooling2D":
        return nn.MaxPool2d(tuple(settings["pool_size"]), tuple(settings["strides"]))
    return None


def _activation(name: str) -> nn.Module:
    return {"linear": nn.Identity(), "relu": nn.ReLU(), "softmax": nn.Softmax(dim=-1), "tanh": nn.Tanh()}[name]


class _Convolution(nn.Module):
    """With TensorFlow's padding: more at the end where it is odd."""

    def __init__(self, kernel: torch.Tensor, bias: torch.Tensor | None, settings: dict[str, Any], groups: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(kernel.contiguous())
        self.bias = None if bias is None else nn.Parameter(bias)
        self.stride, self.same, self.groups = tuple(settings["strides"]), settings["padding"] == "same", groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.same:
            pads: list[int] = []
            for size, kernel, stride in zip(x.shape[:1:-1], self.kernel.shape[:1:-1], self.stride[::-1], strict=True):
                missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
                pads += [missing // 2, missing - missing // 2]
            x = functional.pad(x, pads)
        return functional.conv2d(x, self.kernel, self.bias, self.stride, groups=self.groups)
