"""Batch normalisations become part of the convolutions before them.

norm(W x) = weight * (W x - mean) / sqrt(var + eps) + bias is again a convolution: its kernel is W * weight / sqrt(var + eps),
its bias is bias - mean * weight / sqrt(var + eps).
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from export.efficientnet import EfficientNetLite, MBConv
from export.inspyrenet import ConvUnit
from export.res2net import Bottle2neck, Res2Net


def fold(network: nn.Module) -> None:
    """Folds every batch normalisation of a network in evaluation mode, in place; computed in float64, kept in float32.

    Raises ValueError: a normalisation follows no convolution that is known here.
    """
    for module in list(network.modules()):
        for conv, norm in _pairs(module):
            folded: nn.Conv2d = fuse_conv_bn_eval(_double(module, conv), _double(module, norm))
            module.set_submodule(conv, folded.float())
            module.set_submodule(norm, nn.Identity())
    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            raise ValueError(f"{name} follows no convolution that it could become part of")


def _double(module: nn.Module, name: str) -> Any:
    return module.get_submodule(name).double()


def _pairs(module: nn.Module) -> Iterator[tuple[str, str]]:
    """Convolution and normalisation that follow each other in this very module, not in its children, by name."""
    match module:
        case ConvUnit():
            if module.bn is not None:
                yield "conv", "bn"
        case Bottle2neck():
            yield "conv1", "bn1"
            yield from ((f"convs.{i}", f"bns.{i}") for i in range(len(module.convs)))
            yield "conv3", "bn3"
        case MBConv():
            if module.expand_conv is not None:
                yield "expand_conv", "bn0"
            yield "depthwise_conv", "bn1"
            yield "project_conv", "bn2"
        case EfficientNetLite():
            yield "conv_stem", "bn0"
        case Res2Net():
            yield f"conv1.{len(module.conv1) - 1}", "bn1"
        case nn.Sequential():
            for (conv, first), (norm, second) in pairwise(module.named_children()):
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    yield conv, norm
