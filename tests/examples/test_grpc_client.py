import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from gateway.embedded import EmbeddedTriton
from tests.servers import running_triton
from tests.standin import write_model

EXAMPLE = Path(__file__).parents[2] / "examples" / "grpc_client.py"


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTriton]:
    repository = tmp_path_factory.mktemp("models")
    write_model(repository)
    with running_triton(repository, "standin") as running:
        yield running


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"photo{index}.jpg" for index in range(10)]
    for index, path in enumerate(paths):
        Image.linear_gradient("L").convert("RGB").resize((90 + index, 60)).save(path)
    return paths


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, EXAMPLE, *map(str, arguments)], capture_output=True, text=True, timeout=60)


def test_more_photos_than_one_batch_get_masks_of_their_own_size(
    triton: EmbeddedTriton, photos: list[Path], tmp_path: Path
) -> None:
    output = tmp_path / "masks"
    result = run("--address", triton.grpc_address, "--model", "standin", *photos, "-o", output)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("confidence 0.") == len(photos)
    for index, path in enumerate(photos):
        with Image.open(output / f"{path.stem}.png") as mask:
            assert (mask.size, mask.mode) == ((90 + index, 60), "L")
            assert mask.getextrema() == (pytest.approx(0, abs=5), pytest.approx(255, abs=5))


def test_a_photo_turned_by_its_camera_comes_back_upright(triton: EmbeddedTriton, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (80, 40)).save(tmp_path / "turned.jpg", exif=exif)
    assert (
        run("--address", triton.grpc_address, "--model", "standin", tmp_path / "turned.jpg", "-o", tmp_path).returncode
        == 0
    )
    with Image.open(tmp_path / "turned.png") as mask:
        assert mask.size == (40, 80)


def test_an_unreadable_photo_is_reported_and_the_others_go_on(
    triton: EmbeddedTriton, photos: list[Path], tmp_path: Path
) -> None:
    photos[0].write_bytes(b"no picture")
    result = run("--address", triton.grpc_address, "--model", "standin", *photos[:2], "-o", tmp_path / "masks")
    assert result.returncode == 1
    assert str(photos[0]) in result.stderr
    assert (tmp_path / "masks" / "photo1.png").exists()


def test_a_wrong_model_and_an_absent_server_are_said(
    triton: EmbeddedTriton, photos: list[Path], tmp_path: Path
) -> None:
    wrong = run("--address", triton.grpc_address, "--model", "nothing", photos[0], "-o", tmp_path)
    assert (wrong.returncode, wrong.stderr) == (
        1,
        f"{triton.grpc_address}, model nothing: Request for unknown model: 'nothing' is not found\n",
    )
    absent = run("--address", "127.0.0.1:1", photos[0], "-o", tmp_path)
    assert absent.returncode == 1
    assert absent.stderr.startswith("127.0.0.1:1, model inspyrenet_demo: failed to connect")
