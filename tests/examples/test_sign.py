"""The signers to copy from: each signs like the other and like docs/signing.md, and gets a picture from a real gateway."""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples.sign import sign, sign_address
from gateway.keys.file import changing
from gateway.settings import Settings
from tests.photos import opened, photo
from tests.service import PROCESS, Triton, running_gateway, wait_until_ready

ROOT = Path(__file__).parents[2]
SIGNERS = {
    "python": lambda photo, output, url: [sys.executable, ROOT / "examples/sign.py", photo, "-o", output, "--url", url],
    "node": lambda photo, output, url: ["node", ROOT / "examples/sign.mjs", photo, output, url],
}
SIGN_ALL = f"""
import {{ readFileSync }} from "node:fs";
import {{ sign, signAddress }} from "{(ROOT / "examples/sign.mjs").as_uri()}";
const cases = JSON.parse(readFileSync(0));
const all = cases.map((c) => sign(c.secret, c.method, c.url, Buffer.from(c.body), c.content_type, c.created, c.nonce));
const addresses = cases.map((c) => signAddress(c.secret, c.url, c.created, c.nonce));
console.log(JSON.stringify([all, addresses]));
"""

Case = dict[str, Any]


Signed = tuple[list[dict[str, str]], list[str]]
"""The headers of each case, and its signed address."""


def by_python(cases: list[Case]) -> Signed:
    addresses = [sign_address(case["secret"], case["url"], case["created"], case["nonce"]) for case in cases]
    return [sign(**{**case, "body": case["body"].encode()}) for case in cases], addresses


def by_node(cases: list[Case]) -> Signed:
    command = ["node", "--input-type=module", "--eval", SIGN_ALL]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=True)
    headers, addresses = json.loads(done.stdout)
    return headers, addresses


def vectors() -> list[tuple[Case, dict[str, str]]]:
    """The table of docs/signing.md: what is signed, and what comes of it."""
    text = (ROOT / "docs" / "signing.md").read_text()
    secret = re.search(r"`(cutoutsign_[a-z0-9]{8}_[A-Za-z0-9_-]{43})`", text)
    assert secret is not None
    rows = [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in text.splitlines() if "=:`" in line]
    found = []
    for method, url, content_type, body, created, nonce, digest, signature in rows:
        given = {"method": method, "url": url, "content_type": content_type, "body": body}
        case = {**given, "secret": secret[1], "created": int(created), "nonce": nonce}
        found.append((case, {"Content-Digest": digest, "Signature": signature}))
    return found


BOTH = pytest.mark.parametrize("signed", [by_python, by_node])


@BOTH
def test_the_table_of_the_documentation(signed: Any) -> None:
    cases = vectors()
    assert len(cases) >= 5
    for (_, expected), headers in zip(cases, signed([case for case, _ in cases])[0], strict=True):
        assert {name: headers[name] for name in expected} == expected


@BOTH
def test_the_address_of_the_documentation(signed: Any) -> None:
    text = (ROOT / "docs" / "signing.md").read_text()
    case, _ = vectors()[1]
    expires, nonce = re.findall(r"expires=([0-9]+)&keyid=[a-z0-9]{8}&nonce=([^&`]+)&signature=", text)[0]
    assert signed([{**case, "created": int(expires), "nonce": nonce}])[1][0] in text


def test_both_sign_alike() -> None:
    draw = random.Random(0)

    def text(alphabet: str, most: int) -> str:
        return "".join(draw.choices(alphabet, k=draw.randint(0, most)))

    cases: list[Case] = [
        {
            "secret": f"cutoutsign_{'a1' * 4}_" + text("aB_-9", 20) + "_x" + text("aB_-9", 20),
            "method": draw.choice(["GET", "POST", "PUT", "HEAD"]),
            "url": "http://127.0.0.1:8080/" + text("aB9-._~", 20) + draw.choice(["", "?", "?" + text("aB9&=%+_", 20)]),
            "content_type": draw.choice(["", "image/jpeg", 'multipart/form-data; boundary="x y"']),
            "body": text("aä🐱\n\0", 30),
            "created": draw.randint(1, 2**31),
            "nonce": text("aB_-9", 40) + "0123456789abcdef",
        }
        for _ in range(200)
    ]
    cases = [case for case in cases if "/." not in case["url"] and "%" not in case["url"]]
    assert by_python(cases) == by_node(cases)


@pytest.fixture(scope="module")
def secret_and_url(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    with changing(keys) as change:
        change.ring, made = change.ring.created(
            "n", ("process",), (), None, datetime.now(UTC), bearer=False, signing=True
        )
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        yield made.signing_text, url


def run(way: str, folder: Path, secret: str, url: str) -> "subprocess.CompletedProcess[str]":
    (folder / "photo.jpg").write_bytes(photo("chelsea"))
    command = SIGNERS[way](folder / "photo.jpg", folder / "out.webp", url)
    environ = {**os.environ, "CUTOUT_SIGNING_SECRET": secret}
    return subprocess.run(list(map(str, command)), env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("way", SIGNERS)
def test_a_photo_is_cut_out(secret_and_url: tuple[str, str], tmp_path: Path, way: str) -> None:
    secret, url = secret_and_url
    done = run(way, tmp_path, secret, f"{url}{PROCESS}?output_format=webp&bg_color=%23ff0000")
    assert (done.returncode, done.stderr) == (0, "")
    assert opened((tmp_path / "out.webp").read_bytes()).size == (451, 300)


@pytest.mark.parametrize("way", SIGNERS)
def test_what_is_refused_is_said_without_the_secret(secret_and_url: tuple[str, str], tmp_path: Path, way: str) -> None:
    secret, url = secret_and_url
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    done = run(way, tmp_path, wrong, url + PROCESS)
    assert (done.returncode, "signature_invalid" in done.stderr) == (1, True)
    assert wrong not in done.stderr
    absent = run(way, tmp_path, secret, "http://127.0.0.1:1" + PROCESS)
    assert absent.returncode == 1 and absent.stderr
    assert not (tmp_path / "out.webp").exists()
