"""Who may do what: a key's scopes, the origins it is good for, and what is open without any key."""

import re
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final, Protocol

from starlette.datastructures import Headers

from gateway import client
from gateway.errors import (
    KeyMissing,
    KeyUnknown,
    OriginNotAllowed,
    ScopeMissing,
    SignatureInvalid,
    SignatureReplayed,
    Unauthorised,
)
from gateway.keys.ring import Record, Ring, Scope
from gateway.signing import address, message
from gateway.signing.claim import Claim
from gateway.signing.nonces import MemoryNonces
from gateway.signing.signature import is_signed

_FORWARDED: Final = ("x-forwarded-", "forwarded", "via", "x-real-ip")
_CALLER: Final = "gateway.caller"
_KNOWN: Final = "gateway.known"
_DIGEST: Final = "gateway.digest"
_SLACK_SECONDS: Final = 60
"""Between the clocks of gateways that share nonces."""


class Nonces(Protocol):
    """Whoever remembers which signed requests there were."""

    async def first(self, key_id: str, nonce: str, seconds: float) -> bool:
        """Whether the key's nonce is new; it is remembered for so long."""

    async def close(self) -> None:
        """Ends what is open."""


class Guard:
    """Judges requests. `ring` gives the keys of the moment; None: no keys are configured."""

    def __init__(
        self,
        ring: Callable[[], Ring] | None,
        nonces: Nonces | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        anonymous: bool = False,
        used: Callable[[str], None] = lambda key_id: None,
    ) -> None:
        """`anonymous`: pictures are made for those, too, who show no key though there are keys; `used` hears of keys' use."""
        self._ring = ring
        self._anonymous = anonymous
        self._used = used
        self._nonces = nonces or MemoryNonces()
        self._clock = clock

    async def authorise(self, request: MutableMapping[str, Any], scope: Scope) -> Record | None:
        """Returns where the request, an ASGI scope, may do what needs `scope`, and notes whose it is: None without keys.

        A signed one has been judged by its head: its body has yet to be what `digest` says. Raises KeyMissing, KeyUnknown,
        KeyExpired, ScopeMissing, OriginNotAllowed, SignatureInvalid, SignatureReplayed, AddressExpired, and what Nonces.first
        raises.
        """
        headers = Headers(scope=request)
        if self._ring is None:
            _without_keys(request, headers, scope)
            request[_CALLER] = ""
            return None
        ring, now = self._ring(), self._clock()
        claim = _claim(request, headers, scope, now.timestamp())
        if claim is None and not _shows_one(headers) and self._is_open(request, headers, scope):
            request[_CALLER] = ""
            return None
        if claim is None:
            record = ring.judge(_presented(headers), now)
        else:
            record = ring.signer(claim.key_id, claim.base, claim.text, now)
        request[_KNOWN] = record.id
        _require(record, scope, headers.get("origin"))
        if claim is not None:
            await self._once(claim, now.timestamp())
            request[_DIGEST], request["query_string"] = claim.digest, claim.query
        request[_CALLER] = record.id
        self._used(record.id)
        return record

    def _is_open(self, request: MutableMapping[str, Any], headers: Headers, scope: Scope) -> bool:
        """Whether what needs `scope` is done without a key although there are keys."""
        if scope == "metrics":
            return not _is_foreign(request, headers)
        return self._anonymous and scope == "process"

    def shown(self, request: MutableMapping[str, Any]) -> Record | None:
        """The key that comes with a request which needs none; None: none that is good."""
        if self._ring is None:
            return None
        try:
            return self._ring().judge(_presented(Headers(scope=request)), self._clock())
        except Unauthorised:
            return None

    def favours(self, request: MutableMapping[str, Any]) -> bool:
        """Whether the request, which was authorised, may wait where there are more than can be served: not without a key."""
        return self._ring is None or bool(caller(request))

    def origins(self) -> frozenset[str]:
        """From where keys are used in browsers."""
        return frozenset() if self._ring is None else self._ring().origins()

    async def close(self) -> None:
        """Ends what is open."""
        await self._nonces.close()

    async def _once(self, claim: Claim, now: float) -> None:
        """Last of all: only who may do it is remembered to have done it."""
        if not await self._nonces.first(claim.key_id, claim.nonce, claim.until + _SLACK_SECONDS - now):
            raise SignatureReplayed("This signature was used already; each request has a nonce of its own.")


def caller(request: MutableMapping[str, Any]) -> str:
    """The id of the key that the request, an ASGI scope, was authorised by; "" where no keys are configured."""
    return str(request[_CALLER])


def digest(request: MutableMapping[str, Any]) -> str | None:
    """The Content-Digest that a signed request's body must have; None: the request, an ASGI scope, is not signed."""
    return request.get(_DIGEST)


def known(request: MutableMapping[str, Any]) -> str:
    """The id of the key that the request showed, whatever it may do with it; "" where it showed none that is good."""
    return str(request.get(_KNOWN, ""))


def _without_keys(request: MutableMapping[str, Any], headers: Headers, scope: Scope) -> None:
    """Open but for operators, who have to be on this machine."""
    if scope in ("admin", "metrics") and _is_foreign(request, headers):
        raise KeyMissing("Without keys, this is open to this machine alone; configure keys.")


def _is_foreign(request: MutableMapping[str, Any], headers: Headers) -> bool:
    """Whether it comes from elsewhere, through a proxy on this machine, or from a page in a browser on it.

    A page whose name was made to lead here reads without an Origin, but it cannot hide that name; what another page
    embeds comes without one, too, and cannot hide that.
    """
    foreign = _is_forwarded(headers) or "origin" in headers or not _is_loopback(client.get(request))
    foreign = foreign or headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    return foreign or not _names_loopback(headers.get("host", "localhost"))


def _is_forwarded(headers: Headers) -> bool:
    return any(name.startswith(_FORWARDED) for name in headers)


def _is_loopback(address: str) -> bool:
    return bool(address) and ip_address(address).is_loopback


def _names_loopback(host: str) -> bool:
    """Whether a Host header, with its port or without, is this machine's own name or address."""
    name = re.sub(r":\d*\Z", "", host).lower().removeprefix("[").removesuffix("]")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _claim(request: MutableMapping[str, Any], headers: Headers, scope: Scope, now: float) -> Claim | None:
    """What a signed request claims; None: it is not signed. Raises SignatureInvalid, AddressExpired."""
    in_head, in_address = is_signed(headers), address.is_signed(request)
    if in_head + in_address + bool(_given(headers)) > 1:
        raise SignatureInvalid("The request has a key and a signature, or two of these; send one.")
    if in_head:
        return message.claim(request, now)
    if in_address and scope != "process":
        raise SignatureInvalid("There are no signed addresses for this.")
    return address.claim(request, now) if in_address else None


def _given(headers: Headers) -> set[str]:
    return {*headers.getlist("x-api-key"), *map(_bearer, headers.getlist("authorization"))} - {""}


def _shows_one(headers: Headers) -> bool:
    return "x-api-key" in headers or "authorization" in headers


def _presented(headers: Headers) -> str:
    given = _given(headers)
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
