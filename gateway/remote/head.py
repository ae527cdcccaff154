"""The beginning of an answer, which must not go on forever."""

import ssl
from typing import Any, Final

import httpcore

MAX_BYTES: Final = 65_536


class Head(httpcore.AsyncNetworkStream):
    """`stream` with a bound of MAX_BYTES on what comes before `complete` is set.

    h11 bounds one head, not how many interim ones (1xx) come before the one that counts.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._read = 0
        self.complete = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - its name there
        """Raises httpcore.RemoteProtocolError where the head is too long."""
        if self._read > MAX_BYTES and not self.complete:
            raise httpcore.RemoteProtocolError("the answer's head is too long")
        data = await self._stream.read(max_bytes, timeout)
        self._read += len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Over TLS, as every stream; given up in the middle, it is closed."""
        try:
            return Head(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
