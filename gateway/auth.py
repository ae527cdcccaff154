"""Who may do what: a key's scopes, the origins it is good for, and what is open without any key."""

import re
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from starlette.datastructures import Headers

from gateway.errors import KeyMissing, KeyUnknown, OriginNotAllowed, ScopeMissing
from gateway.keys.ring import Record, Ring, Scope

_FORWARDED: Final = ("x-forwarded-", "forwarded", "via", "x-real-ip")
_CALLER: Final = "gateway.caller"


class Guard:
    """Judges requests. `ring` gives the keys of the moment; None: no keys are configured."""

    def __init__(
        self, ring: Callable[[], Ring] | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._ring = ring
        self._clock = clock

    def authorise(self, request: MutableMapping[str, Any], scope: Scope) -> None:
        """Returns where the request, an ASGI scope, may do what needs `scope`, and notes whose it is.

        Raises KeyMissing, KeyUnknown, KeyExpired, ScopeMissing, OriginNotAllowed.
        """
        headers = Headers(scope=request)
        if self._ring is None:
            _without_keys(request, headers, scope)
            request[_CALLER] = ""
            return
        record = self._ring().judge(_presented(headers), self._clock())
        request[_CALLER] = record.id
        _require(record, scope, headers.get("origin"))

    def origins(self) -> frozenset[str]:
        """From where keys are used in browsers."""
        return frozenset() if self._ring is None else self._ring().origins()


def caller(request: MutableMapping[str, Any]) -> str:
    """The id of the key that the request, an ASGI scope, was authorised by; "" where no keys are configured."""
    return str(request[_CALLER])


def known(request: MutableMapping[str, Any]) -> str:
    """The id of the key that the request showed, whatever it may do with it; "" where it showed none that is good."""
    return str(request.get(_CALLER, ""))


def _without_keys(request: MutableMapping[str, Any], headers: Headers, scope: Scope) -> None:
    """Open but for operators, who have to be on this machine: not a proxy on it, nor a page in a browser on it.

    A page whose name was made to lead here reads without an Origin, but it cannot hide that name.
    """
    foreign = _is_forwarded(headers) or "origin" in headers or not _is_loopback(request.get("client"))
    foreign = foreign or not _names_loopback(headers.get("host", "localhost"))
    if scope == "admin" and foreign:
        raise KeyMissing("Without keys, this is open to this machine alone; configure keys.")


def _is_forwarded(headers: Headers) -> bool:
    return any(name.startswith(_FORWARDED) for name in headers)


def _is_loopback(client: tuple[str, int] | None) -> bool:
    return client is not None and ip_address(client[0]).is_loopback


def _names_loopback(host: str) -> bool:
    """Whether a Host header, with its port or without, is this machine's own name or address."""
    name = re.sub(r":\d*\Z", "", host).lower().removeprefix("[").removesuffix("]")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _presented(headers: Headers) -> str:
    given = {*headers.getlist("x-api-key"), *map(_bearer, headers.getlist("authorization"))} - {""}
    if not given:
        raise KeyMissing("Send a key, as `Authorization: Bearer KEY` or as `X-Api-Key: KEY`.")
    if len(given) > 1:
        raise KeyUnknown("The headers Authorization and X-Api-Key hold different keys; send one.")
    return given.pop()


def _bearer(authorization: str) -> str:
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _require(record: Record, scope: Scope, origin: str | None) -> None:
    if scope not in record.scopes:
        raise ScopeMissing(f"The key may not do this: it lacks the scope {scope}.", allowed=record.scopes)
    if record.origins and origin is not None and origin not in record.origins:
        raise OriginNotAllowed("The key may not be used from this origin.")
