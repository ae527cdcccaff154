"""The configuration of every model in the repository: of the contract, bounded, warmed up; for an L4 as engines are built."""

from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import TYPE_FP32, TYPE_UINT8, ModelConfig, ModelInstanceGroup, ModelQueuePolicy

from export.contract import ALPHA, CONFIDENCE, IMAGE
from export.to_tensorrt.plan import PLANS, cache_of
from export.variants import VARIANTS
from tests.export import tiny
from tests.servers import running_triton

REPOSITORY = Path(__file__).parents[1] / "model_repository"
ALL = sorted([*REPOSITORY.glob("*/config.pbtxt"), *REPOSITORY.glob("*/configs/*.pbtxt")])
L4 = sorted(REPOSITORY.glob("*/configs/l4.pbtxt"))
SIZES = {variant.model: variant.size for variant in VARIANTS.values()}


def parse(path):
    return text_format.Parse(path.read_text(), ModelConfig())


def model_of(path):
    return path.relative_to(REPOSITORY).parts[0]


def name(path):
    return str(path.relative_to(REPOSITORY))


def test_there_is_one_for_each_model_and_machine():
    assert [name(path) for path in ALL] == [
        "inspyrenet/config.pbtxt",
        "inspyrenet/configs/l4.pbtxt",
        "inspyrenet_demo/config.pbtxt",
        "inspyrenet_fast/config.pbtxt",
        "inspyrenet_fast/configs/l4.pbtxt",
    ]


@pytest.mark.parametrize("path", ALL, ids=name)
def test_it_is_of_the_model_s_name_and_contract(path):
    config, size = parse(path), SIZES[model_of(path)]
    assert config.name == model_of(path)
    assert config.backend == "onnxruntime"
    assert [(t.name, t.data_type, list(t.dims)) for t in config.input] == [(IMAGE, TYPE_UINT8, [size, size, 3])]
    assert [(t.name, t.data_type, list(t.dims)) for t in config.output] == [
        (ALPHA, TYPE_UINT8, [size, size]),
        (CONFIDENCE, TYPE_FP32, [1]),
    ]
    assert config.version_policy.latest.num_versions == 1


@pytest.mark.parametrize("path", ALL, ids=name)
def test_its_queue_is_bounded_and_refuses(path):
    policy = parse(path).dynamic_batching.default_queue_policy
    assert 0 < policy.max_queue_size <= 128  # 0 means without a bound
    assert policy.timeout_action == ModelQueuePolicy.REJECT
    assert 0 < policy.default_timeout_microseconds <= 30_000_000


@pytest.mark.parametrize("path", ALL, ids=name)
def test_it_is_warmed_up_with_one_picture_and_on_a_gpu_with_the_largest_batch(path):
    config = parse(path)
    sizes = {1, config.max_batch_size} if path in L4 else {1}
    assert {warmup.batch_size for warmup in config.model_warmup} == sizes
    for warmup in config.model_warmup:
        assert list(warmup.inputs) == [IMAGE]
        assert list(warmup.inputs[IMAGE].dims) == list(config.input[0].dims)
        assert warmup.inputs[IMAGE].zero_data


def test_every_model_with_a_plan_has_a_configuration_for_it():
    assert sorted(PLANS) == [model_of(path) for path in L4]


@pytest.mark.parametrize("path", L4, ids=name)
def test_on_an_l4_the_engine_s_own_parameters_are_used(path):
    config, plan = parse(path), PLANS[model_of(path)]
    (accelerator,) = config.optimization.execution_accelerators.gpu_execution_accelerator
    assert accelerator.name == "tensorrt"
    assert dict(accelerator.parameters) == plan.parameters(cache_of(config.name))
    assert plan.size == SIZES[config.name]
    assert config.max_batch_size <= plan.max_batch
    assert {group.kind for group in config.instance_group} == {ModelInstanceGroup.KIND_GPU}


@pytest.fixture(scope="module")
def standing_in(tmp_path_factory):
    """A repository in which tiny models of the same contract have these configurations; of an L4's, all but the GPU."""
    repository = tmp_path_factory.mktemp("repository")
    for path in ALL:
        model = f"{model_of(path)}_{path.stem}"
        tiny.write(repository / model / "1", SIZES[model_of(path)])
        config = parse(path)
        config.name = model
        for group in config.instance_group:
            group.kind = ModelInstanceGroup.KIND_CPU if path in L4 else group.kind
        (repository / model / "config.pbtxt").write_text(text_format.MessageToString(config))
    return repository


def test_triton_takes_them_all_and_warms_them_up(standing_in):
    models = sorted(path.name for path in standing_in.iterdir())
    with running_triton(standing_in, *models) as triton:
        assert triton.grpc_address
