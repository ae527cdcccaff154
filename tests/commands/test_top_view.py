"""What an operator sees of figures, without a service."""

import pytest
from prometheus_client.metrics_core import Metric
from rich.console import Console, RenderableType

from gateway.commands import top_figures as figures
from gateway.commands.exposition import Scrape, grown, read
from gateway.commands.top_view import Health, Look, Request, Slow, Version, away, view
from gateway.stopwatch import Stopwatch
from gateway.telemetry import metrics as live
from gateway.telemetry.metrics import Metrics, exposed
from gateway.telemetry.record import Record

PROCESS = "/api/v2/process"
TRITON = """# TYPE nv_inference_count counter
nv_inference_count{{model="best",version="3"}} {count}
# TYPE nv_inference_exec_count counter
nv_inference_exec_count{{model="best",version="3"}} {batches}
# TYPE nv_inference_request_success counter
nv_inference_request_success{{model="best",version="3"}} {count}
# TYPE nv_inference_queue_duration_us counter
nv_inference_queue_duration_us{{model="best",version="3"}} {queue}
# TYPE nv_inference_compute_infer_duration_us counter
nv_inference_compute_infer_duration_us{{model="best",version="3"}} {infer}
# TYPE nv_gpu_utilization gauge
nv_gpu_utilization{{gpu_uuid="GPU-1"}} 0.42
# TYPE nv_gpu_memory_used_bytes gauge
nv_gpu_memory_used_bytes{{gpu_uuid="GPU-1"}} 3000000000
# TYPE nv_gpu_memory_total_bytes gauge
nv_gpu_memory_total_bytes{{gpu_uuid="GPU-1"}} 24000000000
"""
STANDING = (
    live.SERVING.family((("best", "3"), 1)),
    live.PERMITS.is_(8),
    live.PERMITS_USED.is_(7),
    live.PLACES.is_(10),
    live.PLACES_USED.is_(9),
    live.WAITING.is_(2),
    live.CACHE.family((("hit",), 3), (("miss",), 6), (("coalesced",), 1)),
    live.COLD_STARTS.is_(2),
    live.COLD_START_SECONDS.is_(31),
    live.MEMORY_USED.is_(4e9),
    live.MEMORY_LIMIT.is_(16e9),
    live.MEMORY_EVENTS.family((("oom_kill",), 1)),
    live.WEIGHT.family((("best", "3"), 90), (("best", "4"), 10)),
    live.GUARD.family((("hold",), 1)),
    live.TRITON_SCRAPED.is_(1),
)


class Service:
    """A gateway's own counters, and what it would say."""

    def __init__(self, *standing: Metric) -> None:
        self.metrics, self.standing = Metrics(), standing or STANDING

    def answer(self, seconds: float, status: int = 200, route: str = PROCESS, **stages: float) -> None:
        watch = Stopwatch()
        watch.stages |= stages
        kept = Record("POST", route, "", "", 0.0, watch=watch, route=route, status=status, seconds=seconds)
        self.metrics.observe(kept)

    def scrape(self, count: int = 0, batches: int = 0, queue: int = 0, infer: int = 0) -> Scrape:
        triton = TRITON.format(count=count, batches=batches, queue=queue, infer=infer)
        return read(exposed(self.metrics, self.standing).decode() + triton)


def look(scrape: Scrape, lately: Scrape | None = None, slow: Slow | str = "it needs a key", **more: object) -> Look:
    given = {"uptime": 7200.0, "seconds": 2.0} | more
    return Look(
        url="http://127.0.0.1:8080",
        health=Health("ready", "3"),
        version=Version("1.2.0", "abcdef", "best", demo=False),
        scrape=scrape,
        slow=slow,
        lately=lately,
        **given,  # type: ignore[arg-type]
    )


def printed(shown: RenderableType, width: int = 120) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


def row(text: str, name: str) -> str:
    """What stands behind `name` on the line that begins with it."""
    (found,) = (each for each in text.splitlines() if each.startswith(name))
    return " ".join(found.removeprefix(name).split())


def test_rates_by_class_are_of_whoever_waits() -> None:
    service = Service()
    before = service.scrape()
    for status in (200, 200, 304, 404, 499, 500):
        service.answer(0.3, status)
    for route in ("/health/ready", "/metrics", "/debug/slow", "/api/v2/progress/{session_id}"):
        service.answer(50, 200, route)
    found = figures.traffic(grown(service.scrape(), before), 2)
    assert found.rates == {"2xx": 1, "3xx": 0.5, "4xx": 1, "5xx": 0.5}
    assert found.latency == pytest.approx((0.375, 0.4875, 0.4975))  # all six between 0.25 and 0.5


def test_routes_by_how_often_they_are_asked() -> None:
    service = Service()
    for status in (200, 503):
        service.answer(0.3, status, "/warmup")
    for _ in range(3):
        service.answer(0.01)
    service.answer(0.001, 404, "")
    found = figures.routes(service.scrape(), 10)
    assert [(each.route, each.rate, each.failed) for each in found] == [
        (PROCESS, 0.3, 0),
        ("/warmup", 0.2, 0.5),
        ("", 0.1, 0),
    ]


