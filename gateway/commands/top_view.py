"""How a running service is shown on a terminal: figures in, a renderable out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.commands import top_figures as figures
from gateway.commands.exposition import Scrape
from gateway.commands.line import line
from gateway.commands.top_figures import CLASSES, Latency

_BAR: Final = 24
_ROUTES: Final = 8
_SLOW: Final = 8
_STAGES: Final = 4
_NOTHING: Final = "–"
_WHOLE: Final = "since the start"


class Health(msgspec.Struct):
    """What is shown of GET /health."""

    status: str
    model_version: str | None


class Version(msgspec.Struct):
    """What is shown of GET /version."""

    version: str
    revision: str
    model: str
    demo: bool


class Request(msgspec.Struct):
    """What is shown of one of GET /debug/slow."""

    request_id: str
    method: str
    path: str
    status: int
    seconds: float
    stages: dict[str, float]


class Slow(msgspec.Struct):
    """What is shown of GET /debug/slow."""

    requests: list[Request]


@dataclass(frozen=True)
class Look:
    """What a service said of itself.

    Attributes:
        scrape: all since its start, `uptime` seconds ago.
        lately: the same of the last `seconds`; None at the first look.
        restarted: whether it did in those.
        slow: the slowest requests, or why they are not shown.
    """

    url: str
    health: Health
    version: Version
    scrape: Scrape
    uptime: float
    slow: Slow | str
    lately: Scrape | None = None
    seconds: float = 0.0
    restarted: bool = False


def view(look: Look) -> RenderableType:
    """Of a service that answers."""
    return Group(_headline(look), Text(), *_body(look))


def away(reason: str, seconds: float, last: Look | None) -> RenderableType:
    """Of one that has not answered for so long; what it said last is shown below."""
    text = Text(f"away for {_span(seconds)}: {line(reason)}", style="bold red")
    return Group(text) if last is None else Group(text, Text("as it was:"), Text(), *_body(last))


def _headline(look: Look) -> Text:
    status = line(look.health.status)
    text = Text(f"{line(look.url)}  ", style="bold")
    text.append(status, style="green" if status == "ready" else "yellow")
    text.append(f"  {_build(look)}  up {_span(look.uptime)}")
    if look.restarted:
        text.append("  restarted: figures since then", style="yellow")
    if look.lately is None:
        text.append("  first look: all figures since the start", style="yellow")
    return text


def _build(look: Look) -> str:
    told = look.version
    demo = " (demonstration)" if told.demo else ""
    model = f"{told.model}/{look.health.model_version or _NOTHING}"
    return line(f"{model}{demo}  {told.version} {told.revision[:12]}")


def _body(look: Look) -> Iterator[RenderableType]:
    lately, seconds, when = (
        (look.scrape, look.uptime, _WHOLE) if look.lately is None else (look.lately, look.seconds, "lately")
    )
    yield _traffic(look, lately, seconds)
    yield Text()
    yield from _shown(_routes(lately, seconds))
    yield from _shown(_stages(lately, when) or _stages(look.scrape, _WHOLE))
    yield _state(look, lately)
    yield Text()
    yield _models(look, lately)
    yield Text()
    yield from _shown(_store(lately, when) or _store(look.scrape, _WHOLE))
    yield _slow(look.slow)


def _shown(table: Table | None) -> Iterator[RenderableType]:
    if table is not None:
        yield table
        yield Text()


def _traffic(look: Look, lately: Scrape, seconds: float) -> Table:
    table = _table("requests a second", *CLASSES, "p50", "p95", "p99")
    spans = [(look.scrape, look.uptime, f"since the start, {_span(look.uptime)}")]
    if look.lately is not None:
        spans.insert(0, (lately, seconds, f"last {_span(seconds)}"))
    for scrape, passed, name in spans:
        found = figures.traffic(scrape, passed)
        table.add_row(name, *(_rate(found.rates[each]) for each in CLASSES), *_latency(found.latency))
    return table


def _routes(lately: Scrape, seconds: float) -> Table | None:
    found = figures.routes(lately, seconds)
    table = _table("route", "a second", "5xx", "p50", "p95", "p99")
    for each in found[:_ROUTES]:
        table.add_row(
            Text(each.route or "(nowhere)"),
            _rate(each.rate),
            Text(_percent(each.failed), style="red" if each.failed else ""),
            *_latency(each.latency),
        )
    return table if found else None


def _stages(scrape: Scrape, when: str) -> Table | None:
    found = figures.stages(scrape)
    table = Table(f"stages {when}", "share of the time", "", "mean", box=None, pad_edge=False)
    for each in found:
        bar = Text("█" * round(_BAR * each.share) or "▏", style="cyan")
        table.add_row(Text(each.stage), bar, _percent(each.share), _seconds(each.mean))
    return table if found else None


def _state(look: Look, lately: Scrape) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in (
        ("work", _work(look.scrape)),
        ("cache", _cache(lately, look.scrape)),
        ("start", _start(look.scrape)),
        ("rollout", _rollout(look.scrape)),
        ("memory", _memory(look.scrape)),
        ("device", _device(look.scrape)),
    ):
        if text:
            table.add_row(name, Text(text))
    return table


def _work(now: Scrape) -> str:
    used, total, places, most, waiting = (
        now.sum(f"cutout_{name}") for name in ("permits_used", "permits", "places_used", "places", "queue_depth")
    )
    return f"{used:g} of {total:g} permits held, {places:g} of {most:g} places taken, {waiting:g} waiting"


def _cache(lately: Scrape, now: Scrape) -> str:
    told = [
        f"{_percent(ratio)} of {count:g} answered from earlier work {when}"
        for scrape, when in ((lately, "lately"), (now, _WHOLE))
        if (found := figures.cache(scrape))
        for count, ratio in (found,)
    ]
    faults = now.sum("cutout_cache_faults_total")
    return ", ".join([*told, f"its store failed {faults:g} times"] if faults else told)


def _start(now: Scrape) -> str:
    if starting := now.sum("cutout_starting_seconds"):
        return f"the model has been starting for {_span(starting)}"
    count, took, first, absences = (
        now.sum(f"cutout_{name}")
        for name in ("cold_starts_total", "cold_start_seconds", "first_result_seconds", "model_absences_total")
    )
    told = [f"cold starts: {count:g}, the last took {_span(took)}"] if count else []
    told += [f"first result after {_span(first)}"] if first else []
    return ", ".join([*told, f"Triton was away for {absences:g} requests"] if absences else told)


def _rollout(now: Scrape) -> str:
    guard = [labels["action"] for labels, value in now.rows("cutout_rollout_guard") if value]
    events = now.by("event", "cutout_rollout_events_total")
    told = [f"guard: {action}" for action in guard]
    return ", ".join([*told, *(f"{event}: {count:g}" for event, count in events.items() if count)])


def _memory(now: Scrape) -> str:
    used, most, own = (
        now.sum(name)
        for name in ("cutout_memory_used_bytes", "cutout_memory_limit_bytes", "process_resident_memory_bytes")
    )
    told = [f"{_size(used)} of {_size(most)} ({_percent(used / most)})"] if most else []
    told += [f"the gateway {_size(own)}"] if own else []
    events = now.by("event", "cutout_memory_events_total")
    return ", ".join([*told, *(f"{event}: {count:g}" for event, count in events.items() if count)])


def _device(now: Scrape) -> str:
    cards = now.by("gpu_uuid", "nv_gpu_utilization")
    used, most = (now.by("gpu_uuid", f"nv_gpu_memory_{name}_bytes") for name in ("used", "total"))
    return ", ".join(
        f"GPU {number}: {_percent(busy)} busy, {_size(used.get(card, 0))} of {_size(most.get(card, 0))}"
        for number, (card, busy) in enumerate(cards.items())
    )


def _models(look: Look, lately: Scrape) -> RenderableType:
    if not look.scrape.sum("cutout_triton_scraped"):
        return Text("Triton's own figures cannot be had.", style="yellow")
    whole = {(each.model, each.version): each for each in figures.serving(look.scrape)}
    table = _table("model", "weight", "pictures lately", "batch", "in its queue", "in the model")
    for each in figures.serving(lately):
        shown = each if each.pictures else whole[each.model, each.version]
        weight = _NOTHING if each.weight is None else f"{each.weight:g} %"
        batch = _NOTHING if shown.batch is None else f"{shown.batch:.2f}"
        name = Text(f"{each.model}/{each.version}")
        table.add_row(name, weight, f"{each.pictures:g}", batch, _seconds(shown.queue), _seconds(shown.infer))
    return table


def _store(scrape: Scrape, when: str) -> Table | None:
    found = figures.stored(scrape)
    table = _table(f"store {when}", "operations", "failed", "p95")
    for each in found:
        failed = Text(f"{each.failed:g}", style="red" if each.failed else "")
        table.add_row(Text(each.operation), f"{each.operations:g}", failed, _seconds(each.p95))
    return table if found else None


def _slow(slow: Slow | str) -> RenderableType:
    if isinstance(slow, str):
        return Text(f"The slowest requests are not shown: {line(slow)}", style="yellow")
    table = Table("slowest", "", "", "what took how many ms", "request", box=None, pad_edge=False)
    for each in slow.requests[:_SLOW]:
        status = Text(str(each.status), style="red" if each.status >= 500 else "")
        told = (f"{each.method} {each.path}", _longest(each.stages), each.request_id)
        table.add_row(_seconds(each.seconds), status, *(Text(line(text)) for text in told))
    return table


def _longest(spent: Mapping[str, float]) -> str:
    longest = sorted(spent.items(), key=lambda each: -each[1])[:_STAGES]
    return ", ".join(f"{stage} {milliseconds:.0f}" for stage, milliseconds in longest)


def _table(first: str, *others: str) -> Table:
    """Of one name and of figures."""
    table = Table(first, box=None, pad_edge=False)
    for each in others:
        table.add_column(each, justify="right")
    return table


def _latency(found: Latency) -> Iterable[str]:
    return map(_seconds, found)


def _rate(found: float) -> str:
    return f"{found:.1f}" if found >= 0.05 or not found else f"{found:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 or not share else f"{100 * share:.2g} %"


def _seconds(found: float | None) -> str:
    if found is None:
        return _NOTHING
    return f"{1000 * found:.3g} ms" if found < 0.9995 else f"{found:.2f} s"


def _span(seconds: float) -> str:
    """Of a time that has passed."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes / 60:.0f} h" if minutes < 100 * 60 else f"{minutes / 1440:.0f} d"


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 999_500_000 else f"{count / 1e6:.0f} MB"
