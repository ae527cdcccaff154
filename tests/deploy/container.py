"""A container without an engine: what the kernel gives, put together by `unshare`.

A process tree of its own with the entry point as its first process, another user than root, a root file system that nothing
can be written to but /tmp, the paths and the variables of the image. Network and kernel limits are this machine's.
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/dev")


@dataclass(frozen=True)
class Image:
    """What a container is started from.

    Attributes:
        command: of ENTRYPOINT and CMD.
        environ: of ENV.
        user: of USER, uid:gid.
        folder: of WORKDIR.
        mounts: what lies where: a path in the container, and the one on this machine that it shows.
    """

    command: Sequence[str]
    environ: Mapping[str, str]
    user: str
    folder: str
    mounts: Mapping[str, Path] = field(default_factory=dict)


class Container:
    """A running one; `output` is the file that holds what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self.output = output

    @property
    def outside(self) -> psutil.Process:
        """What started it on this machine."""
        return psutil.Process(self._process.pid)

    @property
    def first(self) -> psutil.Process:
        """Its first process, as this machine sees it."""
        (first,) = self.outside.children()
        return first

    def signal(self, number: signal.Signals) -> None:
        """As the platform sends it: to the first process."""
        self.first.send_signal(number)

    def ended(self, seconds: float) -> int:
        """Its exit code, by its end. Raises TimeoutExpired."""
        return self._process.wait(seconds)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None


def is_possible() -> bool:
    """Whether this user may build one: namespaces and mounts are root's."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"]).returncode == 0


@contextmanager
def container(image: Image, scratch: Path, **environ: str) -> Iterator[Container]:
    """Runs `image` with `environ` beside its own, in the empty folder `scratch`; it ends with the context."""
    root, output = scratch / "root", scratch / "output"
    root.mkdir(parents=True)
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-euc", _script(image, root, environ)]
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield Container(process, output)
    finally:
        # The kernel forgets --kill-child when chroot changes the user: the first process has to be ended by name.
        for first in psutil.Process(process.pid).children() if process.poll() is None else ():
            first.kill()
        process.kill()
        process.wait(10)


def _script(image: Image, root: Path, environ: Mapping[str, str]) -> str:
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", **image.environ, **environ}
    assigned = " ".join(shlex.quote(f"{name}={value}") for name, value in variables.items())
    shown = {**{path: Path(path) for path in _SYSTEM if Path(path).exists()}, **image.mounts}
    lines = [
        f"root={shlex.quote(str(root))}",
        "mount -t tmpfs -o mode=755 none $root",
        "mkdir -p $root/proc $root/tmp",
        "mount -t proc proc $root/proc",
        "mount -t tmpfs -o mode=1777 none $root/tmp",
        *(line for path, source in shown.items() for line in _shown(path, source)),
        "mount -t tmpfs -o mode=1777 none $root/dev/shm",
        "mount -o remount,ro $root",
        f"exec chroot --userspec={image.user} $root env -i -C {image.folder} {assigned} {shlex.join(image.command)}",
    ]
    return "\n".join(lines)


def _shown(path: str, source: Path) -> list[str]:
    inside, outside = f"$root{shlex.quote(path)}", shlex.quote(str(source))
    place = f"mkdir -p {inside}" if source.is_dir() else f"mkdir -p $(dirname {inside}); touch {inside}"
    kind = "--rbind" if path == "/dev" else "--bind"
    read_only = [] if path == "/dev" else [f"mount -o remount,bind,ro {inside}"]
    return [place, f"mount {kind} {outside} {inside}", *read_only]
