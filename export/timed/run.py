"""A whole run: first pictures, training, recalibration, judgement, and what is left of it in a folder."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export.evaluate import recalibrate
from export.inspyrenet import InSPyReNet
from export.scenes.composition import EASY, HARD, composed
from export.scenes.dice import Dice
from export.timed import judged
from export.timed.feeder import Feeder, Supply
from export.timed.painters import Painters
from export.timed.results import write_record, write_sheet, write_weights
from export.timed.schedule import CPU, FURTHER, GPU, Phase, Schedule
from export.timed.start import Start
from export.timed.trainer import EMA_DECAY, Trainer
from export.variants import VARIANTS

CALIBRATION_BATCH = 16
PUBLISHED_RATE = 0.03
"""Of a backbone that starts from published weights: faster, it forgets photographs (docs/demo-model.md)."""


@dataclass(frozen=True)
class Order:
    """What is asked for; `seconds` are all there are, from here to the last file.

    What is None is as suits the device: `pictures` are rendered before training begins, `rendering` is the share of the time
    that goes to more of them afterwards, `backbone_rate` the backbone's learning rate as a share of that of the rest.
    `weights` is the folder of an earlier run's, to go on from. `painted` and `empty` are shares of a step's pictures.
    """

    variant: str
    seconds: float
    run: Path
    out: Path
    seed: int
    device: str | None
    painters: int
    held_out: int
    batch_factor: float
    pictures: int | None
    rendering: float | None
    painted: float
    empty: float
    weights: Path | None
    backbone_rate: float | None
    tiny: bool


@dataclass(frozen=True)
class Setup:
    """What suits a device.

    Attributes:
        schedule, supply: of training and of its pictures.
        reserve: seconds kept for recalibration and judging.
        interval: seconds between two savings of the run.
        calibration: batches of 16 pictures for the batch statistics.
        size: side of the pictures that the finished network sees.
    """

    schedule: Schedule
    supply: Supply
    reserve: float
    interval: float
    calibration: int
    size: int


def setup(order: Order, device: torch.device) -> Setup:
    if order.tiny:
        phases = (Phase(0.4, 32, False, 4, 0.5), Phase(0.7, 64, True, 2, 0.5), Phase(1.0, 64, True, 2, 0.5))
        supply = Supply(64, capacity=40, first=8, batch=4, share=0.3, painters=order.painters)
        return Setup(Schedule(phases), supply, reserve=0.3 * order.seconds, interval=30, calibration=1, size=64)
    on_gpu, size = device.type == "cuda", VARIANTS[order.variant].size
    first = order.pictures or (12_000 if on_gpu else 240)
    share = (0.0 if on_gpu else 0.2) if order.rendering is None else order.rendering
    if on_gpu:
        supply = Supply(
            384, capacity=max(first, 6000), first=first, batch=48, share=share,
            painters=order.painters, painted=order.painted, empty=order.empty,
        )  # fmt: skip
        schedule, reserve = (FURTHER.scaled(4) if order.weights else GPU), 12 + 0.06 * order.held_out
        return Setup(schedule.scaled(order.batch_factor), supply, reserve, interval=150, calibration=24, size=size)
    supply = Supply(
        256, capacity=max(first, 1500), first=first, batch=12, share=share,
        painters=order.painters, painted=order.painted, empty=order.empty,
    )  # fmt: skip
    schedule, reserve = (FURTHER if order.weights else CPU), 90 + 3.0 * order.held_out
    return Setup(schedule.scaled(order.batch_factor), supply, reserve, interval=600, calibration=8, size=size)


def begin(order: Order) -> Start:
    variant, rate = VARIANTS[order.variant], order.backbone_rate
    if rate is None:
        rate = PUBLISHED_RATE if variant.published else 1.0
    return Start(variant, order.weights, rate)


def run_within(order: Order) -> Iterator[str]:
    """Does the run and yields lines that tell how it goes."""
    begun = time.monotonic()
    device = torch.device(order.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    plan = setup(order, device)
    # Before the pictures: what it lacks, or cannot continue, is told at once.
    trainer = Trainer(order.run, begin(order), plan.schedule, order.seconds - plan.reserve, order.seed, device)
    with Painters(plan.supply.painters, order.seed, plan.supply.size, plan.supply.hard_share) as painters:
        feeder = Feeder(plan.supply, order.seed, device, painters)
        ready = time.monotonic() - begun
        yield f"{device}: {feeder.rendered.added} first pictures after {ready:.1f} s, {1 / feeder.cost:.0f} rendered a second"
        trainer.seconds = max(1.0, trainer.seconds - ready)
        trainer.run(feeder, lambda: _leave(trainer, feeder, order, plan), plan.interval)
    trained = time.monotonic() - begun
    for pace in trainer.paces:
        yield (
            f"phase {pace.phase + 1}: {pace.steps} steps, {pace.pictures_a_second:.0f} pictures/s, "
            f"{100 * pace.feeding:.0f} % of the time spent feeding"
        )
    yield f"trained after {trained:.1f} s; {feeder.rendered.added} pictures rendered, {feeder.painted.added} painted"
    yield from _finish(trainer, feeder, order, plan, begun)


def _leave(trainer: Trainer, feeder: Feeder, order: Order, plan: Setup) -> None:
    """Saves what the run would need after an interruption, and weights that can already be used, roughly calibrated."""
    trainer.save()
    write_weights(recalibrated(trainer, feeder, plan, max(1, plan.calibration // 4)), order.out)
    shutil.copy(order.run / "log.csv", order.out / "log.csv")


def _finish(trainer: Trainer, feeder: Feeder, order: Order, plan: Setup, begun: float) -> Iterator[str]:
    network = recalibrated(trainer, feeder, plan, plan.calibration)
    write_weights(network, order.out)
    shutil.copy(order.run / "log.csv", order.out / "log.csv")
    trainer.save()
    yield f"weights written after {time.monotonic() - begun:.1f} s"
    record = {
        "variant": order.variant,
        "seconds": order.seconds,
        "seed": order.seed,
        "device": torch.cuda.get_device_name() if trainer.device.type == "cuda" else "cpu",
        "schedule": asdict(trainer.schedule),
        "supply": asdict(feeder.supply),
        "start": trainer.start.name,
        "ema_decay": EMA_DECAY,
        "paces": [asdict(pace) for pace in trainer.paces],
        "steps": trainer.step,
        "rendered": feeder.rendered.added,
        "painted": feeder.painted.added,
    }
    write_record(order.out, record)
    scores = {}
    for name, value in _judged(trainer, network, order, plan.size):
        scores[name] = value
        yield f"{name}: {value}"
        write_record(order.out, record | {"scores": scores})
    yield f"done after {time.monotonic() - begun:.1f} s"


def _judged(trainer: Trainer, network: InSPyReNet, order: Order, size: int) -> Iterator[tuple[str, object]]:
    count, device = order.held_out, trainer.device
    certain = []
    for name, chances in judged.SETS.items():
        pictures = judged.rendered(size, count, chances, device)
        said = judged.answers(network, pictures.images)
        certain.append(said.confidences)
        yield name, asdict(judged.scored(said, pictures))
        write_sheet(order.out / f"{name.replace(' ', '-')}.jpg", pictures, said)
    said = judged.answers(network, judged.empty(size, count, device).images)
    yield (
        "auc of confidence, a subject against none",
        judged.area_under_curve(np.concatenate(certain), said.confidences),
    )
    subject = np.concatenate(certain)
    yield "confidence at 5 % of those with a subject", float(np.quantile(subject, 0.05))
    yield "confidence at 95 % of the empty", float(np.quantile(said.confidences, 0.95))
    for name, hard in (("painted easy", False), ("painted hard", True)):
        pictures = judged.painted(size, count, hard)
        yield name, asdict(judged.scored(judged.answers(network, pictures.images), pictures))


def recalibrated(trainer: Trainer, feeder: Feeder, plan: Setup, batches: int) -> InSPyReNet:
    """The averaged weights with the batch statistics of fresh compositions at the size that is served."""
    network = trainer.averaged(plan.size)
    recalibrate(network, calibration_images(trainer, feeder, plan.size, batches))
    return network


def calibration_images(trainer: Trainer, feeder: Feeder, size: int, batches: int) -> Iterator[NDArray[np.uint8]]:
    dice = Dice(trainer.seed + 77, trainer.device)
    for number in range(batches):
        figures, grounds = feeder.drawn(dice, CALIBRATION_BATCH)
        image, _ = composed(dice, figures, grounds, size, replace((EASY, HARD)[number % 2], empty=0.02))
        yield image.mul(255).round().byte().permute(0, 2, 3, 1).contiguous().cpu().numpy()
