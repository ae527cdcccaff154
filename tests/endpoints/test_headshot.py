"""POST /api/v2/headshot, and how good crops are said to be."""

import base64
from typing import Any

import httpx
import numpy as np
import pytest

from tests.photos import opened, photo, stored
from tests.service import PROCESS, WITH_EFFECTS, assert_problem

HEADSHOT = "/api/v2/headshot"
JPEG = photo("astronaut")
LEVELS = {"high": (0.8, 1), "medium": (0.6, 0.8), "low": (0, 0.6)}


def assert_confidence(answer: httpx.Response) -> None:
    """It is a number from 0 to 1 and the word for it."""
    low, high = LEVELS[answer.headers["x-crop-confidence-level"]]
    assert low <= float(answer.headers["x-crop-confidence"]) <= high


def test_is_a_crop_of_4_to_5(client: httpx.Client) -> None:
    answer = client.post(HEADSHOT, content=JPEG)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    width, height = opened(answer.content).size
    assert width == round(height * 4 / 5)
    assert_confidence(answer)


def test_is_a_part_of_what_process_gives(client: httpx.Client) -> None:
    whole, head = (np.asarray(opened(client.post(path, content=JPEG).content)) for path in (PROCESS, HEADSHOT))
    visible = head[head[..., 3] == 255]
    assert {tuple(pixel) for pixel in visible[::97].tolist()} <= {
        tuple(pixel) for row in whole.tolist() for pixel in row
    }


@pytest.mark.parametrize(
    ("parameters", "kind", "shape"),
    [
        pytest.param({"max_side": 100}, "PNG", (100, 80, 4), id="max_side"),
        pytest.param({"max_side": 50, "bg_color": "white", "output_format": "jpeg"}, "JPEG", (50, 40, 3), id="JPEG"),
        pytest.param({"max_side": 50, "channels": "alpha"}, "PNG", (50, 40), id="alpha"),
        pytest.param({"max_side": 50, "effect": "popart", "output_format": "webp"}, "WEBP", (50, 40, 4), id="effect"),
    ],
)
def test_the_other_parameters_hold(
    client: httpx.Client, parameters: dict[str, Any], kind: str, shape: tuple[int, ...]
) -> None:
    answer = client.post(HEADSHOT, content=JPEG, params=parameters)
    picture = opened(answer.content)
    assert (picture.format, np.asarray(picture).shape) == (kind, shape)
    assert answer.headers["x-effect"] == parameters.get("effect", "color")


def test_json(client: httpx.Client) -> None:
    answer = client.post(HEADSHOT, content=JPEG, headers={"Accept": "application/json"})
    content = answer.json()
    assert opened(base64.b64decode(content["image"])).size == (content["width"], content["height"])
    assert str(content["crop_confidence"]) == answer.headers["x-crop-confidence"]
    assert content["crop_confidence_level"] == answer.headers["x-crop-confidence-level"]


@pytest.mark.parametrize("name", ["crop", "crop_margin"])
def test_takes_no_other_crop(client: httpx.Client, name: str) -> None:
    assert_problem(client.post(HEADSHOT, content=JPEG, params={name: "subject"}), 422, "unknown_parameter")


def transparent() -> bytes:
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[..., :3] = 90
    return stored(pixels, "PNG")


def test_without_a_subject_there_is_no_head(client: httpx.Client) -> None:
    problem = assert_problem(client.post(HEADSHOT, content=transparent()), 422, "no_subject")
    assert "no subject" in str(problem["detail"])


def test_of_what_the_model_is_too_unsure_of_there_is_no_head(client: httpx.Client) -> None:
    dim = stored(np.full((40, 60, 3), 180, np.uint8), "PNG")  # to a stand-in its confidence is 180 / 255
    problem = assert_problem(client.post(HEADSHOT, content=dim, params={"model": "larger"}), 422, "no_subject")
    assert "no subject" in str(problem["detail"])


@pytest.mark.parametrize(("model", "found"), [("standin_demo", True), ("larger", False)])
def test_whether_a_subject_was_found_is_said(client: httpx.Client, model: str, found: bool) -> None:
    dim = stored(np.full((40, 60, 3), 180, np.uint8), "PNG")
    answer = client.post(PROCESS, content=dim, params={"model": model}, headers={"Accept": "application/json"})
    assert (answer.headers["x-subject-found"], answer.json()["subject_found"]) == (str(found).lower(), found)


def test_a_crop_to_the_subject_is_judged_too(client: httpx.Client) -> None:
    assert_confidence(client.post(PROCESS, content=JPEG, params={"crop": "subject"}))
    nothing = client.post(PROCESS, content=transparent(), params={"crop": "subject"})
    assert (nothing.headers["x-crop-confidence"], nothing.headers["x-crop-confidence-level"]) == ("0.0", "low")


def test_of_several_effects_it_is_told_once(client: httpx.Client) -> None:
    answer = client.post(WITH_EFFECTS, content=JPEG, params={"crop": "subject", "effects": "color,popart"})
    assert_confidence(answer)


@pytest.mark.parametrize("path", [PROCESS, WITH_EFFECTS])
def test_what_is_not_cropped_is_not_judged(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=JPEG, headers={"Accept": "application/json"})
    assert "x-crop-confidence" not in answer.headers
    assert "crop_confidence" not in answer.text


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (7, 3)], ids=str)
def test_slivers(client: httpx.Client, size: tuple[int, int]) -> None:
    answer = client.post(HEADSHOT, content=stored(np.full((*size, 3), 128, np.uint8), "PNG"))
    if answer.status_code == 200:
        width, height = opened(answer.content).size
        assert (width, height) >= (4, 5) and width == round(height * 4 / 5)
    else:
        assert_problem(answer, 422, "no_subject")
