"""How the status of a rollout is shown on a terminal."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.commands.line import line


def view(found: Mapping[str, Any]) -> RenderableType:
    """Of what GET /admin/rollout answers."""
    plan = found["plan"]
    if plan is None:
        return Text(f"{found['model']}: nothing has been rolled out yet; the newest version serves.")
    parts: list[RenderableType] = [_headline(found["model"], plan)]
    if found["why"]:
        parts.append(Text(f"guard: {found['action']}: {found['why']}"))
    if found["findings"]:
        parts.append(_findings(found["findings"]))
    parts.append(_instances(found["instances"]))
    return Group(*parts)


def event_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each event of a plan's history."""
    return [
        f"{each['at'][:19]}  {each['what']:<11}  version {each['version']}  {each['weight']:>3} %  "
        f"{each['who']}{': ' if each['why'] else ''}{line(each['why'])}"
        for each in events
    ]


def _headline(model: str, plan: Mapping[str, Any]) -> Text:
    text = f"{model}: version {plan['stable']} is stable"
    if plan["candidate"] is not None:
        follows = f", then {', '.join(map(str, plan['steps']))}" if plan["steps"] else ""
        text += f", version {plan['candidate']} answers {plan['weight']} % of the callers{follows}"
        text += f"; {100 * plan['shadow']:g} % of the pictures are shown to both" if plan["shadow"] else ""
    elif plan["previous"] is not None:
        text += f"; version {plan['previous']} is kept to go back to"
    return Text(text)


def _findings(findings: Iterable[Mapping[str, Any]]) -> Table:
    table = Table("limit", "found", "allowed", "sample", "", box=None, title_justify="left")
    for each in findings:
        found = "–" if each["found"] is None else f"{each['found']:.3g}"
        enough = each["sample"] >= each["needed"]
        word = "past it" if each["broken"] else ("holds" if enough else "too few yet")
        table.add_row(each["name"], found, f"{each['limit']:g}", f"{each['sample']} of {each['needed']}", word)
    return table


def _instances(instances: Iterable[Mapping[str, Any]]) -> Table:
    table = Table("instance", "loaded", "cannot load", box=None)
    for each in instances:
        failed = "; ".join(f"{version}: {reason}" for version, reason in each["failed"].items())
        table.add_row(each["instance"], ", ".join(map(str, each["loaded"])), failed)
    return table
