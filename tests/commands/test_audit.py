"""A real service under all kinds of requests: what its audit log tells, and what no log of it tells."""

import base64
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import pytest

from gateway.audit.pseudonym import pseudonym
from gateway.keys.file import changing
from tests.conftest import ROOT
from tests.photos import photo
from tests.service import PROCESS, wait_until_ready
from tests.standin import write_model
from tests.versions import NUMBERS, add_all

MODEL = "standin"
CLIENT = "127.77.88.99"
PET = "Zwiebelchen"
SESSION = "session-of-the-customer_7"
JPEG = photo("chelsea")
TEXT = base64.b64encode(JPEG).decode()
DATA_URL = f"data:image/jpeg;base64,{TEXT}"
FILE = {"file": (f"{PET}.jpg", JPEG, "image/jpeg")}
ELSEWHERE = "https://nobody.invalid/secret-path?token=secret-token"


@dataclass
class Run:
    """What is left of a service that has ended: its logs, and what must not be in them."""

    entries: list[dict[str, Any]]
    logs: str
    secrets: set[str]
    mode: int
    keys: dict[str, str]

    def told(self, action: str) -> list[tuple[str, str, str]]:
        """Key, object and result of each entry with that action."""
        return [(each["key"], each["object"], each["result"]) for each in self.entries if each["action"] == action]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    now = datetime.now(UTC)
    texts = {}
    with changing(path) as change:
        for name, scopes, expires in (
            ("operator", ("admin",), None),
            ("shop", ("process", "store"), None),
            ("expired", ("process",), now - timedelta(days=1)),
        ):
            change.ring, made = change.ring.created(name, scopes, (), expires, now)
            texts[name] = made.text
    return path, texts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, dict[str, str]]) -> Run:
    folder = tmp_path_factory.mktemp("service")
    write_model(folder / "models", MODEL)
    (folder / "store").mkdir()
    path, texts = keys
    environ = {
        "CUTOUT_MODEL": MODEL,
        "CUTOUT_REPOSITORY": str(folder / "models"),
        "CUTOUT_STORE": str(folder / "store"),
        "CUTOUT_KEYS": str(path),
        "CUTOUT_AUDIT": str(folder / "audit.jsonl"),
        "CUTOUT_URL_SOURCES": "on",
        "CUTOUT_PLAN_SECONDS": "0.1",
        "CUTOUT_LOG_LEVEL": "debug",
        "CUTOUT_LOG_FORMAT": "json",
        "PORT": "0",
    }
    with serving(folder / "log", environ) as (process, url):
        add_all(folder / "models" / MODEL)
        secrets = {triton_key(process)} | asked(url, texts)
    audit = folder / "audit.jsonl"
    entries = [json.loads(line) for line in audit.read_text().splitlines()]
    logs = (folder / "log").read_text() + audit.read_text()
    return Run(entries, logs, secrets, stat.S_IMODE(audit.stat().st_mode), texts)


@contextmanager
def serving(log: Path, environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve"], cwd=ROOT, env=os.environ | environ, stdout=output, stderr=output
        )
    try:
        url = greeted(log)
        wait_until_ready(url)
        yield process, url
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def greeted(log: Path, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while not (found := re.search(r'"serving".*"url": "([^"]+)"', log.read_text())):
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)
    return found[1]


def triton_key(process: subprocess.Popen[bytes]) -> str:
    (server,) = (each for each in psutil.Process(process.pid).children() if each.name().startswith("tritonserver"))
    (flag,) = (each for each in server.cmdline() if each.startswith("--grpc-restricted-protocol="))
    return flag.rpartition("=")[2]


def asked(url: str, keys: dict[str, str]) -> set[str]:
    """Asks for everything; what came back that is good for something."""
    with httpx.Client(base_url=url, timeout=60, transport=httpx.HTTPTransport(local_address=CLIENT)) as client:
        refused_keys(client, keys)
        shop = {"X-Api-Key": keys["shop"]}
        pictures(client, shop)
        operators(client, {"Authorization": f"Bearer {keys['operator']}"})
        return stored(client, shop) | uploaded(client, shop)


def refused_keys(client: httpx.Client, keys: dict[str, str]) -> None:
    wrong = keys["shop"][:-4] + "AAAA"
    for key in (None, b"nonsense\xff", wrong, keys["expired"], keys["operator"]):
        answer = client.post(PROCESS, content=JPEG, headers={} if key is None else {"X-Api-Key": key})
        assert answer.status_code in (401, 403)
    assert client.post("/admin/rollout/promote", headers={"X-Api-Key": keys["shop"]}).status_code == 403


