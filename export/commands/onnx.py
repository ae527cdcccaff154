"""`export onnx`: a checkpoint becomes a model in the repository."""

import argparse
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from checkpoints import cache
from checkpoints.catalogue import OFFICIAL
from checkpoints.errors import MissingError
from export.commands.command import REPOSITORY, ROOT, VARIANT_NAMES, Command

if TYPE_CHECKING:
    from export import parity

DEMO_CHECKPOINT = ROOT / "export" / "checkpoints" / "demo.pth"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", choices=VARIANT_NAMES, required=True)
    parser.add_argument(
        "--checkpoint",
        type=Path,
        help="state dict to export, or the folder of `export train-timed` (default: what `export fetch` fetched; "
        "demo: the project's)",
    )
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="Triton's model repository")
    parser.add_argument(
        "--version", type=version, default=1, help="version of the model to write, a new one (default 1)"
    )
    parser.add_argument(
        "--precision",
        choices=("fp32", "fp16"),
        default="fp32",
        help="of weights and tensors; fp16 is for GPUs (default fp32)",
    )
    parser.add_argument("--cache", type=Path, help="where fetched checkpoints are (CUTOUT_CACHE)")
    parser.add_argument("--max-logits", type=float, help="largest difference of a logit, as a share of the largest")
    parser.add_argument("--max-probability", type=float, help="largest difference of a probability")


def version(text: str) -> int:
    """The number of a version. Raises argparse's error: Triton overlooks leading zeros, and -1 is its word for the latest."""
    if not re.fullmatch(r"[1-9]\d{0,17}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version: a whole number from 1, of 18 digits at most")
    return int(text)


def run(arguments: argparse.Namespace) -> None:
    from export.to_onnx import export
    from export.variants import VARIANTS

    variant = VARIANTS[arguments.variant]
    checkpoint = _whole(arguments.checkpoint or fetched(variant.name, arguments.cache))
    bounds, precision = _bounds(arguments, variant.size), arguments.precision
    for figure in export(variant, checkpoint, arguments.repository, arguments.version, bounds, precision):
        print(figure)
    print(f"wrote {arguments.repository / variant.model / str(arguments.version)}")


def fetched(variant: str, folder: Path | None) -> Path:
    """The checkpoint to export where none is named. Raises MissingError, which tells how to get it."""
    if variant == "demo":
        return DEMO_CHECKPOINT
    if variant not in OFFICIAL:
        raise MissingError(f"the project carries no checkpoint of {variant}: name what a training left by --checkpoint")
    checkpoint = OFFICIAL[variant]
    file = cache.cached(checkpoint, folder or cache.folder(os.environ))
    if file is None:
        raise MissingError(f"{checkpoint.file} is not in the cache: `python -m export fetch {variant}` gets it")
    return file


def _whole(checkpoint: Path) -> Path:
    """A checkpoint, that of a folder of parts written beside them."""
    from export.timed.results import joined

    return joined(checkpoint) if checkpoint.is_dir() else checkpoint


def _bounds(arguments: argparse.Namespace, size: int) -> "parity.Bounds":
    from export import parity

    asked = {"logits": arguments.max_logits, "probability": arguments.max_probability}
    return replace(
        parity.Bounds.at(size, arguments.precision),
        **{name: value for name, value in asked.items() if value is not None},
    )


COMMAND = Command("onnx", "export a checkpoint to ONNX, behind the parity gate", options, run)
