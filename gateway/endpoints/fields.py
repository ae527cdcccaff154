"""Parameters without a picture: in the query, in a form, in a JSON object, or none at all."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.endpoints import json_object, multipart
from gateway.endpoints.sources import Given
from gateway.endpoints.state import State
from gateway.errors import BodyTooLarge, UnsupportedMediaType

_MOST: Final = 64 * 1024
_TYPES: Final = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


async def read(request: Request[State]) -> Given:
    """Raises BodyTooLarge, UnsupportedMediaType and the malformed ones."""
    body = await request.body()
    given: Given = list(request.query_params.multi_items())
    if len(body) > _MOST:
        raise BodyTooLarge(f"The body has {len(body)} bytes; {_MOST} are allowed here.", limit=_MOST, actual=len(body))
    if not body:
        return given
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return given + list(json_object.parse(body, ()).items())
    if media_type == "multipart/form-data":
        return given + [
            (part.name, part.data.decode("utf-8", "replace")) for part in multipart.parse(body, content_type)
        ]
    if media_type == "application/x-www-form-urlencoded":
        return given + parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=64)
    raise UnsupportedMediaType("The Content-Type is not one this route reads.", allowed=_TYPES)
