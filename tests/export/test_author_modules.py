"""Each part of our network against the author's, so that a difference is found where it arises.

Small, with weights that leave nothing idle. `test_a_plausible_correction_would_be_seen` shows for the oddities of the
author's code, on which the published weights depend, that the comparison would notice if ours did the obvious instead.
"""

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from export import inspyrenet as ours
from export import swin as our_swin
from export.randomness import randomise
from export.res2net import Res2Net
from tests.export import author
from tests.export.author import attention, contexts, decoder, layers, swin

CLOSE = 2e-4
"""Of the largest value compared."""

WINDOW = 4


def build(make: Callable[[], nn.Module]) -> nn.Module:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.meshgrid", UserWarning)
        module = make()
    module.eval()  # not chained: the author's Swin returns nothing
    return module


def twins(mine: nn.Module, theirs: Callable[[], nn.Module]) -> tuple[nn.Module, nn.Module]:
    """Both with the same random weights, keys and shapes being the same."""
    randomise(mine)
    reference = build(theirs)
    reference.load_state_dict(mine.state_dict(), strict=True)
    return mine.eval(), reference


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def distance(mine: Tensor, theirs: Tensor) -> float:
    """The largest difference, as a share of the author's largest value."""
    assert mine.shape == theirs.shape
    return ((mine - theirs).abs().max() / theirs.abs().max()).item()


def tokens(x: Tensor) -> Tensor:
    return x.flatten(1, 2)


def stages(depth: int) -> tuple[nn.Module, nn.Module]:
    mine = our_swin.Stage(32, depth, heads=4, window=WINDOW, last=True)
    return twins(mine, lambda: swin.BasicLayer(32, depth, num_heads=4, window_size=WINDOW))


@torch.inference_mode()
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("depth", [1, 2], ids=["regular", "shifted"])
@pytest.mark.parametrize(
    ("height", "width"), [(8, 12), (6, 9), (4, 4), (3, 3)], ids=["whole windows", "padded", "one window", "part of one"]
)
def test_swin_stage(height, width, depth, batch):
    mine, theirs = stages(depth)
    x = noise(batch, height, width, 32)
    assert distance(tokens(mine(x)), theirs(tokens(x), height, width)[0]) < CLOSE


@torch.inference_mode()
def test_patch_merging():
    mine, theirs = twins(our_swin.PatchMerging(16), lambda: swin.PatchMerging(16))
    x = noise(2, 6, 4, 16)
    assert distance(tokens(mine(x)), theirs(tokens(x), 6, 4)) < CLOSE


@torch.inference_mode()
def test_swin_at_a_size_that_needs_padding_at_every_stage():
    mine, theirs = twins(
        our_swin.Swin(dim=16, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8), window=5),
        lambda: swin.SwinTransformer(embed_dim=16, depths=[2, 2, 2, 2], num_heads=[1, 2, 4, 8], window_size=5),
    )
    x = noise(2, 3, 96, 96)
    assert [distance(a, b) < CLOSE for a, b in zip(mine(x), theirs(x), strict=True)] == [True] * 5


@torch.inference_mode()
def test_res2net50():
    mine, theirs = twins(Res2Net(64, 64, (3, 4, 6, 3)), author.Res2Net50)
    x = noise(2, 3, 96, 96)
    assert [distance(a, b) < CLOSE for a, b in zip(mine(x), theirs(x), strict=True)] == [True] * 5


@torch.inference_mode()
@pytest.mark.parametrize("axis", ["h", "w"])
@pytest.mark.parametrize("shape", [(8, 8), (6, 10)], ids=["square", "oblong"])
def test_axis_attention(axis, shape):
    mine, theirs = twins(
        ours.AxisAttention(16, axis=2 if axis == "h" else 3), lambda: layers.SelfAttention(16, axis, None)
    )
    x = noise(2, 16, *shape)
    assert distance(mine(x), theirs(x)) < CLOSE


@torch.inference_mode()
def test_paa_encoder():
    mine, theirs = twins(ours.PAAEncoder(24, 16), lambda: contexts.PAA_e(24, 16, base_size=[32, 32], stage=0))
    x = noise(2, 24, 16, 16)
    assert distance(mine(x), theirs(x)) < CLOSE


