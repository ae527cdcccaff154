"""How good a network is on what it has not seen: painted and rendered pictures, and pictures without a subject."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from export.evaluate import HELD_OUT_SEED, Score, mean_absolute_error, soft_iou
from export.graph import Deployable
from export.inspyrenet import InSPyReNet
from export.replay import draw
from export.scenes.composition import EASY, HARD, Chances, composed
from export.scenes.dice import Dice
from export.scenes.noise import pink
from export.scenes.palettes import muted, vivid
from export.scenes.studio import Studio, shot

SHOT = 8
BATCH = 16
SETS = {"scenes easy": replace(EASY, empty=0.0), "scenes hard": replace(HARD, empty=0.0)}
EMPTY = replace(EASY, empty=1.0, distractor=0.0, second=0.0)


@dataclass(frozen=True)
class Pictures:
    """images uint8 (N, S, S, 3), alphas uint8 (N, S, S)."""

    images: NDArray[np.uint8]
    alphas: NDArray[np.uint8]


def painted(size: int, count: int, hard: bool) -> Pictures:
    """The first `count` pictures of the series that `export.evaluate` holds out."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(os.cpu_count(), context) as pool:
        one = partial(draw, HELD_OUT_SEED + hard, size=size, hard_share=float(hard))
        drawn = np.stack(list(pool.map(one, range(count), chunksize=4)))
    return Pictures(drawn[..., :3], drawn[..., 3])


def rendered(size: int, count: int, chances: Chances, device: torch.device, seed: int = HELD_OUT_SEED) -> Pictures:
    """Scenes with textures and coats that training does not show. A seed gives other pictures on a GPU than on a CPU."""
    return _gathered(list(_shots(size, count, chances, Dice(seed, device))))


def _shots(size: int, count: int, chances: Chances, dice: Dice) -> Iterator[tuple[Tensor, Tensor]]:
    studio = Studio.held_out(dice)
    for _ in range(-(-count // SHOT)):
        drawn = shot(dice, studio, SHOT, size)
        yield composed(dice, drawn.figures, drawn.grounds, size, chances)


def empty(size: int, count: int, device: torch.device, seed: int = HELD_OUT_SEED + 7) -> Pictures:
    """Half of them grounds without a subject, half flat colours and noise."""
    dice = Dice(seed, device)
    grounds = list(_shots(size, count // 2, EMPTY, dice))
    flat = 0.5 * (vivid(dice, count // 2) + muted(dice, count // 2))[:, :, None, None].expand(-1, -1, size, size)
    texture = flat + dice.uniform(len(flat), 1, 1, 1) ** 3 * 0.3 * pink(
        dice, len(flat), 3, size, dice.uniform(len(flat), high=1.5)
    )
    return _gathered([*grounds, (texture.clamp(0, 1), torch.zeros_like(texture[:, :1]))])


def _gathered(batches: list[tuple[Tensor, Tensor]]) -> Pictures:
    images, alphas = (torch.cat(parts).mul(255).round().byte().cpu() for parts in zip(*batches, strict=True))
    return Pictures(images.permute(0, 2, 3, 1).contiguous().numpy(), alphas[:, 0].numpy())


@dataclass(frozen=True)
class Answers:
    """What a network says to pictures: alphas uint8 (N, S, S) and confidences float32 (N,)."""

    alphas: NDArray[np.uint8]
    confidences: NDArray[np.float32]


@torch.inference_mode()
def answers(network: InSPyReNet, images: NDArray[np.uint8]) -> Answers:
    device = next(network.parameters()).device
    graph = Deployable(network).to(device).eval()
    batches = [graph(torch.from_numpy(images[i : i + BATCH]).to(device)) for i in range(0, len(images), BATCH)]
    alphas, confidences = (torch.cat(parts).cpu().numpy() for parts in zip(*batches, strict=True))
    return Answers(alphas, confidences[:, 0])


def scored(said: Answers, pictures: Pictures) -> Score:
    pairs = list(zip(said.alphas, pictures.alphas, strict=True))
    ious, errors = [soft_iou(a, t) for a, t in pairs], [mean_absolute_error(a, t) for a, t in pairs]
    return Score(len(ious), float(np.mean(ious)), float(np.mean(errors)))


def area_under_curve(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> float:
    """The chance that a positive one scores above a negative one; ties count half (Hanley and McNeil 1982)."""
    greater = (positive[:, None] > negative[None]).mean() + 0.5 * (positive[:, None] == negative[None]).mean()
    return float(greater)
