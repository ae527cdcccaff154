"""From which web pages the service may be used."""

import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

ANY: Final = "*"
_KEY: Final = "gateway.origins.distrusted"
MAX_LENGTH: Final = 255
ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]{1,200}(:\d{1,5})?")
_MEANT: Final = re.compile(r"\\.|\[\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""In a pattern: escapes and sets of characters, in which a dot is a dot."""
_STRANGERS: Final = ("https://stranger.example", "http://somebody-else.invalid:1")


class OriginsError(ValueError):
    """An origin or a pattern that cannot be used; the text says why."""


@dataclass(frozen=True)
class Origins:
    """`exact` origins, ANY among them for all; `patterns` that an origin matches from its first character to its last.

    Raises OriginsError for what is no origin, for a pattern that is none, for one that matches anybody, and for one in which
    a dot is any character: https://[a-z]+.shop.example is https://thief-shop.example as well.
    """

    exact: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    others: Callable[[], frozenset[str]] = field(default=frozenset)
    """More exact ones, which may change."""

    def __post_init__(self) -> None:
        for origin in self.exact - {ANY}:
            if not ORIGIN.fullmatch(origin):
                raise OriginsError(f"{origin!r} is no origin, which is written as https://shop.example, in lower case")
        for pattern in self.patterns:
            _refuse_unusable(pattern)

    def allow(self, origin: str) -> bool:
        """Whether a page of `origin`, as a browser writes it, may use the service."""
        if len(origin) > MAX_LENGTH or not ORIGIN.fullmatch(origin):
            return False
        if ANY in self.exact or origin in self.exact or origin in self.others():
            return True
        return any(re.fullmatch(pattern, origin) for pattern in self.patterns)


def distrust(request: MutableMapping[str, Any]) -> None:
    """The request, an ASGI scope, comes from a page that may not use the service."""
    request[_KEY] = True


def is_distrusted(request: Mapping[str, Any]) -> bool:
    """Whether the request, an ASGI scope, comes from such a page."""
    return _KEY in request


def _refuse_unusable(pattern: str) -> None:
    try:
        matcher = re.compile(pattern)
    except re.error as exc:
        raise OriginsError(f"{pattern!r} is no regular expression: {exc}") from exc
    if "." in _MEANT.sub("", pattern):
        raise OriginsError(rf"{pattern!r} has a dot for any character; write \. for a dot, [a-z0-9-]+ for a name")
    if any(matcher.fullmatch(stranger) for stranger in _STRANGERS):
        raise OriginsError(f"{pattern!r} matches anybody's origin; say {ANY} where that is meant")
