"""docs/deploy.md: what it names exists, its shell is shell, and its prices are those that are reckoned with."""

import re
import subprocess
from pathlib import Path

import pytest

from bench.fleet.costs import Prices
from tests.deploy import manifests

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
SHELL = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)", GUIDE))))
def test_links_lead_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()


@pytest.mark.parametrize("text", SHELL, ids=range(len(SHELL)))
def test_what_is_to_be_pasted_is_shell(text: str) -> None:
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_files_that_commands_name_exist_or_are_made_there() -> None:
    named = set(re.findall(r"(?<![\w/.$-])(?:scripts|deploy|monitoring)/[\w./-]+", "\n".join(SHELL)))
    assert named
    for name in named:
        assert (ROOT / name).exists(), name


def test_prices_are_those_that_the_simulation_reckons_with() -> None:
    found = manifests.containers(manifests.service("cloudrun.yaml")).values()
    own = Prices().hour(sum(map(manifests.cpus, found)), sum(map(manifests.gib, found)))
    with_both = manifests.containers(manifests.service("cloudrun.yaml", ("prometheus", "traces"))).values()
    collecting = Prices().hour(sum(map(manifests.cpus, with_both)), sum(map(manifests.gib, with_both)))
    for price in (Prices().hour(4, 16), own, collecting):
        assert f"**{price:.2f}**" in GUIDE
    for rate, usd in ((0.01, "37"), (0.1, "3.7"), (1, "0.37"), (10, "0.037")):
        assert float(usd) == pytest.approx(own / 3600 / rate * 1000, rel=0.02)
        assert f"| {usd} |" in GUIDE
    assert f"costs {24 * own:.0f} USD a day" in GUIDE
