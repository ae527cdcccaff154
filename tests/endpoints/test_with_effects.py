"""Several effects of one photograph, in both dialects, as the shop asks for them."""

import base64
import json
from typing import Any

import httpx
import numpy as np
import pytest

from gateway.effects import EFFECTS
from gateway.stopwatch import STAGES
from tests.photos import opened, photo
from tests.service import PROCESS, WITH_EFFECTS, assert_problem

JPEG = photo("chelsea")
FILE = {"files": {"file": ("cat.jpg", JPEG, "image/jpeg")}}
KEYS = {
    "success",
    "effects",
    "processing_time",
    "timing",
    "cache_info",
    "session_id",
    "total_effects",
    "failed_effects",
    "progressive_mode",
    "notice",
}


@pytest.mark.parametrize(
    ("sent", "names", "progressive"),
    [
        pytest.param({"params": {"return_all_effects": "true"}, **FILE}, list(EFFECTS), False, id="all"),
        pytest.param(
            {"params": {"return_all_effects": "true", "effects": "color"}, **FILE}, ["color"], False, id="all of a list"
        ),
        pytest.param({"params": {"effects": "color,color"}, **FILE}, ["color"], False, id="list in the query"),
        pytest.param({"data": {"effects": "color"}, **FILE}, ["color"], False, id="list in the form"),
        pytest.param(
            {"json": {"effects": ["color"], "image": base64.b64encode(JPEG).decode()}}, ["color"], False, id="JSON list"
        ),
        pytest.param({"params": {"effect": "color"}, **FILE}, ["color"], False, id="single"),
        pytest.param(
            {"params": {"effect": "color", "load_single_effect": "true", "return_all_effects": "true"}, **FILE},
            ["color"],
            True,
            id="progressive",
        ),
        pytest.param(FILE, ["enhancedblackwhite"], False, id="nothing named"),
        pytest.param(
            {"params": {"effects": "halftone,blackwhite"}, **FILE},
            ["dithering", "enhancedblackwhite"],
            False,
            id="aliases",
        ),
        pytest.param({"params": {"effects": "popart, optimized_popart"}, **FILE}, ["popart"], False, id="twice"),
    ],
)
def test_the_effects_asked_for_come_back_whole(
    client: httpx.Client, sent: dict[str, Any], names: list[str], progressive: bool
) -> None:
    answer = client.post(WITH_EFFECTS, **sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    content = answer.json()
    assert content.keys() == KEYS
    assert (content["success"], content["failed_effects"]) == (True, None)
    assert list(content["effects"]) == names
    assert (content["total_effects"], content["progressive_mode"]) == (len(names), progressive)
    assert content["processing_time"].keys() == {"total", "background_removal", "effects_processing"}
    assert content["timing"].keys() <= STAGES.keys()
    assert sum(content["timing"].values()) == pytest.approx(1000 * content["processing_time"]["total"], abs=2)
    assert content["cache_info"]["total_operations"] == 1 + len(names)
    for text in content["effects"].values():
        picture = opened(base64.b64decode(text, validate=True))
        assert (picture.format, picture.size) == ("PNG", (451, 300))


def test_color_is_what_process_makes_of_it(client: httpx.Client) -> None:
    effects = client.post(WITH_EFFECTS, params={"effect": "color"}, **FILE).json()["effects"]
    assert base64.b64decode(effects["color"]) == client.post(PROCESS, content=JPEG).content


@pytest.mark.parametrize(
    "layout", [{}, {"crop": "subject", "max_side": 200}, {"bg_color": "gold"}, {"output_format": "webp"}], ids=str
)
def test_each_is_what_process_makes_of_it(client: httpx.Client, layout: dict[str, str]) -> None:
    values = {"dithering": {"dot_size": 1}, "retro8bit": {"preset": "quality"}, "enhancedblackwhite": {"grain": 0.2}}
    params = {"return_all_effects": "true", "effect_params": json.dumps(values), "use_cache": "false"}
    effects = client.post(WITH_EFFECTS, params=params | layout, **FILE).json()["effects"]
    assert list(effects) == list(EFFECTS)
    for name, text in effects.items():
        single = {"effect": name, "effect_params": json.dumps(values.get(name, {})), "use_cache": "false"}
        assert base64.b64decode(text) == client.post(PROCESS, content=JPEG, params=single | layout).content, name


def test_the_same_request_gives_the_same_bytes(client: httpx.Client) -> None:
    one, other = (
        client.post(WITH_EFFECTS, params={"return_all_effects": "true", "use_cache": "false"}, **FILE).json()["effects"]
        for _ in range(2)
    )
    assert one == other


def test_nothing_is_coloured_where_nothing_is_seen(client: httpx.Client) -> None:
    for text in client.post(WITH_EFFECTS, params={"return_all_effects": "true"}, **FILE).json()["effects"].values():
        pixels = np.asarray(opened(base64.b64decode(text)))
        assert (pixels[..., 3] == 0).any()
        assert not pixels[pixels[..., 3] == 0].any()


def test_the_successors_dialect_is_data_urls_of_webp(client: httpx.Client) -> None:
    text = client.post(WITH_EFFECTS, params={"encoding": "data_url", "effect": "color"}, **FILE).json()["effects"][
        "color"
    ]
    kind, _, digits = text.partition(",")
    assert kind == "data:image/webp;base64"
    assert opened(base64.b64decode(digits, validate=True)).format == "WEBP"


def test_layout_holds_for_every_effect(client: httpx.Client) -> None:
    answer = client.post(
        WITH_EFFECTS, params={"max_side": 100, "bg_color": "white", "return_all_effects": "true"}, **FILE
    )
    for text in answer.json()["effects"].values():
        assert np.asarray(opened(base64.b64decode(text))).shape == (66, 100, 3)


def test_headers(client: httpx.Client) -> None:
    headers = client.post(WITH_EFFECTS, params={"session_id": "s1", "effects": "color,popart"}, **FILE).headers
    assert (headers["x-effect"], headers["x-session-id"], headers["x-model"]) == (
        "color,popart",
        "s1",
        "standin_demo/1",
    )


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param({"params": {"effects": "color,sepia"}, **FILE}, "unknown_effect", id="one of the list"),
        pytest.param({"params": {"effect": "sepia"}, **FILE}, "unknown_effect", id="single"),
        pytest.param({"params": {"effects": ","}, **FILE}, "invalid_parameter", id="empty list"),
        pytest.param({"params": {"effects": "color," * 300}, **FILE}, "invalid_parameter", id="endless list"),
        pytest.param({"params": {"effect_params": "[1]"}, **FILE}, "invalid_parameter", id="params no object"),
        pytest.param({"params": {"effect_params": "{"}, **FILE}, "invalid_parameter", id="params no JSON"),
        pytest.param({"params": {"effect_params": '{"sepia":{}}'}, **FILE}, "unknown_effect", id="params of nobody"),
        pytest.param({"params": {"effect_params": '{"color":1}'}, **FILE}, "invalid_parameter", id="params a number"),
        pytest.param(
            {"params": {"effect": "color", "effect_params": '{"color":{"grain":1}}'}, **FILE},
            "unknown_parameter",
            id="params unknown",
        ),
        pytest.param(
            {"params": {"effect_params": '{"color":{}}'}, **FILE}, "invalid_parameter", id="params of one not asked for"
        ),
        pytest.param({"params": {"return_all": "true"}, **FILE}, "unknown_parameter", id="unknown parameter"),
        pytest.param({"params": {"return_all_effects": "yes"}, **FILE}, "invalid_parameter", id="no boolean"),
        pytest.param(
            {"json": {"effects": [1], "image": base64.b64encode(JPEG).decode()}}, "invalid_parameter", id="JSON numbers"
        ),
    ],
)
def test_refuses(client: httpx.Client, sent: dict[str, Any], code: str) -> None:
    assert_problem(client.post(WITH_EFFECTS, **sent), 422, code)


