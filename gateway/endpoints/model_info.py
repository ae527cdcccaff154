"""GET /model-info: what the model is."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.state import State, is_demo, version

ARCHITECTURE: Final = "InSPyReNet"


async def model_info(request: Request[State]) -> Response:
    """The default model. Raises ModelUnavailable where its server does not answer."""
    model = request.state["about"].model
    card = await request.state["catalogue"].card(model, version(request.state))
    return answers.json(
        {
            "model": model,
            "architecture": ARCHITECTURE,
            "variant": card.variant,
            "size": card.serving.size,
            "precision": card.precision,
            "device": card.serving.device,
            "versions": card.serving.versions,
            "digest": card.digest,
            "demo": is_demo(model),
        }
    )
