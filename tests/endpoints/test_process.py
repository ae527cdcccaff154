"""A photograph in, its cut-out back, through a real gateway and a real Triton."""

import base64
import re
from typing import Any

import httpx
import numpy as np
import pytest
import skimage.data
from PIL import Image

from tests.photos import opened, photo, stored
from tests.service import PROCESS

JPEG = photo("chelsea", quality=95)
BASE64 = base64.b64encode(JPEG).decode()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"files": {"file": ("cat.jpg", JPEG, "image/jpeg")}}, id="multipart"),
        pytest.param({"files": {"file": ("cat", JPEG, "text/plain")}}, id="multipart, wrong type declared"),
        pytest.param({"content": JPEG, "headers": {"Content-Type": "image/jpeg"}}, id="raw"),
        pytest.param({"content": JPEG, "headers": {"Content-Type": "image/png"}}, id="raw, wrong type declared"),
        pytest.param({"content": JPEG, "headers": {"Content-Type": "application/octet-stream"}}, id="raw, no type"),
        pytest.param({"content": JPEG}, id="raw, no Content-Type"),
        pytest.param({"json": {"image": f"data:image/jpeg;base64,{BASE64}"}}, id="JSON, data URL"),
        pytest.param({"json": {"image": BASE64}}, id="JSON, base64"),
    ],
)
def test_every_source_gives_the_same_cut_out(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post(PROCESS, **sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
    rgba = np.asarray(opened(answer.content))
    sent_pixels = np.asarray(opened(JPEG))
    assert rgba.shape == (300, 451, 4)
    assert 0 < rgba[..., 3].mean() < 255
    alpha = rgba[..., 3]
    assert np.array_equal(rgba[alpha == 255][:, :3], sent_pixels[alpha == 255])
    assert not rgba[alpha == 0].any()
    assert answer.content == client.post(PROCESS, content=JPEG).content


def test_headers_tell_what_was_done(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"session_id": "s-1"})
    headers = answer.headers
    assert headers["x-model"] == "standin_demo/1"
    assert "demonstration" in headers["x-model-notice"]
    assert 0 <= float(headers["x-confidence"]) <= 1
    assert (headers["x-effect"], headers["x-session-id"]) == ("color", "s-1")
    assert float(headers["x-processing-time"]) > 0
    stages = re.findall(r"(\w+);dur=[\d.]+", headers["server-timing"])
    assert sorted(stages) == ["compose", "decode", "effect", "encode", "infer", "queue", "receive", "total", "wait"]
    top, left, width, height = (int(headers[f"x-foreground-{side}"]) for side in ("top", "left", "width", "height"))
    alpha = np.asarray(opened(answer.content))[..., 3] > 10
    assert alpha[top : top + height, left : left + width].sum() == alpha.sum() > 0
    assert alpha[top].any() and alpha[top + height - 1].any()
    assert alpha[:, left].any() and alpha[:, left + width - 1].any()


@pytest.mark.parametrize(
    ("parameters", "kind", "prefix"),
    [
        pytest.param({}, "PNG", "", id="default"),
        pytest.param({"output_format": "webp"}, "WEBP", "", id="webp"),
        pytest.param({"encoding": "base64"}, "PNG", "", id="base64"),
        pytest.param({"encoding": "data_url"}, "WEBP", "data:image/webp;base64,", id="data URL"),
        pytest.param(
            {"encoding": "data_url", "output_format": "png"}, "PNG", "data:image/png;base64,", id="PNG data URL"
        ),
    ],
)
def test_json_answer(client: httpx.Client, parameters: dict[str, str], kind: str, prefix: str) -> None:
    answer = client.post(PROCESS, content=JPEG, params=parameters, headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/json"
    content = answer.json()
    assert content["image"].startswith(prefix)
    image = opened(base64.b64decode(content["image"].removeprefix(prefix), validate=True))
    assert (image.format, image.size) == (kind, (451, 300))
    assert (content["width"], content["height"]) == (451, 300)
    assert (content["effect"], content["model"]) == ("color", "standin_demo/1")
    assert content["foreground"].keys() == {"top", "left", "width", "height"}
    assert content["timing"].keys() == {"wait", "queue", "decode", "infer", "effect", "compose", "encode"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,200}", content["session_id"])
    assert "demonstration" in content["notice"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "image/png"),
        ("image/*, application/json", "image/png"),
        ("application/json, text/plain, */*", "application/json"),
        ("Application/JSON;q=0.9", "application/json"),
    ],
)
def test_accept_chooses_between_bytes_and_json(client: httpx.Client, accept: str, kind: str) -> None:
    assert client.post(PROCESS, content=JPEG, headers={"Accept": accept}).headers["content-type"] == kind


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"params": {"output_format": "webp", "quality": 30}, "content": JPEG}, id="query"),
        pytest.param({"data": {"output_format": "webp", "quality": "30"}, "files": {"file": JPEG}}, id="form"),
        pytest.param({"json": {"output_format": "webp", "quality": 30, "image": BASE64}}, id="JSON"),
        pytest.param(
            {"params": {"quality": "30", "output_format": "webp"}, "json": {"quality": 30, "image": BASE64}},
            id="query and JSON agree",
        ),
    ],
)
def test_parameters_have_the_same_names_everywhere(client: httpx.Client, sent: dict[str, Any]) -> None:
    answer = client.post(PROCESS, **sent)
    assert answer.headers["content-type"] == "image/webp", answer.text
    assert len(answer.content) < len(client.post(PROCESS, content=JPEG, params={"output_format": "webp"}).content)


def test_serves_the_model_and_version_asked_for(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"model": "larger", "model_version": 1})
    assert answer.headers["x-model"] == "larger/1"
    assert "x-model-notice" not in answer.headers


def test_exif_orientation_is_respected(client: httpx.Client) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = stored(np.ascontiguousarray(np.rot90(skimage.data.chelsea())), "JPEG", quality=95, exif=exif)
    upright = opened(client.post(PROCESS, content=sideways).content)
    assert upright.size == (451, 300)
    expected = np.asarray(opened(client.post(PROCESS, content=JPEG).content))[..., 3].astype(int)
    assert np.abs(np.asarray(upright)[..., 3] - expected).mean() < 2


@pytest.mark.parametrize("size", [(1, 1), (15, 40), (16, 16), (17, 17), (32, 32), (1, 5000), (5000, 1)], ids=str)
@pytest.mark.parametrize("output", ["png", "webp", "jpeg", "avif"])
def test_the_smallest_pictures_work(client: httpx.Client, size: tuple[int, int], output: str) -> None:
    tiny = stored(np.full((*size, 3), 200, np.uint8), "PNG")
    answer = client.post(PROCESS, content=tiny, params={"output_format": output})
    assert answer.status_code == 200, answer.text
    assert opened(answer.content).size == size[::-1]


def test_a_request_id_is_kept_or_made(client: httpx.Client) -> None:
    kept = client.post(PROCESS, content=JPEG, headers={"X-Request-ID": "order-17.b"})
    assert kept.headers["x-request-id"] == "order-17.b"
    made = client.post(PROCESS, content=JPEG, headers={"X-Request-ID": "not <sane>"})
    assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])
