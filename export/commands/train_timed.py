"""`export train-timed`: the demonstration model's successor, within a given time."""

import argparse
import os
from dataclasses import fields
from pathlib import Path

from export.commands.command import VARIANT_NAMES, Command
from export.commands.numbers import count, share

TRAINED = [name for name in VARIANT_NAMES if name.startswith("demo")]


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, default=3600, help="from start to end, drawing and judging counted in (default 3600)"
    )
    parser.add_argument("--variant", choices=TRAINED, default="demo-lite", help="what to train (default demo-lite)")
    parser.add_argument("--run", type=Path, default=Path("runs/timed"), help="folder to work in and to continue from")
    parser.add_argument("--out", type=Path, default=Path("runs/timed/out"), help="folder for weights, log and scores")
    parser.add_argument("--seed", type=int, default=1, help="of weights and pictures (default 1)")
    parser.add_argument("--device", help="cuda or cpu (default: cuda where there is one)")
    parser.add_argument(
        "--painters", type=int, default=min(6, os.cpu_count() or 1), help="processes that paint pictures"
    )
    parser.add_argument("--held-out", type=int, default=200, help="held-out pictures of each kind (default 200)")
    parser.add_argument(
        "--batch-factor", type=float, default=1.0, help="makes all batches larger or smaller (default 1)"
    )
    parser.add_argument(
        "--pictures",
        type=count,
        help="rendered before training begins, 1.6 MB of the GPU's memory each (default 12000; 240 of 0.7 MB on a CPU)",
    )
    parser.add_argument(
        "--rendering",
        type=share,
        help="share of the time spent rendering more of them (default 0 on a GPU, 0.2 on a CPU)",
    )
    parser.add_argument(
        "--painted", type=share, default=0.35, help="share of painted pictures in a step (default 0.35)"
    )
    parser.add_argument(
        "--empty", type=share, default=0.06, help="share of pictures without a subject in a step (default 0.06)"
    )
    parser.add_argument("--from", dest="weights", type=Path, help="folder of an earlier run's weights, to go on from")
    parser.add_argument(
        "--backbone-rate",
        type=share,
        help="learning rate of the backbone as a share of that of the rest, 0 to leave it as it is "
        "(default 0.03 where it starts from published weights, else 1)",
    )
    parser.add_argument(
        "--tiny", action="store_true", help="a trial on a small machine, with sizes, batches and pictures of its own"
    )


def run(arguments: argparse.Namespace) -> None:
    from export.timed.run import Order, run_within

    order = Order(**{field.name: getattr(arguments, field.name) for field in fields(Order)})
    for line in run_within(order):
        print(line, flush=True)


COMMAND = Command("train-timed", "train the demonstration model within a given time", options, run)
