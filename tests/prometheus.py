"""A real Prometheus on a free port, which scrapes every second or two."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

START_SECONDS: Final = 30
_ADVICE: Final = "There is no {}. Get it with: apt-get install prometheus"


class Prometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=30, trust_env=False)

    def query(self, expr: str, at: float | None = None) -> list[tuple[dict[str, str], float]]:
        """What `expr` is now, or was `at` (time.time): labels and a number of each series.

        Raises AssertionError for what cannot be evaluated.
        """
        asked = {"query": expr} | ({} if at is None else {"time": str(at)})
        answer = self._client.get("/query", params=asked).json()
        assert answer["status"] == "success", f"{expr}: {answer.get('error')}"
        data = answer["data"]
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(each["metric"], float(each["value"][1])) for each in data["result"]]

    def rules(self) -> list[dict[str, Any]]:
        """Every rule, how it is and what it said last."""
        groups = self._client.get("/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def firing(self) -> set[str]:
        """The names of the alerts."""
        return {rule["name"] for rule in self.rules() if rule.get("state") == "firing"}

    def await_scrapes(self, count: int) -> None:
        """Returns once so many targets have been scraped."""
        end = time.monotonic() + START_SECONDS
        while len(self.query("up")) < count:
            assert time.monotonic() < end, "Prometheus scrapes nothing"
            time.sleep(0.1)

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()


def promtool(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What it says. Raises AssertionError where it finds fault."""
    _require("promtool")
    done = subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def running_prometheus(
    folder: Path, targets: Mapping[str, str], *rules: Path, seconds: int = 1
) -> Iterator[Prometheus]:
    """One that scrapes `targets`, host:port by job, and evaluates the files `rules`; its data lie in `folder`."""
    _require("prometheus")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "prometheus.yml").write_text(_config(targets, rules, seconds))
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        _wait(f"http://{address}/-/ready", process, folder / "prometheus.log")
        running = Prometheus(f"http://{address}")
        running.await_scrapes(len(targets))  # which begin after five seconds
        yield running
        running.close()
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _config(targets: Mapping[str, str], rules: tuple[Path, ...], seconds: int) -> str:
    """YAML, of which JSON's lists and strings are a part."""
    jobs = "".join(f'  - {{job_name: {job}, static_configs: [{{targets: ["{at}"]}}]}}\n' for job, at in targets.items())
    files = "".join(f"  - {path}\n" for path in rules)
    every = f"global: {{scrape_interval: {seconds}s, evaluation_interval: 1s}}\n"
    return f"{every}rule_files:\n{files}scrape_configs:\n{jobs}"


def _require(program: str) -> None:
    if shutil.which(program) is None:
        pytest.fail(_ADVICE.format(program), pytrace=False)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url, timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"Prometheus did not start: {log.read_text()}")
