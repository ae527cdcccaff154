"""The rules of alerts.yaml as alert policies of Cloud Monitoring, one for each alert.

Cloud Monitoring keeps no figures of recording rules for a Cloud Run service, so their expressions stand where their names do.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ABSENT: Final = {
    "CutoutDown": "the sidecar that scrapes an instance ends with it",
    "CutoutAbsent": "no instance is no fault where they scale to zero",
}
"""Alerts that mean nothing on Cloud Run."""
_SEVERITIES: Final = {"page": "CRITICAL", "ticket": "ERROR", "info": "WARNING"}
_RECORDED: Final = re.compile(r"cutout:\w+:\w+")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def policies(path: Path) -> dict[str, dict[str, Any]]:
    """By the alert's name, as the API's AlertPolicy, of the rules in `path`."""
    groups = yaml.safe_load(path.read_text())["groups"]
    recorded = {rule["record"]: rule["expr"] for group in groups for rule in group["rules"] if "record" in rule}
    return {
        rule["alert"]: _policy(rule, group["name"], recorded)
        for group in groups
        for rule in _alerts(group["rules"])
        if rule["alert"] not in ABSENT
    }


def _alerts(rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for rule in rules if "alert" in rule]


def _policy(rule: Mapping[str, Any], group: str, recorded: Mapping[str, str]) -> dict[str, Any]:
    told = rule["annotations"]
    return {
        "displayName": rule["alert"],
        "severity": _SEVERITIES[rule["labels"]["severity"]],
        "combiner": "OR",
        "conditions": [
            {
                "displayName": rule["alert"],
                "conditionPrometheusQueryLanguage": {
                    "query": expanded(rule["expr"], recorded),
                    "duration": f"{seconds(rule.get('for', '0s'))}s",
                    "evaluationInterval": "60s",
                    "ruleGroup": group,
                    "alertRule": rule["alert"],
                    "disableMetricValidation": True,
                },
            }
        ],
        "documentation": {
            "mimeType": "text/markdown",
            "content": f"{told['description']}\n\nWhat to do: {told['runbook_url']} of the revision that runs.",
        },
        "userLabels": {"severity": rule["labels"]["severity"]},
    }


def expanded(expr: str, recorded: Mapping[str, str]) -> str:
    """`expr` with the expressions of recorded figures in place of their names. Raises KeyError for one that is not recorded."""
    return _RECORDED.sub(lambda found: f"({recorded[found[0]]})", expr)


def seconds(duration: str) -> int:
    """Of Prometheus's "90s", "5m" or "6h"."""
    return int(duration[:-1]) * _SECONDS[duration[-1]]
