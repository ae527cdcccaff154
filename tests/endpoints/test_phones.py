"""What phones send: large, turned, wide-gamut photographs, through a gateway with its own limits."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from gateway.settings import Settings
from tests.photos import opened, photo, stored
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready


@pytest.fixture(scope="module")
def client(triton: Triton) -> Iterator[httpx.Client]:
    settings = Settings(model="standin_demo")
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=120) as client:
            yield client


def enlarged(width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(skimage.data.coffee()).resize((width, height)))


def turned_left(width: int, height: int, **options: object) -> bytes:
    """A photograph of `width` × `height` as a phone held upright stores it: lying on its side, with a note to turn it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return stored(np.ascontiguousarray(np.rot90(enlarged(width, height))), "JPEG", exif=exif, **options)


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(4284, 5712, id="24.5 MP"),
        pytest.param(6048, 8064, id="48.8 MP", marks=pytest.mark.slow),
    ],
)
def test_the_largest_cameras(client: httpx.Client, width: int, height: int) -> None:
    answer = client.post(PROCESS, content=turned_left(width, height, quality=80), params={"decontaminate": "false"})
    assert answer.status_code == 200, answer.text
    image = opened(answer.content)
    assert (image.size, image.mode) == ((width, height), "RGBA")
    expected = enlarged(width, height)[::97, ::97].astype(int)
    found = np.asarray(image)[::97, ::97]
    visible = found[..., 3] > 0
    assert visible.mean() > 0.5
    assert np.abs(found[visible][:, :3] - expected[visible]).mean() < 6


def test_what_a_phone_sends_small_and_large_is_the_same_picture(client: httpx.Client) -> None:
    """The scaled decode of a large photograph changes what the model sees by next to nothing."""
    masks = []
    for width in (600, 2400):
        mask = client.post(PROCESS, content=turned_left(width, width * 2 // 3), params={"channels": "alpha"})
        masks.append(np.asarray(opened(mask.content).resize((150, 100), Image.Resampling.BOX)).astype(int))
    assert np.abs(masks[0] - masks[1]).mean() < 4


def test_a_picture_of_51_megapixels_is_refused_by_its_size(client: httpx.Client) -> None:
    header = stored(np.zeros((1, 1), np.uint8), "PNG")
    giant = header[:16] + (8500).to_bytes(4, "big") + (6000).to_bytes(4, "big") + header[24:]
    problem = assert_problem(client.post(PROCESS, content=giant), 413, "too_many_pixels")
    assert (problem["actual"], problem["limit"]) == (51_000_000, 50_000_000)
    assert "51 megapixels" in str(problem["detail"])


def test_the_user_agent_changes_nothing(client: httpx.Client) -> None:
    agents = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    )
    jpeg = photo("chelsea")
    answers = [client.post(PROCESS, content=jpeg, headers={"User-Agent": agent}).content for agent in agents]
    assert answers[0] == answers[1]
