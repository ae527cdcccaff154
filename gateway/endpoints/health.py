"""Is the process alive; can it serve."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.state import State, answering


async def live(request: Request[State]) -> Response:
    """200 as long as the process answers at all."""
    return answers.json({"status": "live"})


async def ready(request: Request[State]) -> Response:
    """200 once an inference has run through this instance. Raises Starting while the model is loading or away."""
    readiness = request.state["readiness"]
    if readiness.served is None:
        raise readiness.starting()
    return answers.json({"status": "ready", **_served(request)})


async def health(request: Request[State]) -> Response:
    """Both for people: 200 as long as the process answers, `status` "ready" or "starting". It warms nothing."""
    status = "starting" if request.state["readiness"].served is None else "ready"
    return answers.json({"status": status, **_served(request)})


def _served(request: Request[State]) -> dict[str, str | None]:
    served = request.state["readiness"].served
    return {
        "model": served.model if served else request.state["about"].model,
        "model_version": answering(request.state),
    }
