"""GET /api/v2/effects and one of them: what can be asked for."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.effects import EFFECTS, Effect
from gateway.endpoints import answers, drawings
from gateway.endpoints.negotiation import JSON
from gateway.endpoints.openapi import properties
from gateway.endpoints.state import State


async def effects(request: Request[State]) -> Response:
    """All of them, in the order in which they are offered."""
    content = {"effects": [_description(each) for each in EFFECTS.values()], "total": len(EFFECTS)}
    return answers.unchanging(request, answers.encode(content), JSON)


async def effect(request: Request[State]) -> Response:
    """One, by its name or an alias. Raises UnknownEffect."""
    found = drawings.named(request.path_params["name"])
    return answers.unchanging(request, answers.encode(_description(found)), JSON)


def _description(effect: Effect) -> dict[str, Any]:
    return {
        "name": effect.name,
        "description": effect.description,
        "aliases": effect.aliases,
        "parameters": properties(effect.parameters),
    }
