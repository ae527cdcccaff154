"""What runs here."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.state import State, is_demo


async def version(request: Request[State]) -> Response:
    """The service's version and revision, its default model; `model_version` is null until the model has answered."""
    about, served = request.state["about"], request.state["readiness"].served
    return answers.json(
        {
            "version": about.version,
            "revision": about.revision,
            "model": about.model,
            "model_version": served.version if served else None,
            "demo": is_demo(about.model),
        }
    )
