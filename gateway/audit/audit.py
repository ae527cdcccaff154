"""Entries of the audit log."""

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Literal

Addresses = Literal["full", "masked", "none"]
Write = Callable[[dict[str, object]], None]
"""Whatever takes an entry; it never fails."""

_LONGEST: Final = 300
_PREFIXES: Final = {4: 24, 6: 48}


class Audit:
    """Hands entries to `write`; of a client's address it tells all, its network alone, or nothing."""

    def __init__(
        self, write: Write, addresses: Addresses = "masked", clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._write = write
        self._addresses = addresses
        self._clock = clock

    def record(
        self, action: str, result: str, *, key: str, what: str, why: str, request_id: str, client: str, **more: object
    ) -> None:
        """One decision. `key` is a key's id; `result` is "done" or the code of a refusal, and `why` its text, if any."""
        entry: dict[str, object] = {
            "time": self._clock().isoformat(),
            "action": action,
            "result": result,
            "key": key,
            "object": what[:_LONGEST],
            "request_id": request_id,
            "client": client_shown(client, self._addresses),
        }
        if why:
            entry["why"] = why[:_LONGEST]
        self._write(entry | more)


def client_shown(address: str, addresses: Addresses) -> str:
    """A client's address as far as it is to be told: its /24 or its /48 where it is masked. "" where it is none."""
    try:
        parsed = _plain(ip_address(address))
    except ValueError:
        return ""
    if addresses == "none":
        return ""
    if addresses == "full":
        return str(parsed)
    return str(ip_network((parsed, _PREFIXES[parsed.version]), strict=False))


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return getattr(address, "ipv4_mapped", None) or address
