"""Become a program that dies with the process that started it: `launch.py PARENT_PID PROGRAM ARGUMENT…`.

A gateway that is killed outright cannot stop its Triton, so the kernel is asked to. This runs as a program of its own
because the request belongs to the calling process and survives exec, while Python in the forked child of a threaded
parent would not be safe. The kernel counts the *thread* that forked as the parent: the event loop's.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Replace this process by `command`, to be killed when process `parent` ends."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL)) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have ended before the request was made; then nobody would send the signal.
    if os.getppid() != parent:
        raise SystemExit("launch.py: the starting process is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
