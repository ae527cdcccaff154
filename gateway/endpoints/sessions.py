"""What becomes of a session's pictures: shown, kept for an order, moved."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway import auth
from gateway.audit import note
from gateway.audit.pseudonym import pseudonym
from gateway.customers.session import Session
from gateway.customers.tiers import Tier
from gateway.endpoints import answers, fields
from gateway.endpoints.deadline import deadline
from gateway.endpoints.parameters import SESSION_ID, CompleteParameters, MoveParameters, parse
from gateway.endpoints.state import State
from gateway.endpoints.storing import customers
from gateway.errors import InvalidParameter


async def session_images(request: Request[State]) -> Response:
    """GET /session/{id}/images: all of them, each with an address."""
    session = await customers(request).sessions.get(auth.caller(request.scope), _session_id(request))
    return answers.json(await _shown(request, session))


async def complete_order(request: Request[State]) -> Response:
    """POST /session/{id}/complete-order: kept for half a year from now; asked again, or archived, it stays as it is."""
    parse(CompleteParameters, await fields.read(request))
    return await _moved(request, "order_completed", only_longer=True)


async def move_tier(request: Request[State]) -> Response:
    """POST /session/{id}/move-tier. Asked again, it stays as it is."""
    asked = parse(MoveParameters, await fields.read(request))
    if asked.tier is None:
        raise InvalidParameter(
            "tier must be named.", allowed=("temporary", "order_pending", "order_completed", "archived")
        )
    return await _moved(request, asked.tier)


async def _moved(request: Request[State], tier: Tier, *, only_longer: bool = False) -> Response:
    use, owner = customers(request), auth.caller(request.scope)
    note.about(request.scope, f"session {pseudonym(_session_id(request))}", tier=tier)
    async with deadline(request, request.state["limits"].request_seconds):
        session = await use.move(owner, _session_id(request), tier, only_longer=only_longer)
    return answers.json({"success": True, **await _shown(request, session)})


def _session_id(request: Request[State]) -> str:
    session_id = str(request.path_params["session_id"])
    if not SESSION_ID.fullmatch(session_id):
        raise InvalidParameter("session_id must be 1 to 200 of A-Z a-z 0-9 _ -.")
    return session_id


async def _shown(request: Request[State], session: Session) -> dict[str, Any]:
    urls = await asyncio.gather(*(customers(request).sessions.url(each) for each in session.pictures))
    return {
        "session_id": session.session_id,
        "tier": session.tier,
        "metadata": session.metadata,
        "images": [
            {
                "url": url,
                "image_type": each.image_type,
                "filename": each.filename,
                "media_type": each.media_type,
                "size": each.size,
                "created": each.created,
                "expires": each.expires,
                **each.note,
            }
            for url, each in zip(urls, session.pictures, strict=True)
        ],
        "total": len(session.pictures),
    }
