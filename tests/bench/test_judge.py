"""The demonstration model, judged; what it makes of a photograph is what the service answers."""

import io
import json
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from bench.judge import cut, main, score, stated, version
from bench.photographs import FOLDER, photograph
from gateway.segmentation import NO_SUBJECT_BELOW
from tests.photos import stored
from tests.service import PROCESS

MODEL = Path(__file__).parents[2] / "model_repository" / "inspyrenet_demo"
CHELSEA = photograph(FOLDER / "chelsea.json")
GREY = stored(np.full((300, 400, 3), 128, np.uint8), "PNG")


def test_a_cut_out_is_what_the_service_answers(gateway_url: str) -> None:
    answer = httpx.post(f"{gateway_url}{PROCESS}", content=CHELSEA.data, timeout=60)
    found = cut(version(MODEL / "3"), CHELSEA.data)
    assert float(answer.headers["x-confidence"]) == pytest.approx(found.confidence, abs=1e-3)
    alpha = np.asarray(Image.open(io.BytesIO(answer.content)))[..., 3].astype(int)
    assert np.abs(alpha - found.pixels[..., 3]).max() <= 2


@pytest.mark.parametrize(
    ("data", "found"),
    [pytest.param(CHELSEA.data, "true", id="a cat"), pytest.param(GREY, "false", id="nothing")],
)
def test_the_service_says_whether_it_found_a_subject(gateway_url: str, data: bytes, found: str) -> None:
    assert httpx.post(f"{gateway_url}{PROCESS}", content=data, timeout=60).headers["x-subject-found"] == found


def test_a_perfect_cut_out_has_the_best_score() -> None:
    pixels = np.dstack([np.zeros((*CHELSEA.truth.shape, 3), np.uint8), CHELSEA.truth])
    pixels[~CHELSEA.scored] = 255 - pixels[~CHELSEA.scored]
    assert score(CHELSEA, pixels) == (1, 0)


def test_an_inverted_cut_out_has_a_bad_score() -> None:
    pixels = np.dstack([np.zeros((*CHELSEA.truth.shape, 3), np.uint8), 255 - CHELSEA.truth])
    iou, error = score(CHELSEA, pixels)
    assert iou < 0.01
    assert error > 0.99


@pytest.mark.parametrize("number", ["1", "2"])
def test_threshold_is_the_configuration_s(number: str) -> None:
    assert 0 < stated(MODEL / number) < 1
    assert stated(MODEL / number) != NO_SUBJECT_BELOW


def test_threshold_of_a_version_without_one() -> None:
    assert stated(MODEL / "999") == NO_SUBJECT_BELOW


def test_threshold_of_a_model_without_a_configuration(tmp_path: Path) -> None:
    assert stated(tmp_path / "model" / "1") == NO_SUBJECT_BELOW


def test_figures_and_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures, sheet = tmp_path / "figures.json", tmp_path / "sheet.jpg"
    main([str(MODEL / "1"), "--count", "1", "--json", str(figures), "--sheet", str(sheet)])
    (result,) = json.loads(figures.read_text()).values()
    photographs = result["photographs"]
    assert sorted(photographs) == sorted(path.stem for path in FOLDER.glob("*.json"))
    assert result["worst_iou"] == pytest.approx(min(each["iou"] for each in photographs.values()), abs=1e-4)
    assert photographs["chelsea"]["iou"] > 0.9  # its best, so a lower one means that the path is broken
    assert set(result["confidence"]["auc_against"]) == {"flat", "gradient", "texture", "scene"}
    assert "chelsea" in capsys.readouterr().out
    with Image.open(sheet) as picture:
        assert picture.width > 3 * 360
