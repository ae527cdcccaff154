"""A run against the clock."""

import copy
import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from export.contract import MEAN, STD
from export.inspyrenet import InSPyReNet, Maps
from export.loss import coarse_loss, pyramid_loss
from export.scenes.composition import composed, either
from export.scenes.constants import constant
from export.scenes.dice import Dice
from export.timed.feeder import Feeder
from export.timed.schedule import Phase, Schedule
from export.timed.start import Start
from export.train_demo import set_base_size

EMA_DECAY = 0.998
WEIGHT_DECAY = 0.02
CLIP = 2.0
LOG_EVERY = 20


@dataclass(frozen=True)
class Pace:
    """How fast a phase went: its number, its steps, pictures a second, and the share of the time that feeding took."""

    phase: int
    steps: int
    pictures_a_second: float
    feeding: float


class Trainer:
    """One run in a folder: `state.pth` to continue from, `log.csv` with a line every 20 steps.

    Args:
        folder: of the run; what is there is continued.
        start: what to train, and where its backbone and the rest begin.
        schedule: by shares of the time.
        seconds: the time for all phases; an interrupted run has what is left of it.
        seed: of weights and compositions.
        device: where to train.
        clock: tells the seconds.
    """

    def __init__(
        self,
        folder: Path,
        start: Start,
        schedule: Schedule,
        seconds: float,
        seed: int,
        device: torch.device,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        torch.manual_seed(seed)
        self.folder, self.start, self.schedule, self.seconds, self.seed = folder, start, schedule, seconds, seed
        self.device, self.clock = device, clock
        self.network = self.start.network().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimizer = torch.optim.AdamW(
            self.start.groups(self.network), weight_decay=WEIGHT_DECAY, fused=device.type == "cuda"
        )
        self.step, self.elapsed = 0, 0.0
        self.paces: list[Pace] = []
        folder.mkdir(parents=True, exist_ok=True)
        if self.state_file.exists():
            self.restore()

    @property
    def state_file(self) -> Path:
        return self.folder / "state.pth"

    def restore(self) -> None:
        state = torch.load(self.state_file, weights_only=True, map_location=self.device)
        if state["seed"] != self.seed:
            raise ValueError(f"{self.state_file} was started with seed {state['seed']}, not {self.seed}")
        if state.get("start") != self.start.name:
            raise ValueError(
                f"{self.state_file} is of a run that began otherwise ({state.get('start')}, not {self.start.name}): "
                "continue that with its own options, or name another folder by --run"
            )
        self.step, self.elapsed = state["step"], state["elapsed"]
        for name in ("network", "average", "optimizer"):
            getattr(self, name).load_state_dict(state[name])

    def recover(self) -> None:
        """Goes back to the weights saved last, or to new ones; the time that was lost stays lost."""
        step, elapsed = self.step, self.elapsed
        if self.state_file.exists():
            self.restore()
        else:
            self.network.load_state_dict(self.start.network().state_dict())
            self.average.load_state_dict(self.network.state_dict())
            self.optimizer.state.clear()
        self.step, self.elapsed = step, elapsed

    def save(self) -> None:
        state: dict[str, Any] = {
            "seed": self.seed,
            "start": self.start.name,
            "step": self.step,
            "elapsed": self.elapsed,
        }
        state |= {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer")}
        partial = self.state_file.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.state_file)

    def run(self, feeder: Feeder, at_intervals: Callable[[], None], interval: float = 60.0) -> None:
        """Trains until the time is over; calls `at_intervals` every `interval` seconds."""
        with (self.folder / "log.csv").open("a", newline="", buffering=1) as file:
            log = csv.writer(file)
            while self.elapsed < self.seconds:
                number = self.schedule.phase(self.elapsed / self.seconds)
                self.run_phase(number, feeder, log, at_intervals, interval)

    def run_phase(
        self, number: int, feeder: Feeder, log: Any, at_intervals: Callable[[], None], interval: float
    ) -> None:
        phase = self.schedule.phases[number]
        set_base_size(self.network, phase.size)
        begun, first, before = self.clock(), self.step, self.elapsed
        feeding, losses = 0.0, torch.zeros((), device=self.device)
        while before + self.clock() - begun < min(phase.until, 1.0) * self.seconds:
            started = self.clock()
            feeder.feed(self.elapsed)
            feeding += self.clock() - started
            losses += self.train_step(phase, feeder)
            at = before + self.clock() - begun
            if at // interval > self.elapsed // interval:
                at_intervals()
            self.elapsed = at
            if self.step % LOG_EVERY == 0:
                mean = losses.item() / min(LOG_EVERY, self.step - first)
                log.writerow([number, self.step, f"{at:.1f}", f"{mean:.4f}"])
                losses.zero_()
                if not math.isfinite(mean):
                    self.recover()
        self.elapsed = before + self.clock() - begun
        lasted = max(self.elapsed - before, 1e-6)
        self.paces.append(Pace(number, self.step - first, (self.step - first) * phase.batch / lasted, feeding / lasted))

    def train_step(self, phase: Phase, feeder: Feeder) -> Tensor:
        share = self.elapsed / self.seconds
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate_at(share) * group["factor"]
        x, truth = self.batch(phase, feeder, self.schedule.hard_at(share))
        loss = self.loss(phase, x, truth)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.step += 1
        self.follow()
        return loss.detach()

    @torch.no_grad()
    def batch(self, phase: Phase, feeder: Feeder, hard: float) -> tuple[Tensor, Tensor]:
        """Normalised pictures (B, 3, S, S) and alphas (B, 1, S, S): `hard` of them hard."""
        dice = Dice(self.seed * 1_000_003 + self.step, self.device)
        figures, grounds = feeder.drawn(dice, phase.batch)
        is_hard = torch.arange(phase.batch, device=self.device) < round(phase.batch * hard)
        chances = replace(either(is_hard), empty=feeder.supply.empty)
        image, alpha = composed(dice, figures, grounds, phase.size, chances)
        return normalised(image), alpha

    def loss(self, phase: Phase, x: Tensor, truth: Tensor) -> Tensor:
        pyramid = self.network.pyramid
        with torch.autocast(self.device.type, torch.bfloat16):
            maps: Maps | Tensor = self.network(x) if phase.all_stages else self.network.coarse(x)
        if isinstance(maps, Maps):
            return pyramid_loss(Maps(*(m.float() for m in maps)), truth, pyramid)
        return coarse_loss(maps.float(), truth, pyramid)

    @torch.no_grad()
    def follow(self) -> None:
        """Exponential moving average of the weights, faster at first."""
        decay = min(EMA_DECAY, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)

    def averaged(self, size: int) -> InSPyReNet:
        """A copy of the averaged weights for pictures of side `size`, its batch statistics still to be recalibrated."""
        network: InSPyReNet = copy.deepcopy(self.average)
        set_base_size(network, size)
        return network


def normalised(image: Tensor) -> Tensor:
    """As the network sees it: (B, 3, S, S) in 0..1 with ImageNet's mean and deviation taken out, channels last."""
    mean, std = (constant(v, image.device).view(1, 3, 1, 1) for v in (MEAN, STD))
    return ((image - mean) / std).contiguous(memory_format=torch.channels_last)
