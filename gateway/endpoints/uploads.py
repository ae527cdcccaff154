"""Pictures that clients put into the store themselves: an address, the PUT where it is ours, and its confirmation."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from gateway import auth, held
from gateway.audit import note
from gateway.audit.pseudonym import pseudonym
from gateway.customers.uploads import SECONDS
from gateway.endpoints import answers, body, fields
from gateway.endpoints.deadline import deadline
from gateway.endpoints.files import secret
from gateway.endpoints.parameters import ConfirmParameters, OfferParameters, parse
from gateway.endpoints.state import State
from gateway.endpoints.storing import customers
from gateway.errors import AddressExpired, InvalidParameter, NotFound, SignatureInvalid
from gateway.store.names import checked
from gateway.store.signatures import Expired, Grant, Refused

ADDRESS: Final = "/uploads/{name:path}"
_WEEK: Final = 7 * 86_400


async def signed_url(request: Request[State]) -> Response:
    """POST /api/v1/upload/signed-url: where to PUT a picture, within an hour."""
    use = customers(request)
    asked = parse(OfferParameters, await fields.read(request))
    if asked.size is None:
        raise InvalidParameter("size must be named: the bytes that will be sent.")
    offer = await use.uploads.offered(auth.caller(request.scope), asked.content_type, asked.size)
    note.about(request.scope, _upload(offer.upload_id), media_type=asked.content_type, bytes=asked.size)
    content = {
        "signed_url": offer.url,
        "public_url": await use.store.download_url(offer.shown, _WEEK),
        "upload_id": offer.upload_id,
        "blob_path": offer.name,
        "content_type": asked.content_type,
        "expires_in": SECONDS,
    }
    return answers.json(content)


async def confirm(request: Request[State]) -> Response:
    """POST /api/v1/upload/confirm: it has arrived, is a picture, and is kept for a week."""
    use = customers(request)
    asked = parse(ConfirmParameters, await fields.read(request))
    if asked.upload_id is None:
        raise InvalidParameter("upload_id must be named.")
    note.about(request.scope, _upload(asked.upload_id))
    owner, hold = auth.caller(request.scope), held.get(request.scope)
    async with deadline(request, request.state["limits"].request_seconds):
        info, shown = await use.confirm(owner, asked.upload_id, asked.sha256, hold)
    content = {
        "success": True,
        "upload_id": asked.upload_id,
        "public_url": await use.store.download_url(shown, _WEEK),
        "content_type": info.media_type,
        "size": info.size,
        "sha256": info.digest,
    }
    return answers.json(content)


async def receive(request: Request[State]) -> Response:
    """PUT /uploads/…: what a signed address of ours takes. Put again, as after an answer that was lost, the last one counts."""
    store = request.state["store"]
    if store is None:
        raise NotFound("There is nothing at this path.")
    name, media_type, size = _granted(request, secret(store))
    note.about(request.scope, _upload(name.rpartition("/")[2]), media_type=media_type, bytes=size)
    data = await body.read(request)
    if len(data) != size:
        raise InvalidParameter(f"The body has {len(data)} bytes; {size} were announced.")
    expires = datetime.now(UTC) + timedelta(seconds=SECONDS)
    await store.put(name, data, media_type=media_type, expires=expires)
    return Response(status_code=204)


def _upload(upload_id: str) -> str:
    return f"upload {pseudonym(upload_id)}"


def _granted(request: Request[Any], key: bytes) -> tuple[str, str, int]:
    """Name, type and size of what may be put."""
    query = request.query_params
    media_type = query.get("type", "")
    try:
        name = checked(request.path_params["name"])
        grant = Grant("PUT", name, int(query.get("expires", "")), media_type, int(query.get("size", "")))
        grant.verify(key, query.get("signature", ""), time.time())
    except (ValueError, Refused) as exc:
        raise SignatureInvalid("This address is not one that the service made, or was changed.") from exc
    except Expired as exc:
        raise AddressExpired("This address was good until a moment ago; ask for a new one.") from exc
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise InvalidParameter(f"The Content-Type must be {media_type}, as was announced.", allowed=(media_type,))
    return name, media_type, grant.size
