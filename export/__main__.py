"""Command line of everything that happens before a model is served: `python -m export --help`."""

import argparse
import sys

from export.commands import engine, fetch, graph, onnx, train_demo, train_timed, verify

COMMANDS = [
    fetch.COMMAND,
    onnx.COMMAND,
    engine.COMMAND,
    verify.COMMAND,
    graph.COMMAND,
    train_demo.COMMAND,
    train_timed.COMMAND,
]


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        grammar = commands.add_parser(command.name, help=command.help)
        command.options(grammar)
        grammar.set_defaults(run_command=command.run)
    return top


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 done, 1 refused, 2 the command line is wrong, 130 interrupted."""
    parsed = parser().parse_args(arguments)
    try:
        parsed.run_command(parsed)
    except ValueError as exc:  # what the steps refuse: a checkpoint, a graph past its bounds
        print(f"python -m export: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
