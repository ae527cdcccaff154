"""Our encoders against Pillow's and OpenCV's on cut-out photographs: `scripts/bench encoding`.

CPU milliseconds of this process and the file's bytes, the candidates in turn, medians; ratios are to the first candidate,
Pillow as it comes. `--memory` instead tells how much more memory a process needs while it encodes than before.
"""

import argparse
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import KEEPS_ALPHA, OutputFormat

Pixels = NDArray[np.uint8]
Candidate = Callable[[Pixels], bytes]

SIZES = (1, 4, 12, 24)
LARGE = (24, 50)
"""Megapixels."""
QUALITY = 80
SLOW = 4
"""Megapixels above which AVIF at Pillow's default is left out: it takes most of a minute."""


def photograph(megapixels: float) -> Pixels:
    """(H, W, 3), 4:3: three photographs enlarged, mirrored and laid side by side, with a camera's noise."""
    height = round((megapixels * 750_000) ** 0.5)
    width = height * 4 // 3
    photos = (skimage.data.astronaut(), skimage.data.coffee(), skimage.data.chelsea())
    tiles = [cv2.resize(each, (800, 600), interpolation=cv2.INTER_CUBIC) for each in photos]
    pixels = np.empty((height, width, 3), np.uint8)
    noise = np.random.default_rng(0)
    for top in range(0, height, 600):
        for left in range(0, width, 800):
            tile = tiles[(top // 600 + left // 800) % 3][:: 1 if top // 600 % 2 else -1]
            part = pixels[top : top + 600, left : left + 800]
            part[:] = np.clip(tile[: len(part), : part.shape[1]] + noise.normal(0, 2, (*part.shape[:2], 1)), 0, 255)
    return pixels


def cut_out(megapixels: float, visible: float) -> Pixels:
    """(H, W, 4): a photograph behind a soft ellipse, of which about `visible` is seen, all of it at 1."""
    rgb = photograph(megapixels)
    height, width = rgb.shape[:2]
    y, x = np.ogrid[:height, :width]
    half = (visible / np.pi) ** 0.5
    radius = np.hypot((x - width / 2) / (width * half), (y - height / 2) / (height * half))
    alpha = (255 * np.clip((1 - radius) * 40, 0, 1)).astype(np.uint8) if visible < 1 else np.uint8(255)
    pixels = np.dstack([rgb, np.broadcast_to(alpha, (height, width))])
    pixels[pixels[..., 3] == 0] = 0
    return pixels


def pillow(kind: str, **options: object) -> Candidate:
    def save(pixels: Pixels) -> bytes:
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, kind, **options)
        return stream.getvalue()

    return save


def opencv(extension: str, *options: int) -> Candidate:
    def write(pixels: Pixels) -> bytes:
        swapped = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
        return cv2.imencode(extension, swapped, options)[1].tobytes()

    return write


def ours(output: OutputFormat) -> Candidate:
    return lambda pixels: encode(pixels.copy(), output, QUALITY)


PAETH_RUNS = (
    cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE,
)  # fmt: skip
CANDIDATES: dict[OutputFormat, dict[str, Candidate]] = {
    "png": {
        "Pillow": pillow("PNG"),
        "Pillow, level 1": pillow("PNG", compress_level=1),
        "OpenCV, Paeth and runs": opencv(".png", *PAETH_RUNS),
        "ours": ours("png"),
    },
    "webp": {
        "Pillow": pillow("WEBP", quality=QUALITY),
        "Pillow, method 0": pillow("WEBP", quality=QUALITY, method=0),
        "OpenCV": opencv(".webp", cv2.IMWRITE_WEBP_QUALITY, QUALITY),
        "ours": ours("webp"),
    },
    "jpeg": {
        "Pillow": pillow("JPEG", quality=QUALITY),
        "Pillow, progressive": pillow("JPEG", quality=QUALITY, progressive=True),
        "ours": ours("jpeg"),
    },
    "avif": {
        "Pillow": pillow("AVIF", quality=QUALITY, max_threads=1),
        "ours": ours("avif"),
    },
    "zip": {"ours": ours("zip")},
}


def compare(output: OutputFormat, megapixels: float, visible: float, times: int) -> None:
    """Prints a line for each candidate."""
    pixels = cut_out(megapixels, visible)
    if output not in KEEPS_ALPHA:
        pixels = np.ascontiguousarray(pixels[..., :3])
    candidates = dict(CANDIDATES[output])
    if output == "avif" and megapixels > SLOW:
        del candidates["Pillow"]
    taken, sizes = in_turn(candidates, pixels, times)
    first = next(iter(candidates))
    for name in candidates:
        milliseconds, least = statistics.median(taken[name]), min(taken[name])
        ratio = sizes[name] / sizes[first]
        print(
            f"{output:5}{megapixels:4} MP{visible:5.0%}  {name:23}{milliseconds:8.0f} ({least:6.0f})"
            f"{sizes[name]:12,}{ratio:8.3f}",
            flush=True,
        )


def in_turn(
    candidates: dict[str, Candidate], pixels: Pixels, times: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """CPU milliseconds of each repetition and the bytes of the file, by candidate."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    sizes = {}
    for _ in range(times):
        for name, candidate in candidates.items():
            begin = time.process_time()
            sizes[name] = len(candidate(pixels))
            taken[name].append(1000 * (time.process_time() - begin))
    return taken, sizes


def memory(output: OutputFormat, megapixels: float) -> str:
    """What encoding adds to a process's memory at its highest, measured in a process of its own."""
    command = [sys.executable, "-m", "bench.encoding", "--peak", output, str(megapixels)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def peak(output: OutputFormat, megapixels: float) -> None:
    """Prints MiB: the picture's, the file's, and the highest rise of this process's memory while encoding."""
    encode(np.zeros((64, 64, 3), np.uint8), output, QUALITY)  # what comes with the first picture only
    pixels = cut_out(megapixels, 0.5)
    if output not in KEEPS_ALPHA:
        pixels = np.ascontiguousarray(pixels[..., :3])
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts anew
    before = _status("VmRSS")
    file = encode(pixels, output, QUALITY)
    rise = _status("VmHWM") - before
    print(f"{output:5}{megapixels:4.0f} MP{pixels.nbytes >> 20:8}{len(file) / 2**20:8.1f}{rise / 1024:8.0f}")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=float, action="append", metavar="MP", help=f"megapixels, instead of {SIZES}")
    parser.add_argument("--format", action="append", choices=CANDIDATES, help="instead of all; may be repeated")
    parser.add_argument("--visible", type=float, default=0.5, help="how much of the picture is seen, up to 1")
    parser.add_argument("--times", type=int, default=3, help="repetitions")
    parser.add_argument("--memory", action="store_true", help="measure memory instead")
    parser.add_argument("--peak", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    formats: list[OutputFormat] = arguments.format or list(CANDIDATES)
    if arguments.peak:
        peak(arguments.peak[0], float(arguments.peak[1]))
    elif arguments.memory:
        print("MiB:       picture    file    rise")
        for output in formats:
            for megapixels in arguments.size or LARGE:
                print(memory(output, megapixels), flush=True)
    else:
        print(f"{'':39}CPU ms (minimum)       bytes   ratio")
        for output in formats:
            for megapixels in arguments.size or SIZES:
                compare(output, megapixels, arguments.visible, arguments.times)


if __name__ == "__main__":
    main()
