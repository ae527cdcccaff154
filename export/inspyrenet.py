"""InSPyReNet: salient object detection by a pyramid of saliency maps.

Kim et al., "Revisiting Image Pyramid Structure for High Resolution Salient Object Detection", ACCV 2022.
Module names equal the keys of the author's checkpoints (plemeri/InSPyReNet, MIT), which load strictly.

Read from the bottom: `InSPyReNet` runs the backbone, five PAA encoders, one PAA decoder that draws the coarsest map d3, and
three SICA modules that each add a Laplacian p to it: d2 = expand(d3) + p2, d1 = expand(d2) + p1, d0 = expand(d1) + p0.

Where the author's code reads a tensor in an unusual order the same is done here, because the published weights depend on it:
`AxisAttention` along the height sees rows of length H of the flattened map, which on a square map are its rows again, and
`SICA` sums its context over features viewed as (pixels, channels) although they lie in memory as (channels, pixels).
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvUnit(nn.Module):
    """Convolution that keeps the size, batch normalisation unless `bn` is False, and ReLU where asked; no bias."""

    def __init__(
        self,
        channels: int,
        out: int,
        kernel: int | tuple[int, int],
        dilation: int = 1,
        bn: bool = True,
        relu: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, padding="same", dilation=dilation, bias=False)
        self.bn = nn.BatchNorm2d(out) if bn else None
        self.relu = relu
        nn.init.kaiming_normal_(self.conv.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.bn is not None:
            x = self.bn(x)
        return x.relu() if self.relu else x


class AxisAttention(nn.Module):
    """Self-attention between the positions along one axis of the map, added to it with a learned weight."""

    def __init__(self, channels: int, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.gamma = nn.Parameter(torch.zeros(1))
        self.query_conv = ConvUnit(channels, channels // 8, 1)
        self.key_conv = ConvUnit(channels, channels // 8, 1)
        self.value_conv = ConvUnit(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        _, c, h, w = x.shape
        n = x.shape[self.axis]
        query, key = (conv(x).reshape(-1, c // 8 * h * w // n, n) for conv in (self.query_conv, self.key_conv))
        value = self.value_conv(x).reshape(-1, c * h * w // n, n)
        attention = (query.transpose(1, 2) @ key).softmax(-1)  # B, n, n
        out = (value @ attention.transpose(1, 2)).view(-1, c, h, w)
        return self.gamma * out + x


class PAABranch(nn.Module):
    def __init__(self, channels: int, out: int, kernel: int) -> None:
        super().__init__()
        self.conv0 = ConvUnit(channels, out, 1)
        self.conv1 = ConvUnit(out, out, (1, kernel))
        self.conv2 = ConvUnit(out, out, (kernel, 1))
        self.conv3 = ConvUnit(out, out, 3, dilation=kernel)
        self.Hattn = AxisAttention(out, axis=2)
        self.Wattn = AxisAttention(out, axis=3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv2(self.conv1(self.conv0(x)))
        return self.conv3(self.Hattn(x) + self.Wattn(x))


class PAAEncoder(nn.Module):
    """Parallel axial attention, encoder: one feature map of the backbone -> `depth` channels at the same size."""

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        self.branch0 = ConvUnit(channels, depth, 1)
        self.branch1 = PAABranch(channels, depth, 3)
        self.branch2 = PAABranch(channels, depth, 5)
        self.branch3 = PAABranch(channels, depth, 7)
        self.conv_cat = ConvUnit(4 * depth, depth, 3)
        self.conv_res = ConvUnit(channels, depth, 1)

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.branch0(x), self.branch1(x), self.branch2(x), self.branch3(x)]
        return (self.conv_cat(torch.cat(branches, 1)) + self.conv_res(x)).relu()


class PAADecoder(nn.Module):
    """Parallel axial attention, decoder: features at 1/8, 1/16, 1/32 -> features and the map d3 at 1/8."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.conv1 = ConvUnit(3 * depth, depth, 3)
        self.conv2 = ConvUnit(depth, depth, 3)
        self.conv3 = ConvUnit(depth, depth, 3)
        self.conv4 = ConvUnit(depth, depth, 3)
        self.conv5 = ConvUnit(depth, 1, 3, bn=False)
        self.Hattn = AxisAttention(depth, axis=2)
        self.Wattn = AxisAttention(depth, axis=3)

    def forward(self, x3: Tensor, x4: Tensor, x5: Tensor) -> tuple[Tensor, Tensor]:
        x4, x5 = (
            F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=True) for x, scale in ((x4, 2), (x5, 4))
        )
        f = self.conv1(torch.cat([x5, x4, x3], 1))
        f = self.conv4(self.conv3(self.conv2(self.Hattn(f) + self.Wattn(f))))
        return f, self.conv5(f)