@pytest.mark.parametrize(
    ("effect", "values", "code", "said"),
    [
        ("enhancedblackwhite", {"grain": 0.3}, "invalid_parameter", "grain must be a number from 0 to 0.2"),
        ("blackwhite", {"contrast": 0.7}, "invalid_parameter", "contrast must be a number from 0.8 to 1.5"),
        (
            "enhancedblackwhite",
            {"edge_strength": -1},
            "invalid_parameter",
            "edge_strength must be a number from 0 to 1.5",
        ),
        ("enhancedblackwhite", {"halation": "much"}, "invalid_parameter", "halation must be a number from 0 to 1"),
        ("enhancedblackwhite", {"gamma_correction": 1}, "unknown_parameter", "gamma_correction"),
        ("dithering", {"dot_size": 4}, "invalid_parameter", "dot_size must be a whole number from 1 to 3"),
        ("dithering", {"dot_size": 1.5}, "invalid_parameter", "dot_size must be a whole number from 1 to 3"),
        ("dithering", {"pixel_spacing": 0}, "invalid_parameter", "pixel_spacing must be a whole number from 1 to 5"),
        ("dithering", {"adaptive_threshold": 7}, "invalid_parameter", "adaptive_threshold must be true or false"),
        ("retro8bit", {"preset": "best"}, "invalid_parameter", "preset must be one of"),
        ("retro8bit", {"preset": None}, "invalid_parameter", "preset must be one of"),
        ("mosaic", {"tiles": 9}, "unknown_parameter", "tiles"),
    ],
    ids=str,
)
def test_values_out_of_range_are_named(
    client: httpx.Client, effect: str, values: dict[str, Any], code: str, said: str
) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"effect": effect, "effect_params": json.dumps(values)})
    assert_problem(answer, 422, code)
    assert said in answer.json()["detail"]
    several = {"effect": effect, "effect_params": json.dumps({effect: values})}
    assert said in assert_problem(client.post(WITH_EFFECTS, params=several, **FILE), 422, code)["detail"]


