"""Objects in a bucket: what the adapter does, synchronously. Raises the client's exceptions.

Reads are repeated as they like; so are writes, because each has a precondition or may happen twice. A write whose answer was
lost, and that finds its own precondition broken afterwards, is recognised by its nonce.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, Final
from uuid import uuid4

import google.auth
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.cloud import storage  # type: ignore[import-untyped]
from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter

from gateway.errors import StoreUnavailable
from gateway.store.gcs.objects import NONCE, Foreign, described, extended, info
from gateway.store.names import cache_control, checked
from gateway.store.store import Changed, Info, Object, TooLarge

PERMISSIONS: Final = ("storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list")
"""What the service must be allowed: the role roles/storage.objectUser has them."""
_LOOKS: Final = 20
"""At an object that is replaced again and again, or whose body is not what its head says: then it counts as absent."""
_SIGNING: Final = ("https://www.googleapis.com/auth/cloud-platform",)


class Bucket:
    """The bucket `name`, objects below `prefix`; a call and its repetitions take `seconds` at most.

    As many `connections` are kept open.
    """

    def __init__(self, name: str, prefix: str, seconds: float, connections: int) -> None:
        self._client = storage.Client()
        self._client._http.mount("https://", HTTPAdapter(pool_maxsize=connections))  # 10 by default
        self._bucket = self._client.bucket(name)
        self._prefix = prefix
        retry = DEFAULT_RETRY.with_timeout(seconds).with_delay(initial=0.2, maximum=2.0)
        self._how: dict[str, Any] = {"timeout": (min(3.0, seconds), seconds), "retry": retry}

    def missing_permissions(self) -> list[str]:
        """Those of PERMISSIONS that are not granted. Raises NotFound where there is no such bucket."""
        granted = self._bucket.test_iam_permissions(list(PERMISSIONS), **self._how)
        return [each for each in PERMISSIONS if each not in granted]

    def put(
        self,
        name: str,
        body: bytes,
        media_type: str,
        expires: datetime | None,
        metadata: Mapping[str, str],
        generation: int | None,
    ) -> Info:
        """See Store.put."""
        nonce, digest = uuid4().hex, hashlib.sha256(body).hexdigest()
        seen = self._replaced(name) if generation == 0 else generation
        blob = self._blob(name)
        blob.metadata = described(digest, expires, nonce, metadata)
        if expires is not None:
            blob.custom_time = expires  # the bucket's lifecycle deletes it a day later
            blob.cache_control = cache_control(name, (expires - datetime.now(UTC)).total_seconds())
        condition = {} if seen is None else {"if_generation_match": seen}
        try:
            blob.upload_from_string(body, media_type, **condition, **self._how)
        except PreconditionFailed:
            written = self._written(name)
            if written is None or (written.metadata or {}).get(NONCE) != nonce:
                raise
            blob = written
        return info(name, blob)

    def get(self, name: str) -> Object | None:
        """See Store.get."""
        for _ in range(_LOOKS):
            blob = self._written(name)
            found = None if blob is None else _known(name, blob)
            if blob is None or found is None:
                return None
            with suppress(NotFound, PreconditionFailed):  # replaced or deleted in this moment
                body = blob.download_as_bytes(if_generation_match=found.generation, **self._how)
                if hashlib.sha256(body).hexdigest() == found.digest:
                    return Object(found, body)
        return None

    def head(self, name: str) -> Info | None:
        """See Store.head."""
        blob = self._written(name)
        return None if blob is None else _known(name, blob)

    def extend(self, name: str, expires: datetime) -> Info | None:
        """See Store.extend. A custom time is never moved back: Google refuses that."""
        for _ in range(_LOOKS):
            blob = self._written(name)
            found = None if blob is None else _known(name, blob)
            if blob is None or found is None or found.expires is None or found.expires >= expires:
                return found
            blob.metadata = extended(blob.metadata, expires)
            blob.custom_time = expires
            with suppress(NotFound, PreconditionFailed):  # somebody else was here, or a try whose answer was lost
                blob.patch(
                    if_generation_match=blob.generation, if_metageneration_match=blob.metageneration, **self._how
                )
                return info(name, blob)
        raise StoreUnavailable("The object is changed by others all the time; try again.")

    def received(self, name: str, most: int) -> Object | None:
        """See Store.received: an object that has nothing of what we know our own by."""
        for _ in range(_LOOKS):
            blob = self._written(name)
            if blob is None:
                return None
            if blob.size > most:
                raise TooLarge(blob.size)
            told = Info(name, blob.size, blob.content_type, "", int(blob.generation), blob.time_created)
            with suppress(NotFound, PreconditionFailed):  # replaced or deleted in this moment
                body = blob.download_as_bytes(if_generation_match=told.generation, **self._how)
                return Object(replace(told, digest=hashlib.sha256(body).hexdigest()), body)
        raise StoreUnavailable("The object is changed by others all the time; try again.")

    def delete(self, name: str, generation: int | None) -> bool:
        """See Store.delete. What is deleted is what was seen, so that a repetition does not take what came after it."""
        gone = False
        for _ in range(_LOOKS):
            there = self.head(name)
            if there is None and (gone or generation is None):
                return gone
            if there is None or generation not in (None, there.generation):
                raise Changed
            try:
                self._blob(name).delete(if_generation_match=there.generation, **self._how)
            except NotFound:
                return True
            except PreconditionFailed:  # replaced in this moment, or deleted by a try whose answer was lost
                gone = True
                continue
            return True
        raise Changed

    def list(self, prefix: str, after: str, limit: int) -> tuple[Info, ...]:
        """See Store.list."""
        return tuple(islice(self._listed(prefix, after, limit), limit))

    def signed_url(self, name: str, seconds: int, method: str, headers: Mapping[str, str]) -> str:
        """A V4 address for one method; signed with the account's own key, or by Google for the account that we run as."""
        return str(
            self._blob(name).generate_signed_url(
                version="v4",
                expiration=timedelta(seconds=seconds),
                method=method,
                headers=dict(headers),
                **self._signer(),
            )
        )

    @cached_property
    def _account(self) -> Any:
        """The credentials that sign."""
        return google.auth.default(scopes=_SIGNING)[0]

    def _signer(self) -> dict[str, Any]:
        """How to sign: with the account's own key, or by Google for the account that we run as."""
        account = self._account
        if hasattr(account, "signer"):
            return {"credentials": account}
        if not hasattr(account, "service_account_email"):
            raise GoogleAuthError(  # type: ignore[no-untyped-call]
                "a person's credentials cannot sign: run as a service account, or impersonate one"
            )
        if not account.valid:
            account.refresh(Request())
        return {"service_account_email": account.service_account_email, "access_token": account.token}

    def _replaced(self, name: str) -> int:
        """The generation that a new object replaces: that of one that has expired, else 0, for none."""
        blob = self._written(name)
        if blob is None:
            return 0
        return 0 if _known(name, blob) is not None else int(blob.generation)

    def _listed(self, prefix: str, after: str, limit: int) -> Iterator[Info]:
        start, page = self._prefix + max(prefix, after), min(limit + 1, 1000)
        for blob in self._client.list_blobs(
            self._bucket, prefix=self._prefix + prefix, start_offset=start, page_size=page, **self._how
        ):
            name = blob.name.removeprefix(self._prefix)
            found = _known(name, blob) if name > after else None
            if found is not None:
                yield found

    def _blob(self, name: str) -> Any:
        return self._bucket.blob(self._prefix + checked(name))

    def _written(self, name: str) -> Any:
        return self._bucket.get_blob(self._prefix + checked(name), **self._how)


def _known(name: str, blob: Any) -> Info | None:
    """None for what has expired, and for what others have put there."""
    try:
        found = info(name, blob)
    except Foreign:
        return None
    return found if found.alive(datetime.now(UTC)) else None
