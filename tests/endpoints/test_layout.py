"""Crop, size, ground and channels, as clients ask for them."""

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
import skimage.data
from PIL import Image

from gateway.endpoints.layout import colour, margin
from gateway.errors import InvalidParameter
from tests.photos import opened, photo, stored
from tests.service import PROCESS, assert_problem

# A bright disc on black: the stand-in's alpha is brightness, so the disc is the subject.
Y, X = np.mgrid[:240, :320]
DISC = (np.hypot(X - 120, Y - 90) < 40).astype(np.uint8)[..., None] * np.array([255, 240, 230], np.uint8)
PNG = stored(DISC, "PNG")
SKY = np.full((50, 50, 3), (40, 120, 250), np.uint8)


def asked(client: httpx.Client, **parameters: object) -> httpx.Response:
    answer = client.post(PROCESS, content=PNG, params={name: str(value) for name, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    return answer


def box(answer: httpx.Response) -> tuple[int, ...]:
    return tuple(int(answer.headers[f"x-foreground-{side}"]) for side in ("top", "left", "width", "height"))


@pytest.mark.parametrize(
    ("text", "rgba"),
    [
        ("fff", (255, 255, 255, 255)),
        ("#F80", (255, 136, 0, 255)),
        ("f808", (255, 136, 0, 136)),
        ("81d4fa", (129, 212, 250, 255)),
        ("#81d4fa77", (129, 212, 250, 119)),
        ("white", (255, 255, 255, 255)),
        ("RebeccaPurple", (102, 51, 153, 255)),
        ("fade", (255, 170, 221, 238)),
    ],
)
def test_colour(text: str, rgba: tuple[int, int, int, int]) -> None:
    assert colour(text) == rgba


@pytest.mark.parametrize("text", ["offwhite", "#12345", "ggg"])
def test_colours_that_are_none(text: str) -> None:
    with pytest.raises(InvalidParameter, match="bg_color must be"):
        colour(text)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("10", "10px 10px 10px 10px"),
        ("5%", "5% 5% 5% 5%"),
        ("10px 5%", "10px 5% 10px 5%"),
        ("1 2 3.5% 4px", "1px 2px 3.5% 4px"),
    ],
)
def test_margin(text: str, sides: str) -> None:
    found = " ".join(f"{each.value:g}{'%' if each.percent else 'px'}" for each in margin(text))
    assert found == sides


@pytest.mark.parametrize("text", ["501px", "50.1%", "1 2 3"])
def test_margins_out_of_range(text: str) -> None:
    with pytest.raises(InvalidParameter, match="crop_margin must be"):
        margin(text)


def test_crop_leaves_the_subject_and_its_margin(client: httpx.Client) -> None:
    tight = asked(client, crop="subject")
    assert box(tight)[:2] == (0, 0) and box(tight)[2:] == opened(tight.content).size
    loose = asked(client, crop="subject", crop_margin="10px 20px")
    width, height = opened(tight.content).size
    assert opened(loose.content).size == (width + 40, height + 20)
    assert box(loose) == (10, 20, width, height)


def test_max_side_bounds_the_result(client: httpx.Client) -> None:
    answer = asked(client, max_side=64)
    assert opened(answer.content).size == (64, 48)
    assert opened(asked(client, max_side=9999).content).size == (320, 240)


@pytest.mark.parametrize("side", [60, 200, 700])
def test_a_cropped_jpeg_is_never_enlarged_nor_larger_than_asked(client: httpx.Client, side: int) -> None:
    large = np.asarray(Image.fromarray(DISC).resize((1280, 960)))
    parameters = {"crop": "subject", "max_side": str(side)}
    answer = client.post(PROCESS, content=stored(large, "JPEG", quality=95), params=parameters)
    whole = client.post(PROCESS, content=stored(large, "JPEG", quality=95), params={"crop": "subject"})
    longest = max(opened(whole.content).size)
    assert max(opened(answer.content).size) == min(side, longest)
    assert box(answer)[2:] == pytest.approx(opened(answer.content).size, abs=1)


@pytest.mark.parametrize("output", ["png", "webp", "avif", "jpeg"])
def test_a_colour_behind_makes_the_picture_opaque(client: httpx.Client, output: str) -> None:
    image = opened(asked(client, bg_color="00ff00", output_format=output).content)
    assert image.mode == "RGB"
    corner = np.asarray(image)[:20, -20:].reshape(-1, 3).mean(axis=0)
    assert np.abs(corner - (0, 255, 0)).max() < 6