@torch.inference_mode()
def test_paa_decoder():
    mine, theirs = twins(ours.PAADecoder(16), lambda: decoder.PAA_d(48, depth=16, base_size=[96, 96], stage=2))
    maps = [noise(2, 16, side, side) for side in (12, 6, 3)]
    for a, b in zip(mine(*maps), theirs(list(maps)), strict=True):
        assert distance(a, b) < CLOSE


def sica(laplacian: bool, size: int) -> tuple[nn.Module, nn.Module]:
    theirs = lambda: attention.SICA(24, depth=16, base_size=[size, size], stage=0, lmap_in=laplacian)  # noqa: E731
    return twins(ours.SICA(24, 16, size, laplacian), theirs)


@torch.inference_mode()
@pytest.mark.parametrize("laplacian", [False, True], ids=["saliency alone", "with a laplacian"])
@pytest.mark.parametrize("size", [8, 16, 32], ids=["contexts at half the size", "at the size", "at double the size"])
def test_sica(size, laplacian):
    mine, theirs = sica(laplacian, size)
    maps = [noise(2, 1, 8, 8)] * (1 + laplacian)
    for a, b in zip(mine(noise(2, 24, 16, 16), *maps), theirs(noise(2, 24, 16, 16), *maps), strict=True):
        assert distance(a, b) < CLOSE


@pytest.mark.parametrize("operation", ["expand", "reduce"])
def test_pyramid(operation):
    mine, theirs = ours.ImagePyramid(), layers.ImagePyramid(7, 1)
    x = noise(2, 1, 16, 16)
    assert distance(getattr(mine, operation)(x), getattr(theirs, operation)(x)) < 1e-6


def unmasked(block: nn.Module, x: Tensor) -> Tensor:
    block.H, block.W = x.shape[1:3]
    return block(tokens(x), torch.zeros(1, WINDOW**2, WINDOW**2))


def shifted_without_mask() -> tuple[Tensor, Tensor]:
    """A single window leaves nothing to shift, so a shifted block need not mask."""
    mine, theirs = stages(2)
    x = noise(1, 4, 4, 32)
    regular, shifted = theirs.blocks
    regular.H = regular.W = 4
    between = regular(tokens(x), None).view(x.shape)
    return tokens(mine(x)), unmasked(shifted, between)


def padded_before_the_norm() -> tuple[Tensor, Tensor]:
    """Padding comes first, so that what is attended to has passed the norm."""
    mine, theirs = stages(1)
    x = noise(1, 3, 3, 32)
    padded = nn.functional.pad(x, (0, 0, 0, 1, 0, 1))
    return mine(x), theirs(tokens(padded), 4, 4)[0].view(1, 4, 4, 32)[:, :3, :3]


def rows_before_columns() -> tuple[Tensor, Tensor]:
    """The four pixels of a square are joined in reading order."""
    mine, theirs = twins(our_swin.PatchMerging(16), lambda: swin.PatchMerging(16))
    x = noise(1, 4, 4, 16)
    transposed = theirs(tokens(x.transpose(1, 2)), 4, 4).view(1, 2, 2, 32)
    return mine(x), transposed.transpose(1, 2)


def columns_attend_along_the_height() -> tuple[Tensor, Tensor]:
    """Attention along the height sees columns."""
    mine, theirs = twins(ours.AxisAttention(16, axis=2), lambda: layers.SelfAttention(16, "w", None))
    x = noise(1, 16, 8, 8)
    return mine(x), theirs(x.transpose(2, 3).contiguous()).transpose(2, 3)


def contexts_of_pixels() -> tuple[Tensor, Tensor]:
    """A context sums a pixel's own channels: it stays the same when pixels change places together with their map."""
    mine, theirs = sica(False, 16)
    x, saliency = noise(1, 24, 16, 16), noise(1, 1, 16, 16)
    for module in theirs.modules():  # so that nothing but the context depends on where a pixel lies
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            module.weight.copy_(module.weight.mean((2, 3), keepdim=True))
    mine.load_state_dict(theirs.state_dict())
    moved = theirs(x.transpose(2, 3).contiguous(), saliency.transpose(2, 3).contiguous())[1]
    return mine(x, saliency)[1], moved.transpose(2, 3)


@torch.no_grad()
@pytest.mark.parametrize(
    "correction",
    [
        shifted_without_mask,
        padded_before_the_norm,
        rows_before_columns,
        columns_attend_along_the_height,
        contexts_of_pixels,
    ],
)
def test_a_plausible_correction_would_be_seen(correction):
    assert distance(*correction()) > 20 * CLOSE
