"""`export train-demo`: the demonstration model, from nothing but generated pictures."""

import argparse
from pathlib import Path

from export.commands.command import Command
from export.commands.onnx import DEMO_CHECKPOINT


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, default=Path("runs/demo"), help="folder to work in and to continue from")
    parser.add_argument("--seed", type=int, default=1, help="of weights and pictures (default 1)")
    parser.add_argument(
        "--held-out", type=int, default=500, help="held-out pictures of each kind to score on (default 500)"
    )
    parser.add_argument(
        "--out", type=Path, default=DEMO_CHECKPOINT, help=f"checkpoint to write (default {DEMO_CHECKPOINT})"
    )


def run(arguments: argparse.Namespace) -> None:
    from export import train_demo as training

    trainer = training.Trainer(arguments.run, arguments.seed)
    trainer.run()
    network = trainer.finished()
    scores = training.evaluate(network, arguments.held_out)
    command = f"python -m export train-demo --seed {arguments.seed}"
    training.publish(network, scores, arguments.seed, command, arguments.out)
    for name, score in scores.items():
        print(f"{name}: soft IoU {score.iou:.3f}, MAE {score.mae:.3f} on {score.pictures} held-out pictures")
    print(f"wrote {arguments.out}")


COMMAND = Command("train-demo", "train the demonstration model on synthetic pictures", options, run)
