"""What is known of a request for the audit log, noted along its way in its ASGI scope."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

_KEY: Final = "gateway.audit"


@dataclass
class Note:
    """`action` is "" where only a refusal would matter; `what` is the route until more is known.

    `explained` says that a refusal's text belongs into the entry.
    """

    action: str = ""
    what: str = ""
    explained: bool = False
    more: dict[str, object] = field(default_factory=dict)


def begin(scope: MutableMapping[str, Any], note: Note) -> None:
    """The request has found its route."""
    scope[_KEY] = note


def about(scope: MutableMapping[str, Any], what: str, **more: object) -> None:
    """What the request is about, and figures that belong to it; said again, the last one counts."""
    note = get(scope)
    note.what, note.more = what, more


def get(scope: MutableMapping[str, Any]) -> Note:
    """What has been noted; nothing yet of a request that has not found its route."""
    note: Note = scope.setdefault(_KEY, Note())
    return note
