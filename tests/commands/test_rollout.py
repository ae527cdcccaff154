"""`gateway rollout` as an operator types it, before a real gateway on the stand-in."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.__main__ import main
from gateway.keys.file import changing
from gateway.keys.ring import Scope
from gateway.settings import Settings
from tests.service import running_gateway, running_triton, wait_until_ready
from tests.standin import write_model
from tests.store.memory import MemoryStore
from tests.versions import NUMBERS, another, corrupt

MODEL = "standin"
ROLLOUT = "/admin/rollout"
NEW = str(NUMBERS["another"])
HELD = ("--requests", "1000000", "--hold", "0m")
"""So that nothing but an operator changes the weight after the first step."""


class Done(NamedTuple):
    """What the command line said."""

    code: int
    out: str
    err: str


Gateway = Callable[..., Done]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


def key(keys: Path, *scopes: Scope) -> str:
    with changing(keys) as change:
        change.ring, made = change.ring.created("somebody", scopes, (), None, datetime.now(UTC))
    return made.text


@pytest.fixture(scope="module")
def admin(keys: Path) -> str:
    return key(keys, "admin", "process")


@pytest.fixture(scope="module")
def customer(keys: Path) -> str:
    return key(keys, "process")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, keys: Path, admin: str, customer: str) -> Iterator[str]:
    """Of a gateway that has read all keys."""
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, MODEL)
    settings = Settings(model=MODEL, keys=keys, repository=repository, plan_seconds=0.1, load_seconds=20)
    with running_triton(repository, MODEL) as triton, running_gateway(settings, triton.address, MemoryStore()) as url:
        another(repository / MODEL, NUMBERS["another"])
        corrupt(repository / MODEL, NUMBERS["corrupt"])
        wait_until_ready(url)
        yield url


@pytest.fixture
def operator(url: str, admin: str) -> Iterator[httpx.Client]:
    """Nothing is rolled out, though there may have been something."""
    with httpx.Client(base_url=url, headers={"X-Api-Key": admin}, timeout=60) as client:
        found = client.get(ROLLOUT).json()["plan"]
        while found is not None and (found["candidate"], found["previous"]) != (None, None):
            found = client.post(f"{ROLLOUT}/rollback").json()["plan"]
        yield client


@pytest.fixture
def gateway(
    operator: httpx.Client, url: str, admin: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Gateway:
    def run(*arguments: str, url: str = url, key: str | None = admin) -> Done:
        monkeypatch.setenv("CUTOUT_API_KEY", key or "")
        with capture_logs():  # the service's, which runs in this process
            capsys.readouterr()
            try:
                code = main(["rollout", "--url", url, *arguments])
            except SystemExit as error:
                code = int(str(error.code))
            return Done(code, *capsys.readouterr())

    return run


def start(gateway: Gateway, operator: httpx.Client, *arguments: str) -> None:
    """Version 2 answers half of the callers."""
    assert gateway("start", NEW, "--stable", "1", "--steps", "50", *HELD, *arguments).code == 0
    end = time.monotonic() + 20
    while operator.get(ROLLOUT).json()["plan"]["weight"] != 50:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_rollout_from_start_to_end(gateway: Gateway, operator: httpx.Client) -> None:
    start(gateway, operator, "--why", "a later epoch")
    assert f"version {NEW} answers 50 % of the callers" in gateway("status").out
    assert f"version {NEW} answers 60 %" in gateway("weight", "60").out
    assert "10 % of the pictures are shown to both" in gateway("shadow", "on").out
    assert f"version {NEW} is stable; version 1 is kept to go back to" in gateway("promote").out
    assert "version 1 is stable" in gateway("rollback", "--why", "they complain").out
    lines = gateway("history").out.splitlines()
    assert [line.split()[1] for line in lines[-6:]] == ["started", "stepped", "weight", "shadow", "promoted", "rolled"]
    assert lines[-6].endswith(": a later epoch")
    assert lines[-1].endswith(": they complain")


def test_the_report_is_written(gateway: Gateway, operator: httpx.Client, tmp_path: Path) -> None:
    start(gateway, operator)
    report = tmp_path / "report.html"
    assert gateway("compare", "-o", str(report)) == (0, "", "")
    assert report.read_text().startswith("<!doctype html>")
    for nowhere in (tmp_path, tmp_path / "nowhere" / "report.html"):
        done = gateway("compare", "-o", str(nowhere))
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(f"gateway: {nowhere}: cannot be written: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("start", "0"), "from 1 to 2147483647"),
        (("start", NEW, "--weight", "0"), "from 1 to 100"),
        (("start", NEW, "--weight", "5", "--steps", "5"), "not allowed with"),
        (("start", NEW, "--error-rate", "nan"), "must be a number, not 'nan'"),
        (("start", NEW, "--p95-ratio", "inf"), "must be a number, not 'inf'"),
        (("start", NEW, "--shadow", "nan"), "a share from 0 to 1"),
        (("start", NEW, "--hold", "soon"), "--hold"),
        (("weight", "101"), "from 0 to 100"),
        (("shadow", "2"), "a share from 0 to 1"),
        (("promote", "--generation", "new"), "--generation"),
        (("compare",), "-o"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anybody_is_asked(
    gateway: Gateway, arguments: tuple[str, ...], words: str
) -> None:
    done = gateway(*arguments, url="http://127.0.0.1:1")
    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("start", "99", "--stable", "1"), "there is no model.onnx or model.plan in "),
        (("start", str(NUMBERS["corrupt"]), "--stable", "1"), "cannot be loaded"),
        (("start", "1", "--stable", "1"), "version 1 is the stable one already."),
        (("start", NEW, "--steps", "50,10"), "steps must rise from 1 to at most 100"),
        (("start", NEW, "--requests", "1.5"), "requests must be a whole number"),
        (("start", NEW, "--shadow-budget", "off"), "shadow_budget must be a number from 0.01 to 1"),
        (("start", NEW, "--hold", "100d"), "hold_seconds must be a number from 0 to 2592000"),
        (("start", NEW, "--why", "two\nlines"), "why must be one line of up to 500 characters"),
        (("start", NEW, "--why", "\x1b[31m"), "why must be one line of up to 500 characters"),
        (("start", NEW, "--why", "x" * 501), "why must be one line of up to 500 characters"),
        (("start", NEW, "--generation", "7"), "The plan is another one by now"),
        (("weight", "5"), "start"),
        (("shadow", "on"), "start"),
        (("promote",), "start"),
        (("rollback",), "roll"),
    ],
)
def test_what_the_service_refuses_is_told_in_one_line(gateway: Gateway, arguments: tuple[str, ...], words: str) -> None:
    done = gateway(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("gateway: ")
    assert words in done.err


def test_what_another_operator_has_changed_meanwhile_is_not_overwritten(
    gateway: Gateway, operator: httpx.Client
) -> None:
    start(gateway, operator)
    seen = str(operator.get(ROLLOUT).json()["generation"])
    assert gateway("weight", "60", "--generation", seen).code == 0
    done = gateway("promote", "--generation", seen)
    assert (done.code, "look at it again" in done.err) == (1, True)


def test_whoever_may_not_is_told_why(gateway: Gateway, customer: str) -> None:
    for given, words in ((None, "Send a key"), ("nonsense", "key"), (customer, "lacks the scope")):
        done = gateway("status", key=given)
        assert (done.code, done.out, words in done.err) == (1, "", True)


def test_a_service_that_is_not_there(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = gateway("status", url=f"http://127.0.0.1:{port}")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"gateway: the service at http://127.0.0.1:{port} does not answer (ConnectError)\n"


@pytest.mark.parametrize("path", ["/version", "/docs"])
def test_what_is_not_this_service(gateway: Gateway, url: str, path: str) -> None:
    done = gateway("status", url=f"{url}{path}#")
    assert done.code == 1
    assert done.err.count("\n") == 1


def test_watching_ends_with_the_rollout(gateway: Gateway, operator: httpx.Client, url: str, admin: str) -> None:
    start(gateway, operator)
    with watching(url, admin) as watch:
        operator.post(f"{ROLLOUT}/rollback", json={"why": "enough"}).raise_for_status()
        out, err = watch.communicate(timeout=20)
    assert (watch.returncode, err) == (0, "")
    assert out.splitlines()[-1].endswith(": enough")


def test_watching_may_be_interrupted(gateway: Gateway, operator: httpx.Client, url: str, admin: str) -> None:
    start(gateway, operator)
    with watching(url, admin) as watch:
        time.sleep(2)  # until it looks
        watch.send_signal(signal.SIGINT)
        _, err = watch.communicate(timeout=20)
    assert (watch.returncode, err) == (130, "")
    assert operator.get(ROLLOUT).json()["plan"]["candidate"] == NUMBERS["another"]


def watching(url: str, admin: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "gateway", "rollout", "--url", url, "watch"]
    return subprocess.Popen(
        command, env={"CUTOUT_API_KEY": admin}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_whoever_reads_no_further_ends_it_quietly(operator: httpx.Client, url: str, admin: str) -> None:
    command = [sys.executable, "-m", "gateway", "rollout", "--url", url, "status"]
    with subprocess.Popen(
        command, env={"CUTOUT_API_KEY": admin}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        assert done.stdout is not None and done.stderr is not None
        done.stdout.close()
        assert (done.stderr.read(), done.wait(20)) == ("", 1)
