"""Rows as a dashboard of Grafana 10 and later."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from monitoring.panel import Panel, Query, Row

_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH: Final = 24
_KINDS: Final = {"stat": "stat", "lines": "timeseries", "stack": "timeseries", "table": "table"}
_SIZES: Final = {"stat": (4, 4), "lines": (6, 7), "stack": (6, 7), "table": (12, 5), "note": (24, 8)}
"""Width and height, in Grafana's grid of 24."""


def dashboard(rows: Iterable[Row]) -> dict[str, Any]:
    """What Grafana imports; the data source is asked for by a variable."""
    return {
        "title": "Cut-outs",
        "uid": "cutout",
        "description": "The background-removal service: what is going on, and why. Made by `python -m monitoring`.",
        "tags": ["cutout"],
        "schemaVersion": 39,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "templating": {
            "list": [{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "annotations": {"list": [_restarts()]},
        "panels": [{"id": number, **each} for number, each in enumerate(_panels(rows), 1)],
    }


def _restarts() -> dict[str, Any]:
    return {
        "name": "Starts",
        "datasource": _DATASOURCE,
        "expr": "changes(cutout_cold_starts_total[1m]) > 0",
        "iconColor": "blue",
        "enable": True,
        "titleFormat": "the model came to serve",
    }


def _panels(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    top = 0
    for row in rows:
        yield {"type": "row", "title": row.title, "collapsed": False, "panels": [], "gridPos": _at(0, top, _WIDTH, 1)}
        top += 1
        if row.note:
            width, height = _SIZES["note"]
            yield _note(row.note) | {"gridPos": _at(0, top, width, height)}
            top += height
        for panel, place in _placed(row.panels, top):
            yield _drawn(panel) | {"gridPos": place}
            top = max(top, place["y"] + place["h"])


def _placed(panels: Iterable[Panel], top: int) -> Iterator[tuple[Panel, dict[str, int]]]:
    """From left to right, and on the next line where one does not fit; a line is as high as its highest."""
    left = high = 0
    for panel in panels:
        width, height = _SIZES[panel.kind]
        if left + width > _WIDTH:
            left, top, high = 0, top + high, 0
        yield panel, _at(left, top, width, height)
        left, high = left + width, max(high, height)


def _at(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _note(text: str) -> dict[str, Any]:
    return {"type": "text", "title": "", "options": {"mode": "markdown", "content": text}}


def _drawn(panel: Panel) -> dict[str, Any]:
    return {
        "type": _KINDS[panel.kind],
        "title": panel.title,
        "description": panel.text,
        "datasource": _DATASOURCE,
        "targets": [_target(query, chr(ord("A") + n), panel) for n, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _OPTIONS[panel.kind],
    }


def _target(query: Query, ref: str, panel: Panel) -> dict[str, Any]:
    instant = panel.kind == "table"
    return {
        "refId": ref,
        "datasource": _DATASOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": instant,
        "range": not instant,
        "format": "table" if instant else "time_series",
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": panel.unit, "color": {"mode": "thresholds"}, "thresholds": _thresholds(panel)}
    if panel.kind in ("lines", "stack"):
        found["color"] = {"mode": "palette-classic"}
        stacked = panel.kind == "stack"
        found["custom"] = {
            "fillOpacity": 40 if stacked else 5,
            "stacking": {"mode": "normal" if stacked else "none"},
            "showPoints": "never",
        }
        found["min"] = 0
    return found


def _thresholds(panel: Panel) -> dict[str, Any]:
    warn, alarm = panel.warn, panel.alarm
    steps: list[tuple[str, float | None]]
    if warn is None or alarm is None:
        steps = [("green", None)]
    elif warn < alarm:
        steps = [("green", None), ("yellow", warn), ("red", alarm)]
    else:
        steps = [("red", None), ("yellow", alarm), ("green", warn)]
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in steps]}


_LINES: Final = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    "tooltip": {"mode": "multi", "sort": "desc"},
}
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "stat": {"colorMode": "background", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "lines": _LINES,
    "stack": _LINES,
    "table": {"showHeader": True},
}
