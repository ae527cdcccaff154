"""`export verify`: the gate again, on any model in the repository, or one model against another."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from export.commands.command import REPOSITORY, Command
from export.commands.onnx import fetched
from export.verify.errors import VerifyError
from export.verify.name import Name

if TYPE_CHECKING:
    from export.verify.agreement import Agreement
    from export.verify.pictures import Picture
    from export.verify.verification import Verification
    from report.content import Figure, Report

COUNT = 16


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL/VERSION", type=name, help="which model, such as inspyrenet_demo/1")
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--against", metavar="MODEL/VERSION", type=name, help="compare with this model instead of the network in torch"
    )
    other.add_argument("--checkpoint", type=Path, help="what the model was made of (default: found by its variant)")
    parser.add_argument("--repository", type=Path, default=REPOSITORY, help="Triton's model repository")
    parser.add_argument("--cache", type=Path, help="where fetched checkpoints are (CUTOUT_CACHE)")
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="photographs to compare on (default: synthetic ones)"
    )
    parser.add_argument(
        "--count", type=positive, metavar="N", help=f"pictures to compare (default {COUNT}; of a folder all)"
    )
    parser.add_argument("--min-iou", type=share, help="least soft IoU of any picture, 0 to 1")
    parser.add_argument("--max-mae", type=share, help="largest mean absolute error of any picture, 0 to 1")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.html", help="write what was found, with the worst pictures"
    )


def name(text: str) -> Name:
    """Raises argparse's error for what is not MODEL/VERSION."""
    try:
        return Name.parse(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def positive(text: str) -> int:
    """A whole number from 1. Raises argparse's error."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def share(text: str) -> float:
    """A number from 0 to 1. Raises argparse's error, or ValueError, which argparse takes for it."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return number


def run(arguments: argparse.Namespace) -> None:
    if arguments.report and not arguments.report.resolve().parent.is_dir():
        raise VerifyError(f"{arguments.report}: there is no folder {arguments.report.parent} to write it to")
    skipped: list[str] = []
    found = verification(arguments, skipped)
    for figure in found.figures:
        print(line(figure))
    if skipped:
        print(f"warning: {len(skipped)} left out: {'; '.join(skipped)}", file=sys.stderr)
    if arguments.report:
        write(found.report(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", skipped), arguments.report)
    found.check()
    print(f"{found.a.name} against {found.b.name}: no bound missed")


def verification(arguments: argparse.Namespace, skipped: list[str]) -> "Verification":
    """What the command line asks for; `skipped` gets a sentence on each picture that cannot be read."""
    from export.verify.agreement import Thresholds
    from export.verify.artefact import opened
    from export.verify.origin import origin
    from export.verify.verification import against_artefact, against_origin

    artefact = opened(arguments.repository, arguments.model)
    pictures = _pictures(arguments, artefact.size, skipped)
    thresholds = Thresholds(arguments.min_iou, arguments.max_mae)
    if arguments.against:
        other = opened(arguments.repository, arguments.against)
        return against_artefact(artefact, other, pictures, thresholds, _tell)
    source = origin(artefact, arguments.checkpoint or fetched(artefact.variant.name, arguments.cache))
    return against_origin(artefact, source, pictures, thresholds, _tell)


def _pictures(arguments: argparse.Namespace, size: int, skipped: list[str]) -> "Iterator[Picture]":
    from export.verify.pictures import photographs, synthetic

    if arguments.pictures:
        return photographs(arguments.pictures, size, arguments.count, skipped)
    return synthetic(size, arguments.count or COUNT)


def _tell(picture: "Picture", agreement: "Agreement") -> None:
    print(f"{picture.name}: {agreement}")


def line(figure: "Figure") -> str:
    """A figure with its bound and, where it is out of it, a mark."""
    allowed = f" ({figure.bound} allowed)" if figure.bound else ""
    return f"{figure.name}: {figure.found}{allowed}{' MISSED' if figure.passed is False else ''}"


def write(report: "Report", path: Path) -> None:
    """The report as a file. Raises VerifyError where it cannot be written."""
    from report.page import page

    text = page(report)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise VerifyError(f"{path}: cannot be written ({exc.strerror})") from exc
    print(f"wrote {path}")


COMMAND = Command("verify", "compare a model with its network, or with another model", options, run)
