"""The pictures in docs/: `scripts/bench sheet` cuts out the sample and real photographs with the served model,
and draws those in every effect."""

import io
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from bench.running import running_service
from export.synthetic import Difficulty, picture

ROOT = Path(__file__).parent.parent
HEIGHT = 360
WIDTH = 360
SQUARE = 12
GAP = 8
PHOTOGRAPHS = ("chelsea", "astronaut", "coffee")


def file(photo: Image.Image) -> bytes:
    out = io.BytesIO()
    photo.save(out, "PNG")
    return out.getvalue()


def cut_out(url: str, photo: Image.Image) -> Image.Image:
    response = httpx.post(f"{url}/api/v2/process", files={"file": file(photo)}, timeout=60)
    response.raise_for_status()
    return Image.open(io.BytesIO(response.content))


def checkerboard(width: int, height: int) -> Image.Image:
    y, x = np.indices((height, width)) // SQUARE
    grey: NDArray[np.uint8] = np.where((x + y) % 2, 255, 218).astype(np.uint8)
    return Image.fromarray(grey).convert("RGBA")


def row(url: str, photo: Image.Image) -> Image.Image:
    """The photo and, beside it, its cut-out on a checkerboard."""
    photo = photo.convert("RGB").resize((round(photo.width * HEIGHT / photo.height), HEIGHT), Image.Resampling.LANCZOS)
    after = Image.alpha_composite(checkerboard(*photo.size), cut_out(url, photo))
    pair = Image.new("RGB", (2 * photo.width + GAP, HEIGHT), "white")
    pair.paste(photo)
    pair.paste(after.convert("RGB"), (photo.width + GAP, 0))
    return pair


def stacked(rows: list[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (max(r.width for r in rows), sum(r.height + GAP for r in rows) - GAP), "white")
    top = 0
    for each in rows:
        sheet.paste(each, (0, top))
        top += each.height + GAP
    return sheet


def generated(difficulty: Difficulty) -> Image.Image:
    """Two rows of generated pictures, each beside its alpha."""
    pairs = []
    for index in range(12):
        image, alpha = picture(np.random.default_rng([31337, index]), 160, difficulty)
        pairs.append(np.hstack([image, np.dstack([alpha] * 3)]))
    return stacked([Image.fromarray(np.hstack(pairs[start : start + 6])) for start in (0, 6)])


def effects(url: str, photo: Image.Image, target: Path) -> None:
    """The photo in every effect, as the command draws it."""
    command = [sys.executable, "-m", "gateway", "effects", "-", "-o", target, "--width", str(WIDTH), "--url", url]
    subprocess.run(command, cwd=ROOT, input=file(photo), check=True)


def main() -> None:
    stacked([generated("easy"), generated("hard")]).save(ROOT / "docs" / "synthetic.jpg", quality=85)
    with running_service() as running:
        sample = row(running.url, Image.open(ROOT / "gateway" / "studio" / "sample.jpg"))
        sample.save(ROOT / "docs" / "result.png", optimize=True)
        photos = {name: Image.fromarray(getattr(skimage.data, name)()) for name in PHOTOGRAPHS}
        rows = [row(running.url, photo) for photo in photos.values()]
        stacked(rows).save(ROOT / "docs" / "demo-model.jpg", quality=88)
        for name, photo in photos.items():
            effects(running.url, photo, ROOT / "docs" / f"effects-{name}.jpg")


if __name__ == "__main__":
    main()
