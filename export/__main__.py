"""Command line of everything that happens before a model is served: `python -m export --help`."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO_CHECKPOINT = ROOT / "export" / "checkpoints" / "demo.pth"
VARIANT_NAMES = ("base", "fast", "demo")


def to_onnx(arguments: argparse.Namespace) -> None:
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


def train_demo(arguments: argparse.Namespace) -> None:
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


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    onnx = commands.add_parser("onnx", help="export a checkpoint to ONNX, behind the parity gate")
    onnx.add_argument("--variant", choices=VARIANT_NAMES, required=True)
    onnx.add_argument(
        "--checkpoint", type=Path, help=f"state dict to export (demo: {DEMO_CHECKPOINT.relative_to(ROOT)})"
    )
    onnx.add_argument("--repository", type=Path, default=ROOT / "model_repository", help="Triton's model repository")
    onnx.add_argument("--version", type=int, default=1, help="version of the model to write (default 1)")
    onnx.add_argument("--max-logits", type=float, default=5e-3, help="largest difference of a logit (default 0.005)")
    onnx.add_argument("--max-probability", type=float, default=2e-4, help="and of a probability (default 0.0002)")
    onnx.set_defaults(run_command=to_onnx)

    train = commands.add_parser("train-demo", help="train the demonstration model on synthetic pictures")
    train.add_argument("--run", type=Path, default=Path("runs/demo"), help="folder to work in and to continue from")
    train.add_argument("--seed", type=int, default=1, help="of weights and pictures (default 1)")
    train.add_argument(
        "--held-out", type=int, default=500, help="held-out pictures of each kind to score on (default 500)"
    )
    train.add_argument(
        "--out", type=Path, default=DEMO_CHECKPOINT, help=f"checkpoint to write (default {DEMO_CHECKPOINT})"
    )
    train.set_defaults(run_command=train_demo)
    return top


def main(arguments: list[str] | None = None) -> int:
    parsed = parser().parse_args(arguments)
    try:
        parsed.run_command(parsed)
    except ValueError as exc:  # what the steps refuse: a checkpoint, a graph past its bounds
        print(f"python -m export: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
