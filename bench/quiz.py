"""What is going on? `scripts/bench quiz SEED --keep FOLDER` makes one of four faults and does not say which.

Two minutes later FOLDER has what an operator has: dashboard.txt, every panel as it was every fifteen seconds, and service.log.
Who has looked at these two and docs/monitoring.md says which it was: `scripts/bench quiz SEED --answer`.
"""

import argparse
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from bench.faults import killed_triton, one_client, slow_start, slow_store
from bench.world import World, running_world
from monitoring.dashboard import RATE, ROWS
from monitoring.panel import Panel, Query
from tests.prometheus import Prometheus

_STEP: Final = 15
_BEFORE: Final = 45
_SECONDS: Final = 90
_FAULTS: Final[dict[str, Callable[[World], AbstractContextManager[None]]]] = {
    "the store is slow": slow_store,
    "Triton restarts": killed_triton,
    "a cold start": slow_start,
    "one client floods": one_client,
}


def chosen(seed: int) -> str:
    """Which of them it is."""
    return random.Random(seed).choice(sorted(_FAULTS))


def dashboard(prometheus: Prometheus, moments: Sequence[float]) -> Iterator[str]:
    """Lines: every panel with each of its series, at those `moments` (time.time)."""
    yield " " * 60 + "".join(f"{moment - moments[-1]:>9.0f} s" for moment in moments)
    for row in ROWS:
        yield f"\n== {row.title}\n{row.note}"
        for panel in row.panels:
            for query in panel.queries:
                yield from _series(prometheus, panel, query, moments)


def _series(prometheus: Prometheus, panel: Panel, query: Query, moments: Sequence[float]) -> Iterator[str]:
    found: dict[str, dict[float, float]] = {}
    for moment in moments:
        for labels, value in prometheus.query(query.expr.replace(RATE, "20s"), moment):
            found.setdefault(_legend(query, labels), {})[moment] = value
    for legend, values in found.items():
        numbers = "".join(f"{values[each]:>11.4g}" if each in values else " " * 10 + "–" for each in moments)
        yield f"{f'{panel.title}: {legend}'.rstrip(': ')[:44]:45}{panel.unit:>14} {numbers}"


def _legend(query: Query, labels: dict[str, str]) -> str:
    if query.legend:
        return re.sub(r"\{\{(\w+)\}\}", lambda label: labels.get(label[1], ""), query.legend)
    return " ".join(value for name, value in labels.items() if name not in ("__name__", "job", "instance"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--answer", action="store_true")
    options = parser.parse_args()
    if options.answer:
        print(chosen(options.seed))
        return
    if options.keep is None:
        parser.error("--keep names the folder that dashboard.txt and service.log go to")
    options.keep.mkdir(parents=True, exist_ok=True)
    with running_world(options.keep) as world:
        time.sleep(_BEFORE)
        begin = time.time() - _STEP
        with _FAULTS[chosen(options.seed)](world):
            time.sleep(max(begin + _SECONDS - time.time(), 0))
            moments = [begin + offset for offset in range(0, int(time.time() - begin), _STEP)]
            (options.keep / "dashboard.txt").write_text("\n".join(dashboard(world.prometheus, moments)) + "\n")


if __name__ == "__main__":
    main()
