"""Progress as lines of a log: a line for each tenth, none twice."""

from structlog.testing import capture_logs

from gateway.commands.logged import Logged


def test_a_line_for_each_tenth() -> None:
    with capture_logs() as lines:
        progress = Logged()
        for done in range(0, 101, 5):
            progress.at("weights", done, 100)
        progress.at("other", 1, None)
        progress.at("other", 2, None)
        progress.note("licence")
    fetched = [(line["what"], line["bytes"]) for line in lines[:-1]]
    assert fetched == [*(("weights", done) for done in range(0, 101, 10)), ("other", 1)]
    assert lines[-1]["event"] == "licence"
