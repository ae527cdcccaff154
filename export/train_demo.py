"""Trains the demonstration model on synthetic pictures alone.

Most of the time goes to the coarsest map, where a step costs a quarter; then all stages learn, first small, then at the size
that is served. The same seed and recipe give the same pictures and the same steps, also after an interruption.
"""

import copy
import csv
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor

from export.contract import MEAN, STD
from export.evaluate import Score, held_out, recalibrate, score
from export.inspyrenet import InSPyReNet, Maps
from export.loss import coarse_loss, pyramid_loss
from export.replay import Replay
from export.variants import VARIANTS

EMA_DECAY = 0.998
WARM_UP = 0.05
LAST_RATE = 0.03
"""Where the cosine ends, as a share of the peak."""
WEIGHT_DECAY = 0.02
CLIP = 2.0
SAVE_EVERY = 100
CALIBRATION_PICTURES = 160


@dataclass(frozen=True)
class Phase:
    """A stretch of training with one size and one part of the loss.

    Attributes:
        size: side of the pictures in pixels.
        all_stages: whether the whole pyramid learns, or only its coarsest map.
        steps, batch, rate: optimiser steps, pictures a step, peak learning rate.
        hard_share: share of hard pictures.
        capacity, fresh: of the replay pool.
    """

    size: int
    all_stages: bool
    steps: int
    batch: int
    rate: float
    hard_share: float
    capacity: int
    fresh: int


RECIPE = (
    Phase(192, False, 1300, 32, 2e-3, 0.3, 2000, 6),
    Phase(192, True, 300, 16, 1.5e-3, 0.3, 2000, 6),
    Phase(384, True, 130, 8, 8e-4, 0.3, 500, 4),
)


class Trainer:
    """One run in a folder: `state.pth` to continue from, `log.csv` with a line a step, `demo.pth` when it has ended."""

    def __init__(self, folder: Path, seed: int, recipe: tuple[Phase, ...] = RECIPE) -> None:
        torch.manual_seed(seed)
        self.folder, self.seed, self.recipe = folder, seed, recipe
        self.network = VARIANTS["demo"].build()
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own overloads lack it
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=WEIGHT_DECAY)
        self.phase = self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        if self.state_file.exists():
            self.restore()

    @property
    def state_file(self) -> Path:
        return self.folder / "state.pth"

    def restore(self) -> None:
        state = torch.load(self.state_file, weights_only=True)
        if state["seed"] != self.seed:
            raise ValueError(f"{self.state_file} was started with seed {state['seed']}, not {self.seed}")
        self.phase, self.step = state["phase"], state["step"]
        for name in ("network", "average", "optimizer"):
            getattr(self, name).load_state_dict(state[name])

    def save(self) -> None:
        state: dict[str, Any] = {"seed": self.seed, "phase": self.phase, "step": self.step}
        state |= {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer")}
        partial = self.state_file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.state_file)

    def run(self) -> None:
        with _progress() as progress:
            while self.phase < len(self.recipe):
                self.run_phase(self.recipe[self.phase], progress)
                self.phase, self.step = self.phase + 1, 0
                self.save()

    def run_phase(self, phase: Phase, progress: Progress) -> None:
        set_base_size(self.network, phase.size)
        pool = Replay(self.seed + self.phase, phase.size, phase.hard_share, phase.capacity, phase.fresh)
        title = f"phase {self.phase + 1}/{len(self.recipe)}, {phase.size} px"
        with pool, (self.folder / "log.csv").open("a", newline="", buffering=1) as file:
            log = csv.writer(file)
            for _ in progress.track(pool.fill(self.step), phase.capacity, description=f"{title}: first pictures"):
                pass
            steps = range(self.step, phase.steps)
            for step in progress.track(steps, phase.steps, completed=self.step, description=title):
                loss = self.train_step(phase, step, *pool.batch(step, phase.batch))
                self.step = step + 1
                log.writerow([self.phase, step, f"{loss:.4f}"])
                if self.step % SAVE_EVERY == 0:
                    self.save()

    def train_step(self, phase: Phase, step: int, images: Any, alphas: Any) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = phase.rate * rate_factor(step, phase.steps)
        x, truth = as_tensors(images, alphas)
        loss = self.loss(phase, x, truth)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        follow(self.average, self.network, step)
        return loss.item()

    def loss(self, phase: Phase, x: Tensor, truth: Tensor) -> Tensor:
        pyramid = self.network.pyramid
        with torch.autocast("cpu", torch.bfloat16):
            maps: Maps | Tensor = self.network(x) if phase.all_stages else self.network.coarse(x)
        if isinstance(maps, Maps):
            return pyramid_loss(Maps(*(m.float() for m in maps)), truth, pyramid)
        return coarse_loss(maps.float(), truth, pyramid)

    def finished(self) -> InSPyReNet:
        """The averaged weights, ready for the served size."""
        network: InSPyReNet = copy.deepcopy(self.average)
        size = VARIANTS["demo"].size
        set_base_size(network, size)
        recalibrate(network, calibration_images(self.seed, size))
        return network


def set_base_size(network: InSPyReNet, size: int) -> None:
    """Lets SICA sum its contexts at the size of the pictures; what changes by that, recalibration absorbs."""
    for attention, stage in ((network.attention0, 1), (network.attention1, 2), (network.attention2, 4)):
        attention.size = size // stage


def as_tensors(images: Any, alphas: Any) -> tuple[Tensor, Tensor]:
    """Normalised pictures (B, 3, S, S) and alpha in 0..1 (B, 1, S, S)."""
    x = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    x = (x - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
    return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(alphas.copy())[:, None].float() / 255


def rate_factor(step: int, steps: int) -> float:
    """Linear warm-up, then a cosine."""
    warm = max(1, int(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2


@torch.no_grad()
def follow(average: InSPyReNet, network: InSPyReNet, step: int) -> None:
    """Exponential moving average of the weights, faster at first."""
    decay = min(EMA_DECAY, (1 + step) / (10 + step))
    for a, w in zip(average.parameters(), network.parameters(), strict=True):
        a.lerp_(w, 1 - decay)


def calibration_images(seed: int, size: int) -> Iterator[Any]:
    with Replay(seed + 100, size, 0.35, CALIBRATION_PICTURES, 0) as pool:
        for _ in pool.fill(0):
            pass
        for start in range(0, CALIBRATION_PICTURES, 8):
            yield np.ascontiguousarray(pool.pool[start : start + 8, ..., :3])


def evaluate(network: InSPyReNet, count: int) -> dict[str, Score]:
    """Scores on `count` held-out easy and as many hard pictures at the served size."""
    size = VARIANTS["demo"].size
    scores = {}
    with _progress() as progress:
        for name, hard in (("easy", False), ("hard", True)):
            running = score(network, held_out(size, count, hard))
            for latest in progress.track(running, count, description=f"{count} held-out {name} pictures"):
                scores[name] = latest
    return scores


def publish(network: InSPyReNet, scores: dict[str, Score], seed: int, command: str, target: Path) -> None:
    """Writes the checkpoint and beside it, as JSON, its digest, its scores and the command that made it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({key: value.contiguous() for key, value in network.state_dict().items()}, target)
    record = {
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "command": command,
        "seed": seed,
        "recipe": [asdict(phase) for phase in RECIPE],
        "scores": {name: asdict(s) for name, s in scores.items()},
    }
    target.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
