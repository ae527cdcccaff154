"""What browsers are told not to do with our answers."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DEFAULTS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",  # of what is embedded; what a page fetches by CORS is not touched
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PAGE: Final = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


class SecurityHeadersMiddleware:
    """No guessing of types, no frames, no foreign scripts; kept by nobody, embedded nowhere: unless an answer says otherwise.

    Strict-Transport-Security is the business of whoever holds the certificate.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (_DEFAULTS | _policy(message["status"], headers)).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_secured)


def _policy(status: int, headers: Headers) -> dict[str, str]:
    if status == 304:  # it has no type, and its headers replace those that the browser has kept (RFC 9111, 4.3.4)
        return {}
    page = headers.get("content-type", "").startswith("text/html")
    return {"Content-Security-Policy": _PAGE if page else _NOTHING}