class SICA(nn.Module):
    """Scale-invariant context attention: refines features with contexts summed over what the map calls fore- and background.

    Args:
        channels: of the features that come in.
        depth: of the features that go out.
        size: side of the square map over which contexts are summed; the sum is not normalised, so weights depend on it.
        laplacian: whether the Laplacian of the stage before makes two further contexts.
    """

    def __init__(self, channels: int, depth: int, size: int, laplacian: bool) -> None:
        super().__init__()
        self.depth, self.size = depth, size
        self.threshold = nn.Parameter(torch.tensor([0.5]))
        self.lthreshold = nn.Parameter(torch.tensor([0.5])) if laplacian else None
        self.conv_query = nn.Sequential(ConvUnit(channels, depth, 3, relu=True), ConvUnit(depth, depth, 3, relu=True))
        self.conv_key = nn.Sequential(ConvUnit(channels, depth, 1, relu=True), ConvUnit(depth, depth, 1, relu=True))
        self.conv_value = nn.Sequential(ConvUnit(channels, depth, 1, relu=True), ConvUnit(depth, depth, 1, relu=True))
        self.conv_out1 = ConvUnit(depth, depth, 3, relu=True)
        self.conv_out2 = ConvUnit(channels + depth, depth, 3, relu=True)
        self.conv_out3 = ConvUnit(depth, depth, 3, relu=True)
        self.conv_out4 = ConvUnit(depth, 1, 1)

    def forward(self, x: Tensor, saliency: Tensor, laplacian: Tensor | None = None) -> tuple[Tensor, Tensor]:
        context = self.context(x, self.maps(saliency, laplacian, x.shape[-1]))  # B, channels, maps, 1
        key = self.conv_key(context).flatten(2)  # B, depth, maps
        value = self.conv_value(context).flatten(2)
        query = self.conv_query(x)  # B, depth, h, w
        similarity = key.transpose(1, 2) @ query.flatten(2) * self.depth**-0.5  # B, maps, h * w
        attended = (value @ similarity.softmax(1)).view(query.shape)
        f = self.conv_out3(self.conv_out2(torch.cat([x, self.conv_out1(attended)], 1)))
        return f, self.conv_out4(f)

    def maps(self, saliency: Tensor, laplacian: Tensor | None, side: int) -> Tensor:
        """Foreground, background and uncertainty of the saliency, then what the Laplacian adds and removes: B, 3 or 5, h, w."""
        p = resize(saliency, side).sigmoid() - self.threshold
        maps = [p.clip(0, 1), (-p).clip(0, 1), self.threshold - p.abs()]
        if laplacian is not None and self.lthreshold is not None:
            edge = resize(laplacian, side).sigmoid() - self.lthreshold
            maps += [edge.clip(0, 1), (-edge).clip(0, 1)]
        return torch.cat(maps, 1)

    def context(self, x: Tensor, maps: Tensor) -> Tensor:
        pixels = self.size * self.size
        features = (
            resize(x, self.size).contiguous().view(-1, pixels, x.shape[1])
        )  # not transposed: see the module's docstring
        weights = resize(maps, self.size).reshape(-1, maps.shape[1], pixels)
        return (weights @ features).transpose(1, 2).unsqueeze(3)


