"""The training loss: each stage of the pyramid against the truth at its own size."""

import torch
import torch.nn.functional as F
from torch import Tensor

from export.inspyrenet import ImagePyramid, Maps

EDGE_WEIGHT = 5.0
EDGE_REACH = 1 / 12
"""Width of the neighbourhood that makes a pixel an edge pixel, as a share of the picture's side."""


def pyramid_loss(maps: Maps, truth: Tensor, pyramid: ImagePyramid) -> Tensor:
    """Sum over the four stages plus the mean absolute error of the finest, whose map is the one that is served.

    Args:
        maps: logits of the network.
        truth: alpha in 0..1, float (B, 1, S, S).
    """
    t1 = pyramid.reduce(truth)
    t2 = pyramid.reduce(t1)
    t3 = pyramid.reduce(t2)
    stages = zip(maps, (t3, t2, t1, truth), strict=True)
    return torch.stack([stage_loss(logits, t) for logits, t in stages]).sum() + (maps.d0.sigmoid() - truth).abs().mean()


def coarse_loss(d3: Tensor, truth: Tensor, pyramid: ImagePyramid) -> Tensor:
    """The loss of the coarsest stage alone; shapes as in `pyramid_loss`."""
    return stage_loss(d3, pyramid.reduce(pyramid.reduce(pyramid.reduce(truth))))


def stage_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Edge-weighted cross entropy plus soft IoU per picture (Wei et al., "F3Net", AAAI 2020)."""
    truth = truth.clamp(0, 1)
    reach = int(truth.shape[-1] * EDGE_REACH) | 1
    weight = 1 + EDGE_WEIGHT * (F.avg_pool2d(truth, reach, 1, reach // 2) - truth).abs()
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    entropy = (weight * entropy).sum((1, 2, 3)) / weight.sum((1, 2, 3))
    p = logits.sigmoid()
    both, either = (weight * p * truth).sum((1, 2, 3)), (weight * (p + truth)).sum((1, 2, 3))
    return (entropy + 1 - (both + 1) / (either - both + 1)).mean()
