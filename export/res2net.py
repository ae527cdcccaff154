"""Res2Net backbone (v1b: deep stem, average-pooled shortcuts), as InSPyReNet uses it.

Gao et al., "Res2Net: A New Multi-scale Backbone Architecture", TPAMI 2021. Module names equal the keys of the published
Res2Net50-v1b-26w-4s checkpoints. Dilation grows in the last two stages although the output stride stays 32: that is how
the InSPyReNet weights were trained.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

SCALE = 4
EXPANSION = 4
BASE_WIDTH = 26
DILATIONS = (1, 1, 2, 4)
LAST_STAGE_GRID = (1, 2, 4)
"""Further dilation of the blocks of the last stage."""


class Bottle2neck(nn.Module):
    """A bottleneck whose 3 x 3 convolution works on four groups in turn, each fed with the one before.

    The first block of a stage (`first`) shrinks the map, and its groups do not feed each other.
    """

    def __init__(self, channels: int, planes: int, stride: int, dilation: int, first: bool) -> None:
        super().__init__()
        width = planes * BASE_WIDTH // 64
        self.first = first
        self.conv1 = nn.Conv2d(channels, SCALE * width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(SCALE * width)
        self.pool = nn.AvgPool2d(3, stride, padding=1) if first else nn.Identity()
        self.convs = nn.ModuleList(
            nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False) for _ in range(SCALE - 1)
        )
        self.bns = nn.ModuleList(nn.BatchNorm2d(width) for _ in range(SCALE - 1))
        self.conv3 = nn.Conv2d(SCALE * width, EXPANSION * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(EXPANSION * planes)
        self.downsample = _shortcut(channels, EXPANSION * planes, stride) if first else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        *groups, rest = self.bn1(self.conv1(x)).relu().chunk(SCALE, 1)
        out: list[Tensor] = []
        for group, conv, bn in zip(groups, self.convs, self.bns, strict=True):
            fed = group if self.first or not out else group + out[-1]
            out.append(bn(conv(fed)).relu())
        joined = torch.cat([*out, self.pool(rest)], 1)
        return (self.bn3(self.conv3(joined)) + self.downsample(x)).relu()


def _shortcut(channels: int, out: int, stride: int) -> nn.Sequential:
    pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False)
    return nn.Sequential(pool, nn.Conv2d(channels, out, 1, bias=False), nn.BatchNorm2d(out))


def _stage(channels: int, planes: int, depth: int, index: int) -> nn.Sequential:
    grid = LAST_STAGE_GRID if index == 3 else (1,) * depth
    blocks = [Bottle2neck(channels, planes, stride=1 if index == 0 else 2, dilation=DILATIONS[index], first=True)]
    for i in range(1, depth):
        blocks.append(Bottle2neck(EXPANSION * planes, planes, 1, DILATIONS[index] * grid[i], first=False))
    return nn.Sequential(*blocks)


class Res2Net(nn.Module):
    """Five feature maps of a picture (B, 3, H, W): the stem and the four stages' outputs, NCHW.

    Args:
        stem: channels of the stem; its first two convolutions have half of them.
        planes: bottleneck planes of the first stage, doubled at each further one; a stage puts out four times its planes.
        depths: blocks per stage, at most three in the last.
    """

    def __init__(self, stem: int, planes: int, depths: Sequence[int]) -> None:
        super().__init__()
        widths = [planes * 2**i for i in range(4)]
        inputs = [stem, *(EXPANSION * width for width in widths)]
        self.channels = inputs
        self.conv1 = nn.Sequential(
            nn.Conv2d(3, stem // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(stem // 2), nn.ReLU(),
            nn.Conv2d(stem // 2, stem // 2, 3, 1, 1, bias=False), nn.BatchNorm2d(stem // 2), nn.ReLU(),
            nn.Conv2d(stem // 2, stem, 3, 1, 1, bias=False),
        )  # fmt: skip
        self.bn1 = nn.BatchNorm2d(stem)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        for i in range(4):
            self.add_module(f"layer{i + 1}", _stage(inputs[i], widths[i], depths[i], i))
        self.apply(_initialise)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        features = [x]
        for i in range(4):
            x = self.get_submodule(f"layer{i + 1}")(x)
            features.append(x)
        return features  # 1/4, 1/4, 1/8, 1/16, 1/32


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
