"""Connections to checked addresses only: a name is looked up once, and the connection goes to what was found and checked."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import httpcore

from gateway.remote.head import Head
from gateway.remote.lookups import Lookups
from gateway.remote.public import is_public

MAX_TRIED: Final = 4
"""Addresses of one name."""

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Addresses in numbers of a host, for a port. Raises OSError, Overloaded."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Refuses a name when any of its addresses is not `allowed`: one that has both kinds is up to something."""

    def __init__(self, resolve: Resolve | None = None, allowed: Callable[[str], bool] = is_public) -> None:
        self._resolve = resolve or Lookups().find
        self._allowed = allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - its name there
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers. TLS, above, still judges by the name. Raises ConnectError."""
        *others, last = (await self._checked(host, port))[:MAX_TRIED]
        for address in others:
            try:
                return Head(await self._network.connect_tcp(address, port, timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return Head(await self._network.connect_tcp(last, port, timeout))

    async def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as exc:
            raise httpcore.ConnectError(f"{host} has no address") from exc
        if not addresses or not all(self._allowed(address) for address in addresses):
            raise httpcore.ConnectError(f"{host} has no public address")
        return addresses

    async def sleep(self, seconds: float) -> None:
        """As every network."""
        await self._network.sleep(seconds)
