"""What is known of a picture before it is worked on: how many permits it takes, and what cannot be written."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.cutout import Cutout
from gateway.errors import InvalidParameter, Overloaded, TooManyPixels, TruncatedImage
from gateway.order import Order
from gateway.pictures.compose import Layout
from gateway.progress.events import Tell
from gateway.segmentation import Segmentation
from gateway.workers import Workers
from tests.photos import opened, photo, stored


class Bright:
    """A segmenter for which the bright is the subject."""

    async def size(self, model: str) -> int:
        return 64

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        return Segmentation(np.ascontiguousarray(image.max(axis=2)), 1.0, model, version or "1")


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(permits=4, places=4, threads=2)
    yield workers
    workers.close()


def run(workers: Workers, data: bytes, order: Order, max_pixels: int = 10**8) -> bytes:
    return asyncio.run(Cutout(Bright(), workers, max_pixels=max_pixels).run(data, order)).files[0].body


def header_only(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds nothing."""
    whole = stored(np.zeros((1, 1), np.uint8), "PNG")
    return whole[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + whole[24:]


@pytest.mark.parametrize(
    ("order", "size", "advice"),
    [
        pytest.param(Order("m", output="webp"), (16384, 10), "max_side=16383", id="side"),
        pytest.param(
            Order("m", output="webp", layout=Layout(max_side=16384)), (20000, 10), "max_side=16383", id="shrunk"
        ),
        pytest.param(Order("m", output="avif"), (8000, 6000), "max_side=5773", id="pixels"),
    ],
)
def test_what_does_not_fit_its_format_is_refused_by_the_header(
    workers: Workers, order: Order, size: tuple[int, int], advice: str
) -> None:
    with pytest.raises(InvalidParameter, match=advice):
        run(workers, header_only(*size), order)


def test_what_fits_once_it_is_shrunk_is_not_refused(workers: Workers) -> None:
    order = Order("m", output="webp", layout=Layout(max_side=100))
    wide = stored(np.full((10, 20000, 3), 255, np.uint8), "PNG")
    assert opened(run(workers, wide, order)).size == (100, 1)


def test_a_background_that_is_refused_is_named(workers: Workers) -> None:
    with pytest.raises(TooManyPixels) as refusal:
        run(workers, photo("chelsea"), Order("m", backdrop=header_only(9000, 9000)), max_pixels=10**6)
    assert refusal.value.detail.startswith("bg_image: ")
    with pytest.raises(TruncatedImage) as damage:
        run(workers, photo("chelsea"), Order("m", backdrop=photo("coffee")[:20_000]))
    assert damage.value.detail.startswith("bg_image: ")


@pytest.mark.parametrize("size", [(3000, 300), (300, 3000)], ids=str)
def test_a_panorama_behind_is_decoded_large_enough_to_cover(workers: Workers, size: tuple[int, int]) -> None:
    stripes = np.zeros((*size[::-1], 3), np.uint8)
    stripes[::2] = 255
    blank = stored(np.zeros((400, 400, 3), np.uint8), "PNG")
    found = np.asarray(opened(run(workers, blank, Order("m", backdrop=stored(stripes, "JPEG", quality=95)))))
    assert found.shape == (400, 400, 3)
    assert found.std() > 60  # its single lines are there; decoded smaller, they would be grey


def test_an_earlier_cut_out_keeps_its_alpha_and_its_colours(workers: Workers) -> None:
    pixels = np.zeros((60, 60, 4), np.uint8)
    pixels[10:50, 10:50] = (255, 250, 240, 255)
    pixels[10:50, 50:55] = (255, 250, 240, 100)
    found = np.asarray(opened(run(workers, stored(pixels, "PNG"), Order("m"))))
    assert not found[pixels[..., 3] == 0].any()
    assert (found[20:40, 51:54, 3] == 100).all()
    assert (found[20:40, 51:54, :3] == (255, 250, 240)).all()


def test_a_picture_takes_a_permit_for_every_four_megapixels(workers: Workers) -> None:
    large = stored(np.full((3000, 3000), 200, np.uint8), "PNG", compress_level=1)

    async def scenario() -> None:
        cutout = Cutout(Bright(), workers, max_pixels=10**8)
        async with workers.permit(2):  # leaves two of four, and nine megapixels take three
            assert (await cutout.run(photo("chelsea"), Order("m"))).files[0].width == 451
            waiting = asyncio.create_task(cutout.run(large, Order("m", output="webp")))
            await asyncio.wait((waiting,), timeout=0.5)
            assert not waiting.done()
        assert (await waiting).files[0].width == 3000

    asyncio.run(scenario())


class Opened:
    """A gate that nobody waits at."""

    async def opened(self, tell: Tell) -> None:
        """Returns."""


def test_the_model_is_tried_while_those_who_wait_for_it_hold_every_place(workers: Workers) -> None:
    with ExitStack() as everybody:
        for _ in range(workers.places):
            everybody.enter_context(workers.place())
        with pytest.raises(Overloaded):
            asyncio.run(Cutout(Bright(), workers, max_pixels=10**8, gate=Opened()).run(photo("chelsea"), Order("m")))
        assert run(workers, photo("chelsea"), Order("m"))
