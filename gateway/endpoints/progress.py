"""GET /api/v2/progress/{session_id}: what happens to a session's pictures, as server-sent events."""

import re
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway import auth, client
from gateway.endpoints.state import State
from gateway.errors import InvalidParameter
from gateway.progress.board import Entry

SESSION: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nor may a proxy wait for more
_OPENING: Final = b"retry: 2000\n\n"


async def progress(request: Request[State]) -> Response:
    """A stream that ends with the session's work; 204, which ends an EventSource, where Last-Event-ID was the end.

    Raises InvalidParameter, Overloaded.
    """
    session_id = request.path_params["session_id"]
    if not SESSION.fullmatch(session_id):
        raise InvalidParameter("session_id must be 1 to 200 of A-Z a-z 0-9 _ -.")
    board, whose = request.state["board"], (auth.caller(request.scope), session_id)
    last = request.headers.get("last-event-id", "")
    if board.is_over(whose, last):
        return Response(status_code=204, headers=_HEADERS)
    entries = board.follow(whose, last, client.network(client.get(request.scope)))
    return StreamingResponse(_lines(entries), headers=_HEADERS, media_type="text/event-stream")


async def _lines(entries: AsyncIterator[Entry | None]) -> AsyncIterator[bytes]:
    yield _OPENING
    async for entry in entries:
        yield b": beat\n\n" if entry is None else _written(entry)


def _written(entry: Entry) -> bytes:
    data = msgspec.json.encode(entry.event.data)
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (entry.id.encode(), entry.event.name.encode(), data)
