"""Every alert is one that somebody can act on, and Prometheus's own unit tests see it fire and end."""

import re
from typing import Any

import pytest
import yaml

from tests.monitoring.rules import ALERTS, FOLDER, RECORDED, ROOT, RULES
from tests.prometheus import promtool

TESTS = ("alerts_test.yaml", "alerts_long_test.yaml")
CASES = {case["name"]: case for name in TESTS for case in yaml.safe_load((FOLDER / name).read_text())["tests"]}


def test_promtool_reads_the_rules() -> None:
    assert f"{len(RULES)} rules found" in promtool("check", "rules", FOLDER / "alerts.yaml")


@pytest.mark.parametrize("name", TESTS)
def test_each_fires_where_it_should_and_nowhere_else(name: str) -> None:
    assert "SUCCESS" in promtool("test", "rules", name, cwd=FOLDER)


@pytest.mark.parametrize("name", ALERTS)
def test_its_unit_test_sees_it_silent_then_firing_then_silent(name: str) -> None:
    looks = CASES[name]["promql_expr_test"]
    assert all(f'alertname="{name}"' in look["expr"] for look in looks)
    fires = [bool(look["exp_samples"]) for look in looks]
    assert not fires[0]
    assert any(fires)
    assert not fires[-1]


def test_there_is_no_unit_test_of_what_is_no_alert() -> None:
    assert CASES.keys() == ALERTS.keys()


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_it_says_what_is_wrong_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket", "info")
    told = alert["annotations"]
    assert told.keys() == {"summary", "description", "runbook_url"}
    assert told["description"].endswith(".")
    assert told["runbook_url"] == f"docs/runbook.md#{alert['alert'].lower()}"


def test_the_runbook_has_a_section_for_each_alert_and_for_nothing_else() -> None:
    sections = re.findall(r"^## (Cutout\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert sections == list(ALERTS)


def test_each_section_says_what_it_is_what_to_look_at_what_to_do_and_when_it_is_over() -> None:
    text = (ROOT / "docs" / "runbook.md").read_text()
    for section in re.split(r"^## (?=Cutout)", text, flags=re.MULTILINE)[1:]:
        name = section.split("\n", 1)[0]
        for part in ("**For customers:**", "**Why:**", "**Do:**", "**Over:**"):
            assert part in section, f"{name} lacks {part}"


def test_every_recorded_figure_is_used_and_every_used_one_recorded() -> None:
    used = {name for alert in ALERTS.values() for name in re.findall(r"cutout:\w+:\w+", alert["expr"])}
    assert used == RECORDED.keys()
