"""What the kernel says of memory, read from trees of files as it writes them."""

from pathlib import Path

from gateway.telemetry.memory import Memory, memory

MACHINE = "MemTotal:       1000 kB\nMemFree: 100 kB\nMemAvailable:    400 kB\n"


def tree(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_container_by_the_second_version(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory"
    files = {
        f"{group}.max": "800000\n",
        f"{group}.current": "500000\n",
        f"{group}.stat": "anon 1\ninactive_file 100000\n",
        f"{group}.events": "low 0\nhigh 2\nmax 3\noom 1\noom_kill 1\n",
        "proc/meminfo": MACHINE,
    }
    assert memory(tree(tmp_path, **files)) == Memory(400_000, 800_000, {"high": 2, "max": 3, "oom": 1, "oom_kill": 1})


def test_a_container_by_the_first_version(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory/memory"
    files = {
        f"{group}.limit_in_bytes": "800000\n",
        f"{group}.usage_in_bytes": "500000\n",
        f"{group}.stat": "total_inactive_file 50000\n",
        f"{group}.failcnt": "7\n",
        f"{group}.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        "proc/meminfo": MACHINE,
    }
    assert memory(tree(tmp_path, **files)) == Memory(450_000, 800_000, {"max": 7, "oom_kill": 2})


def test_a_limit_above_the_machines_is_none(tmp_path: Path) -> None:
    group = "sys/fs/cgroup/memory/memory"
    files = {
        f"{group}.limit_in_bytes": "9223372036854771712\n",
        f"{group}.usage_in_bytes": "500000\n",
        "proc/meminfo": MACHINE,
    }
    assert memory(tree(tmp_path, **files)) == Memory(600 * 1024, 1000 * 1024, {})


def test_an_unlimited_group_is_the_machine(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "5\n", "proc/meminfo": MACHINE}
    assert memory(tree(tmp_path, **files)) == Memory(600 * 1024, 1000 * 1024, {})


def test_nobody_tells(tmp_path: Path) -> None:
    assert memory(tmp_path) is None


def test_here() -> None:
    found = memory()
    assert found is not None
    assert 0 < found.used < found.limit
