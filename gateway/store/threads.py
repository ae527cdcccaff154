"""Blocking calls of an adapter: on threads of its own, a bounded number of them, each within a deadline."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final, ParamSpec, TypeVar

import structlog

from gateway.errors import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_CLOSING: Final = 5.0
_log = structlog.get_logger(__name__)


class Threads:
    """`threads` of them; `waiting` calls may be under way or wait, each for `seconds`, or for as long as it takes.

    Who gives up leaves the place taken until a thread has come to the call: what hangs fills the places, not the memory. The
    threads are daemons, as an executor's would keep the process from its end for as long as a disk hangs.
    """

    def __init__(self, threads: int, waiting: int, seconds: float | None) -> None:
        self._threads = [threading.Thread(target=self._work, name=f"store-{n}", daemon=True) for n in range(threads)]
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._closed = threading.Event()
        self._places = threading.Semaphore(waiting)
        self._seconds = seconds

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`. Raises StoreUnavailable where it takes too long, and at once where too much waits."""
        self._start()
        if not self._places.acquire(blocking=False):
            raise StoreUnavailable("The store has more to do than it can; try again shortly.")
        given_up = threading.Event()

        def call() -> T:
            try:
                if given_up.is_set() or self._closed.is_set():
                    raise StoreUnavailable("The store is closed.")
                return work(*args, **kwargs)
            finally:
                self._places.release()

        result = Future[T]()
        self._calls.put(lambda: _settle(result, call))
        job = asyncio.wrap_future(result)
        job.add_done_callback(_heard)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(job)  # a cancelled job would stay in the queue, and not be counted
        except TimeoutError as error:
            raise StoreUnavailable("The store did not answer in time; try again shortly.") from error
        finally:
            given_up.set()

    def close(self, seconds: float = _CLOSING) -> None:
        """Waits for what runs, for so long, and drops what waits. What hangs then ends with the process."""
        self._closed.set()
        for _ in self._threads:
            self._calls.put(None)
        end = time.monotonic() + seconds
        started = [thread for thread in self._threads if thread.is_alive()]
        for thread in started:
            thread.join(max(0.0, end - time.monotonic()))
        if hanging := sum(thread.is_alive() for thread in started):
            _log.warning("the store was closed while calls hang", calls=hanging)

    def _start(self) -> None:
        if self._closed.is_set():
            raise StoreUnavailable("The store is closed.")
        with self._starting:  # two loops may share a store
            for thread in self._threads:
                if thread.ident is None:
                    thread.start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _settle(result: Future[T], call: Callable[[], T]) -> None:
    try:
        result.set_result(call())
    except BaseException as error:  # noqa: BLE001  whatever it is, it is the caller's
        result.set_exception(error)


def _heard(job: asyncio.Future[T]) -> None:
    """What a call raises whose caller has gone is not complained of."""
    if not job.cancelled():
        job.exception()
