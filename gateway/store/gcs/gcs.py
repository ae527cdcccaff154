"""The adapter: a bucket's work on threads of its own, in the store's words."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, ParamSpec, TypeVar

import structlog
from google.api_core.exceptions import ClientError, Forbidden, NotFound

from gateway.errors import StoreUnavailable
from gateway.store.errors import StoreError
from gateway.store.gcs.bucket import PERMISSIONS, Bucket
from gateway.store.gcs.cdn import CloudCdn
from gateway.store.gcs.vendor import AWAY, REFUSED, translated
from gateway.store.names import SHARED, checked
from gateway.store.store import Info, Object
from gateway.store.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 16  # each waits for a network most of the time
_WAITING: Final = 256
_SECONDS: Final = 10.0
_GRACE: Final = 2.0
_WEEK: Final = 604_800
"""Seconds: Google signs nothing for longer."""
_log = structlog.get_logger(__name__)


class GcsStore:
    """Objects in the bucket `name`, below `prefix`, which is empty or ends with a slash; `cdn` stands before what is SHARED."""

    def __init__(self, name: str, prefix: str = "", *, seconds: float = _SECONDS, cdn: CloudCdn | None = None) -> None:
        self._name = name
        self._usable = False
        self._prefix = prefix
        self._cdn = cdn
        try:
            self._bucket = Bucket(name, prefix, seconds, _THREADS)
        except (*REFUSED, OSError) as error:
            raise StoreError(
                f"the bucket {name} cannot be used without credentials: gcloud auth application-default login, or a "
                "service account's key in GOOGLE_APPLICATION_CREDENTIALS"
            ) from error
        self._threads = Threads(_THREADS, _WAITING, seconds + _GRACE)

    def open(self) -> None:
        """Asks once whether the bucket is there and may be used. Raises StoreError where it is not, or may not.

        A bucket that does not answer is no reason not to start: what needs it is told so, until it is there again, and is
        asked then.
        """
        try:
            self._check()
        except AWAY as error:
            _log.warning("the store is away; the service starts without it", bucket=self._name, cause=repr(error)[:500])

    def _check(self) -> None:
        try:
            missing = self._bucket.missing_permissions()
        except NotFound as error:
            raise StoreError(
                f"there is no bucket {self._name}: gcloud storage buckets create gs://{self._name}"
            ) from error
        except Forbidden as error:
            raise StoreError(self._unpermitted(PERMISSIONS)) from error
        except ClientError as error:
            raise StoreError(
                f"the bucket {self._name} cannot be used: it refuses the question what is allowed"
            ) from error
        if missing:
            raise StoreError(self._unpermitted(missing))
        self._usable = True

    def _check_late(self) -> None:
        """What the start could not ask. Else a bucket that is missing would look like an empty one."""
        try:
            self._check()
        except StoreError as error:
            _log.error("the store cannot be used", reason=str(error))
            raise StoreUnavailable("The store cannot be used at the moment.") from error

    async def put(
        self,
        name: str,
        body: bytes,
        *,
        media_type: str,
        expires: datetime | None = None,
        metadata: Mapping[str, str] | None = None,
        generation: int | None = None,
    ) -> Info:
        """See Store.put."""
        return await self._run(self._bucket.put, name, body, media_type, expires, metadata or {}, generation)

    async def get(self, name: str) -> Object | None:
        """See Store.get."""
        return await self._run(self._bucket.get, name)

    async def head(self, name: str) -> Info | None:
        """See Store.head."""
        return await self._run(self._bucket.head, name)

    async def delete(self, name: str, *, generation: int | None = None) -> bool:
        """See Store.delete."""
        return await self._run(self._bucket.delete, name, generation)

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        """See Store.list."""
        return await self._run(self._bucket.list, prefix, after, limit)

    async def copy(self, name: str, target: str, *, expires: datetime | None = None) -> Info | None:
        """See Store.copy."""
        found = await self.get(name)
        if found is None:
            return None
        told = found.info
        return await self.put(target, found.body, media_type=told.media_type, expires=expires, metadata=told.metadata)

    async def extend(self, name: str, *, expires: datetime) -> Info | None:
        """See Store.extend."""
        return await self._run(self._bucket.extend, name, expires)

    async def received(self, name: str, *, most: int) -> Object | None:
        """See Store.received."""
        return await self._run(self._bucket.received, name, most)

    async def download_url(self, name: str, seconds: int) -> str:
        """See Store.download_url; Google answers it, for a week at most, or the CDN that everybody's copy is in."""
        if self._cdn is not None and name.startswith(SHARED):
            return self._cdn.url(self._prefix + checked(name), int(time.time()) + seconds)
        return await self._signed(name, min(seconds, _WEEK), "GET", {})

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        """See Store.upload_url; Google answers it, and asks for no header but the type, which browsers send by themselves.

        Google looks at a size only where its own header is sent; `received` looks at it in any case.
        """
        return await self._signed(name, seconds, "PUT", {"Content-Type": media_type})

    def close(self) -> None:
        """Waits for what is under way."""
        self._threads.close()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated():
            if not self._usable:
                await self._threads.run(self._check_late)
            return await self._threads.run(work, *args, **kwargs)

    async def _signed(self, name: str, seconds: int, method: str, headers: Mapping[str, str]) -> str:
        """Needs no answer of the bucket's."""
        with translated():
            return await self._threads.run(self._bucket.signed_url, name, seconds, method, headers)

    def _unpermitted(self, permissions: Iterable[str]) -> str:
        return (
            f"the service may not use the bucket {self._name}, {', '.join(permissions)} are missing: "
            f"gcloud storage buckets add-iam-policy-binding gs://{self._name} "
            "--member=serviceAccount:ACCOUNT --role=roles/storage.objectUser"
        )