def test_stages_share_the_time() -> None:
    service = Service()
    service.answer(1, decode=0.1, infer=0.6)
    service.answer(1, decode=0.3)
    assert [(each.stage, each.share, each.mean) for each in figures.stages(service.scrape())] == [
        ("infer", pytest.approx(0.6), pytest.approx(0.6)),
        ("decode", pytest.approx(0.4), pytest.approx(0.2)),
    ]


def test_batches_and_tritons_queue_are_of_the_time_between() -> None:
    service = Service()
    lately = grown(service.scrape(30, 10, 9_000, 600_000), service.scrape(10, 10, 5_000, 200_000))
    third, fourth = figures.serving(lately)
    assert third == ("best", "3", 90, 20, None, pytest.approx(0.0002), pytest.approx(0.02))
    assert fourth == ("best", "4", 10, 0, None, None, None)
    lately = grown(service.scrape(30, 15), service.scrape(10, 5))
    assert figures.serving(lately)[0].batch == 2


def test_operations_of_the_store_that_failed() -> None:
    service = Service()
    for result in ("ok", "ok", "failed"):
        service.metrics.store_operation("put", result, 0.3)
    service.metrics.store_operation("get", "absent", 0.01)
    assert [(each.operation, each.operations, each.failed) for each in figures.stored(service.scrape())] == [
        ("put", 3, 1),
        ("get", 1, 0),
    ]


def test_everything_is_on_one_view() -> None:
    service = Service()
    before = service.scrape(2, 2, 100, 100)
    service.answer(0.3, decode=0.1, infer=0.3)
    service.answer(0.3, 503)
    service.metrics.store_operation("put", "failed", 0.3)
    now = service.scrape(6, 4, 4_100, 400_100)
    slow = Slow([Request("name-1", "POST", PROCESS, 200, 1.25, {"decode": 100.0, "infer": 1100.0})])
    text = printed(view(look(now, grown(now, before), slow)))
    assert text.startswith("http://127.0.0.1:8080  ready  best/3  1.2.0 abcdef  up 2 h")
    assert row(text, "last 2.0 s") == "0.5 0.0 0.0 0.5 375 ms 488 ms 498 ms"
    assert row(text, PROCESS) == "1.0 50 % 375 ms 488 ms 498 ms"
    assert row(text, "infer ") == "██████████████████ 75 % 300 ms"
    assert row(text, "decode ") == "██████ 25 % 100 ms"
    assert "7 of 8 permits held, 9 of 10 places taken, 2 waiting" in text
    assert "40 % of 10 answered from earlier work since the start" in text
    assert "cold starts: 2, the last took 31 s" in text
    assert "guard: hold" in text
    assert "4.0 GB of 16.0 GB (25 %)" in text and "oom_kill: 1" in text
    assert "GPU 0: 42 % busy, 3.0 GB of 24.0 GB" in text
    assert row(text, "best/3") == "90 % 4 2.00 1 ms 100 ms"
    assert row(text, "best/4") == "10 % 0 – – –"
    assert row(text, "put") == "1 1 488 ms"
    assert row(text, "1.25 s") == f"200 POST {PROCESS} infer 1100, decode 100 name-1"


def test_a_service_of_which_nothing_is_known_yet() -> None:
    text = printed(view(look(Service(live.STARTING_SECONDS.is_(12), live.TRITON_SCRAPED.is_(0)).scrape())))
    assert "first look: all figures since the start" in text
    assert row(text, "since the start, 2 h") == "0.0 0.0 0.0 0.0 – – –"
    assert "the model has been starting for 12 s" in text
    assert "Triton's own figures cannot be had." in text
    assert "The slowest requests are not shown: it needs a key" in text


def test_a_restart_is_said() -> None:
    scrape = Service().scrape()
    assert "restarted: figures since then" in printed(view(look(scrape, scrape, restarted=True)))


def test_a_service_that_is_away_is_shown_as_it_was() -> None:
    service = Service()
    service.answer(0.3)
    text = printed(away("it does not answer", 12, look(service.scrape())))
    assert text.startswith("away for 12 s: it does not answer\nas it was:\n")
    assert row(text, PROCESS)
    assert printed(away("it does not answer", 3, None)) == "away for 3.0 s: it does not answer\n"


def test_what_others_wrote_moves_no_cursor_and_is_no_markup() -> None:
    slow = Slow([Request("\x1b]0;x\x07", "GET", "/[red]\x1b[2J\r\n", 404, 0.1, {"\x1b[1m": 1.0})])
    text = printed(view(look(Service().scrape(), slow=slow)))
    assert "\x1b" not in text and "\x07" not in text and "\r" not in text
    assert "GET /[red] [2J" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    service = Service()
    service.answer(0.3, decode=0.1)
    scrape = service.scrape()
    slow = Slow([Request("r" * 128, "POST", "/" + "p" * 300, 200, 1.25, {"decode": 100.0})])
    assert max(map(len, printed(view(look(scrape, scrape, slow)), width).splitlines())) <= width
