"""What a person sees while a file comes."""

import io

from checkpoints.terminal import Terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    """Twenty steps of 50 MB to 400 MB, half a second each."""
    now = iter(range(100))
    terminal = Terminal(stream, lambda: next(now) / 2)
    for step in range(21):
        terminal.at("Fetching a.pth", 50_000_000 + step * 17_500_000, 400_000_000)
    terminal.note("done")
    return stream.getvalue()


def test_a_terminal_shows_one_line_that_rewrites_itself():
    text = shown(Screen())
    assert text.count("\r\x1b[K") == 21
    assert "\r\x1b[KFetching a.pth  225 / 400 MB  35.0 MB/s  5 s left\r" in text
    assert text.endswith("\r\x1b[KFetching a.pth  400 / 400 MB  35.0 MB/s\ndone\n")


def test_a_file_gets_a_line_for_each_tenth():
    lines = shown(io.StringIO()).splitlines()
    assert lines[0] == "Fetching a.pth  50 / 400 MB"
    assert [line.split()[2] for line in lines[:-1]] == [
        "50",
        "85",
        "120",
        "172",
        "208",
        "242",
        "295",
        "330",
        "365",
        "400",
    ]


def test_steps_that_follow_each_other_too_fast_are_not_all_shown():
    screen, now = Screen(), iter(range(10_000))
    terminal = Terminal(screen, lambda: next(now) / 1000)
    for done in range(1000):
        terminal.at("a", done, 1000)
    assert screen.getvalue().count("\r") == 10


def test_a_file_that_comes_again_from_its_beginning_is_shown_again():
    stream = io.StringIO()
    terminal = Terminal(stream)
    for done in (0, 5, 10, 0, 5, 10):
        terminal.at("a", done * 1_000_000, 10_000_000)
    assert stream.getvalue().splitlines() == ["a  0 / 10 MB", "a  5 / 10 MB", "a  10 / 10 MB"] * 2


def test_a_note_does_not_overwrite_the_line():
    screen = Screen()
    terminal = Terminal(screen)
    terminal.at("a", 1_000_000, None)
    terminal.note("trying again")
    assert screen.getvalue() == "\r\x1b[Ka  1 MB\ntrying again\n"
