"""The nonces of all processes that share a Redis."""

from typing import Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.errors import StoreUnavailable

SECONDS: Final = 1.0
"""For an answer of Redis."""
_log = structlog.get_logger(__name__)


class SharedNonces:
    """Each is one entry that expires by itself. While Redis is away nothing signed is answered: it may be a replay."""

    def __init__(self, url: str) -> None:
        """For redis://… or rediss://…; connects when it is first asked."""
        # Asked again, Redis would answer that our own nonce is known: a client signs anew instead.
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
        )

    async def first(self, key_id: str, nonce: str, seconds: float) -> bool:
        """Whether the key's nonce is new to all; it is remembered for so long. Raises StoreUnavailable."""
        try:
            new = await self._redis.set(f"cutout:nonce:{key_id}:{nonce}", b"", nx=True, px=max(1, int(1000 * seconds)))
        except RedisError as exc:
            _log.error("nonces are away", cause=type(exc).__name__)
            raise StoreUnavailable("Signed requests cannot be checked at the moment; sign and send it again.") from exc
        return bool(new)

    async def close(self) -> None:
        """Ends the connections."""
        await self._redis.aclose()
