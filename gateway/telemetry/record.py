"""What is known of a request when it has been answered; noted along its way in its ASGI scope."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.stopwatch import Stopwatch

_KEY: Final = "gateway.record"
UNANSWERED: Final = 499
"""As nginx has it: the client was gone before the answer."""
UNROUTED: Final = ""
"""The route of what led nowhere: paths that clients invent name nothing."""


@dataclass
class Record:
    """One request.

    Attributes:
        method, path: as the client named them; names that open something are hidden in the path.
        route: the path's template in the table of operations, else UNROUTED.
        client: its address, as it may be shown.
        began: seconds since 1970.
        watch: its stages.
        status: of the answer, or UNANSWERED.
        sent: bytes of its body.
        seconds: until the last of them was taken by the server's buffer.
        code: of the problem that it was answered with, "" where all went well.
        model, version, outcome: of a picture: who found its subject, and whether that was kept from earlier.
    """

    method: str
    path: str
    client: str
    request_id: str
    began: float
    watch: Stopwatch = field(default_factory=Stopwatch)
    route: str = UNROUTED
    status: int = UNANSWERED
    sent: int = 0
    seconds: float = 0.0
    code: str = ""
    model: str = ""
    version: str = ""
    outcome: str = ""

    @property
    def is_probe(self) -> bool:
        """Whether a machine asked how the service is, as it does every few seconds."""
        return is_probe(self.route)

    @property
    def is_stream(self) -> bool:
        """Whether it lasted as long as its client listened, which says nothing of the service."""
        return is_stream(self.route)


def is_probe(route: str) -> bool:
    """Of its requests, `Record.is_probe`."""
    return route.startswith("/health") or route in ("/metrics", "/debug/slow")


def is_stream(route: str) -> bool:
    """Of its requests, `Record.is_stream`."""
    return route.startswith("/api/v2/progress/")


Observer = Callable[[Record], None]
"""Told of every request once it has ended; must not fail, nor take long."""


def put(scope: MutableMapping[str, Any], record: Record) -> None:
    """The record of the request whose ASGI scope this is."""
    scope[_KEY] = record


def get(scope: MutableMapping[str, Any]) -> Record:
    """What is known of it so far; nothing of one that nobody keeps a record of."""
    found: Record = scope.setdefault(_KEY, Record(method="", path="", client="", request_id="", began=0.0))
    return found
