"""`gateway top`: a running service on a terminal, looked at again and again."""

import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

import httpx
import msgspec
from rich.console import Console, RenderableType
from rich.live import Live

from gateway.commands.exposition import Scrape, grown, read, restarted
from gateway.commands.failure import Failure
from gateway.commands.keyboard import Keyboard
from gateway.commands.top_view import Health, Look, Slow, Version, away, view
from gateway.settings import Settings

T = TypeVar("T")

_SECONDS: Final = 5.0
_UNBROKEN: Final = 160  # columns: what a program reads is not folded
_SLOW: Final = 8
_REFUSED: Final = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


class Away(Exception):
    """The service does not answer, or not as it should; it may come back. The text says how."""


def run(settings: Settings, url: str | None, arguments: Namespace) -> int:
    """The exit code: 0 done, 1 there is nothing to see."""
    base = url or f"http://127.0.0.1:{settings.port}"
    headers = {"X-Api-Key": settings.api_key} if settings.api_key else {}
    with httpx.Client(base_url=base, headers=headers, timeout=_SECONDS, trust_env=False) as client:
        watched = Watched(client)
        try:
            if arguments.once:
                _once(watched, arguments.every)
            else:
                _live(watched, arguments.every)
        except (Failure, Away) as error:
            print(f"gateway: {error}", file=sys.stderr)
            return 1
    return 0


def _once(watched: "Watched", every: float) -> None:
    watched.look()
    time.sleep(every)
    console = Console(width=None if sys.stdout.isatty() else _UNBROKEN, highlight=False)
    console.print(view(watched.look()))


def _live(watched: "Watched", every: float) -> None:
    """Until q is pressed, or Ctrl-C. A service that is away is waited for, unless it was never there."""
    console = Console(highlight=False)
    if not console.is_terminal:
        raise Failure("there is no terminal here: --once prints one view")
    shown = view(watched.look())
    with Keyboard() as keyboard, Live(shown, console=console, screen=True, auto_refresh=False) as live:
        while keyboard.pressed(every) not in ("q", "Q", ""):
            live.update(watched.shown(), refresh=True)


class Watched:
    """One service, and what it said last."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._last: Look | None = None
        self._at = time.monotonic()

    def shown(self) -> RenderableType:
        """How it is now, for the terminal. Raises Failure where that may not be seen."""
        try:
            return view(self.look())
        except Away as error:
            return away(str(error), time.monotonic() - self._at, self._last)

    def look(self) -> Look:
        """What it says now, and what has happened since the last look. Raises Away, Failure."""
        last, before = self._last, self._at
        scrape, now = _scrape(self._asked("/metrics")), time.monotonic()
        again = last is not None and restarted(scrape, last.scrape)
        look = Look(
            url=str(self._client.base_url),
            health=_as(Health, self._asked("/health")),
            version=_as(Version, self._asked("/version")) if last is None or again else last.version,
            scrape=scrape,
            uptime=max(time.time() - scrape.sum("process_start_time_seconds"), 0.1),
            slow=self._slow(),
        )
        if last is not None:
            passed = min(now - before, look.uptime) if again else now - before
            look = replace(look, lately=grown(scrape, last.scrape), seconds=passed, restarted=again)
        self._last, self._at = look, now
        return look

    def _slow(self) -> Slow | str:
        answer = self._asked("/debug/slow", limit=_SLOW)
        return _as(Slow, answer) if answer.is_success else _detail(answer)

    def _asked(self, path: str, **parameters: int) -> httpx.Response:
        try:
            return self._client.get(path, params=parameters)
        except httpx.RequestError as error:
            raise Away(f"the service at {self._client.base_url} does not answer ({type(error).__name__})") from error


def _scrape(answer: httpx.Response) -> Scrape:
    if answer.status_code in _REFUSED:
        raise Failure(_detail(answer))
    with _understood(answer):
        return read(answer.text)


def _as(kind: type[T], answer: httpx.Response) -> T:
    with _understood(answer):
        return msgspec.json.decode(answer.content, type=kind)


@contextmanager
def _understood(answer: httpx.Response) -> Iterator[None]:
    """Raises Away where the answer is not one, or the body cannot read it."""
    if not answer.is_success:
        raise Away(_detail(answer))
    try:
        yield
    except ValueError as error:  # msgspec's, too
        raise Away(f"what answers at {answer.url} is not this service") from error


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {answer.status_code}"
