"""Triton's own figures, to be shown among the gateway's."""

import re
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    import httpx

_log = structlog.get_logger(__name__)
SECONDS: Final = 1.0
_MOST_BYTES: Final = 4_000_000
_OURS: Final = re.compile(rb"^(?:# (?:HELP|TYPE) )?nv_", re.MULTILINE)


class TritonMetrics:
    """What a Triton says at `url`; b"" while it does not answer, which is logged once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: httpx.AsyncClient | None = None
        self._fails = False

    async def text(self) -> bytes:
        """Its nv_ families in Prometheus's text format."""
        if not self._url:
            return b""
        import httpx  # with its certificates, a tenth of a start: when it is asked for

        self._client = self._client or httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        try:
            answer = await self._client.get(self._url)
            answer.raise_for_status()
        except (httpx.HTTPError, OSError) as error:
            self._failed(repr(error))
            return b""
        if len(answer.content) > _MOST_BYTES:
            self._failed(f"{len(answer.content)} bytes")
            return b""
        self._fails = False
        return b"".join(line for line in answer.content.splitlines(keepends=True) if _OURS.match(line))

    def _failed(self, reason: str) -> None:
        if not self._fails:
            _log.warning("Triton's figures cannot be had", reason=reason)
        self._fails = True

    async def close(self) -> None:
        """Ends its connections."""
        if self._client is not None:
            await self._client.aclose()
