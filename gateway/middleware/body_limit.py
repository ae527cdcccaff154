"""A bound on the body, whether or not its length was announced."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import BodyTooLarge


class BodyLimitMiddleware:
    """Raises BodyTooLarge into whoever reads a body of more than `limit` bytes: at its announcement, else by count."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "")
        read = 0

        async def receive_limited() -> Message:
            nonlocal read
            if announced.isdecimal() and int(announced) > self.limit:
                raise self._refusal(f"The body has {announced} bytes", int(announced))
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.limit:
                raise self._refusal("The body is larger", None)
            return message

        await self.app(scope, receive_limited, send)

    def _refusal(self, what: str, actual: int | None) -> BodyTooLarge:
        return BodyTooLarge(f"{what}; {self.limit} bytes are allowed.", limit=self.limit, actual=actual)
