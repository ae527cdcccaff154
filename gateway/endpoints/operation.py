"""One way to use the service: what routes it, guards it and describes it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import auth
from gateway.audit import note
from gateway.endpoints.admission import admit
from gateway.keys.ring import Scope
from gateway.signing.digest import checked

Endpoint = Callable[[Request[Any]], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """A method on a path.

    `scope` is what a key must allow, None for everybody; what is `free` is open to everybody, as often as they like; what
    is `keyed` needs a key where there are keys, even if pictures are made without.
    `parameters` are those of query, form and JSON, where `picture` says that a picture comes with them. `answers` are the
    media types of 200 with what they hold; `refusals` the codes of the problems that belong to this operation; `shape` is
    what JSON among the answers holds; what is `unchanging` has an ETag; of what is `partial` a range may be asked for;
    what has an `action` has an entry in the audit log each time.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    endpoint: Endpoint
    scope: Scope | None
    summary: str
    answers: Mapping[str, str]
    free: bool = False
    keyed: bool = False
    parameters: type[msgspec.Struct] | None = None
    picture: bool = False
    refusals: tuple[str, ...] = ()
    shape: type[msgspec.Struct] | None = None
    unchanging: bool = False
    partial: bool = False
    action: str = ""

    @property
    def template(self) -> str:
        """The path in the words of OpenAPI, without the router's converters."""
        return self.path.replace(":path}", "}")

    def route(self) -> Route:
        """For the router; what may not be, or not so often, is refused before its body is read."""
        endpoint = self.endpoint if self.free else admitted(self.endpoint, self.scope, keyed=self.keyed)
        return Route(self.path, noted(endpoint, self), methods=[self.method])


def noted(endpoint: Endpoint, operation: Operation) -> Endpoint:
    """`endpoint` with a note for the audit log, which the guard's refusals need as well."""
    where = f"{operation.method} {operation.template}"

    async def begun(request: Request[Any]) -> Response:
        note.begin(request.scope, note.Note(operation.action, where, explained=operation.scope == "admin"))
        return await endpoint(request)

    return begun


def admitted(endpoint: Endpoint, scope: Scope | None, *, keyed: bool) -> Endpoint:
    """`endpoint` for those who may do what needs `scope`, as often as they may.

    A signed body is there before, and is the one that was signed.
    """

    async def judged(request: Request[Any]) -> Response:
        await admit(request, scope, keyed=keyed)
        return await endpoint(await _as_signed(request))

    return judged


async def _as_signed(request: Request[Any]) -> Request[Any]:
    """The request, if it is signed with its body read. Raises SignatureInvalid where that is another than was signed."""
    digest = auth.digest(request.scope)
    if digest is None:
        return request
    whole = Request(request.scope, checked(request.receive, digest))
    await whole.body()
    return whole
