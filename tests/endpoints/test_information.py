"""What the service says of itself: effects, model, health, robots, methods."""

import httpx
import numpy as np
import pytest

from gateway.effects import EFFECTS
from gateway.settings import Settings
from tests.photos import opened
from tests.service import PROCESS, Triton, assert_problem, running_gateway


def test_effects_are_listed_with_their_parameters(client: httpx.Client) -> None:
    content = client.get("/api/v2/effects").json()
    assert content["total"] == len(EFFECTS)
    assert [each["name"] for each in content["effects"]] == list(EFFECTS)
    for each in content["effects"]:
        assert each["description"]
        assert each["parameters"].keys() == {*EFFECTS[each["name"]].parameters.__struct_fields__}


@pytest.mark.parametrize("path", ["/api/v2/effects/color", "/api/v2/effect/color"])
def test_one_effect(client: httpx.Client, path: str) -> None:
    assert client.get(path).json() == client.get("/api/v2/effects").json()["effects"][0]


def test_an_unknown_effect(client: httpx.Client) -> None:
    assert_problem(client.get("/api/v2/effects/sepia"), 422, "unknown_effect")


def test_model_info_is_told_by_the_models_server(client: httpx.Client) -> None:
    content = client.get("/model-info").json()
    assert (content["model"], content["architecture"], content["size"]) == ("standin_demo", "InSPyReNet", 64)
    assert (content["device"], content["versions"], content["demo"]) == ("cpu", ["1"], True)


def test_model_info_knows_a_repository_at_hand(gateway_url: str) -> None:
    content = httpx.get(f"{gateway_url}/model-info").json()
    assert (content["variant"], content["precision"]) == ("demo-lite", "fp32")
    assert len(content["digest"]) == 64


def test_model_info_of_a_model_that_is_away(triton: Triton) -> None:
    with running_gateway(Settings(model="nobody"), triton.address) as url:
        assert_problem(httpx.get(f"{url}/model-info", timeout=20), 422, "unknown_model")


def test_health_is_for_people_and_warms_nothing(client: httpx.Client, triton: Triton) -> None:
    assert client.get("/health").json() == {"status": "ready", "model": "standin_demo", "model_version": "1"}
    with running_gateway(Settings(model="nobody"), triton.address) as url:
        answer = httpx.get(f"{url}/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "starting")


def test_warmup_runs_a_picture_through_the_model(client: httpx.Client) -> None:
    content = client.post("/warmup").json()
    assert (content["status"], content["model"]) == ("ready", "standin_demo")
    assert content["total_time"] > 0


def test_a_warmup_that_fails_says_so(triton: Triton) -> None:
    with running_gateway(Settings(model="nobody", start_seconds=0.2), triton.address) as url:
        answer = httpx.post(f"{url}/warmup", timeout=20)
    assert_problem(answer, 503, "starting")
    assert int(answer.headers["retry-after"]) >= 1


def test_robots_are_sent_away(client: httpx.Client) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize("path", ["/health", "/version", "/api/v2/effects", "/robots.txt", "/model-info"])
def test_head_is_get_without_its_body(client: httpx.Client, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(("path", "allow"), [(PROCESS, "POST, OPTIONS"), ("/health", "GET, HEAD, OPTIONS")])
def test_options_tells_the_methods(client: httpx.Client, path: str, allow: str) -> None:
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (204, allow)


@pytest.mark.parametrize("path", ["/nothing", "/wp-login.php", "/api/v2", "/.env"])
def test_what_is_not_there_is_a_cheap_404(client: httpx.Client, path: str) -> None:
    assert_problem(client.get(path), 404, "not_found")


def test_parameters_are_told_with_their_ranges_and_defaults(client: httpx.Client) -> None:
    parameters = client.get("/api/v2/effects/blackwhite").json()["parameters"]
    assert {name: (each["minimum"], each["maximum"], each["default"]) for name, each in parameters.items()} == {
        "contrast": (0.8, 1.5, 1.12),
        "edge_strength": (0, 1.5, 0.9),
        "halation": (0, 1, 0.12),
        "grain": (0, 0.2, 0.08),
    }
    preset = client.get("/api/v2/effects/retro8bit").json()["parameters"]["preset"]
    assert (sorted(preset["enum"]), preset["default"]) == (["balanced", "quality", "speed"], "balanced")


@pytest.mark.parametrize("name", EFFECTS)
def test_a_sample_of_each_effect(client: httpx.Client, name: str) -> None:
    address = client.get(f"/api/v2/effects/{name}").json()["sample"]
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    picture = np.asarray(opened(answer.content).convert("RGBA"))
    assert max(picture.shape) == 360
    assert 0.3 < (picture[..., 3] > 0).mean() < 0.95
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    plain = np.asarray(opened(client.get("/api/v2/effects/color/sample").content).convert("RGBA"))
    assert np.array_equal(picture, plain) == (name == "color")


def test_a_sample_of_nothing(client: httpx.Client) -> None:
    assert (
        client.get("/api/v2/effects/halftone/sample").content == client.get("/api/v2/effects/dithering/sample").content
    )
    assert_problem(client.get("/api/v2/effects/sepia/sample"), 422, "unknown_effect")
