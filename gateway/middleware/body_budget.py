"""A bound on all bodies in memory together."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import client
from gateway import held as counted
from gateway.errors import Overloaded
from gateway.room import Room


class BodyBudgetMiddleware:
    """Raises Overloaded into whoever reads a body for which the other requests' bodies leave no room in `total` bytes.

    A body counts from the arrival of each of its bytes, and what is fetched beside it (see `held`) when it is there, until
    the head of the answer: nobody needs it any more then, and who takes the rest slowly would hold it for hours. An
    announcement reserves nothing, or those who announce much and send little would keep everybody out; yet what is larger
    than the room left is not begun.
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
            nonlocal left
            if not self.room.fits(who, left, held):
                raise self._refusal()
            message = await receive()
            size = len(message.get("body", b""))
            hold(size)
            left = max(left - size, 0)
            return message

        def hold(size: int) -> None:
            nonlocal held
            if not self.room.fits(who, size, held):
                raise self._refusal()
            self.room.take(who, size)
            held += size

        def give_back() -> None:
            nonlocal held
            self.room.give_back(who, held)
            held = 0

        async def send_watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                give_back()
            await send(message)

        counted.put(scope, hold)
        try:
            await self.app(scope, receive_counted, send_watched)
        finally:
            give_back()

    def _refusal(self) -> Overloaded:
        return Overloaded(
            f"Bodies fill the {self.room.total} bytes there are for all, or this client's as much as they leave to others; "
            "try again shortly."
        )
