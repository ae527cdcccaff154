"""What tritonserver is told."""

from deploy.triton.flags import LOCKED, arguments, environment
from deploy.triton.settings import Settings
from gateway.embedded.command import LOCKED as EMBEDDED


def test_it_listens_on_this_machine_alone_and_loads_one_model_by_its_configuration() -> None:
    told = arguments(Settings("inspyrenet"), "cutout-key=abc")
    assert [each for each in told if "address" in each] == [
        "--grpc-address=127.0.0.1", "--http-address=127.0.0.1", "--metrics-address=127.0.0.1",
    ]  # fmt: skip
    assert {
        "--model-control-mode=explicit", "--load-model=inspyrenet", "--model-config-name=l4",
        "--disable-auto-complete-config", "--exit-on-error=true",
    } <= set(told)  # fmt: skip


def test_what_changes_the_server_needs_the_key_by_either_protocol() -> None:
    told = arguments(Settings("m"), "cutout-key=abc")
    locked = "model-repository,shared-memory,trace,logging:cutout-key=abc"
    assert f"--grpc-restricted-protocol={locked}" in told
    assert f"--http-restricted-api={locked}" in told
    assert LOCKED == EMBEDDED


def test_without_a_named_configuration_a_model_s_own_counts() -> None:
    assert not any("config-name" in each for each in arguments(Settings("m", config=""), "k=v"))


def test_the_model_s_code_sees_no_secret_and_has_jemalloc() -> None:
    environ = {"PATH": "/bin", "CUTOUT_TRITON_KEY_FILE": "/x", "DB_PASSWORD": "x", "LD_PRELOAD": "liba.so"}
    assert environment(Settings("m", environ=environ)) == {"PATH": "/bin", "LD_PRELOAD": "libjemalloc.so.2:liba.so"}
