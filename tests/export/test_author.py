"""Our network against the author's code: the same weights, the same pictures, nearly the same numbers.

The weights are random, so that no part of the network is idle, and calibrated, so that the logits are not saturated: two
wrong networks agree at 0 and 1. Run with `-s` to see the figures.
"""

from dataclasses import dataclass
from functools import cache

import pytest
import torch
from torch import Tensor

from export.graph import Deployable
from export.inspyrenet import InSPyReNet
from export.randomness import calibrated
from export.res2net import Res2Net
from export.swin import Swin
from export.variants import VARIANTS
from tests.export import author
from tests.export.photographs import photographs

UNSATURATED = 0.5
"""Least share of pixels with a probability between 0.01 and 0.99."""


@dataclass(frozen=True)
class Difference:
    """Between two logit maps: of the logits, of the probabilities, and where the author's are unsaturated."""

    logits: float
    largest: float
    mean: float
    unsaturated: float

    def __str__(self) -> str:
        return (
            f"logits max {self.logits:.1e}, probability max {self.largest:.1e} mean {self.mean:.1e}, "
            f"{self.unsaturated:.0%} unsaturated"
        )


def difference(ours: Tensor, theirs: Tensor) -> Difference:
    p, q = ours.double().sigmoid(), theirs.double().sigmoid()
    apart = (p - q).abs()
    return Difference(
        logits=(ours - theirs).abs().max().item(),
        largest=apart.max().item(),
        mean=apart.mean().item(),
        unsaturated=((q > 0.01) & (q < 0.99)).double().mean().item(),
    )


@cache
def ours(variant: str, size: int, calibrated_on: int = 3) -> InSPyReNet:
    """The variant's network for pictures of this size, with batch statistics of so many photographs."""
    return calibrated(VARIANTS[variant].build(size), photographs(size)[:calibrated_on])


def check(network: InSPyReNet, size: int, batch: int, bound: float) -> None:
    x = author.normalised(photographs(size)[:batch])
    theirs = author.author_maps(network.state_dict(), size, x)
    with torch.inference_mode():
        maps = network(x)
    for name, mine, reference in zip(maps._fields, maps, theirs, strict=True):
        figures = difference(mine, reference)
        print(f"\n{size}, batch {batch}, {name}: {figures}", end="")
        assert figures.largest <= bound, f"{name}: {figures}"
        assert figures.unsaturated >= UNSATURATED, f"{name}: {figures}"


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("variant", ["fast", "res2net50"])
def test_every_map_of_the_pyramid_is_the_authors(variant, batch):
    check(ours(variant, 384), 384, batch, bound=2e-4)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_map_is_the_authors_at_1024():
    check(ours("base", 1024, calibrated_on=1), 1024, 1, bound=3e-3)


@torch.no_grad()
def test_alpha_is_the_authors_but_does_not_depend_on_the_batch():
    network, x = ours("res2net50", 128), author.normalised(photographs(128))
    theirs = author.network(network.state_dict(), 128)
    alone = torch.cat([theirs(picture[None]) for picture in x])[:, 0]
    stretched_together = theirs(x)[:, 0]
    assert (alone - stretched_together).abs().max() > 1 / 255
    alpha, _ = Deployable(network).eval()(torch.from_numpy(photographs(128)))
    assert (alpha / 255 - alone).abs().max() < 1 / 255


@pytest.mark.parametrize(
    "build",
    [lambda: Swin(dim=16, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8), window=4), lambda: Res2Net(32, 24, (2, 2, 3, 2))],
    ids=["swin", "res2net"],
)
def test_no_weight_is_idle(build):
    """What has no gradient could differ unnoticed."""
    network = calibrated(InSPyReNet(build(), 16, 128), photographs(128))
    sum(logits.sigmoid().sum() for logits in network(author.normalised(photographs(128)))).backward()
    assert [name for name, parameter in network.named_parameters() if not parameter.grad.any()] == []
