"""Swin Transformer backbone, as InSPyReNet uses it.

Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV 2021. Module names equal the
keys of the published checkpoints (microsoft/Swin-Transformer and plemeri/InSPyReNet, both MIT), so that they load strictly.

Two properties of the original are kept on purpose, because the published weights were trained with them: feature maps are
padded after `norm1`, so the padding's zeros take part in attention; and shifted blocks run, masked, even where a single
window covers the map.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MASKED = -100.0


def partition(x: Tensor, w: int) -> Tensor:
    """Cuts a map (B, H, W, C) into windows: (B * H/w * W/w * w * w, C), the positions of a window one after another."""
    _, h, wd, c = x.shape
    x = x.view(-1, h // w, w, wd // w, w, c).transpose(2, 3)  # B, H/w, W/w, w, w, C
    return x.reshape(-1, c)


def unpartition(x: Tensor, w: int, height: int, width: int) -> Tensor:
    """Inverse of `partition`; the batch is the inferred axis, because an exported graph must not remember the traced one."""
    c = x.shape[-1]
    x = x.view(-1, height // w, width // w, w, w, c).transpose(2, 3)  # B, H/w, w, W/w, w, C
    return x.reshape(-1, height, width, c)


def rolled(x: Tensor, shift: int, height: int, width: int) -> Tensor:
    """The map (B, H, W, C) moved up and left by `shift`, cyclically, and cut to its first rows and columns."""
    rows, columns = (torch.arange(size, device=x.device) for size in x.shape[1:3])
    x = x.index_select(1, rows.roll(-shift)[:height])
    return x.index_select(2, columns.roll(-shift)[:width])


def relative_position_index(w: int) -> Tensor:
    """For each pair of the window's w * w positions, the row of the bias table that holds their offset: int64 (w*w, w*w)."""
    position = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(w), indexing="ij")).flatten(1)  # 2, w*w
    offset = position[:, :, None] - position[:, None, :] + w - 1  # 2, w*w, w*w
    return offset[0] * (2 * w - 1) + offset[1]


def shift_mask(height: int, width: int, w: int, shift: int) -> Tensor:
    """Additive mask (windows, 1, w*w, w*w) that keeps pixels apart which the cyclic shift brought side by side."""

    def bands(size: int) -> Tensor:
        return (torch.arange(size) >= size - w).float() + (torch.arange(size) >= size - shift).float()

    label = 3 * bands(height)[:, None] + bands(width)[None, :]
    windows = partition(label[None, :, :, None], w).view(-1, w * w)
    return (windows[:, None, None, :] != windows[:, None, :, None]) * MASKED


