"""The bytes behind an https address, within limits of size, time and number."""

import asyncio
import ssl
from importlib.metadata import version
from typing import Final

import httpcore
import structlog

from gateway.errors import BodyTooLarge, MissingImage, Overloaded, URLUnreachable
from gateway.remote.address import Target, target
from gateway.remote.network import CheckedNetwork

_log = structlog.get_logger(__name__)

MAX_REDIRECTS: Final = 3
MAX_AT_ONCE: Final = 16
HTTPS: Final = frozenset({443})
CONNECT_SECONDS: Final = 3.0
"""For each address tried, and for TLS: well below the whole, so that a silent address leaves time for the next."""
# Each piece costs the same to parse, be it a byte: with less than this in them on average, a server sends work, not data.
_MANY_PIECES: Final = 1000
_MIN_PIECE_BYTES: Final = 512
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FAILURES: Final = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,  # TLS that breaks off in the middle of a body among them; and TimeoutError
)
_HEADERS: Final = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": f"inspyrenet-service/{version('inspyrenet-service')}",
}


class Remote:
    """Fetches at most MAX_AT_ONCE addresses at once, each in `seconds`, redirects included, up to `limit` bytes.

    Every hop is checked like the first. No cookies, no credentials, no proxy, no compression.
    """

    def __init__(
        self,
        *,
        limit: int,
        seconds: float,
        network: CheckedNetwork | None = None,
        trust: ssl.SSLContext | None = None,
        ports: frozenset[int] = HTTPS,
    ) -> None:
        self._limit = limit
        self._seconds = seconds
        self._network = network or CheckedNetwork()
        self._trust = trust or ssl.create_default_context()
        self._ports = ports
        self._present = 0

    async def fetch(self, url: str) -> bytes:
        """The bytes at `url`. Whoever asks learns the same of a host that does not exist and of one that is not public.

        Raises URLNotAllowed, URLUnreachable, BodyTooLarge, MissingImage, Overloaded.
        """
        if self._present >= MAX_AT_ONCE:
            raise Overloaded(f"{MAX_AT_ONCE} pictures are being fetched already; try again shortly.")
        self._present += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await self._followed(url)
        except _FAILURES as exc:
            raise URLUnreachable("No picture could be fetched from this address.") from exc
        finally:
            self._present -= 1

    async def _followed(self, url: str) -> bytes:
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._trust, network_backend=self._network, max_keepalive_connections=0, retries=0
        ) as pool:
            where = target(url, self._ports)
            for _ in range(1 + MAX_REDIRECTS):
                found = await self._asked(pool, where)
                if isinstance(found, bytes):
                    return found
                where = target(found, self._ports, where.url)
        raise URLUnreachable(f"The picture's address leads on more than {MAX_REDIRECTS} times.")

    async def _asked(self, pool: httpcore.AsyncConnectionPool, where: Target) -> bytes | str:
        """The bytes, or the address that the answer leads to, relative to `where`."""
        timeouts = {"connect": min(CONNECT_SECONDS, self._seconds)}
        url = httpcore.URL(scheme="https", host=where.host, port=where.port, target=where.path)
        async with pool.stream("GET", url, headers=_headers(where), extensions={"timeout": timeouts}) as answer:
            answer.extensions["network_stream"].complete = True
            headers = {name.lower(): value for name, value in answer.headers}
            if answer.status in _REDIRECTS and b"location" in headers:
                return headers[b"location"].decode("utf-8", "replace")
            if answer.status != 200 or headers.get(b"content-encoding", b"identity").lower() != b"identity":
                _log.info("address did not give a picture", host=where.host, status=answer.status)
                raise URLUnreachable("No picture could be fetched from this address.")
            return await self._read(answer, headers.get(b"content-length", b""))

    async def _read(self, answer: httpcore.Response, announced: bytes) -> bytes:
        if announced.isdigit() and int(announced[:20]) > self._limit:
            raise self._too_large()
        body, pieces = bytearray(), 0
        async for piece in answer.aiter_stream():
            body += piece
            pieces += 1
            if len(body) > self._limit:
                raise self._too_large()
            if pieces > _MANY_PIECES + len(body) // _MIN_PIECE_BYTES:
                raise httpcore.RemoteProtocolError("the body comes in tiny pieces")
        if not body:
            raise MissingImage("There is nothing at the picture's address.")
        return bytes(body)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The picture at this address is larger than {self._limit} bytes.", limit=self._limit)


def _headers(where: Target) -> list[tuple[bytes | str, bytes | str]]:
    host = where.host if where.port == 443 else f"{where.host}:{where.port}"
    return [*_HEADERS.items(), ("Host", host)]
