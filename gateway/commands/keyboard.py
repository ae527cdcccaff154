"""Keys as they are pressed."""

import os
import select
import sys
import termios
import time
import tty
from types import TracebackType


class Keyboard:
    """A terminal that hands out each key without Enter; it is as it was once the context ends.

    Where standard input is no terminal, no key is ever pressed.
    """

    def __enter__(self) -> "Keyboard":
        self._is_there = sys.stdin.isatty()
        if self._is_there:
            self._before = termios.tcgetattr(sys.stdin)
            tty.setcbreak(sys.stdin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_there:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    def pressed(self, seconds: float) -> str | None:
        """The next key, "" where there will be none any more; None if none is pressed in `seconds`."""
        if not self._is_there:
            time.sleep(seconds)
            return None
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        return os.read(sys.stdin.fileno(), 1).decode("latin-1") if ready else None
