"""GET /files/…: what a signed address gives."""

import time
from typing import Any, Final, Protocol, runtime_checkable

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import ranges
from gateway.endpoints.answers import etag, is_known
from gateway.endpoints.disposition import DOWNLOAD, attachment
from gateway.endpoints.pieces import PiecewiseResponse
from gateway.endpoints.state import State
from gateway.errors import AddressExpired, NotFound, RangeNotSatisfiable, SignatureInvalid
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.store.names import cache_control, checked
from gateway.store.signatures import Expired, Grant, Refused
from gateway.store.store import Object, Store

ADDRESS: Final = "/files/{name:path}"


_NOTHING: Final = "There is nothing at this path."


@runtime_checkable
class Signing(Protocol):
    """A store whose addresses are ours to answer."""

    secret: bytes


async def file(request: Request[State]) -> Response:
    """The file, whole or the part that is asked for. Raises SignatureInvalid, AddressExpired, NotFound, StoreUnavailable."""
    published = request.state["published"]
    if published is None:
        raise NotFound(_NOTHING)
    name, ends = _granted(request, secret(request.state["store"]))
    found = await published.read(name)
    if found is None:
        raise NotFound("There is nothing at this address any more.")
    headers = {
        "ETag": etag(found.info.digest),
        "Cache-Control": cache_control(name, ends - time.time()),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Accept-Ranges": "bytes",
        **_disposition(request, found.info.media_type),
    }
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return _part(request, found, headers)


def secret(store: Store | None) -> bytes:
    """With which addresses are signed that are ours to answer. Raises NotFound where they are another's."""
    if not isinstance(store, Signing):
        raise NotFound(_NOTHING)
    return store.secret


def _granted(request: Request[Any], secret: bytes) -> tuple[str, int]:
    """The object's name, and when the address ends."""
    query = request.query_params
    try:
        name, ends = checked(request.path_params["name"]), int(query.get("expires", ""))
        Grant("GET", name, ends).verify(secret, query.get("signature", ""), time.time())
    except (ValueError, Refused) as exc:
        raise SignatureInvalid("This address is not one that the service made, or was changed.") from exc
    except Expired as exc:
        raise AddressExpired("This address was good until a moment ago; ask for a new one.") from exc
    return name, ends


def _shown_type(media_type: str) -> str:
    """That of a picture or an archive, else of bytes: whatever else lies in the store is no page of ours."""
    return media_type if media_type in MEDIA_TYPES.values() else "application/octet-stream"


def _disposition(request: Request[Any], media_type: str) -> dict[str, str]:
    """Its name opens nothing, so it is no part of what is signed."""
    name = request.query_params.get(DOWNLOAD)
    return {} if name is None else {"Content-Disposition": attachment(name, _shown_type(media_type))}


def _part(request: Request[Any], found: Object, headers: dict[str, str]) -> Response:
    body, size, media_type = found.body, len(found.body), _shown_type(found.info.media_type)
    unchanged = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    try:
        part = ranges.asked(request.headers.get("range", ""), size) if unchanged else None
    except ranges.Unsatisfiable as exc:
        raise RangeNotSatisfiable(f"The file has {size} bytes.", limit=size) from exc
    if part is None:
        return PiecewiseResponse(body, 200, headers, media_type)
    headers = headers | {"Content-Range": f"bytes {part.first}-{part.last}/{size}"}
    return PiecewiseResponse(body[part.first : part.last + 1], 206, headers, media_type)
