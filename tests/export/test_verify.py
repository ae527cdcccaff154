"""`export verify` on the shipped model, on spoilt copies of it, and on what it refuses before it computes."""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from checkpoints import metadata
from checkpoints.errors import DigestError
from export import parity
from export.commands.command import REPOSITORY
from export.commands.onnx import DEMO_CHECKPOINT
from export.commands.verify import COMMAND
from export.variants import VARIANTS
from export.verify import origin, verification
from export.verify.agreement import Agreement, Thresholds, summary
from export.verify.artefact import external, opened
from export.verify.errors import ArtefactError, MissedError, VerifyError
from export.verify.name import Name

NAME = Name("inspyrenet_demo", 1)
SPOILT = Name("inspyrenet_demo", 2)


def verify(*arguments: object) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.options(parser)
    COMMAND.run(parser.parse_args([str(argument) for argument in arguments]))


@pytest.fixture
def repository(tmp_path):
    """The shipped model, twice: version 2 is for spoiling."""
    for version in (1, 2):
        shutil.copytree(REPOSITORY / NAME.model / "1", tmp_path / NAME.model / str(version))
    return tmp_path


def folder(repository: Path, name: Name = SPOILT) -> Path:
    return repository / name.model / str(name.version)


def spoil(repository: Path, factor: float) -> str:
    """Multiplies version 2's first kernel by a factor and returns its name."""
    proto = onnx.load(folder(repository) / "model.onnx", load_external_data=False)
    kernels = {tensor.name for tensor in proto.graph.initializer if len(tensor.dims) == 4}
    name, location, offset, length = next(each for each in external(proto) if each[0] in kernels)
    weights = np.memmap(folder(repository) / location, "<f4", "r+", offset, (length // 4,))
    weights *= np.float32(factor)
    weights.flush()
    return name


def test_the_shipped_model_equals_its_network(tmp_path, capsys):
    report = tmp_path / "report.html"
    verify(NAME, "--count", 2, "--report", report)
    assert "batch 3" in capsys.readouterr().out
    assert '<p class="word">Passed</p>' in report.read_text()
    assert "easy 1" in report.read_text()
    assert "hard 1" in report.read_text()


def test_changed_weights_miss_the_gate_and_the_report_is_written_all_the_same(repository, tmp_path):
    name, report = spoil(repository, 1.2), tmp_path / "report.html"
    with pytest.raises(MissedError, match=rf"first {name}, allowed 0, and 6 more bounds missed"):
        verify(SPOILT, "--repository", repository, "--count", 1, "--report", report)
    assert '<p class="word">Not passed</p>' in report.read_text()


def test_a_change_that_no_picture_shows_is_seen(repository):
    name = spoil(repository, 1 + 1e-6)
    artefact = opened(repository, SPOILT)
    figure = origin.same_tensors(artefact, origin.origin(artefact, DEMO_CHECKPOINT))
    assert figure.passed is False
    assert figure.found.endswith(f"first {name}")
    assert figure.found.startswith("1 of ")


def test_two_versions_without_thresholds_are_compared_and_not_judged(repository, tmp_path, capsys):
    spoil(repository, 1.2)
    report = tmp_path / "report.html"
    verify(SPOILT, "--against", NAME, "--repository", repository, "--count", 1, "--report", report)
    assert "easy 1: Soft IoU 0.9" in capsys.readouterr().out
    assert '<p class="word">Compared</p>' in report.read_text()


@pytest.mark.parametrize(("option", "bound"), [("--min-iou", 1), ("--max-mae", 0)])
def test_two_versions_past_a_threshold_are_refused(repository, option, bound):
    spoil(repository, 1.2)
    with pytest.raises(MissedError, match="worst picture"):
        verify(SPOILT, "--against", NAME, "--repository", repository, "--count", 1, option, bound)


def test_a_model_against_itself_meets_every_threshold(photos, capsys):
    verify(NAME, "--against", NAME, "--pictures", photos, "--min-iou", 1, "--max-mae", 0)
    assert "people/astronaut.jpg: Soft IoU 1.00000, MAE 0.00000" in capsys.readouterr().out


def test_another_checkpoint_is_refused_with_both_digests(tmp_path):
    other = tmp_path / "other.pth"
    other.write_bytes(b"other")
    with pytest.raises(DigestError, match="d9298a10d1b073") as refusal:
        verify(NAME, "--checkpoint", other)
    assert opened(REPOSITORY, NAME).facts["weights_sha256"] in str(refusal.value)


def without_metadata(path: Path) -> None:
    model = onnx.load(path / "model.onnx", load_external_data=False)
    del model.metadata_props[:]
    onnx.save(model, path / "model.onnx")


def with_fact(path: Path, key: str, value: str) -> None:
    with (path / "model.onnx").open("ab") as end:
        end.write(metadata.encode({key: value}))


def with_other_output(path: Path) -> None:
    model = onnx.load(path / "model.onnx", load_external_data=False)
    del model.graph.output[1]
    onnx.save(model, path / "model.onnx")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (shutil.rmtree, "there is no inspyrenet_demo/2 in .*: there is inspyrenet_demo/1$"),
        (lambda path: (path / "model.onnx").write_bytes(b"not a graph"), "is no ONNX file"),
        (lambda path: (path / "model.data").unlink(), "model.data: is missing, and holds the weights"),
        (lambda path: (path / "model.data").write_bytes(b"short"), "model.data: has 5 bytes where"),
        (without_metadata, "its metadata lacks variant"),
        (lambda path: with_fact(path, "weights_sha256", ""), "its metadata lacks weights_sha256"),
        (lambda path: with_fact(path, "variant", "huge"), "of the variant huge; there are base, fast"),
        (lambda path: with_fact(path, "variant", "base"), r"the variant base has image uint8 \(N, 1024, 1024, 3\)"),
        (with_other_output, r"has image uint8 \(N, 384, 384, 3\), alpha uint8 \(N, 384, 384\); the variant demo"),
    ],
    ids=[
        "absent",
        "garbage",
        "no data",
        "short data",
        "no facts",
        "no digest",
        "unknown",
        "other size",
        "other outputs",
    ],
)
def test_a_broken_model_is_named(repository, change, text):
    change(folder(repository))
    with pytest.raises(ArtefactError, match=text):
        verify(SPOILT, "--against", NAME, "--repository", repository)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_precision_has_bounds_of_its_own(precision):
    artefact = opened(REPOSITORY, NAME)
    found = origin.bounds(replace(artefact, facts={**artefact.facts, "precision": precision}))
    assert found == parity.Bounds.at(384, precision)


