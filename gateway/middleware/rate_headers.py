"""What is left of a client's rate, in each answer that was counted."""

import math
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.rates import meter
from gateway.rates.count import Count
from gateway.rates.meter import Meter


class RateHeadersMiddleware:
    """Says it three times: RateLimit and RateLimit-Policy are draft-ietf-httpapi-ratelimit-headers's since its 8th
    version, the other RateLimit- those before; X-RateLimit- are older, and there the reset is a point in Unix time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = meter.get(scope)
                if found is not None and found.count is not None:
                    MutableHeaders(scope=message).update(_told(found, found.count))
            await send(message)

        await self.app(scope, receive, send_told)


def _told(found: Meter, count: Count) -> dict[str, str]:
    rate, remaining, reset = found.rate, count.remaining, math.ceil(count.reset)
    return {
        "RateLimit-Policy": f'"{found.policy}";q={rate.units};w={rate.seconds}',
        "RateLimit": f'"{found.policy}";r={remaining};t={reset}',
        "RateLimit-Limit": str(rate.units),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(reset),
        "X-RateLimit-Limit": str(rate.units),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(math.ceil(time.time() + count.reset)),
    }
