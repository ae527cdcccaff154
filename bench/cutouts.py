"""Good cut-outs of scikit-image's photographs: `scripts/bench cutouts` writes bench/cutouts/*.webp and the effects' sample.

Effects should be judged by themselves, not by the demonstration model's masks. So a person marked what is surely subject and
surely background (MARKS); GrabCut decides between them and closed-form matting (pymatting) draws the soft edge.
"""

from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import pymatting
import skimage.data
from numpy.typing import NDArray
from PIL import Image

ROOT: Final = Path(__file__).parent.parent
SCALE: Final = 2
SAMPLE_SIDE: Final = 360
Pixels = NDArray[np.uint8]
Polygon = list[tuple[int, int]]


class Marks(NamedTuple):
    """In pixels of the photograph, x and y: what may be subject, what is, what is not; how far the edge may be soft."""

    around: Polygon
    subject: list[Polygon]
    background: list[Polygon]
    soft: int


def polygon(corners: str) -> Polygon:
    """ "x,y x,y …" as numbers."""
    return [(int(x), int(y)) for x, y in (corner.split(",") for corner in corners.split())]


MARKS: Final = {
    "chelsea": Marks(
        polygon("40,0 402,0 390,30 372,75 372,170 352,210 330,240 318,299 0,299 0,120 28,108 30,40"),
        [
            polygon("60,20 330,20 350,110 330,190 280,270 40,290 20,140 45,110"),
        ],
        [],
        7,
    ),
    "astronaut": Marks(
        polygon("150,10 310,10 305,150 330,215 385,300 380,345 512,340 512,512 20,512 18,400 60,240 120,190 150,140"),
        [
            polygon("180,30 270,30 280,90 250,180 200,180 170,90"),
            polygon("120,230 300,230 340,300 330,500 60,500 50,320"),
            polygon("300,400 330,370 460,370 490,420 495,500 300,500"),
        ],
        [
            polygon("362,270 392,270 392,333 376,341 366,348"),
            polygon("455,325 512,325 512,440 500,390 480,352"),
        ],
        5,
    ),
    "coffee": Marks(
        polygon("130,40 250,10 420,25 520,60 570,130 560,250 470,340 300,390 150,370 60,290 50,190 80,100"),
        [
            polygon("180,100 300,60 420,100 440,200 350,300 220,290 150,200"),
        ],
        [],
        3,
    ),
}


def drawn(polygons: list[Polygon], shape: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [SCALE * np.array(polygon, np.int32)], 255)
    return mask > 0


def trimap(photo: Pixels, marks: Marks) -> NDArray[np.float64]:
    """0 background, 1 subject, 0.5 to be found."""
    shape = photo.shape[:2]
    guess = np.where(drawn([marks.around], shape), cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    guess[drawn(marks.subject, shape)] = cv2.GC_FGD
    guess[drawn(marks.background, shape)] = cv2.GC_BGD
    cv2.grabCut(photo, guess, None, np.zeros((1, 65)), np.zeros((1, 65)), 8, cv2.GC_INIT_WITH_MASK)
    inside = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    inside = cv2.morphologyEx(cv2.morphologyEx(inside, cv2.MORPH_CLOSE, round_), cv2.MORPH_OPEN, round_)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inside)
    inside = (labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA])).astype(np.uint8)
    far = cv2.distanceTransform(inside, cv2.DIST_L2, 5), cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    soft = SCALE * marks.soft
    return np.select([far[0] > soft, far[1] > soft], [1.0, 0.0], 0.5)


def cutout(name: str) -> Image.Image:
    photo = getattr(skimage.data, name)()
    photo = cv2.resize(photo, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    image = photo / 255
    alpha = pymatting.estimate_alpha_cf(image, trimap(photo, MARKS[name]))
    alpha[alpha < 0.04] = 0
    colours = pymatting.estimate_foreground_ml(image, alpha)
    pixels = np.rint(255 * np.dstack([colours, alpha])).astype(np.uint8)
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)


def main() -> None:
    folder = ROOT / "bench" / "cutouts"
    folder.mkdir(exist_ok=True)
    for name in MARKS:
        cutout(name).save(folder / f"{name}.webp", quality=92, method=6)
    sample = Image.open(folder / "chelsea.webp")
    sample.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.LANCZOS)
    sample.save(ROOT / "gateway" / "effects" / "sample.webp", quality=90, method=6)


if __name__ == "__main__":
    main()
