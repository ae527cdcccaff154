"""The export and its gate, on random weights and on the model that is shipped."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from checkpoints import layout, metadata
from export import parity, weights
from export.__main__ import main
from export.commands.command import REPOSITORY
from export.commands.onnx import DEMO_CHECKPOINT
from export.contract import ALPHA, CONFIDENCE, DATA_FILE, IMAGE, MODEL_FILE, OPSET
from export.evaluate import recalibrate
from export.graph import Deployable
from export.timed.results import write_weights
from export.variants import VARIANTS

SHIPPED = REPOSITORY / "inspyrenet_demo" / "1"
LATER = [("2", "demo-small"), ("3", "demo-lite")]
"""Versions whose weights are in git as the model's own, and the variant of each."""
LAST_IR_VERSION = 10
"""What the ONNX Runtime of the Triton images up to 25.07 reads."""


@pytest.fixture(scope="session")
def exported(random_checkpoint, tmp_path_factory) -> Path:
    repository = tmp_path_factory.mktemp("repository")
    arguments = ["onnx", "--variant", "demo", "--checkpoint", str(random_checkpoint), "--repository", str(repository)]
    assert main([*arguments, "--max-logits", "0.01", "--max-probability", "0.01"]) == 0
    return repository / "inspyrenet_demo" / "1"


def network_of(checkpoint):
    network = VARIANTS["demo"].build()
    weights.load(network, checkpoint)
    return Deployable(network).eval()


def test_an_export_passes_the_gate_and_says_how(exported, random_checkpoint):
    facts = metadata.read(exported / MODEL_FILE)
    assert facts["variant"] == "demo"
    assert facts["size"] == "384"
    assert facts["weights_sha256"] == weights.sha256(random_checkpoint)
    assert facts["project_version"]
    assert [figure["batch"] for figure in json.loads(facts["parity"])] == [1, 3]


def test_a_version_that_is_there_is_refused_with_the_way_out(exported, capsys):
    before = {path: path.stat().st_mtime_ns for path in exported.iterdir()}
    repository = str(exported.parents[1])
    assert main(["onnx", "--variant", "demo", "--repository", repository, "--version", "1"]) == 1
    error = capsys.readouterr().err
    assert f"{exported}: this version is there already" in error
    assert "`--version 2`, or delete the folder" in error
    assert {path: path.stat().st_mtime_ns for path in exported.iterdir()} == before


@pytest.mark.parametrize("version", ["0", "-1", "01", "1.5", "", "two", "²", "1" + 18 * "0"])
def test_what_is_no_number_of_a_version_is_refused(version, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["onnx", "--variant", "demo", "--repository", str(tmp_path), f"--version={version}"])
    assert f"{version!r} is not a version: a whole number from 1" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_export_leaves_nothing_else_behind(exported):
    assert sorted(path.name for path in exported.parent.rglob("*") if path.is_file()) == [DATA_FILE, MODEL_FILE]


def test_the_graph_is_of_a_kind_that_triton_reads(exported):
    model = onnx.load(exported / MODEL_FILE, load_external_data=False)
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": OPSET}
    assert model.ir_version <= LAST_IR_VERSION
    onnx.checker.check_model(exported / MODEL_FILE)


def test_the_weights_are_the_state_dict_s_own(exported, random_checkpoint):
    network = network_of(random_checkpoint).network
    state = network.state_dict()
    model = onnx.load(exported / MODEL_FILE)
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    for key in layout.offsets(weights.layout(network)):
        np.testing.assert_array_equal(tensors[key], state[key].numpy(), err_msg=key)


def test_past_its_bounds_the_export_fails_and_writes_nothing(random_checkpoint, tmp_path, capsys):
    arguments = ["onnx", "--variant", "demo", "--checkpoint", str(random_checkpoint), "--repository", str(tmp_path)]
    assert main([*arguments, "--max-logits", "0"]) == 1
    assert "logits differs by" in capsys.readouterr().err
    assert not list(tmp_path.rglob(MODEL_FILE))


def test_half_precision_is_compared_with_the_network_in_full(tmp_path):
    arguments = ["onnx", "--variant", "demo", "--repository", str(tmp_path), "--precision", "fp16", "--version", "2"]
    assert main(arguments) == 0
    version = tmp_path / "inspyrenet_demo" / "2"
    facts = metadata.read(version / MODEL_FILE)
    assert (facts["precision"], facts["weights_sha256"]) == ("fp16", weights.sha256(DEMO_CHECKPOINT))
    assert max(figure["mean_probability"] for figure in json.loads(facts["parity"])) < 1e-4
    assert (version / DATA_FILE).stat().st_size < 0.6 * (SHIPPED / DATA_FILE).stat().st_size


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"logits": 1.0}, "logits"),
        ({"logits": float("nan")}, "logits"),
        ({"probability": 0.1}, "probability"),
        ({"alpha": 2}, "alpha"),
        ({"unsaturated": 0.0}, "unsaturated"),
    ],
    ids=["logits", "nan", "probability", "alpha", "saturated"],
)
def test_the_gate_names_the_figure_that_is_out_of_bounds(figures, text):
    good = {"batch": 3, "logits": 0.0, "probability": 0.0, "mean_probability": 0.0, "alpha": 0, "unsaturated": 0.5}
    parity.Parity(**good).check(parity.Bounds())
    with pytest.raises(parity.ParityError, match=text):
        parity.Parity(**good | figures).check(parity.Bounds())


