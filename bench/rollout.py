"""Rolls versions out under load, good ones and bad ones, while gateways and Tritons are killed: `scripts/bench rollout`.

Two gateways, each with a Triton of its own, on one store; five hundred callers on eight connections, without pause and
without cache. Version 2 is a later epoch and is to be promoted; 3 finds no subject and 4 is slow, and both are to be
rolled back by the guard. The table counts what callers saw.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from bench.callers import Answer, Callers
from bench.instances import Instance, instances
from gateway.keys.file import changing

LOOK_SECONDS = 0.5
_SETTLED = 3 * LOOK_SECONDS
"""After which every instance has seen a change of the plan."""
_PATIENCE = 300.0
_LIMITS = {"requests": 30, "pictures": 12, "window_seconds": 120}


@dataclass(frozen=True)
class Row:
    """Of one rollout: what was asked, what failed, who was moved about, and how it ended."""

    title: str
    seconds: float
    requests: int
    failed: tuple[str, ...]
    excused: int
    wavering: int
    returned: int
    by_version: Mapping[int, int]
    outcome: str
    why: str


class Rehearsal:
    """An operator at the first of two instances."""

    def __init__(
        self, each: Sequence[Instance], callers: Callers, operator: httpx.Client, model: Path, staged: Path
    ) -> None:
        self.first, self.second = each
        self._model = model
        self._staged = staged
        self._callers = callers
        self._operator = operator
        self.rows: list[Row] = []

    @contextmanager
    def rollout(self, title: str) -> Iterator[None]:
        """Adds a row of what happens in the context."""
        begin, before = time.time(), len(self._callers.answers)
        yield
        time.sleep(_SETTLED)
        answers = self._callers.answers[before:]
        self.rows.append(_row(title, time.time() - begin, answers, self.plan()["history"]))

    def start(self, version: int, **course: Any) -> None:
        """Puts a version into the repository and starts its rollout."""
        (self._staged / str(version)).rename(self._model / str(version))
        self.change("start", {"version": version} | _LIMITS | course)

    def change(self, deed: str, body: Mapping[str, Any] | None = None) -> None:
        """Raises HTTPStatusError where it is refused."""
        answer = self._operator.post(f"/admin/rollout/{deed}", json=body or {})
        if not answer.is_success:
            raise RuntimeError(f"{deed}: {answer.text}")

    def plan(self) -> Mapping[str, Any]:
        """As the store has it."""
        found: Mapping[str, Any] = self._operator.get("/admin/rollout").raise_for_status().json()["plan"]
        return found

    def until(self, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        """Waits until `holds` says so of the plan."""
        end = time.monotonic() + _PATIENCE
        while not holds(self.plan()):
            if time.monotonic() > end:
                raise RuntimeError(f"the rollout does not go on: {self._operator.get('/admin/rollout').text}")
            time.sleep(0.2)


def rehearse(
    model: Path, staged: Path, picture: bytes, folder: Path, *, callers: int, connections: int, hold: float
) -> list[Row]:
    """A row for each rollout of versions 2 to 4, which lie in `staged` and are moved to `model`, a repository's, on one disk.

    Stores, keys and logs go to `folder`.
    """
    keys, admin = _keys(folder / "keys.json", callers)
    environ = os.environ | {
        "CUTOUT_KEYS": str(folder / "keys.json"),
        "CUTOUT_LOG_LEVEL": "info",
        "CUTOUT_MODEL": model.name,
        "CUTOUT_PLAN_SECONDS": str(LOOK_SECONDS),
        "CUTOUT_REPOSITORY": str(model.parent),
        "CUTOUT_STORE": str(folder / "store"),
    }
    with instances(2, environ, folder) as each:
        asking = Callers(each, keys, picture)
        operator = httpx.Client(base_url=each[0].url, headers={"X-Api-Key": admin}, timeout=120, trust_env=False)
        rehearsal = Rehearsal(each, asking, operator, model, staged)
        with operator, asking.calling(connections):
            time.sleep(2)
            _good(rehearsal, hold)
            _broken(rehearsal, hold)
            _slow(rehearsal, hold)
        return rehearsal.rows


def _good(rehearsal: Rehearsal, hold: float) -> None:
    with rehearsal.rollout("2, a later epoch"):
        rehearsal.start(2, steps="10,50", hold_seconds=hold)
        rehearsal.until(lambda plan: plan["weight"] == 10)
        time.sleep(hold / 2)
        rehearsal.first.kill_triton()
        rehearsal.until(lambda plan: plan["weight"] == 50 or plan["candidate"] is None)
        rehearsal.second.kill()
        rehearsal.second.start()
        time.sleep(hold)
        rehearsal.change("promote")
        time.sleep(hold)


def _broken(rehearsal: Rehearsal, hold: float) -> None:
    with rehearsal.rollout("3, nothing is subject"):
        rehearsal.start(3, steps="10,100", hold_seconds=hold, shadow=1, shadow_budget=0.5)
        rehearsal.second.kill_triton()
        time.sleep(1)
        rehearsal.second.kill()
        rehearsal.second.start()
        rehearsal.until(lambda plan: plan["candidate"] is None)


def _slow(rehearsal: Rehearsal, hold: float) -> None:
    with rehearsal.rollout("4, slow"):
        rehearsal.start(4, steps="25,100", hold_seconds=hold)
        rehearsal.until(lambda plan: plan["weight"] == 25)
        rehearsal.first.kill_triton()
        time.sleep(1)
        rehearsal.second.kill()
        rehearsal.second.start()
        rehearsal.until(lambda plan: plan["candidate"] is None)


def _keys(path: Path, count: int) -> tuple[list[str], str]:
    with changing(path) as change:
        made = []
        for number in range(count):
            change.ring, key = change.ring.created(f"caller {number}", ("process",), (), None, datetime.now(UTC))
            made.append(key.text)
        change.ring, admin = change.ring.created("operator", ("admin",), (), None, datetime.now(UTC))
    return made, admin.text


def _row(title: str, seconds: float, answers: Sequence[Answer], history: Sequence[Mapping[str, Any]]) -> Row:
    counts: dict[int, int] = defaultdict(int)
    for answer in answers:
        if answer.version is not None:
            counts[answer.version] += 1
    last = history[-1]
    return Row(
        title=title,
        seconds=seconds,
        requests=len(answers),
        failed=tuple(each.failure for each in answers if each.failure and not each.excused),
        excused=sum(each.excused for each in answers),
        wavering=_wavering(answers, history),
        returned=_returned(answers, history),
        by_version=dict(sorted(counts.items())),
        outcome=f"{last['what']}{' at ' + str(history[-2]['weight']) + ' %' if last['what'] == 'rolled back' else ''}",
        why=last["why"],
    )


def _wavering(answers: Sequence[Answer], history: Sequence[Mapping[str, Any]]) -> int:
    """Callers whom two versions answered between two changes of the plan."""
    times = [datetime.fromisoformat(event["at"]).timestamp() for event in history] + [time.time()]
    count = 0
    for begin, end in pairwise(times):
        seen = defaultdict(set)
        for each in answers:
            if each.version is not None and begin + _SETTLED <= each.begin and each.end <= end:
                seen[each.caller].add(each.version)
        count += sum(len(versions) > 1 for versions in seen.values())
    return count


def _returned(answers: Sequence[Answer], history: Sequence[Mapping[str, Any]]) -> int:
    """Callers whom the candidate answered and then, before it was rolled back, another version."""
    ends = [event for event in history if event["what"] in ("promoted", "rolled back")]
    starts = [event for event in history if event["what"] == "started"]
    candidate, end = starts[-1]["version"], datetime.fromisoformat(ends[-1]["at"]).timestamp()
    moved, returned = set(), set()
    for each in sorted(answers, key=lambda answer: answer.begin):
        if each.version == candidate:
            moved.add(each.caller)
        elif each.version is not None and each.caller in moved and each.end <= end:
            returned.add(each.caller)
    return len(returned)


def show(rows: Sequence[Row]) -> None:
    """A table, and what failed."""
    table = Table(
        "version", "s", "requests", "failed", "killed", "wavering", "moved back", "answered by", "outcome", box=None
    )
    for row in rows:
        answered = ", ".join(f"{version}: {count}" for version, count in row.by_version.items())
        numbers = (row.requests, len(row.failed), row.excused, row.wavering, row.returned)
        table.add_row(row.title, f"{row.seconds:.0f}", *map(str, numbers), answered, f"{row.outcome}: {row.why}")
    console = Console(width=None if sys.stdout.isatty() else 400, highlight=False)
    console.print(table)
    for row in rows:
        for failure in row.failed[:10]:
            console.print(f"{row.title}: {failure}", markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--hold", type=float, default=20.0, help="seconds for which a step is held")
    options = parser.parse_args()
    from bench import versions
    from tests.photos import photo

    root = Path(__file__).resolve().parent.parent / "model_repository"
    with tempfile.TemporaryDirectory() as scratch:
        model, staged = (
            versions.copied(root / "inspyrenet_demo", Path(scratch) / name) for name in ("served", "staged")
        )
        versions.later_epoch(staged, 2)
        versions.constant(staged, 3)
        versions.slow(staged, 4, rounds=150)
        rows = rehearse(
            model, staged, photo("chelsea"), Path(scratch),
            callers=options.callers, connections=options.connections, hold=options.hold,
        )  # fmt: skip
        show(rows)


if __name__ == "__main__":
    main()
