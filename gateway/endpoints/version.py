"""What runs here."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.state import State, answering, is_demo


async def version(request: Request[State]) -> Response:
    """The service's version and revision, its default model; `model_version` is null until the model has answered."""
    about = request.state["about"]
    return answers.json(
        {
            "version": about.version,
            "revision": about.revision,
            "model": about.model,
            "model_version": answering(request.state),
            "demo": is_demo(about.model),
        }
    )
