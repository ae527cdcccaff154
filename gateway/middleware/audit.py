"""An entry in the audit log for what a request changed, or was not allowed."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import auth, client, request_id
from gateway.audit import note
from gateway.audit.audit import Audit
from gateway.errors import Forbidden, GatewayError, Unauthorised, URLNotAllowed, URLUnreachable

DONE: Final = "done"
_BROKEN: Final = "broken_off"
"""Whether anything was changed is not known: the client hung up, or something failed that nobody expected."""
_REFUSALS: Final = (
    ((Unauthorised, Forbidden), "access"),
    ((URLNotAllowed, URLUnreachable), "fetch"),
)


class AuditMiddleware:
    """Records what routes with an action do, refused or not; of all others, refused keys, signatures, addresses, and rates."""

    def __init__(self, app: ASGIApp, audit: Audit) -> None:
        self.app = app
        self.audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            await self.app(scope, receive, send)
        except BaseException as exc:
            if action := note.get(scope).action or _refused(exc):
                self._record(scope, action, exc)
            raise
        if action := note.get(scope).action:
            self._record(scope, action, None)

    def _record(self, scope: Scope, action: str, exc: BaseException | None) -> None:
        noted = note.get(scope)
        self.audit.record(
            action,
            _result(exc),
            key=auth.known(scope),
            what=noted.what,
            why=_why(exc, explained=noted.explained),
            request_id=request_id.get(scope),
            client=client.get(scope),
            **noted.more,
        )


def _refused(exc: BaseException) -> str:
    """The action that is refused, of a request for nothing that matters otherwise."""
    if isinstance(exc, GatewayError) and exc.status == 429:
        return "rate"
    return next((action for kinds, action in _REFUSALS if isinstance(exc, kinds)), "")


def _result(exc: BaseException | None) -> str:
    if exc is None:
        return DONE
    return exc.code if isinstance(exc, GatewayError) else _BROKEN


def _why(exc: BaseException | None, *, explained: bool) -> str:
    """Of a fetched address what its client is not told: that it is not a public one."""
    if isinstance(exc, URLUnreachable):
        return str(exc.__cause__ or "")
    return exc.detail if explained and isinstance(exc, GatewayError) else ""
