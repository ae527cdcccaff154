"""A bound on all bodies in memory together."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import client
from gateway.errors import Overloaded
from gateway.room import Room


class BodyBudgetMiddleware:
    """Raises Overloaded into whoever reads a body for which the other requests' bodies leave no room in `total` bytes.

    A body counts from the arrival of each of its bytes until its request is answered: with the head of the answer, since
    nobody may need it then, and who reads the rest slowly would hold it for hours. An announcement reserves nothing, or
    those who announce much and send little would keep everybody out; yet what is larger than the room left is not begun.
    """

    def __init__(self, app: ASGIApp, total: int) -> None:
        self.app = app
        self.room = Room(total)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "")
        left = int(announced) if announced.isdecimal() else 0  # of this body, as far as it was announced
        who, held = client.network(client.get(scope)), 0

        async def receive_counted() -> Message:
            nonlocal held, left
            if not self.room.fits(who, left, held):
                raise self._refusal()
            message = await receive()
            size = len(message.get("body", b""))
            if not self.room.fits(who, size, held):
                raise self._refusal()
            self.room.take(who, size)
            held, left = held + size, max(left - size, 0)
            return message

        def give_back() -> None:
            nonlocal held
            self.room.give_back(who, held)
            held = 0

        async def send_watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                give_back()
            await send(message)

        try:
            await self.app(scope, receive_counted, send_watched)
        finally:
            give_back()

    def _refusal(self) -> Overloaded:
        return Overloaded(
            f"Bodies fill the {self.room.total} bytes there are for all, or this client's as much as they leave to others; "
            "try again shortly."
        )
