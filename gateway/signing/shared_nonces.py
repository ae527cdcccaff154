"""The nonces of all processes that share a Redis."""

from typing import Any, Final

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.errors import StoreUnavailable
from gateway.signing.nonces import MOST, too_many

SECONDS: Final = 1.0
"""For an answer of Redis, and before that for a connection that is free."""
CONNECTIONS: Final = 32
_FIRST: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 'known' end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], math.ceil(1000 * last[2]))
return 'new'
"""
_log = structlog.get_logger(__name__)


class SharedNonces:
    """A key's are a set that expires by itself. While Redis is away nothing signed is answered: it may be a replay."""

    def __init__(self, url: str, most: int = MOST) -> None:
        """For redis://… or rediss://…; connects when it is first asked. No key has more than `most` nonces remembered."""
        # Asked again, Redis would answer that our own nonce is known: a client signs anew instead.
        pool: Any = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=SECONDS,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis.from_pool(pool)
        self._first = self._redis.register_script(_FIRST)
        self._most = most

    async def first(self, key_id: str, nonce: str, seconds: float) -> bool:
        """Whether the key's nonce is new to all; it is remembered for so long. Raises StoreUnavailable, Overloaded."""
        try:
            found = await self._first([f"cutout:nonces:{key_id}"], [nonce, seconds, self._most])
        except RedisError as exc:
            _log.error("nonces are away", cause=type(exc).__name__)
            raise StoreUnavailable("Signed requests cannot be checked at the moment; sign and send it again.") from exc
        if found == b"full":
            raise too_many(self._most)
        return bool(found == b"new")

    async def close(self) -> None:
        """Ends the connections."""
        await self._redis.aclose()
