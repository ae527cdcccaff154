"""POST /api/v2/process: one picture in, its cut-out back."""

import asyncio
import base64
from typing import Any, Final
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.cutout import Result
from gateway.endpoints import answers, parameters, sources
from gateway.endpoints.connection import while_connected
from gateway.endpoints.layout import layout
from gateway.endpoints.parameters import Encoding, ProcessParameters
from gateway.endpoints.sources import Source
from gateway.endpoints.state import State, is_demo
from gateway.errors import Overloaded
from gateway.order import Order

_log = structlog.get_logger(__name__)

DEMO_NOTICE: Final = "demonstration model, not meant for real use"
DEMO_ADVICE: Final = "for real cut-outs: scripts/serve --model fast"
"""Beside the notice, where whoever runs the service reads it."""


async def process(request: Request[State]) -> Response:
    """The picture's bytes; JSON where the client accepts it by name and no image type beside it."""
    source = await sources.read(request)
    asked = parameters.parse(source.given)
    result = await _cut_out(request, source, asked)
    _log_misdeclared(source, result)
    session = asked.session_id or uuid4().hex
    headers = _headers(result, asked, session)
    if _wants_json(request.headers.get("accept", "")):
        return answers.json(_content(result, asked, session), headers=headers)
    return Response(result.body, media_type=result.media_type, headers=headers)


async def _cut_out(request: Request[State], source: Source, asked: ProcessParameters) -> Result:
    state = request.state
    order = Order(
        model=asked.model or state["about"].model,
        version=str(asked.model_version or ""),
        output=asked.output,
        quality=asked.quality,
        layout=layout(asked, backdrop=source.backdrop is not None),
        decontaminate=asked.decontaminate,
        backdrop=source.backdrop,
    )
    seconds = state["limits"].request_seconds
    try:
        async with asyncio.timeout(seconds):
            return await while_connected(request, state["cutout"].run(source.data, order))
    except TimeoutError as exc:
        raise Overloaded(f"The picture was not done within {seconds:g} seconds; try again shortly.") from exc


def _log_misdeclared(source: Source, result: Result) -> None:
    if source.declared.startswith("image/") and source.declared not in (result.source_type, "image/jpg", "image/*"):
        _log.info("declared type differs from the bytes", declared=source.declared[:64], found=result.source_type)


def _wants_json(accept: str) -> bool:
    types = [each.partition(";")[0].strip().lower() for each in accept.split(",")]
    return "application/json" in types and not any(each.startswith("image/") for each in types)


def _headers(result: Result, asked: ProcessParameters, session: str) -> dict[str, str]:
    headers = {
        "X-Model": f"{result.model}/{result.version}",
        "X-Confidence": f"{result.confidence:.4f}",
        "X-Effect": asked.effect,
        "X-Session-ID": session,
        "X-Processing-Time": f"{sum(result.stages.values()):.3f}",
        "Server-Timing": ", ".join(f"{stage};dur={1000 * spent:.1f}" for stage, spent in result.stages.items()),
        **{f"X-Foreground-{name.title()}": str(value) for name, value in result.foreground._asdict().items()},
    }
    return headers | {"X-Model-Notice": DEMO_NOTICE} if is_demo(result.model) else headers


def _content(result: Result, asked: ProcessParameters, session: str) -> dict[str, Any]:
    notice = {"notice": DEMO_NOTICE} if is_demo(result.model) else {}
    return {
        "image": _text(result, asked.encoding),
        "encoding": asked.encoding,
        "width": result.width,
        "height": result.height,
        "effect": asked.effect,
        "model": f"{result.model}/{result.version}",
        "confidence": round(result.confidence, 4),
        "foreground": result.foreground._asdict(),
        "timing": {stage: round(1000 * spent, 1) for stage, spent in result.stages.items()},
        "session_id": session,
        **notice,
    }


def _text(result: Result, encoding: Encoding) -> str:
    text = base64.b64encode(result.body).decode()
    return f"data:{result.media_type};base64,{text}" if encoding == "data_url" else text
