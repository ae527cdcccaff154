"""`export onnx`: a checkpoint becomes a model in the repository."""

import argparse
from pathlib import Path

from export.commands.command import REPOSITORY, ROOT, VARIANT_NAMES, Command

DEMO_CHECKPOINT = ROOT / "export" / "checkpoints" / "demo.pth"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--variant", choices=VARIANT_NAMES, required=True)
    parser.add_argument(
        "--checkpoint", type=Path, help=f"state dict to export (demo: {DEMO_CHECKPOINT.relative_to(ROOT)})"
    )
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="Triton's model repository")
    parser.add_argument("--version", type=int, default=1, help="version of the model to write (default 1)")
    parser.add_argument("--max-logits", type=float, default=5e-3, help="largest difference of a logit (default 0.005)")
    parser.add_argument("--max-probability", type=float, default=2e-4, help="and of a probability (default 0.0002)")


def run(arguments: argparse.Namespace) -> None:
    from export import parity
    from export.to_onnx import export
    from export.variants import VARIANTS

    variant = VARIANTS[arguments.variant]
    checkpoint = arguments.checkpoint or DEMO_CHECKPOINT
    bounds = parity.Bounds(logits=arguments.max_logits, probability=arguments.max_probability)
    for figure in export(variant, checkpoint, arguments.repository, arguments.version, bounds):
        print(
            f"batch {figure.batch}: logits {figure.logits:.2g}, probability {figure.probability:.2g}, "
            f"alpha {figure.alpha}/255, {figure.unsaturated:.1%} of the pixels unsaturated"
        )
    print(f"wrote {arguments.repository / variant.model / str(arguments.version)}")


COMMAND = Command("onnx", "export a checkpoint to ONNX, behind the parity gate", options, run)