def test_a_precision_without_bounds_is_refused():
    artefact = opened(REPOSITORY, NAME)
    with pytest.raises(ArtefactError, match="has the precision int8; fp32 and fp16 are known"):
        origin.bounds(replace(artefact, facts={**artefact.facts, "precision": "int8"}))


def test_models_of_two_sizes_are_not_compared():
    artefact = opened(REPOSITORY, NAME)
    with pytest.raises(ArtefactError, match="384 × 384 and inspyrenet_demo/1 of 1024 × 1024"):
        verification.require_same_size(artefact, replace(artefact, variant=VARIANTS["base"]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspyrenet_demo"],
        ["../inspyrenet_demo/1"],
        [NAME, "--against", "newest"],
        [NAME, "--against", SPOILT, "--checkpoint", "demo.pth"],
        [NAME, "--count", 0],
        [NAME, "--min-iou", 99],
        [NAME, "--max-mae", "nan"],
    ],
    ids=["no version", "elsewhere", "no name", "two others", "no pictures", "percent", "nan"],
)
def test_a_wrong_command_line_is_refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        verify(*arguments)
    assert ended.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(VerifyError, match="there is no folder"):
        verify(NAME, "--report", tmp_path / "absent" / "report.html")


FINE = {"batch": 1, "logits": 0.0, "probability": 0.0, "mean_probability": 0.0, "alpha": 0, "unsaturated": 0.5}


@pytest.mark.parametrize(
    ("spoilt", "text"),
    [
        ({"logits": 1.0}, "Logits"),
        ({"logits": float("nan")}, "Logits"),
        ({"probability": 0.1}, "Probability"),
        ({"alpha": 2}, "Alpha"),
        ({"unsaturated": 0.0}, "Unsaturated"),
    ],
    ids=["logits", "nan", "probability", "alpha", "saturated"],
)
def test_each_figure_has_its_own_bound(spoilt, text):
    missed = [each for each in origin.judged(parity.Parity(**FINE | spoilt), parity.Bounds()) if not each.passed]
    assert [each.name.split(",")[0].split()[0] for each in missed] == [text]


def test_figures_of_two_alphas():
    a, b = np.zeros((2, 10, 10), np.uint8)
    a[:5], b[:4] = 255, 255
    b[9, 9] = 10
    found = Agreement.of(a, b, (0.9, 0.7))
    assert found.iou == pytest.approx(40 * 255 / (50 * 255 + 10))
    assert found.mae == pytest.approx((10 * 255 + 10) / 25_500)
    assert found.visible == pytest.approx(0.1)
    assert found.confidence == pytest.approx(0.2)
    assert sorted([found, Agreement.of(a, a, (1, 1))], key=lambda each: each.rank)[0] is found


def test_the_worst_picture_is_judged():
    good, bad = Agreement(1, 0, 0, 0), Agreement(0.8, 0.1, 0.2, 0.3)
    judged = {each.name: each for each in summary([good, bad], Thresholds(min_iou=0.85, max_mae=0.1))}
    assert judged["Soft IoU, mean"].found == "0.90000"
    assert judged["Soft IoU, worst picture"].passed is False
    assert judged["MAE, worst picture"].passed is True
