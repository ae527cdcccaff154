"""How good versions of the demonstration model are on generated pictures that no training shows:
`scripts/bench heldout model_repository/inspyrenet_demo/1 [.../2 …]`.

The same pictures that `export train-timed` judges by, drawn on this machine's CPU, through the model file that is served. A
GPU draws other rendered pictures from the same seed, so its own figures differ a little.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from bench.judge import version
from export.commands.numbers import count
from export.timed import judged
from export.verify.artefact import Artefact

BATCH = 4
CPU = torch.device("cpu")


def sets(size: int, number: int) -> Iterator[tuple[str, judged.Pictures]]:
    """Painted and rendered pictures of side `size`, easy and hard, `number` of each kind; rendered ones come in eights."""
    for kind, hard in (("painted easy", False), ("painted hard", True)):
        yield kind, judged.painted(size, number, hard)
    for kind, chances in judged.SETS.items():
        yield kind.replace("scenes", "rendered"), judged.rendered(size, number, chances, CPU)


def answers(artefact: Artefact, pictures: judged.Pictures) -> judged.Answers:
    images = pictures.images
    said = [artefact.run(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    alphas, confidences = (np.concatenate(parts) for parts in zip(*said, strict=True))
    return judged.Answers(alphas, confidences[:, 0])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", metavar="FOLDER", type=Path, nargs="+", help="REPOSITORY/MODEL/VERSION")
    parser.add_argument("--count", type=count, default=200, help="pictures of each kind (default 200)")
    asked = parser.parse_args(arguments)
    artefacts = {folder: version(folder) for folder in asked.versions}
    for kind, pictures in sets(next(iter(artefacts.values())).size, asked.count):
        for folder, artefact in artefacts.items():
            score = judged.scored(answers(artefact, pictures), pictures)
            print(f"{kind:14} {folder}: IoU {score.iou:.3f} MAE {score.mae:.3f} of {score.pictures}", flush=True)


if __name__ == "__main__":
    main()
