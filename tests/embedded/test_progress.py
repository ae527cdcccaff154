import asyncio
import io
import re

import pytest

from gateway.embedded.progress import waiting_line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def wait_a_little(terminal: io.StringIO | None) -> None:
    async with waiting_line(terminal, "Starting Triton"):
        await asyncio.sleep(0.25)


def test_a_terminals_line_rewrites_itself() -> None:
    terminal = Terminal()
    asyncio.run(wait_a_little(terminal))
    assert terminal.getvalue().count("\rStarting Triton … 0.") >= 2
    assert re.search(r"\rStarting Triton … ready after \d\.\d s\n$", terminal.getvalue())


def test_a_pipe_gets_two_lines() -> None:
    pipe = io.StringIO()
    asyncio.run(wait_a_little(pipe))
    assert re.fullmatch(r"Starting Triton …\nStarting Triton … ready after \d\.\d s\n", pipe.getvalue())


def test_no_terminal_is_shown_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    asyncio.run(wait_a_little(None))
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_said() -> None:
    async def fail() -> None:
        async with waiting_line(pipe, "Starting Triton"):
            raise OSError("gone")

    pipe = io.StringIO()
    with pytest.raises(OSError, match="gone"):
        asyncio.run(fail())
    assert "failed after" in pipe.getvalue()