def pictures(client: httpx.Client, key: dict[str, str]) -> None:
    long = PET * 100
    for sent, status in (
        ({"json": {"image": DATA_URL, "session_id": SESSION}}, 200),
        ({"json": {"image": TEXT, "encoding": "data_url"}, "headers": {"Accept": "application/json"}}, 200),
        ({"files": FILE, "params": {"encoding": "url"}, "headers": {"Accept": "application/json"}}, 200),
        ({"json": {"image": DATA_URL[:-1] + "\u2603"}}, 400),
        ({"json": {"image": "data:text/html;base64," + TEXT}}, 415),
        ({"content": b'{"image": "' + DATA_URL.encode() + b'", ' + PET.encode(), "headers": JSON}, 400),
        ({"content": b'{"image": "\xff' + DATA_URL.encode() + b'"}', "headers": JSON}, 400),
        ({"content": TEXT.encode()}, 415),
        ({"content": JPEG[: len(JPEG) // 2]}, 400),
        ({"files": FILE, "data": {"session_id": f"{PET} {SESSION}"}}, 422),
        ({"files": FILE, "data": {"effect_params": f'{{"{PET}": '}}, 422),
        ({"files": {**FILE, "quality": (None, b"\xff" + PET.encode())}}, 400),
        ({"files": FILE, "data": {"bg_color": long}}, 422),
        ({"params": {"image_url": ELSEWHERE}}, 422),
        ({"params": {"image_url": "http://127.0.0.1/secret-path"}}, 422),
        ({"params": {"image_url": f"https://{PET}:secret-word@pictures.example/"}}, 422),
        ({"params": {"image_url": "https://localhost/secret-path"}}, 422),
    ):
        headers = key | sent.pop("headers", {})
        answer = client.post(PROCESS, headers=headers, **sent)
        assert answer.status_code == status, answer.text


JSON = {"Content-Type": "application/json"}


def stored(client: httpx.Client, key: dict[str, str]) -> set[str]:
    """The signatures of addresses."""
    told = {"pet_name": PET, "session_id": SESSION}
    urls = [client.post("/store-image", files=FILE, data=told, headers=key).raise_for_status().json()["url"]]
    body = {"session_id": SESSION, "images": {"original": DATA_URL}, "metadata": {"pet_name": PET}}
    urls += client.post("/api/storage/upload", json=body, headers=key).raise_for_status().json()["urls"].values()
    for answer in (
        client.post("/store-image", files=FILE, data=told | {"pet_name": PET * 50}, headers=key),
        client.post("/store-image", files={**FILE, "pet_name": (None, b"\xff" + PET.encode())}, headers=key),
        client.post("/api/storage/upload", json=body | {"metadata": {"pet_name": [PET]}}, headers=key),
        client.post(f"/session/{SESSION}-of-nobody/move-tier", json={"tier": "archived"}, headers=key),
        client.post(f"/session/{SESSION}/move-tier", json={"tier": PET}, headers=key),
        client.get(urls[0].replace("signature=", "signature=A")),
        client.get(urls[0].replace("/files/", "/files/nothing%0aforged/")),
    ):
        assert 400 <= answer.status_code < 500
    client.get(urls[0]).raise_for_status()
    client.get(f"/session/{SESSION}/images", headers=key).raise_for_status()
    client.post(f"/session/{SESSION}/complete-order", headers=key).raise_for_status()
    client.post(f"/session/{SESSION}/move-tier", json={"tier": "archived"}, headers=key).raise_for_status()
    return set(map(signature, urls))


def uploaded(client: httpx.Client, key: dict[str, str]) -> set[str]:
    """The upload's id, and signatures of addresses."""
    said = {"content_type": "image/jpeg", "size": len(JPEG)}
    offer = client.post("/api/v1/upload/signed-url", json=said, headers=key).raise_for_status().json()
    put = {"content": JPEG, "headers": {"Content-Type": "image/jpeg"}}
    assert client.put(offer["signed_url"].replace("signature=", "signature=A"), **put).status_code == 403
    assert client.put(offer["signed_url"], **put).status_code == 204
    confirmed = client.post("/api/v1/upload/confirm", json={"upload_id": offer["upload_id"]}, headers=key)
    shown = confirmed.raise_for_status().json()["public_url"]
    client.get(shown).raise_for_status()
    client.post(PROCESS, params={"upload_id": offer["upload_id"]}, headers=key).raise_for_status()
    assert client.post("/api/v1/upload/confirm", json={"upload_id": "0" * 32}, headers=key).status_code == 404
    return {offer["upload_id"], signature(offer["signed_url"]), signature(shown)}


def signature(url: str) -> str:
    return parse_qs(urlsplit(url).query)["signature"][0]


def operators(client: httpx.Client, key: dict[str, str]) -> None:
    for action, body, status in (
        ("weight", {"weight": 5}, 409),
        ("start", {"version": NUMBERS["corrupt"], "stable": 1}, 422),
        ("start", {"version": NUMBERS["another"], "steps": "10"}, 200),
        ("weight", {"weight": 50}, 200),
        ("shadow", {"rate": 0.5}, 200),
        ("promote", {"generation": 1}, 409),
        ("promote", {}, 200),
        ("rollback", {"why": "it was worse"}, 200),
    ):
        answer = client.post(f"/admin/rollout/{action}", json=body, headers=key)
        assert answer.status_code == status, answer.text
    client.post("/storage/cleanup", json={"dry_run": True}, headers=key).raise_for_status()


def test_who_was_refused_and_why(run: Run) -> None:
    operator, shop = run.keys["operator"][7:15], run.keys["shop"][7:15]
    route = f"POST {PROCESS}"
    assert run.told("access")[:5] == [
        ("", route, "key_missing"),
        ("", route, "key_unknown"),
        ("", route, "key_unknown"),
        ("", route, "key_expired"),
        (operator, route, "scope_missing"),
    ]
    assert run.told("rollout.promote")[0] == (shop, "POST /admin/rollout/promote", "scope_missing")


def test_what_operators_did(run: Run) -> None:
    operator = run.keys["operator"][7:15]
    done = [each for each in run.entries if each["key"] == operator and each["action"] != "access"]
    assert [(each["action"], each["result"], each["object"]) for each in done] == [
        ("rollout.weight", "conflict", MODEL),
        ("rollout.start", "version_refused", MODEL),
        ("rollout.start", "done", MODEL),
        ("rollout.weight", "done", MODEL),
        ("rollout.shadow", "done", MODEL),
        ("rollout.promote", "conflict", MODEL),
        ("rollout.promote", "done", MODEL),
        ("rollout.rollback", "done", MODEL),
        ("storage.cleanup", "done", "store"),
    ]
    refused, started, weighted = done[1:4]
    assert refused["version"] == NUMBERS["corrupt"]
    assert refused["why"].startswith("The version is refused, and the plan is as it was:")
    assert (started["version"], started["stable"], started["candidate"]) == (
        NUMBERS["another"],
        1,
        NUMBERS["another"],
    )
    assert weighted["weight"] == 50
    assert (done[6]["stable"], done[7]["stable"]) == (NUMBERS["another"], 1)


def test_what_became_of_sessions_and_uploads(run: Run) -> None:
    shop, session = run.keys["shop"][7:15], f"session {pseudonym(SESSION)}"
    assert run.told("session.store")[:2] == [(shop, session, "done")] * 2
    assert [result for *_, result in run.told("session.store")[2:]] == [
        "invalid_parameter",
        "malformed_multipart",
        "invalid_parameter",
    ]
    assert run.told("session.complete") == [(shop, session, "done")]
    assert run.told("session.move")[-1] == (shop, session, "done")
    assert run.told("session.move")[0] == (shop, f"session {pseudonym(SESSION + '-of-nobody')}", "not_found")
    (offered,), (refused, received) = run.told("upload.offer"), run.told("upload.receive")
    upload = offered[1]
    assert upload.startswith("upload ")
    assert (offered, refused, received) == (
        (shop, upload, "done"),
        ("", "PUT /uploads/{name}", "signature_invalid"),
        ("", upload, "done"),
    )
    assert run.told("upload.confirm") == [
        (shop, upload, "done"),
        (shop, f"upload {pseudonym('0' * 32)}", "not_found"),
    ]


def test_which_addresses_were_not_fetched(run: Run) -> None:
    fetches = [each for each in run.entries if each["action"] == "fetch"]
    assert [(each["object"], each["result"]) for each in fetches] == [
        ("nobody.invalid", "url_unreachable"),
        ("127.0.0.1", "url_not_allowed"),
        ("pictures.example", "url_not_allowed"),
        ("localhost", "url_unreachable"),
    ]
    assert fetches[-1]["why"] == "localhost has no public address"


def test_every_entry_says_when_for_which_request_and_from_where_and_only_its_owner_reads_it(run: Run) -> None:
    assert run.mode == 0o600
    for entry in run.entries:
        assert datetime.fromisoformat(entry["time"]).tzinfo is not None
        assert re.fullmatch(r"[0-9a-f]{32}", entry["request_id"])
        assert entry["client"] == "127.77.88.0/24"
        assert entry["request_id"] in run.logs.replace(json.dumps(entry), "")


def test_no_log_holds_what_is_nobody_s_business(run: Run) -> None:
    assert len(run.logs) > 20_000
    secrets = {key[16:] for key in run.keys.values()}
    private = {PET, PET.encode().hex(), SESSION, CLIENT, "secret-path", "secret-token", "secret-word"}
    for secret in secrets | private | run.secrets:
        assert secret not in run.logs, f"{secret} in {lines_with(run.logs, secret)}"
    for pattern in (r"data:image", r"base64,", r"[A-Za-z0-9+/]{65,}", r"\\xff\\xd8", r"JFIF", r"[\x00-\x09\x0b-\x1f]"):
        assert not re.search(pattern, run.logs), f"{pattern}: {lines_with(run.logs, pattern)}"


def lines_with(logs: str, pattern: str) -> list[str]:
    return [line[:600] for line in logs.splitlines() if re.search(pattern, line)][:3]
