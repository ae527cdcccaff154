"""What is asked of a service for a sheet: of a real one, and of some that offer presets, are busy or speak another language."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.commands.drawings import drawings
from gateway.commands.failure import Failure
from gateway.effects import EFFECTS
from gateway.endpoints.openapi import properties
from gateway.pictures.sheet import Cell
from tests.photos import photo
from tests.service import running_app

PRESETS = {"preset": {"enum": ["calm", "mild", "wild"], "default": "mild"}, "grain": {"default": 0.1, "minimum": 0}}
OFFER = {
    "effects": [{"name": "plain", "parameters": {}}, {"name": "dots", "parameters": PRESETS, "aliases": []}],
    "total": 2,
}
PICTURE = base64.b64encode(photo("chelsea", "PNG")).decode()


def service(offer: Any = OFFER, drawn: str = PICTURE, refusals: tuple[Response, ...] = ()) -> Starlette:
    """What answers as the service does, after `refusals`; `app.state.asked` are the queries."""
    waiting = list(refusals)

    async def effects(request: Request) -> Response:
        return waiting.pop(0) if waiting else JSONResponse(offer)

    async def process(request: Request) -> Response:
        query = dict(request.query_params)
        app.state.asked.append(query)
        await request.body()
        names = query.get("effects", "plain,dots").split(",")
        return JSONResponse({"success": True, "effects": dict.fromkeys(names, drawn)})

    routes = [Route("/api/v2/effects", effects), Route("/api/v2/process-with-effects", process, methods=["POST"])]
    app = Starlette(routes=routes)
    app.state.asked = []
    return app


def drawn_by(url: str, side: int = 451, **model: str) -> list[Cell]:
    async def draw() -> list[Cell]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            return [cell async for cell in drawings(client, photo("chelsea"), side, model)]

    return asyncio.run(draw())


def test_every_effect_and_every_preset_of_a_real_service_at_the_size_asked_for(url: str) -> None:
    expected = []
    for name, effect in EFFECTS.items():
        presets = properties(effect.parameters).get("preset", {}).get("enum", [])
        expected += [f"{name} {preset}" for preset in presets] or [name]
    drawn = drawn_by(url, side=100)
    assert sorted(caption for caption, _ in drawn) == sorted(expected)
    assert {pixels.shape[1:] for _, pixels in drawn} == {(100, 4)}


def test_presets_follow_the_default_one_and_take_one_request_each() -> None:
    app = service()
    with running_app(app) as url:
        assert [caption for caption, _ in drawn_by(url)] == ["plain", "dots mild", "dots calm", "dots wild"]
    first, *others = app.state.asked
    common = {"return_all_effects": "true", "output_format": "png", "max_side": "451"}
    assert first == common
    assert [json.loads(each.pop("effect_params")) for each in others] == [
        {"dots": {"preset": "calm"}},
        {"dots": {"preset": "wild"}},
    ]
    assert others == [common | {"effects": "dots"}] * 2


def test_the_model_goes_with_every_request() -> None:
    app = service()
    with running_app(app) as url:
        drawn_by(url, model="other")
    assert [each["model"] for each in app.state.asked] == ["other"] * 3


@pytest.mark.parametrize("wait", ["0", "Wed, 21 Oct 2026 07:28:00 GMT", None], ids=["seconds", "date", "nothing"])
def test_a_busy_service_is_asked_again(wait: str | None) -> None:
    busy = Response(status_code=503, headers={} if wait is None else {"Retry-After": wait})
    with running_app(service(refusals=(busy,))) as url:
        assert drawn_by(url)


@pytest.mark.parametrize(
    ("app", "text"),
    [
        (service(refusals=(Response(status_code=503, headers={"Retry-After": "0"}),) * 9), "answered 503"),
        (service(refusals=(Response(status_code=301, headers={"Location": "/"}),)), "answered 301"),
        (service(refusals=(JSONResponse({"detail": "Send a key."}, 401),)), "Send a key."),
        (service(refusals=(Response("<html>"),)), "not understood"),
        (service(offer=[]), "not understood"),
        (service(offer={"effects": [{"name": "a\nb", "parameters": {}}]}), "not understood"),
        (service(drawn="%"), "not understood"),
        (service(drawn=base64.b64encode(b"text").decode()), "plain, as the service drew it"),
        (service(drawn=base64.b64encode(photo("coffee", "PNG")).decode()), "megapixels"),
        (Starlette(), "answered 404"),
    ],
    ids=[
        "busy",
        "elsewhere",
        "a key",
        "a page",
        "no object",
        "odd name",
        "no base64",
        "no picture",
        "large",
        "nothing",
    ],
)
def test_what_a_service_does_not_give_is_told_in_one_line(app: Starlette, text: str) -> None:
    with running_app(app) as url, pytest.raises(Failure) as caught:
        drawn_by(url)
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
