"""Ways to enlarge a mask to its picture, on composites of known alpha: `scripts/bench matte`.

The mask is the known alpha's averages at the network's size, exact or with a network's faults (`like_a_network`).
Measured in the band around soft pixels, 1.5 mask pixels wide on each side: `alpha`, the mean absolute error, and `gradient`,
that of its gradient, both in thousandths; `holes` and `halos`, the per cent of the band's opaque and of its empty pixels that
are wrong by more than a tenth; `outside`, the mean absolute error beyond the band, in thousandths. Time: CPU milliseconds of
one thread, medians of runs in turn.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.composites import NAMES, Pixels, as_pixels, composite, like_a_network, mask_of
from gateway.pictures.matte import enlarged

Method = Callable[[Pixels, Pixels], Pixels]
Floats = NDArray[Any]
PICTURES: Final = tuple(name for name in NAMES if name != "everywhere")
TIMED: Final = ("hair on green", "sharp thing", "defocused")
SCORES: Final = ("alpha", "gradient", "holes", "halos", "outside")


def resized(interpolation: int) -> Method:
    return lambda mask, guide: np.asarray(cv2.resize(mask, guide.shape[1::-1], interpolation=interpolation), np.uint8)


def guided(radius: int, smoothness: float) -> Method:
    """He and Sun, "Fast Guided Filter" (2015), colour guide: coefficients at the mask's size, enlarged bilinearly."""

    def enlarge(mask: Pixels, guide: Pixels) -> Pixels:
        seen, share = _shrunk(guide, len(mask)), mask / np.float32(255)
        mean = lambda values: cv2.blur(values, (2 * radius + 1, 2 * radius + 1))  # noqa: E731
        means, mean_share = mean(seen), mean(share)
        products = seen[..., :, None] * seen[..., None, :]
        spread = (
            mean(products.reshape(*share.shape, 9)).reshape(products.shape) - means[..., :, None] * means[..., None, :]
        )
        together = mean(seen * share[..., None]) - means * mean_share[..., None]
        slopes = np.linalg.solve(spread + smoothness * np.eye(3, dtype=np.float32), together[..., None])[..., 0]
        return _applied(mean(slopes), mean(mean_share - (slopes * means).sum(-1)), guide)

    return enlarge


def guided_grey(radius: int, smoothness: float) -> Method:
    """The same with a grey guide."""

    def enlarge(mask: Pixels, guide: Pixels) -> Pixels:
        grey = cv2.cvtColor(guide, cv2.COLOR_RGBA2GRAY)[..., None]
        seen, share = _shrunk(grey, len(mask)), mask / np.float32(255)
        mean = lambda values: cv2.blur(values, (2 * radius + 1, 2 * radius + 1))  # noqa: E731
        means, mean_share = mean(seen), mean(share)
        slopes = (mean(seen * share) - means * mean_share) / (mean(seen * seen) - means * means + smoothness)
        return _applied(mean(slopes)[..., None], mean(mean_share - slopes * means), grey)

    return enlarge


def joint_bilateral(radius: int, reach: float, colours: float) -> Method:
    """Kopf and others, "Joint Bilateral Upsampling" (2007): near mask pixels of like colour, averaged."""

    def enlarge(mask: Pixels, guide: Pixels) -> Pixels:
        small, size = _shrunk(guide, len(mask)), len(mask)
        full = guide[..., :3] / np.float32(255)
        places = [(np.arange(side) + 0.5) * size / side - 0.5 for side in guide.shape[:2]]
        nearest = [np.rint(place).astype(int) for place in places]
        total, weights = np.zeros((2, *guide.shape[:2]), np.float32)
        for down, across in np.ndindex(2 * radius + 1, 2 * radius + 1):
            at = [
                np.clip(near + step - radius, 0, size - 1) for near, step in zip(nearest, (down, across), strict=True)
            ]
            away = [(place - there) ** 2 for place, there in zip(places, at, strict=True)]
            unlike = ((full - small[at[0]][:, at[1]]) ** 2).sum(-1)
            weight = np.exp(-(away[0][:, None] + away[1]) / (2 * reach**2) - unlike / (2 * colours**2)) + 1e-6
            total += weight * mask[at[0]][:, at[1]]
            weights += weight
        return as_pixels(total / weights)

    return enlarge


def _shrunk(guide: Pixels, size: int) -> Floats:
    small = cv2.resize(guide, (size, size), interpolation=cv2.INTER_AREA)
    return (small if small.ndim == 2 else small[..., :3]) / np.float32(255)


