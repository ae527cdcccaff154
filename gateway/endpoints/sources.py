"""Where a picture comes from: a multipart part, a raw body, or text in JSON; and the parameters that came with it."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from gateway import dataurl
from gateway.endpoints import json_object, multipart
from gateway.endpoints.state import State
from gateway.errors import (
    EmptyBody,
    MissingImage,
    TooManyImages,
    UnsupportedMediaType,
)

PICTURE_PART: Final = "file"
PICTURE_KEY: Final = "image"
BACKDROP: Final = "bg_image"
"""The background picture, in a form and in JSON."""
BODY_TYPES: Final = ("multipart/form-data", "image/*", "application/octet-stream", "application/json")

Given = list[tuple[str, Any]]
"""Parameters by name as they were written, a name once for each time it was given."""


@dataclass(frozen=True)
class Source:
    """A picture's bytes, the media type its sender declared ("" for none), the parameters of query and body.

    `backdrop` are the bytes of a background picture, if one came with it.
    """

    data: bytes
    declared: str
    given: Given
    backdrop: bytes | None = None


async def read(request: Request[State]) -> Source:
    """Reads the whole body.

    Raises EmptyBody, BodyTooLarge, UnsupportedMediaType, MissingImage, TooManyImages, and the malformed ones.
    """
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    _refuse_encoded(request.headers.get("content-encoding", "identity"))
    body = await request.body()
    if not body:
        raise EmptyBody("The request has no body; send a picture.")
    query: Given = request.query_params.multi_items()
    if media_type == "multipart/form-data":
        return _from_form(multipart.parse(body, content_type), query)
    if media_type == "application/json":
        return await _from_json(body, query, request.state)
    if media_type.startswith("image/") or media_type in ("", "application/octet-stream"):
        return Source(body, media_type, query)
    raise UnsupportedMediaType("The Content-Type is not one this route reads.", allowed=BODY_TYPES)


def _refuse_encoded(content_encoding: str) -> None:
    if content_encoding.strip().lower() != "identity":
        raise UnsupportedMediaType("A compressed body is not read; send it without Content-Encoding.")


def _from_form(parts: list[multipart.Part], query: Given) -> Source:
    data, backdrop = _file(parts, PICTURE_PART), _file(parts, BACKDROP)
    fields = [part for part in parts if part.name not in (PICTURE_PART, BACKDROP)]
    strays = sum(part.filename is not None for part in fields)
    if data is None:
        raise MissingImage(f"The form has no part named '{PICTURE_PART}'.", allowed=(PICTURE_PART, BACKDROP))
    if strays:
        raise TooManyImages("The form holds several files; send one.", limit=1, actual=1 + strays)
    return Source(data, "", query + [(part.name, part.text()) for part in fields], backdrop)


def _file(parts: list[multipart.Part], name: str) -> bytes | None:
    found = [part.data for part in parts if part.name == name]
    if len(found) > 1:
        raise TooManyImages(f"The form holds several files '{name}'; send one.", limit=1, actual=len(found))
    if found and not found[0]:
        raise MissingImage(f"The form's part '{name}' is empty.")
    return found[0] if found else None


async def _from_json(body: bytes, query: Given, state: State) -> Source:
    content = await state["workers"].run(json_object.parse, body, (PICTURE_KEY, BACKDROP))
    backdrop = content.pop(BACKDROP, None)
    picture = await _from_text(content.pop(PICTURE_KEY, None), PICTURE_KEY, state)
    behind = None if backdrop is None else (await _from_text(backdrop, BACKDROP, state)).data
    return Source(picture.data, picture.declared, query + list(content.items()), behind)


async def _from_text(text: Any, key: str, state: State) -> dataurl.Embedded:
    if not isinstance(text, str):
        raise MissingImage(
            f"The JSON object has no text '{key}': a data URL or base64.", allowed=(PICTURE_KEY, BACKDROP)
        )
    return await state["workers"].run(dataurl.decode, text, state["limits"].body_bytes)
