"""Have Triton's Python stubs died? Triton itself does not notice.

Each model instance of a Python-based backend is a child process of tritonserver. When one is killed (by the kernel for
memory, say), Triton keeps answering "ready" and fails each request after a second, for ever. It reaps a stub only when
it unloads the model, so a stub that stays a zombie is one that crashed.
"""

from pathlib import Path


def dead_stubs(server_pid: int, proc: Path = Path("/proc")) -> set[int]:
    """Return the pids of `server_pid`'s children that ended and have not been reaped; empty when it is gone."""
    return {pid for pid in _children(proc / str(server_pid)) if _state(proc / str(pid)) == "Z"}


def _children(server: Path) -> list[int]:
    # One list per thread: a child belongs to the thread that forked it.
    found: list[int] = []
    for task in server.glob("task/*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # the thread, or the server, ended meanwhile
            continue
    return found


def _state(process: Path) -> str:
    try:
        stat = (process / "stat").read_text()
    except OSError:
        return ""
    # "pid (name) state …": the name may hold spaces and parentheses.
    return stat.rpartition(")")[2].split()[0]
