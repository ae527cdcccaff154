"""`gateway effects`: a photo in, a sheet out, or one line that says why not."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.Image import Exif

from gateway.commands.effects import fitting
from gateway.keys.file import changing
from gateway.pictures.sheet import Cell, sheet
from gateway.settings import Settings
from tests.conftest import ROOT
from tests.photos import opened, photo, stored
from tests.service import running_gateway, wait_until_ready

CAT = photo("chelsea")  # 451 × 300
ORIENTATION = 0x0112


def effects(*arguments: str | Path, stdin: bytes | None = None, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", "effects", *map(str, arguments)],
        cwd=ROOT, input=stdin, capture_output=True, timeout=60, env=os.environ | {"CUTOUT_MODEL": ""} | environ,
    )  # fmt: skip


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def refusal(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line of a command that did nothing."""
    assert (done.returncode, done.stdout) == (1, b"")
    [line] = done.stderr.decode().splitlines()
    return line


def first_picture(page: Image.Image, width: int, height: int) -> Image.Image:
    """What is shown first on a sheet of pictures of that size."""
    blank = sheet([Cell("photo", np.full((height, width, 4), (1, 2, 3, 255), np.uint8))])
    rows, columns = np.nonzero((blank == (1, 2, 3)).all(axis=-1))
    return page.crop((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    path = tmp_path / "cat.jpg"
    path.write_bytes(CAT)
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [("sheet.png", "PNG"), ("sheet.jpg", "JPEG"), ("sheet.JPEG", "JPEG"), ("new/sheet.webp", "WEBP")],
)
def test_the_suffix_says_what_is_written(url, cat, tmp_path, name, kind):
    done = effects(cat, "-o", tmp_path / "out" / name, "--url", url)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    page = opened((tmp_path / "out" / name).read_bytes())
    assert (page.format, page.mode) == (kind, "RGB")
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 1


def test_a_pipe_in_and_a_pipe_out(url):
    done = effects("-", "-o", "-", "--url", url, stdin=CAT)
    assert done.returncode == 0, done.stderr.decode()
    assert opened(done.stdout).format == "PNG"


def test_the_photo_comes_first_as_wide_as_was_asked_for(url, cat, tmp_path):
    assert effects(cat, "-o", tmp_path / "sheet.png", "--width", "300", "--url", url).returncode == 0
    shown = first_picture(opened((tmp_path / "sheet.png").read_bytes()), 300, 200)
    assert difference(shown, opened(CAT).resize((300, 200))) < 2


def test_a_photo_that_lies_on_its_side_stands_up(url, tmp_path):
    exif = Exif()
    exif[ORIENTATION] = 6
    opened(CAT).save(tmp_path / "side.jpg", exif=exif)
    assert effects(tmp_path / "side.jpg", "-o", tmp_path / "sheet.png", "--width", "150", "--url", url).returncode == 0
    shown = first_picture(opened((tmp_path / "sheet.png").read_bytes()), 133, 200)
    assert difference(shown, ImageOps.exif_transpose(Image.open(tmp_path / "side.jpg")).resize((133, 200))) < 4


@pytest.mark.parametrize(
    ("size", "width", "shown"),
    [
        ((900, 600), 300, (300, 200)),
        ((600, 900), 300, (267, 400)),
        ((100, 80), 300, (100, 80)),
        ((3000, 10), 300, (300, 1)),
        ((10, 3000), 300, (1, 400)),
    ],
    ids=["wide", "tall", "small", "a line", "a pole"],
)
def test_pictures_fit_their_places(size, width, shown):
    data = stored(np.asarray(opened(CAT).resize(size)), "PNG")
    found = fitting(data, width, max_pixels=1_000_000)
    assert found.pixels.shape == (shown[1], shown[0], 4)
    assert found.side == max(shown)


def test_what_cannot_be_a_photo_is_told_before_anything_is_started(tmp_path):
    text = tmp_path / "text.jpg"
    text.write_text("this is no picture")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(CAT[:5000])
    output = ("-o", tmp_path / "sheet.png", "--model", "demo")
    assert "text.jpg: The data is not a picture" in refusal(effects(text, *output, PORT=free_port()))
    assert "cut.jpg: The JPEG picture is incomplete" in refusal(effects(cut, *output, PORT=free_port()))
    assert "absent.jpg: cannot be read: No such file" in refusal(effects(tmp_path / "absent.jpg", *output))
    assert f"{tmp_path}: cannot be read: Is a directory" in refusal(effects(tmp_path, *output))
    large = refusal(effects(ROOT / "gateway/studio/sample.jpg", *output, CUTOUT_MAX_PIXELS="1000"))
    assert "megapixels" in large
    assert not (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["-o", "sheet.png"], "PHOTO"),
        (["a.jpg"], "-o"),
        (["a.jpg", "b.jpg", "-o", "sheet.png"], "b.jpg"),
        (["a.jpg", "-o", "sheet.gif"], "-o must name a file ending in .png, .jpg, .jpeg, .webp"),
        (["a.jpg", "-o", "sheet"], "-o must name"),
        (["a.jpg", "-o", "sheet.png", "--width", "99"], "100 to 1600"),
        (["a.jpg", "-o", "sheet.png", "--width", "²"], "100 to 1600"),
        (["a.jpg", "-o", "sheet.png", "--url", "localhost:8080"], "an address such as"),
        (["a.jpg", "-o", "sheet.png", "--url", "http://127.0.0.1:99999"], "an address such as"),
        (["a.jpg", "-o", "sheet.png", "--url", "http://a:b"], "an address such as"),
    ],
    ids=["no photo", "no output", "two", "gif", "no suffix", "narrow", "no number", "no scheme", "port", "no port"],
)
def test_a_wrong_command_line_is_explained(arguments, text):
    done = effects(*arguments)
    assert done.returncode == 2
    assert text in done.stderr.decode().splitlines()[-1]


def test_a_service_that_is_away_is_named(cat, tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    assert f"{url} does not answer" in refusal(effects(cat, "-o", tmp_path / "sheet.png", "--url", url))


def test_a_sheet_that_cannot_be_written_leaves_nothing(url, cat, tmp_path):
    (tmp_path / "folder.png").mkdir()
    before = sorted(tmp_path.rglob("*"))
    line = refusal(effects(cat, "-o", tmp_path / "folder.png", "--url", url))
    assert f"{tmp_path / 'folder.png'} cannot be written: Is a directory" in line
    assert "sheet.png cannot be written" in refusal(effects(cat, "-o", cat / "sheet.png", "--url", url))
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_service_it_starts_one(cat, tmp_path):
    done = effects(cat, "-o", tmp_path / "sheet.png", "--model", "demo", PORT=free_port())
    assert done.returncode == 0, done.stderr.decode()
    assert "scripts/serve --model fast" in done.stderr.decode()
    assert opened((tmp_path / "sheet.png").read_bytes()).format == "PNG"


def test_a_model_that_is_not_served_is_named(url, cat, tmp_path):
    line = refusal(effects(cat, "-o", tmp_path / "sheet.png", "--model", "other", "--url", url))
    assert "no such model is served" in line


def test_a_service_that_wants_a_key_is_given_one(triton, cat, tmp_path):
    keys = tmp_path / "keys.json"
    with changing(keys) as change:
        change.ring, made = change.ring.created("me", ("process",), (), None, datetime.now(UTC))
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        assert "Send a key" in refusal(effects(cat, "-o", tmp_path / "sheet.png", "--url", url))
        assert effects(cat, "-o", tmp_path / "sheet.png", "--url", url, CUTOUT_API_KEY=made.text).returncode == 0
