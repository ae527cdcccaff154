"""POST /warmup: a picture by the same path as every other."""

import time

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.connection import while_connected
from gateway.endpoints.deadline import deadline
from gateway.endpoints.state import State, version
from gateway.order import Order
from gateway.warmup import ramp


async def warmup(request: Request[State]) -> Response:
    """200 once a picture has been cut out by the model that serves; what a picture would be refused with, otherwise."""
    state, begin = request.state, time.perf_counter()
    await request.body()  # some clients send one
    favoured = state["guard"].favours(request.scope)
    order = Order(state["about"].model, version(state), fresh=True, favoured=favoured)
    async with deadline(request, state["limits"].request_seconds):
        result = await while_connected(request, state["cutout"].run(ramp(), order))
    return answers.json(
        {
            "status": "ready",
            "total_time": round(time.perf_counter() - begin, 3),
            "model": result.model,
            "model_version": result.version,
        }
    )
