"""Progress on a terminal, or in a file or pipe."""

import time
from collections.abc import Callable
from typing import TextIO

_STEP_SECONDS = 0.1
_MEASURED_SECONDS = 1.0
"""Before that a rate says nothing."""


class Terminal:
    """On a terminal one line that rewrites itself; elsewhere a line for each tenth."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self.clock = stream, clock
        self.live = stream.isatty()
        self.what, self.first, self.begin, self.done = "", 0, 0.0, 0
        """What is being shown, where and when it began, and how far it is."""
        self.shown, self.tenth = 0.0, -1
        """When the line was last rewritten, and which tenth was printed last."""
        self.open = False
        """Whether the terminal's last line is ours to rewrite."""

    def at(self, what: str, done: int, total: int | None) -> None:
        now = self.clock()
        if what != self.what or done < self.done:
            self.what, self.first, self.begin = what, done, now
            self.shown, self.tenth = -_STEP_SECONDS, -1
        self.done = done
        if self.live:
            self._rewrite(done, total, now)
        elif total and done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            print(self._line(done, total, now), file=self.stream, flush=True)

    def note(self, text: str) -> None:
        self._close()
        print(text, file=self.stream, flush=True)

    def _rewrite(self, done: int, total: int | None, now: float) -> None:
        if done != total and now - self.shown < _STEP_SECONDS:
            return
        self.shown, self.open = now, True
        print(f"\r\x1b[K{self._line(done, total, now)}", end="", file=self.stream, flush=True)
        if done == total:
            self._close()

    def _close(self) -> None:
        if self.open:
            print(file=self.stream, flush=True)
        self.open = False

    def _line(self, done: int, total: int | None, now: float) -> str:
        share = f"{done / 1e6:.0f} MB" if total is None else f"{done / 1e6:.0f} / {total / 1e6:.0f} MB"
        parts = [self.what, share]
        seconds = now - self.begin
        if seconds >= _MEASURED_SECONDS and done > self.first:
            rate = (done - self.first) / seconds
            parts.append(f"{rate / 1e6:.1f} MB/s")
            if total is not None and done < total:
                parts.append(f"{(total - done) / rate:.0f} s left")
        return "  ".join(parts)
