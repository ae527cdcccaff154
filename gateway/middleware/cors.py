"""Cross-origin use by web pages (the Fetch standard's CORS protocol): on every answer, errors included."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.origins import Origins

EXPOSED: Final = (
    "ETag, RateLimit, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After, Server-Timing, "
    "X-Cache, X-Cache-Hits, X-Confidence, X-Effect, X-Foreground-Height, X-Foreground-Left, X-Foreground-Top, "
    "X-Foreground-Width, X-Model, X-Model-Notice, X-Processing-Time, X-RateLimit-Limit, X-RateLimit-Remaining, "
    "X-RateLimit-Reset, X-Request-ID, X-Session-ID, X-Subject-Found"
)
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID, Prefer, X-Api-Key, X-Request-ID, X-Session-ID"
    ),
    "Access-Control-Max-Age": "7200",
}


class CORSMiddleware:
    """Lets pages of `origins` read answers; answers preflights itself, without a key, since they carry none.

    Keys travel in headers that a page has to set, never in cookies: credentials are not allowed, nor needed.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin is not None and self.origins.allow(origin)

        async def send_allowing(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if origin is not None and allowed:
                    answer["Access-Control-Allow-Origin"] = origin
                    answer["Access-Control-Expose-Headers"] = EXPOSED
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(status_code=204, headers=_PREFLIGHT if allowed else {})
            return await answer(scope, receive, send_allowing)
        await self.app(scope, receive, send_allowing)
