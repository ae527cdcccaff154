"""What `python -m monitoring` makes is what is committed, and what those who read it expect."""

import itertools
from typing import Any

import pytest

from monitoring.__main__ import made
from monitoring.dashboard import FAULTS, ROWS
from monitoring.grafana import dashboard
from monitoring.policies import ABSENT, expanded, policies, seconds
from tests.monitoring.rules import ALERTS, FOLDER, RECORDED

POLICIES = policies(FOLDER / "alerts.yaml")
PANELS = dashboard(ROWS)["panels"]


def test_what_is_committed_is_what_is_made() -> None:
    for path, text in made().items():
        assert (FOLDER / path).read_text() == text, f"{path}: run python -m monitoring"


def test_no_policy_is_left_of_an_alert_that_is_gone() -> None:
    assert {path.stem for path in (FOLDER / "cloud").iterdir()} == POLICIES.keys()


def test_every_alert_is_a_policy_unless_it_means_nothing_there() -> None:
    assert POLICIES.keys() | ABSENT.keys() == ALERTS.keys()
    assert POLICIES.keys().isdisjoint(ABSENT)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_asks_what_the_alert_asks(name: str) -> None:
    (condition,) = POLICIES[name]["conditions"]
    asked = condition["conditionPrometheusQueryLanguage"]
    assert asked["query"] == expanded(ALERTS[name]["expr"], RECORDED)
    assert "cutout:" not in asked["query"]
    assert asked["duration"] == f"{seconds(ALERTS[name].get('for', '0s'))}s"
    assert asked["alertRule"] == name


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(KeyError):
        expanded("cutout:nobody:knows", RECORDED)


def test_alerts_and_dashboard_mean_the_same_failures() -> None:
    assert f'code=~"{FAULTS}"' in RECORDED["cutout:faults:rate5m"]


def test_the_first_row_says_what_is_going_on() -> None:
    assert [panel["type"] for panel in PANELS[:2]] == ["row", "text"]
    assert PANELS[0]["title"] == "What is going on"


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    for one, other in itertools.combinations((panel["gridPos"] for panel in PANELS), 2):
        assert _apart(one, other), (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)


def _apart(one: dict[str, int], other: dict[str, int]) -> bool:
    beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return beside or below


@pytest.mark.parametrize("panel", [panel for row in ROWS for panel in row.panels], ids=lambda panel: panel.title)
def test_a_panel_explains_itself(panel: Any) -> None:
    assert panel.text.endswith(".")
    assert panel.queries
    assert len({query.legend for query in panel.queries}) == len(panel.queries)
    assert (panel.warn is None) == (panel.alarm is None)
    if panel.needs in ("gpu", "rollout", "cgroup"):
        assert "Needs a" in panel.text


def test_the_data_source_is_asked_for() -> None:
    sources = {panel["datasource"]["uid"] for panel in PANELS if "targets" in panel}
    assert sources == {"${datasource}"}
