"""POST /api/v2/process-with-effects: one picture in, several effects back, from one inference."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.cutout import Result
from gateway.endpoints import answers, described, drawings, sources
from gateway.endpoints.cutting import cut_out, order, session
from gateway.endpoints.parameters import EffectsParameters, parse
from gateway.endpoints.state import State


async def process_with_effects(request: Request[State]) -> Response:
    """JSON with every effect asked for: complete, or the request fails."""
    source = await sources.read(request)
    asked = parse(EffectsParameters, source.given)
    session_id = session(asked)
    wanted = order(request, source, asked, drawings.several(asked))
    result = await cut_out(request, source, wanted, session_id)
    urls = await described.urls(request.state, result, asked.encoding)
    content = await request.state["workers"].run(_content, result, asked, session_id, urls)
    return answers.encoded(content, headers=described.headers(result, session_id))


def _content(result: Result, asked: EffectsParameters, session_id: str, urls: dict[str, str]) -> bytes:
    stages = result.stages
    drawing = sum(stages.get(stage, 0.0) for stage in ("effect", "compose", "encode"))
    total = sum(stages.values())
    content: dict[str, Any] = {
        "success": True,
        "effects": urls
        or {file.effect: described.text(file.body, result.media_type, asked.encoding) for file in result.files},
        "processing_time": {
            "total": round(total, 3),
            "background_removal": round(total - drawing, 3),
            "effects_processing": round(drawing, 3),
        },
        "timing": described.timing(result),
        "cache_info": {
            "background_removal_hit": result.mask_kept,
            "effect_cache_hits": {file.effect: file.effect in result.kept for file in result.files}
            if result.kept
            else {},
            "total_cache_hits": len(result.kept) + result.mask_kept,
            "total_operations": 1 + len(result.files),
        },
        "session_id": session_id,
        "total_effects": len(result.files),
        "failed_effects": None,
        "progressive_mode": asked.load_single_effect,
        **described.notice(result),
    }
    return answers.encode(content)
