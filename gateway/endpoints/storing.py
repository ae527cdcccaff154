"""POST /store-image and POST /api/storage/upload: customers' pictures come in."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway import auth, dataurl
from gateway.audit import note
from gateway.audit.pseudonym import pseudonym
from gateway.customers import metadata
from gateway.customers.customers import Brought, Customers
from gateway.endpoints import answers, body, json_object, sources
from gateway.endpoints.connection import while_connected
from gateway.endpoints.deadline import deadline
from gateway.endpoints.json_object import MAX_QUOTES, MAX_SMALL_BYTES
from gateway.endpoints.parameters import SESSION_ID, StoreParameters, parse
from gateway.endpoints.state import State
from gateway.errors import BodyTooLarge, InvalidParameter, MalformedJSON, MissingImage, NoStore, UnsupportedMediaType
from gateway.stopwatch import timing

NOTES: Final = ("pet_name", "pet_id", "effect_applied")


class Upload(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /api/storage/upload."""

    images: dict[str, msgspec.Raw] = {}
    session_id: str | None = None
    metadata: dict[str, msgspec.Raw] = {}


def customers(request: Request[State]) -> Customers:
    """Raises NoStore."""
    found = request.state["customers"]
    if found is None:
        raise NoStore("This service keeps no pictures: it has no store.")
    return found


async def store_image(request: Request[State]) -> Response:
    """One picture, with what the shop knows of it."""
    use = customers(request)
    source = await sources.read(request)
    asked = parse(StoreParameters, source.given)
    said = {name: metadata.text(name, getattr(asked, name)) for name in NOTES if getattr(asked, name) is not None}
    session_id = asked.session_id or uuid4().hex
    brought = [Brought(source.data, asked.image_type, said)]
    note.about(request.scope, f"session {pseudonym(session_id)}", pictures=1)
    bringing = use.bring(auth.caller(request.scope), session_id, brought, tier=asked.tier)
    with timing("store"):
        async with deadline(request, request.state["limits"].request_seconds):
            session, (picture,) = await while_connected(request, bringing)
    content = {
        "success": True,
        "url": await use.sessions.url(picture),
        "session_id": session.session_id,
        "image_type": picture.image_type,
        "tier": session.tier,
        "filename": picture.filename,
    }
    return answers.json(content)


async def upload(request: Request[State]) -> Response:
    """The original and the processed picture of a session, as data URLs in JSON."""
    use = customers(request)
    content = await body.read(request)
    asked = _upload(content, request.headers.get("content-type", ""))
    session_id = asked.session_id or uuid4().hex
    limit = request.state["limits"].body_bytes
    given = _given(asked)
    cleaned = metadata.cleaned(_small(asked.metadata))
    await request.state["workers"].run(json_object.small, content, asked.images.values())
    brought = [
        Brought((await request.state["workers"].run(dataurl.decode, text, limit)).data, name, {})
        for name, text in given
    ]
    note.about(request.scope, f"session {pseudonym(session_id)}", pictures=len(brought))
    bringing = use.bring(auth.caller(request.scope), session_id, brought, metadata=cleaned)
    with timing("store"):
        async with deadline(request, request.state["limits"].request_seconds):
            _, pictures = await while_connected(request, bringing)
    urls = await asyncio.gather(*(use.sessions.url(each) for each in pictures))
    names = (name for name, _ in given)
    return answers.json({"urls": dict(zip(names, urls, strict=True)), "session_id": session_id})


def _upload(text: bytes, content_type: str) -> Upload:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType("Send JSON here.", allowed=("application/json",))
    if text.count(b'"') > MAX_QUOTES:
        raise MalformedJSON(f"The JSON has more than {MAX_QUOTES} quotation marks.", limit=MAX_QUOTES)
    try:
        asked = msgspec.json.decode(text, type=Upload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise MalformedJSON(
            "The body must be a JSON object of session_id, images (original and processed, data URLs) and metadata."
        ) from exc
    if strangers := asked.images.keys() - {"original", "processed"}:
        raise InvalidParameter(f"images has no {min(strangers)[:64]!r}.", allowed=("original", "processed"))
    if asked.session_id is not None and not SESSION_ID.fullmatch(asked.session_id):
        raise InvalidParameter("session_id must be 1 to 200 of A-Z a-z 0-9 _ -.")
    return asked


def _given(asked: Upload) -> list[tuple[str, str]]:
    """The pictures, by what they are."""
    try:
        texts = {name: msgspec.json.decode(text, type=str | None) for name, text in asked.images.items()}
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise MalformedJSON("images must be data URLs.") from exc
    given = [(name, text) for name, text in texts.items() if text]
    if not given:
        raise MissingImage("images holds neither original nor processed.", allowed=("original", "processed"))
    return given


def _small(given: dict[str, msgspec.Raw]) -> dict[str, Any]:
    """The values, measured before they are decoded: 50 MB of empty lists take 22 times as much."""
    size = sum(memoryview(each).nbytes for each in given.values())
    if size > MAX_SMALL_BYTES:
        raise BodyTooLarge(
            f"metadata has {size} bytes; {MAX_SMALL_BYTES} are allowed.", limit=MAX_SMALL_BYTES, actual=size
        )
    try:
        return {name: msgspec.json.decode(each) for name, each in given.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise MalformedJSON("metadata is not JSON in UTF-8.") from exc
