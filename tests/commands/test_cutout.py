"""`gateway cutout`: every photo it can, a word about every one it cannot."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gateway.keys.file import changing
from gateway.settings import Settings
from tests.conftest import ROOT
from tests.service import running_gateway, wait_until_ready


def cutout(*arguments: str | Path, stdin: bytes | None = None, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "cutout", *map(str, arguments)],
        cwd=ROOT, input=stdin, capture_output=True, timeout=60, env=os.environ | {"CUTOUT_MODEL": ""} | environ,
    )  # fmt: skip


def opened(path: Path) -> Image.Image:
    return Image.open(BytesIO(path.read_bytes()))


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def test_files_and_folders_keep_their_places(gateway_url, photos, tmp_path):
    done = cutout(photos, "-o", tmp_path, "--url", gateway_url)
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")) == [
        "cat.png",
        "people/astronaut.png",
    ]
    assert opened(tmp_path / "people" / "astronaut.png").mode == "RGBA"
    assert opened(tmp_path / "cat.png").size == opened(photos / "cat.jpg").size


def test_webp_is_webp(gateway_url, photos, tmp_path):
    assert cutout(photos / "cat.jpg", "-o", tmp_path, "--format", "webp", "--url", gateway_url).returncode == 0
    assert opened(tmp_path / "cat.webp").format == "WEBP"


def test_a_pipe_in_and_a_pipe_out(gateway_url, photos):
    done = cutout("-", "-o", "-", "--url", gateway_url, stdin=(photos / "cat.jpg").read_bytes())
    assert done.returncode == 0
    assert Image.open(BytesIO(done.stdout)).mode == "RGBA"


def test_a_failed_file_is_reported_and_the_others_go_on(gateway_url, photos, tmp_path):
    text = tmp_path / "text.jpg"
    text.write_text("this is not a picture")
    done = cutout(text, tmp_path / "absent.jpg", photos / "cat.jpg", "-o", tmp_path / "out", "--url", gateway_url)
    error = done.stderr.decode()
    assert done.returncode == 1
    assert str(text) in error
    assert "absent.jpg: cannot be read: No such file or directory" in error
    assert "Traceback" not in error
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["cat.png"]


def test_no_cutout_overwrites_another(gateway_url, photos, tmp_path):
    twin = tmp_path / "cat.jpg"
    twin.write_bytes((photos / "cat.jpg").read_bytes())
    done = cutout(photos / "cat.jpg", twin, "-o", tmp_path / "out", "--url", gateway_url)
    assert done.returncode == 1
    assert "would overwrite" in done.stderr.decode()


def test_a_service_that_is_away_is_named(photos, tmp_path):
    done = cutout(photos / "cat.jpg", "-o", tmp_path, "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert "does not answer" in done.stderr.decode()


def test_without_a_service_it_starts_one(photos, tmp_path):
    done = cutout(photos / "cat.jpg", "-o", tmp_path, "--model", "demo", PORT=free_port())
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "cat.png").exists()
    assert "scripts/serve --model fast" in done.stderr.decode()


def test_a_service_started_for_the_occasion_asks_for_no_key(photos, tmp_path):
    done = cutout(photos / "cat.jpg", "-o", tmp_path, PORT=free_port(), CUTOUT_KEYS="/nowhere/keys.json")
    assert done.returncode == 0, done.stderr.decode()


def test_a_service_that_wants_a_key_is_given_one(triton, photos, tmp_path):
    keys = tmp_path / "keys.json"
    with changing(keys) as change:
        change.ring, made = change.ring.created("me", ("process",), (), None, datetime.now(UTC))
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        refused = cutout(photos / "cat.jpg", "-o", tmp_path, "--url", url)
        assert (refused.returncode, b"Send a key" in refused.stderr) == (1, True)
        assert cutout(photos / "cat.jpg", "-o", tmp_path, "--url", url, CUTOUT_API_KEY=made.text).returncode == 0


@pytest.mark.parametrize("name", ["demo", "inspyrenet_demo"])
def test_the_service_that_runs_is_taken_where_it_serves_the_model(gateway_url, photos, tmp_path, name):
    done = cutout(photos / "cat.jpg", "-o", tmp_path, "--model", name, PORT=gateway_url.rpartition(":")[2])
    assert done.returncode == 0, done.stderr.decode()
    assert "Starting Triton" not in done.stderr.decode()


def test_another_model_than_the_running_services_is_not_passed_over(gateway_url, photos, tmp_path):
    empty, port = tmp_path / "empty", gateway_url.rpartition(":")[2]
    empty.mkdir()
    started = cutout(photos / "cat.jpg", "-o", tmp_path, "--model", "other", CUTOUT_REPOSITORY=str(empty), PORT=port)
    assert (started.returncode, started.stderr.decode().count("\n")) == (2, 1)
    assert f"no model 'other' in {empty}" in started.stderr.decode()
    named = cutout(photos / "cat.jpg", "-o", tmp_path, "--model", "other", "--url", gateway_url)
    assert named.returncode == 1
    assert "no such model is served" in named.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-o", "out"], "PHOTO"),
        (["a.jpg", "b.jpg", "-o", "-"], "exactly one photo"),
        (["a.jpg", "-o", "out", "--quality", "101"], "1 to 100"),
        (["a.jpg", "-o", "out", "--format", "gif"], "gif"),
    ],
    ids=["no photo", "two to standard output", "quality", "format"],
)
def test_a_wrong_command_line_is_explained(arguments, text):
    done = cutout(*arguments)
    assert done.returncode == 2
    assert text in done.stderr.decode()


def test_an_empty_folder_is_no_success(tmp_path):
    done = cutout(tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "no photos" in done.stderr.decode()


def test_the_layout_of_the_cut_outs(gateway_url, photos, tmp_path):
    options = ("--format", "jpeg", "--bg-color", "00ff00", "--crop", "--crop-margin", "5%", "--max-side", "64")
    done = cutout(photos / "cat.jpg", "-o", tmp_path, *options, "--url", gateway_url)
    assert done.returncode == 0, done.stderr.decode()
    image = opened(tmp_path / "cat.jpg")
    assert (image.format, max(image.size)) == ("JPEG", 64)


def test_the_mask_alone(gateway_url, photos, tmp_path):
    assert cutout(photos / "cat.jpg", "-o", tmp_path, "--mask", "--url", gateway_url).returncode == 0
    assert opened(tmp_path / "cat.png").mode == "L"


def test_a_picture_behind(gateway_url, photos, tmp_path):
    behind = photos / "people" / "astronaut.jpg"
    assert cutout(photos / "cat.jpg", "-o", tmp_path, "--bg-image", behind, "--url", gateway_url).returncode == 0
    assert opened(tmp_path / "cat.png").mode == "RGB"


def test_a_background_that_cannot_be_read_is_named(gateway_url, photos, tmp_path):
    done = cutout(photos / "cat.jpg", "-o", tmp_path, "--bg-image", tmp_path / "absent.jpg", "--url", gateway_url)
    assert done.returncode == 1
    assert "absent.jpg: cannot be read" in done.stderr.decode()
    assert not list(tmp_path.iterdir())
