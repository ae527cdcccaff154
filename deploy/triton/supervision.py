"""One child, as the first process of a container has to look after it.

The platform tells all containers of an instance to stop at the same moment. A Triton that is told refuses what comes next,
while the gateway beside it still finishes what it has accepted and needs the model for it. So the signal is kept back
until nobody is connected any more, or the time is up.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_LOOK_SECONDS: Final = 0.1
_PR_SET_PDEATHSIG: Final = 1
_ESTABLISHED: Final = "01"


def supervise(command: list[str], environ: Mapping[str, str], linger: float, is_needed: Callable[[], bool]) -> int:
    """Runs `command` to its end and returns its exit code, 128 and the signal's number where one ended it.

    Told to stop, it goes on while `is_needed`, `linger` seconds at most; told twice, it stops. That is 0, even where Triton
    complains that its models took longer to unload than it had.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child == 0:
        _become(command, environ)
    end, told = None, False
    while (code := _reaped(child)) is None:
        received = signal.sigtimedwait(_SIGNALS, _LOOK_SECONDS)
        if received is not None and received.si_signo != signal.SIGCHLD:
            end = time.monotonic() + (linger if end is None else 0)
        if end is not None and not told and (time.monotonic() >= end or not is_needed()):
            os.kill(child, signal.SIGTERM)
            told = True
    if code < 0:
        return 128 - code
    return 0 if told else code


def _become(command: list[str], environ: Mapping[str, str]) -> NoReturn:
    # Outside a container, too, nothing is left behind when this process is killed.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        os.execvpe(command[0], command, environ)
    except OSError as error:
        os.write(2, f"deploy.triton: {command[0]} cannot be started: {error.strerror}\n".encode())
        os._exit(127)


def _reaped(child: int) -> int | None:
    """The child's exit code once it has ended. The first process inherits all orphans, and reaps those as well."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return None
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def has_clients(port: int, tables: Sequence[Path] = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))) -> bool:
    """Whether a TCP connection to `port` of this network namespace stands; True where that cannot be told."""
    try:
        lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return True
    return any(local.endswith(f":{port:04X}") and state == _ESTABLISHED for _, local, _, state, *_ in lines)
