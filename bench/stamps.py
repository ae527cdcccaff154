"""How good versions of a model are on cut-outs of photographs before other photographs, of which the alpha is known:
`scripts/bench stamps model_repository/inspyrenet_demo/1 [.../2 …] --pictures DIR`.

Training runs are chosen between by these, so that the nine photographs of `scripts/bench judge` need not be looked at for it.
They are put together (bench/montage) of Tux Paint's stamps and of wallpapers, which this project does not copy:

    mkdir DIR
    apt-get download tuxpaint-stamps-default lomiri-wallpapers-16.04 mate-backgrounds plasma-workspace-wallpapers
    for package in *.deb; do dpkg -x $package DIR; done
"""

import argparse
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.judge import cut, rounded, version
from bench.montage.chosen import MissingPackageError, chosen, require
from bench.montage.montage import InvisibleError, Montage, montages
from bench.sheet import checkerboard, stacked
from export.commands.numbers import count
from export.evaluate import mean_absolute_error, soft_iou

CELL: Final = 176  # pixels of a side, on the sheet
COLUMNS: Final = 20

Alphas = Sequence[NDArray[np.uint8]]


def alphas(folder: Path, pictures: Sequence[Montage]) -> Alphas:
    """What the version in REPOSITORY/MODEL/VERSION makes of the pictures, as the service answers. Raises ArtefactError."""
    artefact = version(folder)
    return [cut(artefact, each.data).pixels[..., 3] for each in pictures]


def figures(made: Alphas, pictures: Sequence[Montage]) -> dict[str, Any]:
    """Of all of them, and of each kind."""
    ious = np.array([soft_iou(alpha, each.truth) for alpha, each in zip(made, pictures, strict=True)])
    errors = np.array([mean_absolute_error(alpha, each.truth) for alpha, each in zip(made, pictures, strict=True)])
    kinds = np.array([each.kind for each in pictures])
    each_kind = {str(kind): summary(ious[kinds == kind], errors[kinds == kind]) for kind in np.unique(kinds)}
    return {"all": summary(ious, errors), **each_kind}


def summary(ious: NDArray[np.float64], errors: NDArray[np.float64]) -> dict[str, float]:
    measured = {"mean_iou": ious.mean(), "median_iou": np.median(ious), "mean_mae": errors.mean()}
    return {"pictures": len(ious), **rounded(measured), "below_half": int((ious < 0.5).sum())}


def digest(pictures: Sequence[Montage]) -> str:
    """sha256 of all files: figures can be compared where it is the same."""
    return hashlib.sha256(b"".join(each.data for each in pictures)).hexdigest()


def show(results: Mapping[str, Mapping[str, Any]]) -> None:
    for folder, kinds in results.items():
        print(f"{folder}\n{'':12}pictures  mean IoU  median     MAE  below 0.5")
        for kind, row in kinds.items():
            ious = f"{row['mean_iou']:10.3f}{row['median_iou']:8.3f}"
            print(f"{kind:12}{row['pictures']:8}{ious}{row['mean_mae']:8.3f}{row['below_half']:11}")


def sheet(pictures: Sequence[Montage], versions: Sequence[Alphas]) -> Image.Image:
    """Each picture and, beside it, each version's cut-out of it."""
    groups = [np.hstack(cells(each, made)) for each, *made in zip(pictures, *versions, strict=True)]
    wide = max(COLUMNS // (1 + len(versions)), 1)
    rows = [np.hstack(groups[start : start + wide]) for start in range(0, len(groups), wide)]
    return stacked([Image.fromarray(row) for row in rows])


def cells(picture: Montage, made: Alphas) -> list[NDArray[np.uint8]]:
    photograph = Image.open(io.BytesIO(picture.data)).convert("RGBA")
    shown = [photograph]
    for alpha in made:
        cutout = photograph.copy()
        cutout.putalpha(Image.fromarray(alpha))
        shown.append(Image.alpha_composite(checkerboard(*cutout.size), cutout))
    return [np.asarray(each.convert("RGB").resize((CELL, CELL), Image.Resampling.BOX)) for each in shown]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", metavar="FOLDER", type=Path, nargs="+", help="REPOSITORY/MODEL/VERSION")
    parser.add_argument("--pictures", type=Path, metavar="DIR", required=True, help="where the packages were unpacked")
    parser.add_argument("--count", type=count, default=200, help="pictures (default 200)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keeps the figures")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="for a look: the pictures' licences are various")
    asked = parser.parse_args(arguments)
    these = chosen()
    try:
        require(these, asked.pictures)
        pictures = list(montages(these, asked.pictures, asked.count))
    except (MissingPackageError, InvisibleError) as exc:
        parser.error(str(exc))
    made = [alphas(folder, pictures) for folder in asked.versions]
    results = {str(folder): figures(each, pictures) for folder, each in zip(asked.versions, made, strict=True)}
    print(f"{len(pictures)} pictures, sha256 {digest(pictures)}")
    show(results)
    if asked.json:
        asked.json.write_text(json.dumps({"pictures_sha256": digest(pictures), "versions": results}, indent=2) + "\n")
    if asked.sheet:
        sheet(pictures, made).save(asked.sheet, quality=88)


if __name__ == "__main__":
    main()
