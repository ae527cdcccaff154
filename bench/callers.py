"""Callers who never pause: which version answered each, and what went wrong."""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from bench.instances import Instance

_PROCESS = "/api/v2/process"


@dataclass(frozen=True)
class Answer:
    """To one caller, from `begin` to `end` (time.time); `version` is None where it failed, `failure` says how.

    `excused` is what failed because its gateway was killed while it was under way.
    """

    caller: int
    begin: float
    end: float
    version: int | None
    failure: str = ""
    excused: bool = False


class Callers:
    """`keys` of as many callers, who take turns on a few connections.

    Each sends a file of its own, the JPEG `picture` with another comment, and wants no answer from a cache: each is computed.
    """

    def __init__(self, instances: Sequence[Instance], keys: Sequence[str], picture: bytes, timeout: float = 90) -> None:
        self.answers: list[Answer] = []
        self._instances = instances
        self._keys = keys
        self._picture = picture
        self._timeout = timeout
        self._turns = itertools.count()
        self._files = itertools.count()
        self._stop = threading.Event()

    @contextmanager
    def calling(self, connections: int) -> Iterator[None]:
        """They call on so many connections while the context lasts."""
        threads = [threading.Thread(target=self._call) for _ in range(connections)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _call(self) -> None:
        clients = [httpx.Client(base_url=each.url, timeout=self._timeout, trust_env=False) for each in self._instances]
        while not self._stop.is_set():
            turn = next(self._turns)
            number = turn * 7919 % len(self._keys)  # every caller comes to every instance
            self._ask(number, [(turn + offset) % len(clients) for offset in range(len(clients))], clients)
        for client in clients:
            client.close()

    def _ask(self, caller: int, order: list[int], clients: list[httpx.Client]) -> None:
        """One that cannot be connected to is passed over, as a load balancer does."""
        for place in order:
            begin = time.time()
            try:
                response = self._posted(clients[place], caller)
            except httpx.ConnectError:
                continue
            except httpx.TransportError as error:
                if self._instances[place].is_dead(begin):  # a connection that was kept open to nobody
                    continue
                excused = self._instances[place].is_dead(time.time())
                self.answers.append(Answer(caller, begin, time.time(), None, type(error).__name__, excused))
                return
            self.answers.append(_answer(caller, begin, response))
            return
        time.sleep(0.05)

    def _posted(self, client: httpx.Client, caller: int) -> httpx.Response:
        return client.post(
            _PROCESS,
            content=commented(self._picture, next(self._files)),
            params={"use_cache": "false", "output_format": "webp", "max_side": "64"},
            headers={"X-Api-Key": self._keys[caller]},
        )


def commented(jpeg: bytes, number: int) -> bytes:
    """The same picture in another file: a COM segment after the first marker."""
    comment = f"{number:012}".encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _answer(caller: int, begin: float, response: httpx.Response) -> Answer:
    if not response.is_success:
        return Answer(caller, begin, time.time(), None, f"{response.status_code} {response.text[:200]}")
    return Answer(caller, begin, time.time(), int(response.headers["X-Model"].rpartition("/")[2]))
