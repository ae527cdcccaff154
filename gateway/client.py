"""Where a request comes from: the peer of its connection, or the address that trusted proxies have handed on."""

import re
from collections.abc import MutableMapping, Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final, NamedTuple

_KEY: Final = "gateway.client"
_ENTRY: Final = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+)\](:\d{1,5})?|(?P<v4>[0-9.]+)(:\d{1,5})?|(?P<v6>[0-9A-Fa-f:.]+)"
)


class Client(NamedTuple):
    """An address, "" where there is none. It is not `told` where the proxies should have handed one on and did not."""

    address: str
    told: bool = True


def found(peer: str, forwarded: Sequence[str], proxies: int) -> Client:
    """The client behind exactly so many proxies, each of which adds the address of its own peer to X-Forwarded-For.

    `forwarded` are that header's lines. What stands further to the left than the outermost proxy's word was written by
    the client itself, or by somebody it passed, and is worth nothing.
    """
    if not proxies:
        return Client(_normal(peer))
    entries = ",".join(forwarded).split(",")
    told = _handed_on(entries[-proxies]) if len(entries) >= proxies else ""
    return Client(told or _normal(peer), bool(told))


def network(address: str) -> str:
    """What is counted as one client: an IPv4 address, but of IPv6 the /64, of which one has all the addresses."""
    if ":" not in address:
        return address
    return str(IPv6Network((address, 64), strict=False).network_address)


def put(scope: MutableMapping[str, Any], address: str) -> None:
    """The request, an ASGI scope, comes from there."""
    scope[_KEY] = address


def get(scope: MutableMapping[str, Any]) -> str:
    """The address that the request, an ASGI scope, comes from; "" where it has none."""
    return str(scope[_KEY]) if _KEY in scope else _normal(peer(scope))


def peer(scope: MutableMapping[str, Any]) -> str:
    """The other end of the connection: the client, or the last proxy."""
    return scope["client"][0] if scope.get("client") else ""


def _handed_on(entry: str) -> str:
    parts = _ENTRY.fullmatch(entry.strip())
    return _normal(next(filter(None, parts.group("bracketed", "v4", "v6")))) if parts else ""


def _normal(text: str) -> str:
    """One text for one address: without a zone, IPv4 as such; "" for what is no address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
