"""curl, in every way it uploads."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from tests.photos import opened, photo
from tests.service import PROCESS

JPEG = photo("chelsea")
LARGE = photo("astronaut", "BMP")  # 786 KB: more than curl sends before it asks for permission
CHUNKED = ("-H", "Transfer-Encoding: chunked")


def curl(*arguments: str, stdin: bytes = b"", folder: Path | None = None) -> bytes:
    command = ["curl", "-sS", "--max-time", "30", *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    (tmp_path / "large.bmp").write_bytes(LARGE)
    (tmp_path / "photo.json").write_text(json.dumps({"image": base64.b64encode(JPEG).decode()}))
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("-F", "file=@photo.jpg"), id="form"),
        pytest.param(("-F", "file=@photo.jpg;type=text/plain"), id="form, wrong type"),
        pytest.param(("-F", 'file=@photo.jpg;filename=Bello \u00e4\U0001f431".jpg'), id="form, odd name"),
        pytest.param(("-F", "file=@-"), id="form from standard input"),
        pytest.param(("-F", "file=@photo.jpg", *CHUNKED), id="form, chunked"),
        pytest.param(("--data-binary", "@photo.jpg"), id="bytes, as curl labels them"),
        pytest.param(("--data-binary", "@photo.jpg", "-H", "Content-Type: image/jpeg"), id="bytes"),
        pytest.param(("--data-binary", "@photo.jpg", "-H", "Content-Type:"), id="bytes, no type"),
        pytest.param(("--data-binary", "@photo.jpg", "-H", "Content-Type: image/jpeg", *CHUNKED), id="bytes, chunked"),
        pytest.param(("-T", "photo.jpg", "-X", "POST"), id="upload"),
        pytest.param(("-T", "-", "-X", "POST"), id="upload from standard input"),
        pytest.param(("--data-binary", "@large.bmp", "-H", "Content-Type: image/bmp"), id="large"),
        pytest.param(
            ("--data-binary", "@large.bmp", "-H", "Content-Type: image/bmp", "-H", "Expect: 100-continue"),
            id="large, asking first",
        ),
        pytest.param(("--json", "@photo.json"), id="JSON"),
        pytest.param(("--json", "@photo.json", "-H", "Accept: */*", "--compressed"), id="JSON, compressed answer"),
        pytest.param(("-F", "file=@photo.jpg", "--http1.0"), id="HTTP/1.0"),
        pytest.param(("-F", "file=@photo.jpg", "--http2"), id="HTTP/2 offered"),
    ],
)
def test_uploads(url: str, folder: Path, arguments: tuple[str, ...]) -> None:
    wants_picture = ("-H", "Accept: image/png") if "--json" in arguments else ()
    stdin = JPEG if any("-" in (each, each.removeprefix("file=@")) for each in arguments) else b""
    answer = curl(*arguments, *wants_picture, url + PROCESS, stdin=stdin, folder=folder)
    assert opened(answer).format == "PNG", answer[:200]
    assert opened(answer).size in ((451, 300), (512, 512))


def test_json_by_its_own_option_is_answered_in_json(url: str, folder: Path) -> None:
    content = json.loads(curl("--json", "@photo.json", url + PROCESS, folder=folder))
    assert opened(base64.b64decode(content["image"])).size == (451, 300)


def test_put_is_told_what_is_allowed(url: str, folder: Path) -> None:
    problem = json.loads(curl("-T", "photo.jpg", url + PROCESS, folder=folder))
    assert (problem["code"], problem["allowed"]) == ("method_not_allowed", ["POST", "OPTIONS"])


def test_too_large_an_upload_is_told_so(url: str, tmp_path: Path) -> None:
    (tmp_path / "huge.jpg").write_bytes(JPEG + bytes(40_000_000))
    for arguments in (
        ("-F", "file=@huge.jpg"),
        ("--data-binary", "@huge.jpg", "-H", "Expect:"),
        ("-T", "huge.jpg", "-X", "POST"),
    ):
        problem = json.loads(curl(*arguments, url + PROCESS, folder=tmp_path))
        assert (problem["code"], problem["limit"]) == ("body_too_large", 16_000_000)


def test_a_result_known_by_its_etag(url: str, folder: Path) -> None:
    save = ("--etag-save", "tag", "-o", "first.png")
    curl("-F", "file=@photo.jpg", *save, url + PROCESS, folder=folder)
    tag = (folder / "tag").read_text().strip()
    again = ("-H", f"If-None-Match: {tag}", "-o", "again.png", "-w", "%{http_code} %{size_download}")
    assert curl("-F", "file=@photo.jpg", *again, url + PROCESS, folder=folder) == b"304 0"


def test_head_and_options(url: str) -> None:
    assert b"200 OK" in curl("-I", f"{url}/health")
    assert b"allow: POST, OPTIONS" in curl("-i", "-X", "OPTIONS", url + PROCESS).lower().replace(
        b"post, options", b"POST, OPTIONS"
    )


def test_one_connection_for_many(url: str, folder: Path) -> None:
    post = ("-F", "file=@photo.jpg", "-o", "/dev/null", "-w", "%{num_connects}", url + PROCESS)
    bad = ("-F", "x=1", "-o", "/dev/null", "-w", "%{num_connects}", url + PROCESS)
    assert curl(*post, "--next", *bad, "--next", *post, folder=folder) == b"100"


def test_progress_beside_an_upload(url: str, folder: Path) -> None:
    stream = subprocess.Popen(
        ["curl", "-sSN", "--max-time", "30", f"{url}/api/v2/progress/curl-1"], stdout=subprocess.PIPE
    )
    curl("-F", "file=@photo.jpg", "-F", "session_id=curl-1", "-o", "/dev/null", url + PROCESS, folder=folder)
    told, _ = stream.communicate(timeout=30)
    assert b"event: complete" in told
