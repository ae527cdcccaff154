"""`export engine`: a TensorRT engine for a model in the repository."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from export.commands.command import REPOSITORY, Command
from export.commands.verify import name, positive, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from export.to_tensorrt.gate import Bounds
    from export.to_tensorrt.plan import Plan

COUNT = 16


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL/VERSION", type=name, help="which model, such as inspyrenet/1")
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="Triton's model repository")
    parser.add_argument(
        "--opt-batch",
        type=positive,
        metavar="N",
        help="batch to tune for (default: the model's own, as in its configs/l4.pbtxt)",
    )
    parser.add_argument("--max-batch", type=positive, metavar="N", help="largest batch (likewise)")
    parser.add_argument("--workspace", type=positive, metavar="MB", help="memory for TensorRT itself (likewise)")
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="photographs to compare on (default: synthetic pictures)"
    )
    parser.add_argument(
        "--count", type=positive, metavar="N", default=COUNT, help=f"pictures to compare on (default {COUNT})"
    )
    parser.add_argument("--max-error", type=float, help="largest mean error of alpha, in steps of 1/255 (default 1)")
    parser.add_argument("--min-iou", type=share, help="least soft IoU of any picture, 0 to 1 (default 0.97)")


def run(arguments: argparse.Namespace) -> None:
    from export.to_tensorrt.build import TensorRT
    from export.to_tensorrt.make import make
    from export.to_tensorrt.source import opened

    source = opened(arguments.repository / arguments.model.model / str(arguments.model.version))
    plan = planned(arguments, source.size)
    builder = TensorRT.here()
    pictures = images(arguments, source.size)
    print(f"building for {builder.gpu.name}; this takes minutes")
    print(f"wrote {make(source, plan, pictures, bounds(arguments), builder, print)}")


def planned(arguments: argparse.Namespace, size: int) -> "Plan":
    """The model's plan with what the command line asks for. Raises PlanError; warns of what its configuration contradicts."""
    from export.to_tensorrt.plan import PLANS, Plan

    model = arguments.model.model
    asked = {
        "opt_batch": arguments.opt_batch,
        "max_batch": arguments.max_batch,
        "workspace_mb": arguments.workspace,
    }
    configured = PLANS.get(model)
    changes = {field: value for field, value in asked.items() if value is not None}
    plan = replace(configured or Plan(size), size=size, **changes)
    if configured and plan != configured:
        print(
            f"warning: configs/l4.pbtxt of {model} is for {configured}; this engine is for {plan}: "
            "a server with that configuration builds its own",
            file=sys.stderr,
        )
    return plan


def images(arguments: argparse.Namespace, size: int) -> "NDArray[np.uint8]":
    """Pictures (N, S, S, 3) to compare on; those that cannot be read are named."""
    import numpy as np

    from export.verify.pictures import photographs, synthetic

    skipped: list[str] = []
    if arguments.pictures:
        pictures = photographs(arguments.pictures, size, arguments.count, skipped)
    else:
        pictures = synthetic(size, arguments.count)
    found = np.stack([picture.rgb for picture in pictures])
    for sentence in skipped:
        print(f"warning: {sentence}", file=sys.stderr)
    return found


def bounds(arguments: argparse.Namespace) -> "Bounds":
    """The gate's bounds with what the command line asks for."""
    from export.to_tensorrt.gate import Bounds

    asked = {"error": arguments.max_error, "iou": arguments.min_iou}
    return replace(Bounds(), **{field: value for field, value in asked.items() if value is not None})


COMMAND = Command("engine", "build a TensorRT engine for a model, behind an accuracy gate", options, run)
