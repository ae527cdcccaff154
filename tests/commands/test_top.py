"""`gateway top` as an operator types it, before real gateways: at once, on a terminal, and while a service restarts."""

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.__main__ import main
from gateway.keys.file import changing
from gateway.keys.ring import Scope
from gateway.store.directory import DirectoryStore
from tests.conftest import LIMITS
from tests.photos import photo
from tests.service import PROCESS, Triton, running_gateway, wait_until_ready

SECONDS = 30
JPEG = photo("chelsea")


class Done(NamedTuple):
    """What the command line said."""

    code: int
    out: str
    err: str


Top = Callable[..., Done]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The path of a file of keys, and its keys by their scopes."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    made = {"path": str(path)}
    scopes: dict[str, tuple[Scope, ...]] = {
        "all": ("process", "metrics", "admin"),
        "metrics": ("metrics",),
        "process": ("process",),
    }
    for name, allowed in scopes.items():
        with changing(path) as change:
            change.ring, key = change.ring.created(name, allowed, (), None, datetime.now(UTC))
        made[name] = key.text
    return made


@pytest.fixture(scope="module")
def url(triton: Triton, keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a gateway with everything there is to show."""
    store = DirectoryStore(tmp_path_factory.mktemp("data") / "store", 100_000_000)
    store.open()
    figures = f"http://{triton.server.metrics_address}/metrics"
    settings = replace(LIMITS, keys=Path(keys["path"]), triton_metrics=figures)
    with running_gateway(settings, triton.address, store) as url:
        wait_until_ready(url)
        yield url
    store.close()


@pytest.fixture
def top(url: str, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Top:
    def run(*arguments: str, url: str = url, key: str = keys["all"]) -> Done:
        monkeypatch.setenv("CUTOUT_API_KEY", key)
        with capture_logs():  # the service's, which runs in this process
            capsys.readouterr()
            try:
                code = main(["top", "--url", url, *arguments])
            except SystemExit as error:
                code = int(str(error.code))
            return Done(code, *capsys.readouterr())

    return run


@contextmanager
def busy(url: str, key: str) -> Iterator[None]:
    """Somebody has pictures cut out, one after another."""
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=url, headers={"X-Api-Key": key}, timeout=60) as client:
            while not over.is_set():
                client.post(PROCESS, content=JPEG, params={"use_cache": "false"})
                client.post(PROCESS, content=b"hello")

    client = threading.Thread(target=ask)
    client.start()
    try:
        yield
    finally:
        over.set()
        client.join()


def test_one_view_of_a_busy_service(top: Top, url: str, keys: dict[str, str]) -> None:
    expected = (
        rf"{url}  ready  standin_demo/1 \(demonstration\)  [0-9.]+ unknown  up ",
        r"\nlast [\d.]+ s +[1-9]\d*\.\d +0\.0 +[1-9]\d*\.\d +0\.0 +[\d.]+ ms",
        rf"\n{PROCESS} +[1-9]\d*\.\d +0 % ",
        r"\ndecode +[█▏]+ +[\d.]+ % +[\d.]+ ms",
        r"\nwork +\d of \d+ permits held, \d of \d+ places taken, 0 waiting",
        r"\nmemory +[\d.]+ [GM]B of ",
        r"\nstandin_demo/1 +– +[1-9]\d* +1\.00 +[\d.]+ ms +[\d.]+ ms",
        r"\nput +[1-9]\d* +0 +[\d.]+ ms",
        rf" +200 +POST {PROCESS} +[a-z]+ \d+, .* [0-9a-f]{{32}}",
    )
    end = time.monotonic() + SECONDS
    with busy(url, keys["process"]):
        missing = list(expected)
        while missing and time.monotonic() < end:  # a machine with other work may cut out nothing in a second
            done = top("--once", "--every", "1")
            assert (done.code, done.err) == (0, "")
            missing = [each for each in expected if not re.search(each, done.out)]
    assert not missing, done.out


def test_whoever_looks_is_not_among_what_is_seen(top: Top) -> None:
    out = top("--once", "--every", "0.1").out + top("--once", "--every", "0.1").out
    assert not re.search("^/(health|metrics|debug)", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        ("metrics", 0, "The slowest requests are not shown: "),
        ("process", 1, "lacks the scope metrics"),
        ("", 0, "The slowest requests are not shown: Send a key"),
    ],
    ids=["figures alone", "another scope", "no key, on the same machine"],
)
def test_who_may_see_what(top: Top, keys: dict[str, str], key: str, code: int, words: str) -> None:
    done = top("--once", "--every", "0.1", key=keys.get(key, ""))
    assert done.code == code
    assert words in (done.err if code else done.out)
    assert done.err.count("\n") == code


@pytest.mark.parametrize("every", ["0", "0.05", "3601", "-1", "nan", "often", "1e3", "٣"])
def test_no_time_between_two_looks(top: Top, every: str) -> None:
    done = top("--once", f"--every={every}")
    assert (done.code, done.out) == (2, "")
    assert "must be seconds from 0.1 to 3600" in done.err


def test_a_service_that_is_not_there(top: Top) -> None:
    port = free_port()
    done = top("--once", url=f"http://127.0.0.1:{port}")
    assert done == (1, "", f"gateway: the service at http://127.0.0.1:{port} does not answer (ConnectError)\n")


def test_what_is_not_this_service(top: Top, url: str) -> None:
    done = top("--once", url=f"{url}/docs")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


def test_without_a_terminal_it_says_what_to_ask_for(top: Top) -> None:
    assert top() == (1, "", "gateway: there is no terminal here: --once prints one view\n")


class Terminal:
    """`gateway top` on a terminal of its own; what it has shown since the last look at it."""

    def __init__(self, url: str, key: str = "") -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 160, 0, 0))
        self.before = termios.tcgetattr(self.theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "top", "--url", url, "--every", "0.2"],
            env={"CUTOUT_API_KEY": key, "TERM": "xterm-256color", "PATH": os.environ["PATH"]},
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=subprocess.PIPE,
            text=True,
        )

    def shows(self, words: str) -> None:
        """Returns once it does."""
        shown, end = "", time.monotonic() + SECONDS
        while words not in shown:
            assert time.monotonic() < end, shown[-3000:]
            if select.select([self._ours], [], [], 0.2)[0]:
                shown += os.read(self._ours, 65536).decode(errors="replace")

    def press(self, key: str) -> None:
        """As a person does."""
        os.write(self._ours, key.encode())

    def ended(self) -> tuple[int, str]:
        """The exit code, and what it said on standard error."""
        assert self.process.stderr is not None
        end = time.monotonic() + SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < end
            if select.select([self._ours], [], [], 0.1)[0]:  # a terminal that nobody reads stops it
                os.read(self._ours, 65536)
        return self.process.returncode, self.process.stderr.read()

    def close(self) -> None:
        """Ends what is left of it."""
        self.process.kill()
        self.process.communicate()
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def terminal(url: str, keys: dict[str, str]) -> Iterator[Terminal]:
    terminal = Terminal(url, keys["all"])
    yield terminal
    terminal.close()


def test_it_is_drawn_again_and_q_ends_it(terminal: Terminal) -> None:
    terminal.shows("first look")
    terminal.shows("last 0.")
    assert termios.tcgetattr(terminal.theirs) != terminal.before
    terminal.press("x")
    terminal.shows("last 0.")
    terminal.press("q")
    assert terminal.ended() == (0, "")
    assert termios.tcgetattr(terminal.theirs) == terminal.before


def test_it_may_be_interrupted(terminal: Terminal) -> None:
    terminal.shows("last 0.")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.ended() == (130, "")
    assert termios.tcgetattr(terminal.theirs) == terminal.before


def test_a_service_that_goes_and_comes_back(triton: Triton) -> None:
    port = free_port()
    with running_gateway(LIMITS, triton.address, port=port) as url:
        wait_until_ready(url)
        terminal = Terminal(url)
        terminal.shows("last 0.")
    try:
        terminal.shows("away for ")
        with running_gateway(LIMITS, triton.address, port=port):
            terminal.shows("restarted: figures since then")
            terminal.press("q")
            assert terminal.ended() == (0, "")
    finally:
        terminal.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