class WindowAttention(nn.Module):
    """Multi-head self-attention inside windows with a learned bias for each relative position."""

    def __init__(self, dim: int, window: int, heads: int) -> None:
        super().__init__()
        self.positions, self.heads = window * window, heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        self.relative_position_index: Tensor
        self.register_buffer("relative_position_index", relative_position_index(window))
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def bias(self) -> Tensor:
        n = self.positions
        bias = self.relative_position_bias_table.index_select(0, self.relative_position_index.view(-1))
        return bias.view(n, n, self.heads).permute(2, 0, 1)  # heads, n, n

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Attends in windows of n positions: (windows * n, C) to the same; the mask is (windows of a picture, 1, n, n)."""
        n, heads, c = self.positions, self.heads, x.shape[-1]
        qkv = self.qkv(x).view(-1, n, 3 * heads, c // heads).transpose(1, 2)
        q, k, v = qkv.split(heads, 1)  # each: windows, heads, n, c/heads
        attention = (q * (c // heads) ** -0.5) @ k.transpose(-2, -1) + self.bias()  # windows, heads, n, n
        if mask is not None:
            attention = (attention.view(-1, *mask.shape[:1], heads, n, n) + mask).view(-1, heads, n, n)
        x = (attention.softmax(-1) @ v).transpose(1, 2).reshape(-1, c)
        return self.proj(x)


class Mlp(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    """One Swin block; `shift` 0 attends in the regular windows, otherwise in windows moved by `shift` pixels."""

    def __init__(self, dim: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.norm1 = nn.LayerNorm(dim)
        self.attn = WindowAttention(dim, window, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.mlp = Mlp(dim, 4 * dim)

    def forward(self, x: Tensor, height: int, width: int, mask: Tensor) -> Tensor:
        """Tokens (B * H * W, C) to the same; `mask` is for shifted windows."""
        x = x + self.attend(self.norm1(x).view(-1, height, width, x.shape[-1]), mask)
        return x + self.mlp(self.norm2(x))

    def attend(self, x: Tensor, mask: Tensor) -> Tensor:
        _, height, width, c = x.shape
        below, right = -height % self.window, -width % self.window
        padded = height + below, width + right
        if below or right:
            x = F.pad(x, (0, 0, 0, right, 0, below))
        if self.shift:
            x = rolled(x, self.shift, *padded)
        windows = self.attn(partition(x, self.window), mask if self.shift else None)
        x = unpartition(windows, self.window, *padded)
        x = rolled(x, -self.shift, height, width) if self.shift else x[:, :height, :width]
        return x.reshape(-1, c)


class PatchMerging(nn.Module):
    """Halves a map (B, H, W, C) to (B, H/2, W/2, 2C) by joining each 2 x 2 square."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * dim, 2 * dim, bias=False)
        self.norm = nn.LayerNorm(4 * dim)

    def forward(self, x: Tensor) -> Tensor:
        _, h, w, c = x.shape
        squares = x.view(-1, h // 2, 2, w // 2, 2, c).permute(
            0, 1, 3, 4, 2, 5
        )  # columns before rows: the original's order
        return self.reduction(self.norm(squares.reshape(-1, h // 2, w // 2, 4 * c)))


class Stage(nn.Module):
    def __init__(self, dim: int, depth: int, heads: int, window: int, last: bool) -> None:
        super().__init__()
        self.window = window
        self.blocks = nn.ModuleList(Block(dim, heads, window, shift=i % 2 * (window // 2)) for i in range(depth))
        self.downsample = None if last else PatchMerging(dim)

    def forward(self, x: Tensor) -> Tensor:
        _, height, width, c = x.shape
        mask = self.mask(height, width).to(x)
        tokens = x.reshape(-1, c)  # flat, so that each linear layer is one matrix product with its bias
        for block in self.blocks:
            tokens = block(tokens, height, width, mask)
        return tokens.view(-1, height, width, c)

    def mask(self, height: int, width: int) -> Tensor:
        w = self.window
        return shift_mask(height + -height % w, width + -width % w, w, w // 2)


class PatchEmbed(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, kernel_size=4, stride=4)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.proj(x).permute(0, 2, 3, 1))  # B, H/4, W/4, dim


class Swin(nn.Module):
    """Five feature maps of a picture (B, 3, H, W): the patch embedding and the four stages' outputs, NCHW.

    Args:
        dim: channels of the patch embedding; stage i has dim * 2**i.
        depths: blocks per stage.
        heads: attention heads per stage.
        window: side of the attention window, in patches.
    """

    def __init__(self, dim: int, depths: Sequence[int], heads: Sequence[int], window: int) -> None:
        super().__init__()
        widths = [dim * 2**i for i in range(len(depths))]
        last = len(depths) - 1
        self.channels = [dim, *widths]
        self.patch_embed = PatchEmbed(dim)
        self.layers = nn.ModuleList(
            Stage(width, depth, head, window, last=i == last)
            for i, (width, depth, head) in enumerate(zip(widths, depths, heads, strict=True))
        )
        for i, width in enumerate(widths):
            self.add_module(f"norm{i}", nn.LayerNorm(width))
        self.apply(_initialise)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.patch_embed(x)
        features = [x]
        for i, stage in enumerate(self.layers):
            x = stage(x)
            features.append(self.get_submodule(f"norm{i}")(x))
            if isinstance(stage.downsample, PatchMerging):
                x = stage.downsample(x)
        return [feature.permute(0, 3, 1, 2).contiguous() for feature in features]  # 1/4, 1/4, 1/8, 1/16, 1/32


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