def resize(x: Tensor, side: int) -> Tensor:
    """Bilinear resampling of a square map to side x side; a map that has that size is returned as it is.

    By scale and not by size: a constant scale keeps the exported graph free of shape arithmetic.
    """
    if x.shape[-1] == side:
        return x
    return F.interpolate(x, scale_factor=side / x.shape[-1], mode="bilinear", align_corners=False)


class ImagePyramid(nn.Module):
    """Burt and Adelson's pyramid (1983) with a 7 x 7 Gaussian of sigma 1; the kernel is no part of a checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        x = torch.arange(-3, 4, dtype=torch.float64)
        g = torch.exp(-x * x / 2)
        g = g / g.sum()
        self.kernel: Tensor
        self.register_buffer("kernel", torch.outer(g, g).float()[None, None], persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """Doubles a map (B, 1, h, w): zeros between its pixels, then the Gaussian."""
        zeros = torch.zeros_like(x)
        x = F.pixel_shuffle(torch.cat([x, zeros, zeros, zeros], 1), 2)
        return F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), 4 * self.kernel)

    def reduce(self, x: Tensor) -> Tensor:
        """Halves a map (B, 1, h, w): the Gaussian, then every second pixel."""
        return F.conv2d(F.pad(x, (3, 3, 3, 3), mode="reflect"), self.kernel)[:, :, ::2, ::2]


class Maps(NamedTuple):
    """Logits of the saliency pyramid, each (B, 1, h, w): d3 at 1/8 of the picture's side, d2 at 1/4, d1 at 1/2, d0 at 1."""

    d3: Tensor
    d2: Tensor
    d1: Tensor
    d0: Tensor


class InSPyReNet(nn.Module):
    """Logits of the saliency pyramid of a square, normalised picture (B, 3, S, S), S a multiple of 32.

    Args:
        backbone: gives five feature maps at 1/4, 1/4, 1/8, 1/16 and 1/32, with `backbone.channels` channels.
        depth: channels of everything after the backbone.
        base_size: S of the checkpoint; SICA sums its contexts at this size.
    """

    def __init__(self, backbone: nn.Module, depth: int, base_size: int) -> None:
        super().__init__()
        channels: list[int] = backbone.channels  # type: ignore[assignment]
        self.backbone = backbone
        self.context1 = PAAEncoder(channels[0], depth)
        self.context2 = PAAEncoder(channels[1], depth)
        self.context3 = PAAEncoder(channels[2], depth)
        self.context4 = PAAEncoder(channels[3], depth)
        self.context5 = PAAEncoder(channels[4], depth)
        self.decoder = PAADecoder(depth)
        self.attention0 = SICA(depth, depth, base_size, laplacian=True)
        self.attention1 = SICA(2 * depth, depth, base_size // 2, laplacian=True)
        self.attention2 = SICA(2 * depth, depth, base_size // 4, laplacian=False)
        self.pyramid = ImagePyramid()

    def forward(self, x: Tensor) -> Maps:
        side = x.shape[-1]
        x1, x2, x3, x4, x5 = self.backbone(x)
        f3, d3 = self.decoder(self.context3(x3), self.context4(x4), self.context5(x5))
        x1, x2 = self.context1(x1), self.context2(x2)

        f2, p2 = self.attention2(torch.cat([x2, resize(f3, side // 4)], 1), d3.detach())
        d2 = self.pyramid.expand(d3.detach()) + p2

        f2 = torch.cat([resize(x1, side // 2), resize(f2, side // 2)], 1)
        f1, p1 = self.attention1(f2, d2.detach(), p2.detach())
        d1 = self.pyramid.expand(d2.detach()) + p1

        _, p0 = self.attention0(resize(f1, side), d1.detach(), p1.detach())
        d0 = self.pyramid.expand(d1.detach()) + p0
        return Maps(d3, d2, d1, d0)

    def coarse(self, x: Tensor) -> Tensor:
        """Only d3 (B, 1, S/8, S/8): what the first part of a training run needs, at a quarter of the cost."""
        _, _, x3, x4, x5 = self.backbone(x)
        return self.decoder(self.context3(x3), self.context4(x4), self.context5(x5))[1]
