"""A bound on all answers in memory together."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import client
from gateway.errors import Overloaded
from gateway.room import Room

SMALL: Final = 65_536
"""Bytes of an answer that is not counted: a socket holds it."""


class AnswerBudgetMiddleware:
    """Raises Overloaded into whoever begins an answer for which the others leave no room in `total` bytes.

    An answer counts from its head until the client has taken all of it, which one that reads slowly puts off for hours.
    One that is larger than `total` is given where there is no other.
    """

    def __init__(self, app: ASGIApp, total: int) -> None:
        self.app = app
        self.room = Room(total)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        who, held = client.network(client.get(scope)), 0

        async def send_counted(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and (size := _size(message)) > SMALL:
                if not (self.room.is_empty or self.room.fits(who, size)):
                    raise Overloaded(
                        "Other answers are still being taken, by this client or others; try again shortly."
                    )
                self.room.take(who, size)
                held = size
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            if held:
                self.room.give_back(who, held)


def _size(start: Message) -> int:
    return int(Headers(raw=start["headers"]).get("content-length", "0"))
