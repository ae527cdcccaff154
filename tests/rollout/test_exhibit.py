"""Pictures as they are kept."""

import msgspec
import numpy as np

from gateway.rollout.exhibit import Exhibit, pixels, png, webp
from tests.photos import photo
from tests.rollout.plans import NOON


def test_masks_are_kept_exactly() -> None:
    alpha = np.random.default_rng(1).integers(0, 256, (64, 64), np.uint8)
    assert np.array_equal(pixels(png(alpha)), alpha)


def test_pictures_are_kept_to_be_looked_at() -> None:
    picture = pixels(photo("chelsea"))
    found = pixels(webp(picture))
    assert (found.shape, found.dtype) == (picture.shape, np.uint8)
    assert np.abs(found.astype(int) - picture).mean() < 4
    assert len(webp(picture)) < picture.size / 10


def test_they_are_read_as_they_were_stored() -> None:
    exhibit = Exhibit(
        at=NOON,
        iou=0.25,
        mae=0.5,
        stable_seconds=0.1,
        candidate_seconds=0.2,
        picture=b"\x00",
        stable=b"",
        candidate=b"x",
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(exhibit), type=Exhibit) == exhibit
