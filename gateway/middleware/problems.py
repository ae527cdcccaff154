"""Every failure as application/problem+json (RFC 9457): the one place where errors become answers."""

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import request_id
from gateway.errors import GatewayError, InternalError, MethodNotAllowed, RangeNotSatisfiable, Unauthorised, problem
from gateway.telemetry import record
from gateway.telemetry.record import Record


class ProblemsMiddleware:
    """Answers with the public text of a GatewayError, with 500 for anything else; the request's record gets the cause."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def send_watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_watched)
        except ClientDisconnect:
            return None  # nobody is there to be answered
        # Whatever went wrong, the client gets an answer in our format and the log a traceback.
        except Exception as exc:
            if started:  # too late to say so: the server closes the connection
                record.get(scope).fault = exc
                raise
            error = _public(exc)
            _note(record.get(scope), error, exc)
            await _answer(error, request_id.get(scope))(scope, receive, send)


def _public(exc: Exception) -> GatewayError:
    if isinstance(exc, GatewayError):
        return exc
    return InternalError("The service failed on this request; the request id finds the cause in its log.")


def _note(kept: Record, error: GatewayError, exc: Exception) -> None:
    kept.code, kept.detail = error.code, error.detail
    if exc is error:
        kept.cause = _cause(error)
    else:
        kept.fault = exc


def _cause(exc: GatewayError) -> str:
    """What a decoder says of a client's mistake quotes what the client sent, and that is not for logs."""
    if exc.__cause__ is None:
        return ""
    return repr(exc.__cause__)[:500] if exc.status >= 500 else type(exc.__cause__).__name__


def _answer(error: GatewayError, name: str) -> Response:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.limit}"
    body = msgspec.json.encode(problem(error, name))
    return Response(body, error.status, headers, "application/problem+json")
