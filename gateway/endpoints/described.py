"""How a result is described: in headers, and as text in JSON."""

import base64
from typing import Any, Final

from gateway.cutout import Result
from gateway.endpoints.parameters import Encoding
from gateway.endpoints.state import State, is_demo
from gateway.errors import InvalidParameter
from gateway.finish import File
from gateway.pictures.headshot import level

DEMO_NOTICE: Final = "demonstration model, not meant for real use"
DEMO_ADVICE: Final = "for real cut-outs: scripts/serve --model fast"
"""Beside the notice, where whoever runs the service reads it."""


def headers(result: Result, session_id: str) -> dict[str, str]:
    """Of an answer with one or more pictures, which share their frame."""
    first = result.files[0]
    found = {
        "X-Model": f"{result.model}/{result.version}",
        "X-Confidence": f"{result.confidence:.4f}",
        "X-Subject-Found": "true" if result.subject_found else "false",
        "X-Effect": ",".join(file.effect for file in result.files),
        "X-Session-ID": session_id,
        "X-Cache": result.outcome,
        "X-Cache-Hits": str(len(result.kept) + result.mask_kept),
        "X-Processing-Time": f"{sum(result.stages.values()):.3f}",
    }
    found |= {f"X-Foreground-{name.title()}": str(value) for name, value in first.foreground._asdict().items()}
    found |= {f"X-{name.title().replace('_', '-')}": str(value) for name, value in crop(first).items()}
    return found | {"X-Model-Notice": DEMO_NOTICE} if is_demo(result.model) else found


def crop(file: File) -> dict[str, Any]:
    """How good the crop is, where there was one."""
    if file.confidence is None:
        return {}
    return {"crop_confidence": round(file.confidence, 4), "crop_confidence_level": level(file.confidence)}


def timing(result: Result) -> dict[str, float]:
    """Milliseconds by stage, as Server-Timing names them."""
    return {stage: round(1000 * spent, 1) for stage, spent in result.stages.items()}


def notice(result: Result) -> dict[str, str]:
    """What JSON says beside a demonstration model's pictures."""
    return {"notice": DEMO_NOTICE} if is_demo(result.model) else {}


async def urls(state: State, result: Result, encoding: Encoding) -> dict[str, str]:
    """The address of each file by its effect, where addresses are asked for. Raises InvalidParameter, StoreUnavailable."""
    if encoding != "url":
        return {}
    published = state["published"]
    if published is None:
        raise InvalidParameter("encoding: url needs a store, which this service does not have; use data_url.")
    return {file.effect: await published.url(file, result.media_type) for file in result.files}


def text(body: bytes, media_type: str, encoding: Encoding) -> str:
    """A picture in JSON."""
    digits = base64.b64encode(body).decode()
    return f"data:{media_type};base64,{digits}" if encoding == "data_url" else digits
