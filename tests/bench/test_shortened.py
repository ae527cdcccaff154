"""The rules as `bench faults` takes them: every time divided, nothing else changed."""

import re
from pathlib import Path

import pytest

from bench.shortened import shortened
from tests.monitoring.rules import FOLDER
from tests.prometheus import promtool

RULES = (FOLDER / "alerts.yaml").read_text()


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("for: 5m", "for: 15000ms"),
        ("sum(rate(x_total[5m])) > 30", "sum(rate(x_total[15000ms])) > 30"),
        ("min_over_time((a / b)[5m:30s]) > 0.8", "min_over_time((a / b)[15000ms:1500ms]) > 0.8"),
        ("x offset 10m > 90", "x offset 30000ms > 90"),
        ("expr: cutout_starting_seconds > 90", "expr: cutout_starting_seconds > 4.5"),
        ("record: cutout:requests:rate5m", "record: cutout:requests:rate5m"),
    ],
)
def test_times_are_divided(line: str, short: str) -> None:
    assert shortened(line, 20) == f"{short}\n"


def test_prometheus_reads_what_is_left_and_no_time_of_it_is_as_it_was(tmp_path: Path) -> None:
    short = shortened(RULES, 20)
    assert not re.search(r"\[\d+[smhd][\]:]|for: \d+[smhd]\b|offset \d+[smhd]\b", short)
    (tmp_path / "short.yaml").write_text(short)
    promtool("check", "rules", tmp_path / "short.yaml")
