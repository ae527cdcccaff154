"""One file over HTTP, continued where it broke off."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from checkpoints import disk
from checkpoints.errors import DownloadError
from checkpoints.progress import Progress

ADVICE: Final = "make room, or set CUTOUT_CACHE to a folder elsewhere"
_PASSING: Final = (408, 425, 429)
"""Refusals that a later try may not meet, besides all from 500 on."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how many tries in a row may bring nothing."""

    connect: float = 3.0
    stall: float = 20.0
    tries: int = 3
    pause: float = 1.0
    """Before another try; doubled for each in a row that brought nothing."""


PATIENCE: Final = Patience()


class Interrupted(Exception):
    """This try is over, and another one may do better; the text says why."""


@dataclass(frozen=True)
class Transfer:
    """Of a URL into the file `part`, which may hold its beginning."""

    url: str
    part: Path
    by_hand: str
    """What a person can do instead, said where it fails."""
    progress: Progress
    patience: Patience

    @property
    def tag(self) -> Path:
        """Holds the ETag of the file that `part` is the beginning of."""
        return self.part.with_name(f"{self.part.name}.etag")

    def have(self) -> int:
        """Bytes in `part`."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.tag.unlink(missing_ok=True)

    def run(self) -> bool:
        """Completes `part`; whether it is put together from several answers.

        The count of tries begins again whenever there is more of the file than there ever was. Raises DownloadError, and
        SpaceError with what came so far kept.
        """
        timeout = httpx.Timeout(self.patience.stall, connect=self.patience.connect)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            failed, most = 0, self.have()
            while True:
                try:
                    return self.attempt(client)
                except Interrupted as exc:
                    failed, most = (0, self.have()) if self.have() > most else (failed + 1, most)
                    if failed >= self.patience.tries:
                        raise DownloadError(f"{self.url}: {exc}, {failed} times; {self.by_hand}") from exc
                    self.progress.note(f"{exc}: trying again")
                time.sleep(self.patience.pause * 2**failed)

    def attempt(self, client: httpx.Client) -> bool:
        """One request; whether it continued what was here. Raises Interrupted, DownloadError and SpaceError."""
        have = self.have()
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with _interruptions(), client.stream("GET", self.url, headers=headers) as response:
            if self._complete(response, have):
                return True
            self._refuse(response)
            start, total = self._start(response, have)
            self._receive(response, start, total)
            return start > 0

    def _complete(self, response: httpx.Response, have: int) -> bool:
        """Whether the server says that it has no more than is here; when it has less, that is of another file."""
        if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return False
        if response.headers.get("Content-Range") == f"bytes */{have}":
            return True
        self.discard()
        raise Interrupted("The server cannot continue there")

    def _refuse(self, response: httpx.Response) -> None:
        status = response.status_code
        if self.url.startswith("https:") and response.url.scheme != "https":
            raise DownloadError(f"{self.url}: sends on to an address without encryption; {self.by_hand}")
        if status >= 500 or status in _PASSING:
            raise Interrupted(f"The server answered {status}")
        if status not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
            raise DownloadError(f"{self.url}: the server answered {status}; {self.by_hand}")

    def _start(self, response: httpx.Response, have: int) -> tuple[int, int | None]:
        """Where the answer's bytes belong, and how large the file will be."""
        tag = response.headers.get("ETag", "")
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            start, total = _content_range(response)
            if start is None or start != have or (self.tag.exists() and self.tag.read_text() != tag):
                self.discard()
                raise Interrupted("The server continues with something else")
            return start, total
        length = response.headers.get("Content-Length")
        self.tag.write_text(tag)
        return 0, int(length) if length else None

    def _receive(self, response: httpx.Response, start: int, total: int | None) -> None:
        done, what = start, f"Fetching {self.part.name.removesuffix('.part')}"
        with self.part.open("ab" if start else "wb") as file:
            if total is not None:
                disk.require_space(self.part.parent, total - start, ADVICE)
            for chunk in response.iter_raw():
                file.write(chunk)
                done += len(chunk)
                self.progress.at(what, done, total)
        if total is not None and done != total:
            raise Interrupted(f"{done:,} of {total:,} bytes came")


@contextmanager
def _interruptions() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as exc:
        raise Interrupted("The server does not answer") from exc
    except httpx.RequestError as exc:  # no connection, one that broke off, redirects in a circle
        raise Interrupted("The connection failed") from exc


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """First byte, and size of the whole file, of an answer with a part of it."""
    match = re.fullmatch(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)", response.headers.get("Content-Range", ""))
    if match is None:
        return None, None
    return int(match[1]), None if match[2] == "*" else int(match[2])
