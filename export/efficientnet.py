"""EfficientNet-Lite backbone: the variant of EfficientNet without squeeze-and-excitation and with ReLU6.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019; the Lite variants are
Google's (tensorflow/tpu, Apache-2.0). Module names are the keys of the published PyTorch checkpoints without their
underscores, so that `adopt` loads them strictly.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from checkpoints.errors import FormatError, MissingError
from export.contract import MEAN, STD

STAGES = ((1, 3, 1), (6, 3, 2), (6, 5, 2), (6, 3, 2), (6, 5, 1), (6, 5, 2), (6, 3, 1))
"""Expansion, kernel and stride of each stage's first block."""
STEM = 32
EPSILON = 1e-3
"""Of the batch normalisations, as in the published networks."""
HALF = 127 / 255, 128 / 255
"""Mean and deviation of RGB that the published weights expect."""
HEAD = ("_conv_head.", "_bn1.", "_fc.")
"""What a checkpoint has beyond the backbone."""


class Padded(nn.Module):
    """Zeros where TensorFlow's "same" puts them on a map of even sides: with a stride of 2, one more below and on the right."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        before, after = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.sides = (before, after, before, after)

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.sides)


class MBConv(nn.Module):
    """Inverted residual: widened by a 1 x 1 convolution, filtered channel by channel, narrowed by another, and added."""

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        width = channels * expansion
        self.residual = stride == 1 and channels == out
        self.expand_conv = nn.Conv2d(channels, width, 1, bias=False) if expansion > 1 else None
        self.bn0 = nn.BatchNorm2d(width, EPSILON) if expansion > 1 else None
        self.pad = Padded(kernel, stride) if stride > 1 else nn.Identity()
        padding = 0 if stride > 1 else kernel // 2
        self.depthwise_conv = nn.Conv2d(width, width, kernel, stride, padding, groups=width, bias=False)
        self.bn1 = nn.BatchNorm2d(width, EPSILON)
        self.project_conv = nn.Conv2d(width, out, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out, EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        wide = x
        if self.expand_conv is not None and self.bn0 is not None:
            wide = F.relu6(self.bn0(self.expand_conv(x)))
        wide = F.relu6(self.bn1(self.depthwise_conv(self.pad(wide))))
        out = self.bn2(self.project_conv(wide))
        return out + x if self.residual else out


class EfficientNetLite(nn.Module):
    """Five feature maps of a picture (B, 3, H, W), H and W multiples of 32, NCHW.

    The first is the map at 1/2 with its 2 x 2 squares laid into channels, for a pyramid that begins at 1/4. Batch
    normalisations keep the statistics of the photographs that the published weights have seen, also in training.

    Args:
        widths: channels that each of the seven stages puts out.
        depths: blocks of each.
    """

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.pad = Padded(3, 2)
        self.conv_stem = nn.Conv2d(3, STEM, 3, 2, bias=False)
        self.bn0 = nn.BatchNorm2d(STEM, EPSILON)
        self.blocks = nn.ModuleList(_blocks(widths, depths))
        ends = [sum(depths[: i + 1]) - 1 for i in range(len(depths))]
        self.taken = [ends[i] for i in (0, 1, 2, 4, 6)]
        self.channels = [4 * widths[0], *(widths[i] for i in (1, 2, 4, 6))]

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.bn0(self.conv_stem(self.pad(x))))
        features = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.taken:
                features.append(x)
        return [F.pixel_unshuffle(features[0], 2), *features[1:]]  # 1/4, 1/4, 1/8, 1/16, 1/32

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def adopt(self, file: Path) -> None:
        """Takes the weights of a published checkpoint, changed to expect ImageNet's mean and deviation.

        Raises CheckpointError: there is no such file, or it holds another network.
        """
        if not file.is_file():
            raise MissingError(f"{file}: no such checkpoint")
        published = torch.load(file, map_location="cpu", weights_only=True)
        state = {re.sub(r"(^|\.)_", r"\1", k): v for k, v in published.items() if not k.startswith(HEAD)}
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            raise FormatError(f"{file}: not the checkpoint of this EfficientNet-Lite") from error
        _expect_imagenet(self.conv_stem, self.bn0)


def _blocks(widths: Sequence[int], depths: Sequence[int]) -> Iterator[MBConv]:
    channels = STEM
    for (expansion, kernel, stride), width, depth in zip(STAGES, widths, depths, strict=True):
        for number in range(depth):
            yield MBConv(channels, width, expansion, kernel, 1 if number else stride)
            channels = width


@torch.no_grad()
def _expect_imagenet(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """x = (rgb - MEAN) / STD goes in where (rgb - m) / d was expected, which is x * STD / d + (MEAN - m) / d."""
    mean, deviation = HALF
    scale = torch.tensor(STD) / deviation
    shift = (torch.tensor(MEAN) - mean) / deviation
    constant = (conv.weight * shift.view(1, 3, 1, 1)).sum((1, 2, 3))
    conv.weight *= scale.view(1, 3, 1, 1)
    norm.running_mean -= constant  # type: ignore[operator]  # a norm without statistics has none
