"""Parameters without a picture: in the query, in a form, in a JSON object, or none at all."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from gateway.endpoints import body, json_object, multipart
from gateway.endpoints.sources import Given
from gateway.endpoints.state import State
from gateway.errors import BodyTooLarge, InvalidParameter, UnsupportedMediaType

_MOST: Final = 64 * 1024
MAX_FIELDS: Final = 64
_TYPES: Final = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


async def read(request: Request[State]) -> Given:
    """Raises BodyTooLarge, UnsupportedMediaType and the malformed ones."""
    content = await body.read(request)
    given: Given = list(request.query_params.multi_items())
    if len(content) > _MOST:
        size = len(content)
        raise BodyTooLarge(f"The body has {size} bytes; {_MOST} are allowed here.", limit=_MOST, actual=size)
    if not content:
        return given
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return given + list(json_object.parse(content, ()).items())
    if media_type == "multipart/form-data":
        return given + [
            (part.name, part.data.decode("utf-8", "replace")) for part in multipart.parse(content, content_type)
        ]
    if media_type == "application/x-www-form-urlencoded":
        return given + _from_form(content)
    raise UnsupportedMediaType("The Content-Type is not one this route reads.", allowed=_TYPES)


def _from_form(content: bytes) -> Given:
    try:
        return list(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as exc:
        raise InvalidParameter(f"The form has more than {MAX_FIELDS} fields.", limit=MAX_FIELDS) from exc
