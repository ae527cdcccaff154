"""The pictures in docs/: `scripts/bench sheet` cuts out real photographs with the served model,
and draws good cut-outs of those in every effect."""

import io
from pathlib import Path

import httpx
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from bench.effects import drawings
from bench.running import running_service
from export.synthetic import Difficulty, picture
from gateway.pictures.compose import Layout, framed
from gateway.pictures.sheet import Cell, sheet

ROOT = Path(__file__).parent.parent
HEIGHT = 360
WIDTH = 480
SQUARE = 12
GAP = 8
PHOTOGRAPHS = ("chelsea", "astronaut", "coffee")


def cut_out(url: str, photo: Image.Image) -> Image.Image:
    out = io.BytesIO()
    photo.save(out, "PNG")
    response = httpx.post(f"{url}/api/v2/process", files={"file": out.getvalue()}, timeout=60)
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
    whole = Image.new("RGB", (max(r.width for r in rows), sum(r.height + GAP for r in rows) - GAP), "white")
    top = 0
    for each in rows:
        whole.paste(each, (0, top))
        top += each.height + GAP
    return whole


def generated(difficulty: Difficulty) -> Image.Image:
    """Two rows of generated pictures, each beside its alpha."""
    pairs = []
    for index in range(12):
        image, alpha = picture(np.random.default_rng([31337, index]), 160, difficulty)
        pairs.append(np.hstack([image, np.dstack([alpha] * 3)]))
    return stacked([Image.fromarray(np.hstack(pairs[start : start + 6])) for start in (0, 6)])


def effects(name: str) -> Image.Image:
    """A good cut-out of the photograph (bench/cutouts.py) in every effect, on the command's sheet."""
    photo = Image.fromarray(getattr(skimage.data, name)()).convert("RGBA")
    cutout = np.array(Image.open(ROOT / "bench" / "cutouts" / f"{name}.webp").convert("RGBA"))
    pixels = framed(cutout, Layout(max_side=round(max(photo.size) * WIDTH / photo.width))).pixels
    original = photo.resize(pixels.shape[1::-1], Image.Resampling.LANCZOS)
    drawn = [Cell(name, drawing.draw(pixels)) for name, drawing in drawings()]
    return Image.fromarray(sheet([Cell("photo", np.asarray(original)), *drawn]))


def main() -> None:
    stacked([generated("easy"), generated("hard")]).save(ROOT / "docs" / "synthetic.jpg", quality=85)
    with running_service() as running:
        rows = [row(running.url, Image.fromarray(getattr(skimage.data, name)())) for name in PHOTOGRAPHS]
        rows[0].save(ROOT / "docs" / "result.jpg", quality=88)
        stacked(rows).save(ROOT / "docs" / "demo-model.jpg", quality=88)


def draw_effects() -> None:
    for name in PHOTOGRAPHS:
        effects(name).save(ROOT / "docs" / f"effects-{name}.jpg", quality=90)


if __name__ == "__main__":
    draw_effects()
    main()
