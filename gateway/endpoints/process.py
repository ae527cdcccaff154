"""POST /api/v2/process and /api/v2/headshot: one picture in, its cut-out back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.cutout import Result
from gateway.endpoints import answers, described, drawings, negotiation, sources
from gateway.endpoints.cutting import cut_out, order, session
from gateway.endpoints.disposition import attachment
from gateway.endpoints.parameters import HeadshotParameters, OneEffect, ProcessParameters, parse
from gateway.endpoints.state import State


async def process(request: Request[State]) -> Response:
    """The whole picture, or what is asked for."""
    return await _cut_out(request, ProcessParameters)


async def headshot(request: Request[State]) -> Response:
    """A crop of 4:5 around the head. Raises NoSubject where nothing is visible."""
    return await _cut_out(request, HeadshotParameters)


async def _cut_out(request: Request[State], kind: type[ProcessParameters] | type[HeadshotParameters]) -> Response:
    """The picture's bytes; JSON where the client accepts it by name and no image type beside it."""
    source = await sources.read(request)
    asked = parse(kind, source.given)
    accept = request.headers.get("accept", "")
    json = negotiation.wants_json(accept)
    outputs = () if json or asked.output_format else negotiation.outputs(accept)
    wanted = order(request, source, asked, (drawings.single(asked),), outputs)
    session_id = session(asked)
    result = await cut_out(request, source, wanted, session_id)
    headers = described.headers(result, session_id)
    if json:
        urls = await described.urls(request.state, result, asked.encoding)
        content = await request.state["workers"].run(_content, result, asked, session_id, urls)
        return answers.encoded(content, headers=headers)
    (file,) = result.files
    if asked.download is not None:
        headers["Content-Disposition"] = attachment(asked.download, result.media_type)
    return answers.unless_known(request, file.body, result.media_type, file.digest, headers)


def _content(result: Result, asked: OneEffect, session_id: str, urls: dict[str, str]) -> bytes:
    (file,) = result.files
    content: dict[str, Any] = {
        "image": urls.get(file.effect) or described.text(file.body, result.media_type, asked.encoding),
        "encoding": asked.encoding,
        "width": file.width,
        "height": file.height,
        "effect": file.effect,
        "model": f"{result.model}/{result.version}",
        "confidence": round(result.confidence, 4),
        "subject_found": result.subject_found,
        "foreground": file.foreground._asdict(),
        **described.crop(file),
        "timing": described.timing(result),
        "cache": result.outcome,
        "session_id": session_id,
        **described.notice(result),
    }
    return answers.encode(content)
