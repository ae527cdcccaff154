"""What Accept prefers, and answers that a client knows already."""

import httpx
import numpy as np
import pytest

from gateway.endpoints.negotiation import outputs, wants_json
from tests.photos import photo, stored
from tests.service import PROCESS

JPEG = photo("chelsea")


@pytest.mark.parametrize(
    ("accept", "first"),
    [
        pytest.param("", "png", id="nothing"),
        pytest.param("*/*", "png", id="anything"),
        pytest.param("image/*", "png", id="any picture"),
        pytest.param("image/webp", "webp", id="webp"),
        pytest.param("image/avif", "avif", id="avif"),
        pytest.param("image/jpeg", "jpeg", id="jpeg"),
        pytest.param("image/png, image/webp;q=0.8", "png", id="png before webp"),
        pytest.param("image/webp;q=0.5, image/avif;q=0.9", "avif", id="avif before webp"),
        pytest.param("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "webp", id="Chromium, img"),
        pytest.param("image/webp,image/avif,image/jxl,video/*;q=0.8,image/png,*/*;q=0.5", "webp", id="Safari, img"),
        pytest.param("image/webp;q=0.2, */*", "png", id="webp least"),
        pytest.param("image/webp;q=0", "png", id="webp never"),
        pytest.param("image/webp;q=much", "png", id="no weight"),
        pytest.param("text/html", "png", id="nothing that is made here"),
        pytest.param("IMAGE/WEBP ; Q=1", "webp", id="upper case"),
        pytest.param(",,;;q=,", "png", id="garbage"),
    ],
)
def test_the_first_choice(accept: str, first: str) -> None:
    assert outputs(accept)[0] == first
    assert outputs(accept)[-1] == "png"


def test_json_is_taken_by_name_only() -> None:
    assert wants_json("application/json")
    assert not wants_json("application/json;q=0")
    assert not wants_json("application/json, image/webp")
    assert not wants_json("*/*")


def test_the_clients_preference_is_served(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, headers={"Accept": "image/webp"})
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"


def test_a_format_that_is_named_wins_over_accept(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"output_format": "png"}, headers={"Accept": "image/webp"})
    assert answer.headers["content-type"] == "image/png"


def test_where_the_preferred_format_cannot_hold_the_picture_another_is_taken(client: httpx.Client) -> None:
    long = stored(np.full((1, 17000, 3), 200, np.uint8), "PNG")
    answer = client.post(PROCESS, content=long, headers={"Accept": "image/webp"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_a_result_has_an_etag_and_is_not_sent_again(client: httpx.Client) -> None:
    first = client.post(PROCESS, content=JPEG)
    tag = first.headers["etag"]
    again = client.post(PROCESS, content=JPEG, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["x-model"] == "standin_demo/1"
    other = client.post(PROCESS, content=JPEG, params={"max_side": 50}, headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)


@pytest.mark.parametrize("path", ["/api/v2/effects", "/api/v2/effects/color", "/robots.txt"])
def test_what_does_not_change_is_not_sent_again(client: httpx.Client, path: str) -> None:
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(path, headers={"If-None-Match": f"W/{tag}"}).status_code == 304
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200
