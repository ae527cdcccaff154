"""Is the process alive; can it serve."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.state import State
from gateway.errors import Starting


async def live(request: Request[State]) -> Response:
    """200 as long as the process answers at all."""
    return answers.json({"status": "live"})


async def ready(request: Request[State]) -> Response:
    """200 once an inference has run through this instance. Raises Starting while the model is loading or away."""
    served = request.state["readiness"].served
    if served is None:
        raise Starting("The model is not ready yet; try again shortly.")
    return answers.json({"status": "ready", "model": served.model, "model_version": served.version})
