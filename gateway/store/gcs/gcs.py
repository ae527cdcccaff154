"""The adapter: a bucket's work on threads of its own, in the store's words."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, ParamSpec, TypeVar

import structlog
from google.api_core.exceptions import ClientError, Forbidden, NotFound

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
        self._prefix = prefix
        self._cdn = cdn
        try:
            self._bucket = Bucket(name, prefix, seconds)
        except (*REFUSED, OSError) as error:
            raise StoreError(
                f"the bucket {name} cannot be used without credentials: gcloud auth application-default login, or a "
                "service account's key in GOOGLE_APPLICATION_CREDENTIALS"
            ) from error
        self._threads = Threads(_THREADS, _WAITING, seconds + _GRACE)

    def open(self) -> None:
        """Asks once whether the bucket is there and may be used. Raises StoreError where it is not, or may not.

        A bucket that does not answer is no reason not to start: what needs it is told so, until it is there again.
        """
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
        except AWAY as error:
            _log.warning("the store is away; the service starts without it", bucket=self._name, cause=repr(error)[:500])
            return
        if missing:
            raise StoreError(self._unpermitted(missing))

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

    async def adopt(self, name: str, *, expires: datetime) -> Info | None:
        """See Store.adopt."""
        return await self._run(self._bucket.adopt, name, expires)

    async def download_url(self, name: str, seconds: int) -> str:
        """See Store.download_url; Google answers it, for a week at most, or the CDN that everybody's copy is in."""
        if self._cdn is not None and name.startswith(SHARED):
            return self._cdn.url(self._prefix + checked(name), int(time.time()) + seconds)
        return await self._run(self._bucket.signed_url, name, min(seconds, _WEEK), "GET", {})

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        """See Store.upload_url; Google answers it. The signed headers must be sent: the type, and that nothing is replaced."""
        headers = {"Content-Type": media_type, "Content-Length": str(size), "x-goog-if-generation-match": "0"}
        return await self._run(self._bucket.signed_url, name, seconds, "PUT", headers)

    def close(self) -> None:
        """Waits for what is under way."""
        self._threads.close()

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with translated():
            return await self._threads.run(work, *args, **kwargs)

    def _unpermitted(self, permissions: Iterable[str]) -> str:
        return (
            f"the service may not use the bucket {self._name}, {', '.join(permissions)} are missing: "
            f"gcloud storage buckets add-iam-policy-binding gs://{self._name} "
            "--member=serviceAccount:ACCOUNT --role=roles/storage.objectUser"
        )