def _applied(slopes: Floats, offset: Floats, guide: Pixels) -> Pixels:
    """Linear coefficients (S, S, C) and (S, S), enlarged and applied to the guide's first C channels."""
    size = guide.shape[1::-1]
    alpha = cv2.resize(offset, size)
    for channel in range(slopes.shape[2]):
        alpha += cv2.resize(np.ascontiguousarray(slopes[..., channel]), size) * (guide[..., channel] / np.float32(255))
    return as_pixels(255 * alpha)


METHODS: Final[dict[str, Method]] = {
    "bilinear": resized(cv2.INTER_LINEAR),
    "cubic": resized(cv2.INTER_CUBIC),
    "guided, grey, r 2, 1e-4": guided_grey(2, 1e-4),
    "guided, colour, r 1, 1e-4": guided(1, 1e-4),
    "guided, colour, r 2, 1e-4": guided(2, 1e-4),
    "guided, colour, r 2, 1e-3": guided(2, 1e-3),
    "guided, colour, r 3, 1e-4": guided(3, 1e-4),
    "joint bilateral, r 2": joint_bilateral(2, 1.0, 0.05),
    "ours": enlarged,
}


def scores(estimate: Pixels, alpha: Pixels, size: int) -> tuple[float, ...]:
    """SCORES of `estimate` of `alpha`, both uint8 (H, W), that comes of a mask of `size`."""
    width = 2 * round(1.5 * alpha.shape[1] / size) + 1
    soft = ((alpha > 0.02 * 255) & (alpha < 0.98 * 255)).astype(np.uint8)
    band = cv2.dilate(soft, np.ones((width, width), np.uint8)) > 0
    known, found = np.float32(alpha / 255), np.float32(estimate / 255)
    error = np.abs(known - found)
    slopes = [cv2.Sobel(known - found, cv2.CV_32F, *axes, scale=1 / 8) for axes in ((1, 0), (0, 1))]
    wrong = [
        100 * (error[band & (alpha == sure)] > 0.1).mean() if (band & (alpha == sure)).any() else 0 for sure in (255, 0)
    ]
    return (1000 * error[band].mean(), 1000 * np.hypot(*slopes)[band].mean(), *wrong, 1000 * error[~band].mean())


def accuracy(megapixels: float, size: int, faulty: bool, found: dict[str, Method]) -> None:
    print(
        f"\n{megapixels:g} MP from {size}, {'a network-like' if faulty else 'an exact'} mask: alpha, holes, halos; all SCORES"
    )
    print(" " * 26 + "".join(f"{name[:16]:>18}" for name in PICTURES) + "   mean of all")
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in found}
    for given in (composite(name, megapixels) for name in PICTURES):
        mask = mask_of(given.alpha, size)
        mask = like_a_network(mask) if faulty else mask
        for name, method in found.items():
            rows[name].append(scores(method(mask, given.picture), given.alpha, size))
    for name, row in rows.items():
        means = "  ".join(f"{mean:.1f}" for mean in np.mean(row, axis=0))
        print(
            f"{name:26}" + "".join(f"{each[0]:8.1f} {each[2]:4.1f} {each[3]:4.1f}" for each in row) + f"   {means}",
            flush=True,
        )


def speed(megapixels: float, size: int, runs: int) -> None:
    print(f"\n{megapixels:g} MP from {size}: CPU ms")
    for given in (composite(name, megapixels) for name in TIMED):
        mask = like_a_network(mask_of(given.alpha, size))
        taken: dict[str, list[float]] = {name: [] for name in ("bilinear", "ours")}
        for name in list(taken) * runs:
            begin = time.process_time()
            METHODS[name](mask, given.picture)
            taken[name].append(1000 * (time.process_time() - begin))
        print(f"{given.name:20}" + "  ".join(f"{name} {statistics.median(each):5.1f}" for name, each in taken.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[4, 12])
    parser.add_argument("--sizes", type=int, nargs="+", default=[384, 1024])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="NAME")
    parser.add_argument("--exact", action="store_true", help="an exact mask instead of a network-like one")
    parser.add_argument("--only-speed", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    for megapixels, size in ((each, size) for each in arguments.megapixels for size in arguments.sizes):
        speed(megapixels, size, 7)
        if not arguments.only_speed:
            accuracy(megapixels, size, not arguments.exact, {name: METHODS[name] for name in arguments.methods})


if __name__ == "__main__":
    main()