def test_a_wrong_weight_is_seen(exported, random_checkpoint, pictures, tmp_path):
    graph = network_of(random_checkpoint)
    spoilt = shutil.copytree(exported, tmp_path / "spoilt")
    offset, length = layout.offsets(weights.layout(graph.network))["decoder.conv5.conv.weight"]
    tensors = np.memmap(spoilt / DATA_FILE, np.float32, "r+", offset, (length // 4,))
    tensors *= 1.01
    tensors.flush()
    figure = next(parity.compare(spoilt / MODEL_FILE, graph, pictures))
    with pytest.raises(parity.ParityError):
        figure.check(parity.Bounds())


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda path: path.unlink(), "no such checkpoint"),
        (lambda path: path.write_bytes(b"not a checkpoint"), "not a plain state dict"),
        (lambda path: path.write_bytes(path.read_bytes()[:10_000]), "not a plain state dict"),
    ],
    ids=["missing", "garbage", "truncated"],
)
def test_a_bad_checkpoint_is_named(random_checkpoint, tmp_path, capsys, spoil, text):
    checkpoint = tmp_path / "bad.pth"
    checkpoint.write_bytes(random_checkpoint.read_bytes())
    spoil(checkpoint)
    arguments = ["onnx", "--variant", "demo", "--checkpoint", str(checkpoint), "--repository", str(tmp_path / "r")]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert text in error
    assert str(checkpoint) in error


def test_the_parts_that_a_training_leaves_are_exported_as_one_checkpoint(tmp_path, pictures):
    torch.manual_seed(0)
    network = VARIANTS["demo-lite"].build()
    recalibrate(network, [pictures])
    write_weights(network, tmp_path / "out")
    arguments = ["onnx", "--variant", "demo-lite", "--repository", str(tmp_path), "--version", "2"]
    lenient = ["--max-logits", "1", "--max-probability", "1"]
    assert main([*arguments, *lenient, "--checkpoint", str(tmp_path / "out")]) == 0
    facts = metadata.read(tmp_path / "inspyrenet_demo" / "2" / MODEL_FILE)
    assert facts["weights_sha256"] == weights.sha256(tmp_path / "out" / "weights.pth")


@pytest.mark.parametrize(
    ("options", "text"),
    [([], "carries no checkpoint of demo-lite"), (["--checkpoint", "{folder}"], "weights.0.pth: no such part")],
    ids=["none named", "an empty folder"],
)
def test_a_checkpoint_that_is_not_there_is_named(options, text, tmp_path, capsys):
    named = [option.format(folder=tmp_path) for option in options]
    assert main(["onnx", "--variant", "demo-lite", "--repository", str(tmp_path), *named]) == 1
    assert text in capsys.readouterr().err


def test_the_shipped_model_is_the_shipped_checkpoint():
    facts = metadata.read(SHIPPED / MODEL_FILE)
    record = json.loads(DEMO_CHECKPOINT.with_suffix(".json").read_text())
    assert facts["weights_sha256"] == weights.sha256(DEMO_CHECKPOINT) == record["sha256"]
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 20e6


def test_the_shipped_model_equals_its_network(pictures):
    for figure in parity.compare(SHIPPED / MODEL_FILE, network_of(DEMO_CHECKPOINT), pictures):
        figure.check(parity.Bounds())


@pytest.mark.parametrize(("version", "variant"), LATER)
def test_a_later_version_is_what_its_record_says(version, variant):
    folder = SHIPPED.with_name(version)
    facts = metadata.read(folder / MODEL_FILE)
    record = json.loads((DEMO_CHECKPOINT.parent / f"{variant}.json").read_text())
    assert (facts["variant"], facts["weights_sha256"]) == (variant, record["sha256"])
    assert sum(file.stat().st_size for file in folder.iterdir()) < 25e6


@pytest.mark.parametrize(("version", "variant"), LATER)
def test_a_later_version_equals_the_network_with_its_weights(version, variant, pictures):
    model = SHIPPED.with_name(version) / MODEL_FILE
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(model).graph.initializer}
    network = VARIANTS[variant].build()
    own = {key: torch.tensor(tensors[key]) for key in layout.offsets(weights.layout(network))}
    network.load_state_dict(network.state_dict() | own)
    for figure in parity.compare(model, Deployable(network).eval(), pictures):
        figure.check(parity.Bounds())


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_a_mask_is_the_same_alone_and_in_any_batch(version, pictures):
    session = ort.InferenceSession(SHIPPED.with_name(version) / MODEL_FILE, providers=["CPUExecutionProvider"])
    flat = np.zeros_like(pictures[:1])
    alone = session.run([ALPHA, CONFIDENCE], {IMAGE: pictures[:1]})
    for neighbours in (pictures[1:2], pictures[1:5], np.concatenate([flat, pictures[5:8]])):
        alpha, confidence = session.run([ALPHA, CONFIDENCE], {IMAGE: np.concatenate([pictures[:1], neighbours])})
        assert np.abs(alpha[0].astype(int) - alone[0][0]).max() <= 1
        assert confidence[0] == pytest.approx(alone[1][0], abs=1e-4)


def test_a_checkpoint_of_another_network_is_refused_with_the_first_keys_of_each_kind(random_checkpoint, tmp_path):
    state = torch.load(random_checkpoint)
    state["decoder.conv9.weight"] = state.pop("decoder.conv5.conv.weight")
    torch.save(state, tmp_path / "other.pth")
    missing, unexpected = r"misses 'decoder\.conv5\.conv\.weight'", r"has the unexpected 'decoder\.conv9\.weight'"
    with pytest.raises(weights.CheckpointError, match=f"{missing}.* and {unexpected}"):
        weights.load(VARIANTS["demo"].build(), tmp_path / "other.pth")
