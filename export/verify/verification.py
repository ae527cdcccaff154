"""The two questions: does a model still equal its network, and how far is it from another model?"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import onnxruntime as ort
import torch

from export.verify.agreement import Agreement, Thresholds, summary
from export.verify.artefact import Artefact
from export.verify.comparison import Comparison, compare
from export.verify.errors import ArtefactError, MissedError
from export.verify.origin import Origin, gate, same_tensors
from export.verify.pictures import Picture
from report.content import Figure, Report, Side

Done = Callable[[Picture, Agreement], None]


@dataclass(frozen=True)
class Verification:
    """Who was compared, all that was measured, and how the pictures came out."""

    a: Side
    b: Side
    figures: tuple[Figure, ...]
    comparison: Comparison

    def check(self) -> None:
        """Raises MissedError, which names the first bound that was missed and counts the others."""
        missed = [each for each in self.figures if each.passed is False]
        if missed:
            first, more = missed[0], f", and {len(missed) - 1} more bounds missed" if missed[1:] else ""
            raise MissedError(
                f"{self.a.name} against {self.b.name}: {first.name}: {first.found}, allowed {first.bound}{more}"
            )

    def report(self, date: str, skipped: Sequence[str]) -> Report:
        """What to show, with the date as it is to be shown and sentences about files left out."""
        return Report(
            date=date,
            a=self.a,
            b=self.b,
            figures=self.figures,
            differences=self.comparison.differences,
            pictures=len(self.comparison.agreements),
            cases=self.comparison.cases,
            skipped=tuple(skipped),
            machinery={
                "inspyrenet-service": version("inspyrenet-service"),
                "ONNX Runtime": ort.__version__,
                "PyTorch": torch.__version__,
            },
        )


def against_origin(
    artefact: Artefact, source: Origin, pictures: Iterable[Picture], thresholds: Thresholds, done: Done
) -> Verification:
    """The export's gate, and each picture, on a model and the network of its checkpoint. Raises ArtefactError."""
    figures = (same_tensors(artefact, source), *gate(artefact, source))
    comparison = compare(artefact, source, pictures, done)
    return Verification(
        a=_artefact(artefact),
        b=_origin(artefact, source),
        figures=(*figures, *summary(comparison.agreements, thresholds)),
        comparison=comparison,
    )


def against_artefact(
    a: Artefact, b: Artefact, pictures: Iterable[Picture], thresholds: Thresholds, done: Done
) -> Verification:
    """Each picture on two models. Raises ArtefactError when they do not take the same pictures."""
    require_same_size(a, b)
    comparison = compare(a, b, pictures, done)
    return Verification(_artefact(a), _artefact(b), summary(comparison.agreements, thresholds), comparison)


def require_same_size(a: Artefact, b: Artefact) -> None:
    """Raises ArtefactError."""
    if a.size != b.size:
        raise ArtefactError(
            f"{a.name} takes pictures of {a.size} × {a.size} and {b.name} of {b.size} × {b.size}: "
            "only models of one size can be compared"
        )


def _artefact(artefact: Artefact) -> Side:
    digests = {f"sha256 of {name}": digest for name, digest in artefact.digests.items()}
    return Side(
        f"{artefact.name}",
        {
            "Runs in": f"ONNX Runtime {ort.__version__}, CPU",
            "Variant": artefact.variant.name,
            "Pictures": f"{artefact.size} × {artefact.size}",
            "Precision": artefact.precision,
            "Written by": f"inspyrenet-service {artefact.facts.get('project_version', 'of unknown version')}",
            "Bytes": f"{sum(path.stat().st_size for path in (artefact.path, *artefact.data)):,}",
            **digests,
            "sha256 of its checkpoint": artefact.facts["weights_sha256"],
        },
    )


def _origin(artefact: Artefact, source: Origin) -> Side:
    return Side(
        f"the network of {source.checkpoint.name}",
        {
            "Runs in": f"PyTorch {torch.__version__}, CPU",
            "Variant": artefact.variant.name,
            "Pictures": f"{artefact.size} × {artefact.size}",
            "Precision": "fp32",
            "Bytes": f"{source.checkpoint.stat().st_size:,}",
            f"sha256 of {source.checkpoint.name}": source.sha256,
        },
    )
