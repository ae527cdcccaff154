"""How good versions of a model are: `scripts/bench judge model_repository/inspyrenet_demo/1 [.../2 …]`.

Real photographs with masks drawn by hand (bench/photographs): soft IoU and mean absolute error of the alpha at the
photograph's full size, as the service makes it. Generated pictures with a subject and empty ones (bench/unsure.py): how well
the confidence tells them apart. `--json` and `--sheet` keep the figures, and a picture of photographs, masks and cut-outs.
"""

import argparse
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from google.protobuf import text_format
from numpy.typing import NDArray
from PIL import Image, ImageOps
from tritonclient.grpc.model_config_pb2 import ModelConfig

from bench.own import LIMIT, ours
from bench.photographs import Photograph, photographs
from bench.sheet import GAP, checkerboard, stacked
from bench.unsure import EMPTY, SCENES, SUBJECT, Series, auc, suggested
from export.evaluate import mean_absolute_error, soft_iou
from export.verify.artefact import Artefact, opened
from export.verify.name import Name
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.preview import preview
from gateway.triton.threshold import threshold

CELL: Final = (360, 240)  # width and height of a place on the sheet, in pixels


@dataclass(frozen=True)
class Cut:
    """One photograph as the service answers with it: uint8 (H, W, 4)."""

    pixels: NDArray[np.uint8]
    confidence: float


@dataclass(frozen=True)
class Judged:
    """A version in its `folder`, what it made of the photographs, by name, and of generated pictures, by kind."""

    folder: Path
    cuts: Mapping[str, Cut]
    confidences: Mapping[str, NDArray[np.float64]]
    threshold: float


def version(folder: Path) -> Artefact:
    """The model in REPOSITORY/MODEL/VERSION. Raises ArtefactError."""
    folder = folder.resolve()
    return opened(folder.parents[1], Name.parse(f"{folder.parent.name}/{folder.name}"))


def stated(folder: Path) -> float:
    """The version's threshold, from its model's configuration, where there is one."""
    path = folder.resolve().parent / "config.pbtxt"
    config = text_format.Parse(path.read_text() if path.is_file() else "", ModelConfig())
    return threshold({key: each.string_value for key, each in config.parameters.items()}, folder.name)


def cut(artefact: Artefact, data: bytes) -> Cut:
    """A photograph's file through the gateway's own path, with ONNX Runtime in Triton's place."""
    seen = preview(data, read_header(data, LIMIT), artefact.size)
    alpha, confidence = artefact.run(seen.tensor[None])
    body = ours(alpha[0], artefact.size)(data, "png")
    return Cut(np.asarray(Image.open(io.BytesIO(body))), float(confidence[0, 0]))


def score(photograph: Photograph, pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Soft IoU and mean absolute error of a cut-out's alpha, where the drawing is scored."""
    alpha, truth = pixels[..., 3][photograph.scored], photograph.truth[photograph.scored]
    return soft_iou(alpha, truth), mean_absolute_error(alpha, truth)


def confidences(artefact: Artefact, series: Series, count: int) -> NDArray[np.float64]:
    return np.array([float(artefact.run(each[None])[1][0, 0]) for each in series(artefact.size, count)])


def judged(folder: Path, found: list[Photograph], count: int) -> Judged:
    artefact = version(folder)
    cuts = {each.name: cut(artefact, each.data) for each in found}
    kinds = {**SUBJECT, **EMPTY, **SCENES} if count else {}
    return Judged(folder, cuts, {kind: confidences(artefact, kinds[kind], count) for kind in kinds}, stated(folder))


def figures(each: Judged, found: list[Photograph]) -> dict[str, Any]:
    """All that was measured, for JSON."""
    rows = {}
    for photograph in found:
        made = each.cuts[photograph.name]
        iou, error = score(photograph, made.pixels)
        rows[photograph.name] = rounded({"iou": iou, "mae": error, "confidence": made.confidence})
    ious, errors = ([row[key] for row in rows.values()] for key in ("iou", "mae"))
    summary = {"mean_iou": np.mean(ious), "worst_iou": min(ious), "mean_mae": np.mean(errors)}
    return {"photographs": rows, **rounded(summary), "confidence": confidence_figures(each)}


def confidence_figures(each: Judged) -> dict[str, Any]:
    """AUC of pictures with a subject against each kind of empty ones, and of every kind the share said to show a subject."""
    if not each.confidences:
        return {}
    subject = np.concatenate([each.confidences[kind] for kind in SUBJECT])
    empty = np.concatenate([each.confidences[kind] for kind in EMPTY])
    against = {kind: auc(subject, each.confidences[kind]) for kind in (*EMPTY, *SCENES)}
    thresholds = {"stated": each.threshold, "suggested": suggested(subject)}
    return {
        "pictures_of_each_kind": len(subject) // len(SUBJECT),
        "auc": round(auc(subject, empty), 4),
        "auc_against": rounded(against),
        "thresholds": rounded(thresholds),
        "subject_found": {
            name: rounded({kind: np.mean(values >= value) for kind, values in each.confidences.items()})
            for name, value in thresholds.items()
        },
    }


def rounded(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: round(float(value), 4) for key, value in values.items()}


def show(results: Mapping[str, dict[str, Any]]) -> None:
    names = list(next(iter(results.values()))["photographs"])
    print(f"{'':12}" + "".join(f"{name[-26:]:>28}" for name in results))
    for name in names:
        rows = [result["photographs"][name] for result in results.values()]
        print(f"{name:12}" + "".join(f"   IoU {r['iou']:.3f} MAE {r['mae']:.3f} {r['confidence']:5.2f}" for r in rows))
    for key in ("mean_iou", "worst_iou", "mean_mae"):
        print(f"{key:12}" + "".join(f"{result[key]:28.3f}" for result in results.values()))
    for name, result in results.items():
        print(f"{name}: confidence {json.dumps(result['confidence'], indent=2)}")


def line(photograph: Photograph, versions: list[Judged]) -> Image.Image:
    """The photograph, its mask with what is unscored in grey, and each version's cut-out."""
    mask = np.where(photograph.scored, photograph.truth, np.uint8(128))
    cells = [Image.open(io.BytesIO(photograph.data)), Image.fromarray(mask)]
    cells += [Image.fromarray(each.cuts[photograph.name].pixels) for each in versions]
    strip = Image.new("RGB", (len(cells) * (CELL[0] + GAP) - GAP, CELL[1]), "white")
    for index, cell in enumerate(cells):
        small = ImageOps.contain(cell.convert("RGBA"), CELL, Image.Resampling.LANCZOS)
        left = index * (CELL[0] + GAP) + (CELL[0] - small.width) // 2
        strip.paste(Image.alpha_composite(checkerboard(*small.size), small).convert("RGB"), (left, 0))
    return strip


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", metavar="FOLDER", type=Path, nargs="+", help="REPOSITORY/MODEL/VERSION")
    parser.add_argument("--count", type=int, default=100, help="generated pictures of each kind; 0: none")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="only photographs whose licence allows it")
    asked = parser.parse_args(arguments)
    found = list(photographs())
    versions = [judged(folder, found, asked.count) for folder in asked.versions]
    results = {str(each.folder): figures(each, found) for each in versions}
    show(results)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n")
    if asked.sheet:
        rows = [line(each, versions) for each in found if each.drawing.reproducible]
        stacked(rows).save(asked.sheet, quality=88)


if __name__ == "__main__":
    main()