@pytest.mark.parametrize(
    ("path", "effect", "values"),
    [
        pytest.param(PROCESS, "dithering", '{"dot_size": 1, "dot_size": 2}', id="one effect"),
        pytest.param(WITH_EFFECTS, "dithering", '{"dithering": {"dot_size": 1, "dot_size": 2}}', id="of several"),
        pytest.param(WITH_EFFECTS, "dithering", '{"dithering": {}, "dithering": {"dot_size": 1}}', id="whole objects"),
        pytest.param(WITH_EFFECTS, "dithering", '{"halftone": {}, "dithering": {"dot_size": 1}}', id="name and alias"),
    ],
)
def test_values_given_twice_conflict(client: httpx.Client, path: str, effect: str, values: str) -> None:
    answer = client.post(path, params={"effect": effect, "effect_params": values}, **FILE)
    assert_problem(answer, 400, "conflicting_parameter")


def test_the_same_values_twice_are_no_conflict(client: httpx.Client) -> None:
    values = '{"halftone": {"dot_size": 1}, "dithering": {"dot_size": 1, "dot_size": 1}}'
    answer = client.post(WITH_EFFECTS, params={"effect": "dithering", "effect_params": values}, **FILE)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none(client: httpx.Client, value: str) -> None:
    params = {"effect": "blackwhite", "effect_params": f'{{"grain": {value}}}'}
    assert_problem(client.post(PROCESS, content=JPEG, params=params), 422, "invalid_parameter")


@pytest.mark.parametrize("params", ["{}", '{"a": 1}', "x"])
def test_an_effect_without_parameters_takes_none(client: httpx.Client, params: str) -> None:
    answer = client.post(PROCESS, content=JPEG, params={"effect_params": params})
    assert (answer.status_code == 200) == (params == "{}")
