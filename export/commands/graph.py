"""`export graph`: the graphs that the project carries, so that official weights can be served without torch."""

import argparse
from pathlib import Path

from checkpoints.catalogue import GRAPHS
from export.commands.command import Command


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", choices=("base", "fast"), required=True)
    parser.add_argument("--out", type=Path, default=GRAPHS, help="folder to write it to (default: the project's)")


def run(arguments: argparse.Namespace) -> None:
    from export.to_onnx import carry
    from export.variants import VARIANTS

    variant = VARIANTS[arguments.variant]
    target = arguments.out / f"{variant.name}.onnx"
    for figure in carry(variant, target):
        print(figure)
    print(f"wrote {target}")


COMMAND = Command("graph", "make the weightless graph of an official network, behind the parity gate", options, run)
