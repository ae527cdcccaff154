"""Names looked up on threads of their own: a name server that does not answer is waited for by nobody else."""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from gateway.errors import Overloaded

MAX_HANGING: Final = 32
"""Lookups under way: the system's cannot be broken off, and go on for a while when whoever asked has given up."""


def by_the_system(host: str, port: int) -> list[str]:
    """Addresses in numbers of `host`. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Lookups:
    """`find` is asked for each name, on a daemon thread, which keeps no process from its end."""

    def __init__(self, find: Callable[[str, int], list[str]] = by_the_system) -> None:
        self._find = find
        self._free = threading.Semaphore(MAX_HANGING)

    async def find(self, host: str, port: int) -> list[str]:
        """Addresses in numbers of `host`, for `port`. Raises OSError, UnicodeError, and Overloaded where too many hang."""
        if not self._free.acquire(blocking=False):
            raise Overloaded(f"{MAX_HANGING} names are being looked up already; try again shortly.")
        result = Future[list[str]]()
        result.set_running_or_notify_cancel()  # nobody can cancel it: the thread settles it
        threading.Thread(target=self._look_up, args=(host, port, result), name="lookup", daemon=True).start()
        return await asyncio.wrap_future(result)

    def _look_up(self, host: str, port: int, result: "Future[list[str]]") -> None:
        try:
            result.set_result(self._find(host, port))
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the caller's
            result.set_exception(error)
        finally:
            self._free.release()