def test_a_translucent_colour_behind_leaves_the_picture_translucent(client: httpx.Client) -> None:
    pixels = np.asarray(opened(asked(client, bg_color="ff000080").content))
    assert tuple(pixels[-1, -1]) == (255, 0, 0, 128)
    assert tuple(pixels[90, 120]) == (255, 240, 230, 255)


def test_jpeg_is_on_white(client: httpx.Client) -> None:
    assert np.asarray(opened(asked(client, output_format="jpeg").content))[-20:, -20:].min() > 250


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"files": {"file": PNG, "bg_image": stored(SKY, "JPEG")}}, id="form"),
        pytest.param(
            {
                "json": {
                    "image": base64.b64encode(PNG).decode(),
                    "bg_image": f"data:image/png;base64,{base64.b64encode(stored(SKY, 'PNG')).decode()}",
                }
            },
            id="JSON",
        ),
    ],
)
def test_a_picture_behind(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post(PROCESS, **sent)
    image = opened(answer.content)
    assert (image.mode, image.size) == ("RGB", (320, 240))
    assert np.abs(np.asarray(image)[-20:, -20:].astype(int) - SKY[0, 0]).max() <= 3
    assert tuple(np.asarray(image)[90, 120]) == (255, 240, 230)


def test_the_mask_alone(client: httpx.Client) -> None:
    whole, mask = asked(client), asked(client, channels="alpha")
    assert opened(mask.content).mode == "L"
    assert np.array_equal(np.asarray(opened(mask.content)), np.asarray(opened(whole.content))[..., 3])
    assert box(whole) == box(mask)


def test_without_decontamination_the_colours_are_those_of_the_photo(client: httpx.Client) -> None:
    jpeg = photo("chelsea", "PNG")
    plain = client.post(PROCESS, content=jpeg, params={"decontaminate": "false"})
    pixels = np.asarray(opened(plain.content))
    visible = pixels[..., 3] > 0
    assert np.array_equal(pixels[visible][:, :3], skimage.data.chelsea()[visible])
    cleaned = np.asarray(opened(client.post(PROCESS, content=jpeg).content))
    assert np.array_equal(cleaned[..., 3], pixels[..., 3])
    assert not np.array_equal(cleaned, pixels)


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"bg_color": "offwhite"}, "bg_color"),
        ({"bg_color": ""}, "bg_color"),
        ({"crop": "yes"}, "crop"),
        ({"crop_margin": "5%"}, "crop=subject"),
        ({"crop": "subject", "crop_margin": "60%"}, "crop_margin"),
        ({"crop": "subject", "crop_margin": "1 2 3"}, "crop_margin"),
        ({"crop": "subject", "crop_margin": "-5"}, "crop_margin"),
        ({"max_side": "0"}, "max_side"),
        ({"max_side": "65536"}, "max_side"),
        ({"channels": "rgb"}, "channels"),
        ({"channels": "alpha", "output_format": "zip"}, "zip"),
        ({"channels": "alpha", "bg_color": "fff"}, "background"),
        ({"output_format": "zip", "bg_color": "fff"}, "background"),
        ({"decontaminate": "perhaps"}, "decontaminate must be true or false"),
    ],
    ids=str,
)
def test_refuses(client: httpx.Client, parameters: dict[str, str], word: str) -> None:
    problem = assert_problem(client.post(PROCESS, content=PNG, params=parameters), 422, "invalid_parameter")
    assert word in str(problem["detail"])


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        pytest.param({"file": PNG, "bg_image": b""}, 400, "missing_image", id="empty"),
        pytest.param({"file": PNG, "bg_image": b"hello"}, 415, "unsupported_image", id="not a picture"),
        pytest.param({"file": PNG, "bg_image": PNG[:200]}, 400, "truncated_image", id="truncated"),
        pytest.param({"bg_image": PNG}, 400, "missing_image", id="nothing before it"),
    ],
)
def test_refuses_a_background_picture(client: httpx.Client, files: dict[str, bytes], status: int, code: str) -> None:
    problem = assert_problem(client.post(PROCESS, files=files), status, code)
    assert "bg_image" in str(problem["detail"]) or code == "missing_image"


def test_a_zip_holds_colours_and_alpha(client: httpx.Client) -> None:
    import zipfile

    answer = asked(client, output_format="zip")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["alpha.png", "color.jpg"]
        alpha = np.asarray(opened(archive.read("alpha.png")))
    assert np.array_equal(alpha, np.asarray(opened(asked(client).content))[..., 3])
