"""How much memory there is and how much is used, as the kernel accounts for the container, or for the machine outside one."""

from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path("/")
EVENTS: Final = ("high", "max", "oom", "oom_kill")


class Memory(NamedTuple):
    """In bytes; `events` are how often the limit was reached, and what came of it."""

    used: int
    limit: int
    events: dict[str, int]


def memory(root: Path = ROOT) -> Memory | None:
    """By cgroup v2 where it has a limit, cgroup v1 likewise, else the machine's; None where none of them tells."""
    machine = _machine(root)
    for group in (_second, _first):
        found = group(root)
        if found is not None and (machine is None or found.limit < machine.limit):
            return found
    return machine


def _second(root: Path) -> Memory | None:
    """https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files"""
    folder = root / "sys/fs/cgroup"
    limit, used = _number(folder / "memory.max"), _number(folder / "memory.current")
    if limit is None or used is None:
        return None
    droppable = _table(folder / "memory.stat").get("inactive_file", 0)
    events = _table(folder / "memory.events")
    return Memory(max(used - droppable, 0), limit, {name: events.get(name, 0) for name in EVENTS})


def _first(root: Path) -> Memory | None:
    """https://docs.kernel.org/admin-guide/cgroup-v1/memory.html"""
    folder = root / "sys/fs/cgroup/memory"
    limit, used = _number(folder / "memory.limit_in_bytes"), _number(folder / "memory.usage_in_bytes")
    if limit is None or used is None:
        return None
    droppable = _table(folder / "memory.stat").get("total_inactive_file", 0)
    killed = _table(folder / "memory.oom_control").get("oom_kill", 0)
    return Memory(max(used - droppable, 0), limit, {"max": _number(folder / "memory.failcnt") or 0, "oom_kill": killed})


def _machine(root: Path) -> Memory | None:
    table = _table(root / "proc/meminfo")
    total, free = table.get("MemTotal:"), table.get("MemAvailable:")
    if total is None or free is None:
        return None
    return Memory((total - free) * 1024, total * 1024, {})


def _number(path: Path) -> int | None:
    """None where there is no such file, or it says "max"."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _table(path: Path) -> dict[str, int]:
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}
