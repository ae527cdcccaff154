"""GET /api/v2/effects, one of them and its sample: what can be asked for."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.effects import EFFECTS, Effect
from gateway.effects.sample import sample
from gateway.endpoints import answers, drawings
from gateway.endpoints.negotiation import JSON
from gateway.endpoints.openapi import properties
from gateway.endpoints.state import State
from gateway.pictures.encoding.table import MEDIA_TYPES

SAMPLE: Final = "/api/v2/effects/{name}/sample"
_FOR_ALL: Final = {"Cross-Origin-Resource-Policy": "cross-origin"}


async def effects(request: Request[State]) -> Response:
    """All of them, in the order in which they are offered."""
    content = {"effects": [_description(each) for each in EFFECTS.values()], "total": len(EFFECTS)}
    return answers.unchanging(request, answers.encode(content), JSON)


async def effect(request: Request[State]) -> Response:
    """One, by its name or an alias. Raises UnknownEffect."""
    found = drawings.named(request.path_params["name"])
    return answers.unchanging(request, answers.encode(_description(found)), JSON)


async def sample_of(request: Request[State]) -> Response:
    """A picture of ours in one effect, for pages to embed. Raises UnknownEffect."""
    found = drawings.named(request.path_params["name"])
    body = await request.state["workers"].run(sample, found.name)
    return answers.unchanging(request, body, MEDIA_TYPES["webp"], _FOR_ALL)


def _description(effect: Effect) -> dict[str, Any]:
    return {
        "name": effect.name,
        "description": effect.description,
        "aliases": effect.aliases,
        "parameters": properties(effect.parameters),
        "sample": SAMPLE.format(name=effect.name),
    }
