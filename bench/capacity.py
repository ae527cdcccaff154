"""What a load needs and costs on Cloud Run, on paper: `scripts/bench capacity`, or with measured times
`scripts/bench capacity --before 0.02 --after 0.08 --fixed 0.01 --each 0.05`.

A simulation (bench/fleet) of days with 100, 10,000 and 1,000,000 pictures; the default times are assumed: pictures of 3
megapixels on two cores (docs/performance.md), and 1.57 TFLOP at a third of what an L4 can do. `--check` compares it with this
machine instead: the embedded service's own times are measured in closed loops, then two open loops are run and simulated.
"""

import argparse
from dataclasses import replace

from bench.fleet.day import Day, Design, simulate

LOADS = (100, 10_000, 1_000_000)
HEAD = (
    "pictures/day | min-max | p50 s | p95 s |  cold | refused | turned away | batch | at most | instance-hours | USD/day | "
    "USD/1000"
)


def line(pictures: int, design: Design, day: Day) -> str:
    """One row of the table."""
    platform = design.platform
    return (
        f"{pictures:12,} | {platform.least}-{platform.most:<5} | {day.p50:5.2f} | {day.p95:5.2f} | {day.waited:5.1%} | "
        f"{day.refused:7.2%} | {day.turned_away:11.2%} | {day.batch:5.1f} | {day.most:7} | {day.hours:14.1f} | "
        f"{day.usd:7.2f} | {day.usd_a_thousand:8.3f}"
    )


def table(design: Design, loads: list[int], seed: int) -> None:
    """Prints it: scaled to zero, and with one instance that stays."""
    print(HEAD)
    for pictures in loads:
        for least in (0, 1):
            with_least = replace(design, platform=replace(design.platform, least=least))
            print(line(pictures, with_least, simulate(with_least, pictures, seed=seed)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Design()
    for name, text in (
        ("before", "seconds of a core before the model"),
        ("after", "seconds of a core after it"),
        ("fixed", "seconds of the GPU for a batch"),
        ("each", "and for each picture in it"),
        ("threads", "that compute in the gateway"),
    ):
        value = getattr(default, name)
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"{text} ({value})")
    parser.add_argument(
        "--start", type=float, default=default.platform.start, help="seconds until an instance is ready"
    )
    parser.add_argument("--most", type=int, default=default.platform.most, help="instances")
    parser.add_argument("--pictures", type=int, nargs="+", default=list(LOADS), help="a day")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="against the embedded service on this machine")
    parser.add_argument("--seconds", type=float, default=60, help="of each loop of --check")
    options = parser.parse_args()
    if options.check:
        from bench.capacity_check import check

        raise SystemExit(check(options.seconds))
    platform = replace(default.platform, start=options.start, most=options.most)
    times = {name: getattr(options, name) for name in ("before", "after", "fixed", "each", "threads")}
    table(replace(default, platform=platform, **times), options.pictures, options.seed)


if __name__ == "__main__":
    main()
