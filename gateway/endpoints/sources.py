"""Where a picture comes from: a multipart part, a raw body, or text in JSON; and the parameters that came with it."""

import re
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from gateway import auth, dataurl, held
from gateway.audit import note
from gateway.endpoints import body, json_object, multipart
from gateway.endpoints.connection import while_connected
from gateway.endpoints.deadline import deadline
from gateway.endpoints.state import State
from gateway.errors import (
    ConflictingParameter,
    EmptyBody,
    InvalidParameter,
    MalformedMultipart,
    MissingImage,
    NoStore,
    TooManyImages,
    UnsupportedMediaType,
)
from gateway.pictures.decoding.formats import is_picture
from gateway.remote.address import host
from gateway.stopwatch import timing

PICTURE_PART: Final = "file"
PICTURE_KEY: Final = "image"
ADDRESS: Final = "image_url"
"""The picture's address, in a form, in JSON or in the query."""
UPLOAD: Final = "upload_id"
"""That of a picture which the client has put into the store."""
BACKDROP: Final = "bg_image"
"""The background picture, in a form and in JSON."""
ELSEWHERE: Final = (ADDRESS, UPLOAD)
CURLS_OWN: Final = "application/x-www-form-urlencoded"
"""What curl calls a body of which it was told nothing; a picture is taken for what it is."""
BODY_TYPES: Final = ("multipart/form-data", "image/*", "application/octet-stream", "application/json")

NOTHING: Final = dataurl.Embedded(b"", "")

MAX_QUERY: Final = 64

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
    """Reads the whole body; fetches the picture where an address is given in its place.

    Raises EmptyBody, BodyTooLarge, UnsupportedMediaType, MissingImage, TooManyImages, ConflictingParameter, the malformed
    ones, and what Remote.fetch raises.
    """
    sent = await _sent(request)
    named = {name: value for name, value in sent.given if name in ELSEWHERE}
    if not named:
        return _whole(sent)
    (name, place), *others = named.items()
    if sent.data or others or any(each[0] == name and each[1] != place for each in sent.given):
        raise ConflictingParameter(f"{name} stands in the place of a picture: send one of either.")
    if not isinstance(place, str):
        raise MissingImage(f"{name} must be text.")
    if name == ADDRESS:
        note.about(request.scope, host(place))
    fetching = request.state["fetch"](place) if name == ADDRESS else _uploaded(request, place)
    with timing("fetch"):
        async with deadline(request, request.state["limits"].request_seconds):
            data = await while_connected(request, fetching)
            held.get(request.scope)(len(data))
    return Source(data, "", [each for each in sent.given if each[0] != name], sent.backdrop)


async def _uploaded(request: Request[State], upload_id: str) -> bytes:
    use = request.state["customers"]
    if use is None:
        raise NoStore("This service keeps no pictures: it has no store.")
    if not re.fullmatch(r"[0-9a-f]{32}", upload_id):
        raise InvalidParameter(f"{UPLOAD} must be 32 of 0-9 a-f.")
    return (await use.uploads.picture(auth.caller(request.scope), upload_id)).body


async def _sent(request: Request[State]) -> Source:
    """What the request itself holds: without an address, there has to be a picture in it."""
    content_type = request.headers.get("content-type", "")
    media_type = content_type.partition(";")[0].strip().lower()
    content = await body.read(request)
    query = _query(request)
    if not content:
        return Source(b"", "", query)
    if media_type == "multipart/form-data":
        return _from_form(await request.state["workers"].run(multipart.parse, content, content_type), query)
    if media_type == "application/json":
        return await _from_json(content, query, request.state)
    if media_type.startswith("image/") or media_type in ("", "application/octet-stream"):
        return Source(content, media_type, query)
    if media_type == CURLS_OWN and is_picture(content):
        return Source(content, "", query)
    raise UnsupportedMediaType("The Content-Type is not one this route reads.", allowed=BODY_TYPES)


def _query(request: Request[State]) -> Given:
    given = request.query_params.multi_items()
    if len(given) > MAX_QUERY:
        raise InvalidParameter(f"The query has {len(given)} parameters; {MAX_QUERY} are allowed.", limit=MAX_QUERY)
    return list(given)


def _whole(source: Source) -> Source:
    if not source.data:
        raise EmptyBody("The request has no body; send a picture.")
    return source


def _from_form(parts: list[multipart.Part], query: Given) -> Source:
    data, backdrop = _file(parts, PICTURE_PART), _file(parts, BACKDROP)
    addressed = any(part.name in ELSEWHERE for part in parts) or any(name in ELSEWHERE for name, _ in query)
    fields = [part for part in parts if part.name not in (PICTURE_PART, BACKDROP)]
    strays = sum(part.filename is not None for part in fields)
    if data is None and not addressed:
        raise MissingImage(f"The form has no part named '{PICTURE_PART}'.", allowed=(PICTURE_PART, ADDRESS, BACKDROP))
    if strays:
        raise TooManyImages("The form holds several files; send one.", limit=1, actual=1 + strays)
    return Source(data or b"", "", query + [_field(part) for part in fields], backdrop)


def _file(parts: list[multipart.Part], name: str) -> bytes | None:
    found = [part.data for part in parts if part.name == name]
    if len(found) > 1:
        raise TooManyImages(f"The form holds several files '{name}'; send one.", limit=1, actual=len(found))
    if found and not found[0]:
        raise MissingImage(f"The form's part '{name}' is empty.")
    return found[0] if found else None


def _field(part: multipart.Part) -> tuple[str, str]:
    try:
        return part.name, part.data.decode()
    except UnicodeDecodeError as exc:
        raise MalformedMultipart("A field of the multipart form is not UTF-8 text.") from exc


async def _from_json(text: bytes, query: Given, state: State) -> Source:
    content = await state["workers"].run(json_object.parse, text, (PICTURE_KEY, BACKDROP))
    backdrop = content.pop(BACKDROP, None)
    given = query + [(name, value) for name, value in content.items() if name != PICTURE_KEY]
    addressed = PICTURE_KEY not in content and any(name in ELSEWHERE for name, _ in given)
    picture = NOTHING if addressed else await _from_text(content.get(PICTURE_KEY), PICTURE_KEY, state)
    behind = None if backdrop is None else (await _from_text(backdrop, BACKDROP, state)).data
    return Source(picture.data, picture.declared, given, behind)


async def _from_text(text: Any, key: str, state: State) -> dataurl.Embedded:
    if not isinstance(text, str):
        raise MissingImage(
            f"The JSON object has no text '{key}': a data URL or base64.", allowed=(PICTURE_KEY, ADDRESS, BACKDROP)
        )
    return await state["workers"].run(dataurl.decode, text, state["limits"].body_bytes)
