"""How good a network is on pictures it has not seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export.graph import Deployable
from export.inspyrenet import InSPyReNet
from export.replay import draw

HELD_OUT_SEED = 20_000_003
"""Of the series no training run draws from."""


@dataclass(frozen=True)
class Score:
    """Means over pictures: soft IoU = sum of minima / sum of maxima, and mean absolute error, of alpha in 0..1."""

    pictures: int
    iou: float
    mae: float


def soft_iou(alpha: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    """Soft IoU of two alphas of one shape; two empty ones agree."""
    either = np.maximum(alpha, truth).sum(dtype=np.int64)
    return float(np.minimum(alpha, truth).sum(dtype=np.int64) / either) if either else 1.0


def mean_absolute_error(alpha: NDArray[np.uint8], truth: NDArray[np.uint8]) -> float:
    return float(np.abs(alpha.astype(np.int16) - truth).mean() / 255)


def held_out(size: int, count: int, hard: bool) -> Iterator[NDArray[np.uint8]]:
    """The first `count` held-out pictures (S, S, 4), easy or hard."""
    return (draw(HELD_OUT_SEED + hard, index, size, float(hard)) for index in range(count))


@torch.inference_mode()
def score(network: InSPyReNet, pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Score]:
    """The score over the pictures seen so far, after each; through the graph that is deployed."""
    graph = Deployable(network).eval()
    ious, errors = [], []
    for picture in pictures:
        alpha = graph(torch.from_numpy(picture[None, ..., :3].copy()))[0][0].numpy()
        ious.append(soft_iou(alpha, picture[..., 3]))
        errors.append(mean_absolute_error(alpha, picture[..., 3]))
        yield Score(len(ious), float(np.mean(ious)), float(np.mean(errors)))


@torch.inference_mode()
def recalibrate(network: InSPyReNet, images: Iterable[NDArray[np.uint8]]) -> None:
    """Replaces the statistics of batch normalisations by those of the images, each uint8 (N, S, S, 3): their plain average.

    Those that stay in evaluation mode while the network trains keep theirs.
    """
    network.train()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d) and module.training]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    device = next(network.parameters()).device
    graph = Deployable(network).to(device).train()
    for batch in images:
        graph.logits(torch.from_numpy(batch).to(device))
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
