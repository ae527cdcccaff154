"""What holds for every effect with whatever values of its parameters."""

import threading
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.effects import EFFECTS, NAMED, Drawing
from gateway.effects.dithering import DitheringParameters
from gateway.effects.enhancedblackwhite import BlackWhiteParameters
from gateway.effects.retro8bit import Retro8bitParameters
from gateway.pictures.picture import Pixels
from tests.effects.cutouts import anything, cutout, with_alpha

VALUES: dict[str, list[msgspec.Struct]] = {
    "enhancedblackwhite": [
        BlackWhiteParameters(),
        BlackWhiteParameters(1.5, 1.5, 1, 0.2),
        BlackWhiteParameters(0.8, 0, 0, 0),
    ],
    "dithering": [DitheringParameters(), DitheringParameters(3, 5, False), DitheringParameters(1, 1)],
    "retro8bit": [Retro8bitParameters(preset) for preset in ("speed", "balanced", "quality")],
}


def drawings() -> Iterator[Drawing]:
    for effect in EFFECTS.values():
        for values in VALUES.get(effect.name, [effect.parameters()]):
            yield Drawing(effect, values)


DRAWINGS = list(drawings())
each = pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: f"{drawing.effect.name} {drawing.values}")


def assert_drawn(pixels: Pixels, drawing: Drawing) -> Pixels:
    before = pixels.copy()
    found = drawing.draw(pixels)
    assert np.array_equal(pixels, before), "it writes into what it is given"
    assert found.shape == pixels.shape and found.dtype == np.uint8 and found.flags.c_contiguous
    assert np.array_equal(found[..., 3], pixels[..., 3]), "alpha is touched"
    assert not found[pixels[..., 3] == 0].any(), "colour under alpha 0"
    assert np.array_equal(found, drawing.draw(before)), "two results"
    return found


def test_the_list() -> None:
    assert list(EFFECTS) == [
        "color",
        "enhancedblackwhite",
        "dithering",
        "popart",
        "retro8bit",
        "watercolor",
        "mosaic",
    ]
    aliases = {"blackwhite": "enhancedblackwhite", "halftone": "dithering", "optimized_popart": "popart"}
    assert {name: effect.name for name, effect in NAMED.items()} == {name: name for name in EFFECTS} | aliases


@each
@given(pixels=anything())
@settings(max_examples=40, deadline=None)
def test_of_any_picture(drawing: Drawing, pixels: Pixels) -> None:
    assert_drawn(pixels, drawing)


@each
@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 2), (2, 1), (1, 5000), (5000, 1), (3, 2), (7, 1), (257, 3), (6, 6)], ids=str
)
@pytest.mark.parametrize("alpha", [0, 1, 255])
def test_of_any_size(drawing: Drawing, height: int, width: int, alpha: int) -> None:
    colours = np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)
    assert_drawn(with_alpha(colours, np.full((height, width), alpha, np.uint8)), drawing)


@each
def test_of_a_photograph_and_of_what_is_no_view_of_one(drawing: Drawing) -> None:
    pixels = cutout("astronaut", 0, 100, 400, 300)
    whole = assert_drawn(pixels, drawing)
    if drawing.effect.name != "color":
        assert np.abs(whole.astype(int) - pixels)[..., :3].mean() > 3, "nothing is drawn"


@each
@pytest.mark.parametrize("level", [0, 255])
def test_of_black_and_white_alone(drawing: Drawing, level: int) -> None:
    pixels = with_alpha(np.full((60, 50, 3), level, np.uint8), np.full((60, 50), 255, np.uint8))
    assert_drawn(pixels, drawing)


@each
def test_islands_of_one_pixel(drawing: Drawing) -> None:
    colours = np.full((90, 120, 3), (180, 120, 60), np.uint8)
    alpha = np.zeros((90, 120), np.uint8)
    alpha[5::17, 3::23] = 255
    assert_drawn(with_alpha(colours, alpha), drawing)


@each
def test_on_several_threads_at_once(drawing: Drawing) -> None:
    pixels = cutout("coffee", 0, 100, 200, 220)
    expected, found = drawing.draw(pixels), []
    threads = [threading.Thread(target=lambda: found.append(drawing.draw(pixels))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(each, expected) for each in found)


@pytest.mark.slow
@each
def test_of_fifty_megapixels(drawing: Drawing) -> None:
    part = cutout("chelsea", 0, 0, 300, 451)
    pixels = np.ascontiguousarray(np.tile(part, (21, 19, 1))[:6124, :8165])
    found = drawing.draw(pixels)
    assert np.array_equal(found[..., 3], pixels[..., 3])
    assert not found[pixels[..., 3] == 0].any()


@given(st.sampled_from(DRAWINGS))
def test_values_are_in_range_of_what_they_describe(drawing: Drawing) -> None:
    assert msgspec.convert(msgspec.to_builtins(drawing.values), type(drawing.values)) == drawing.values
