"""Become a program that dies with the process that started it: `launch.py PROGRAM ARGUMENT…`, standard input a pipe.

A gateway that is killed outright cannot stop its Triton, and Triton's stubs can outlive Triton, stuck where no signal
handler and no thread of theirs runs. So a small process stays behind: it reads the pipe, whose other end only the
gateway holds, and when the pipe ends it kills the program's whole process group, which this one must lead.
"""

import os
import signal
import sys


def main(command: list[str]) -> None:
    """Leave the guard behind and replace this process by `command`."""
    group = os.getpid()
    between = os.fork()
    if between == 0:
        _leave_guard(group)
    os.waitpid(between, 0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execv(command[0], command)


def _leave_guard(group: int) -> None:
    # Outside the group, so that it is not killed with it, and no child of the program, which would not expect one.
    os.setsid()
    if os.fork() == 0:
        _guard(group)
    os._exit(0)


def _guard(group: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):  # or the program's output would not end with the program
        os.dup2(null, output)
    try:
        while os.read(0, 1):
            pass
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:  # the group has ended, as it should
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
