"""As much memory as a container has: a control group of the kernel that a command is started in, and sees as its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FIRST: Final = Path("/sys/fs/cgroup/memory")
_SECOND: Final = Path("/sys/fs/cgroup")
_ENTER: Final = 'mount --bind "$1" "$2" && echo $$ > "$2/cgroup.procs" && shift 2 && exec "$@"'
_HOG: Final = "import sys, time; held = bytearray(b'x') * int(sys.argv[1]); time.sleep(600)"


class Container:
    """A control group of version 1 or 2, by what the machine has."""

    def __init__(self, parent: Path, limit: int) -> None:
        self._folder = parent / f"cutout-{os.getpid()}"
        self._parent = parent
        self._folder.mkdir()
        is_first = parent == _FIRST
        self._usage = self._folder / ("memory.usage_in_bytes" if is_first else "memory.current")
        (self._folder / ("memory.limit_in_bytes" if is_first else "memory.max")).write_text(str(limit))

    @property
    def wrapper(self) -> tuple[str, ...]:
        """What runs the command that follows it inside."""
        return ("unshare", "--mount", "sh", "-c", _ENTER, "sh", str(self._folder), str(self._parent))

    @property
    def used(self) -> int:
        """Bytes, with what can be dropped."""
        return int(self._usage.read_text())

    @contextmanager
    def hogged(self, size: int) -> Iterator[None]:
        """Another process inside holds `size` bytes while the context lasts."""
        hog = subprocess.Popen([*self.wrapper, sys.executable, "-c", _HOG, str(size)])
        try:
            yield
        finally:
            hog.kill()
            hog.wait()

    def remove(self) -> None:
        """Once nobody is in it."""
        for _ in range(100):
            try:
                self._folder.rmdir()
            except OSError:
                time.sleep(0.1)
            else:
                return


@contextmanager
def container(limit: int) -> Iterator[Container | None]:
    """One with so many bytes; None where the machine does not let us make one."""
    parent = _FIRST if _FIRST.is_dir() else _SECOND
    try:
        made = Container(parent, limit)
    except OSError:
        yield None
        return
    try:
        yield made
    finally:
        made.remove()
