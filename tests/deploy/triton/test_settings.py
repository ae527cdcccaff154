"""Settings of Triton's container; a bad value names its variable, and no secret is shown."""

from dataclasses import fields
from pathlib import Path

import pytest

from deploy.triton.errors import StartError
from deploy.triton.settings import KEY_NAME, VARIABLES, Settings
from gateway.settings import TRITON_KEY_NAME


def settings(**environ: str) -> Settings:
    return Settings.from_env({"CUTOUT_MODEL": "inspyrenet"} | environ)


def test_a_model_is_all_it_needs() -> None:
    assert settings() == Settings("inspyrenet", environ={"CUTOUT_MODEL": "inspyrenet"})


def test_every_field_has_its_variable() -> None:
    assert {each.field for each in VARIABLES} | {"environ"} == {each.name for each in fields(Settings)}


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"CUTOUT_MODEL": ""}, "CUTOUT_MODEL must name the model"),
        ({"CUTOUT_MODEL": "../x"}, "CUTOUT_MODEL must be 1 to 64 letters"),
        ({"CUTOUT_TRITON_ADDRESS": "everywhere"}, "CUTOUT_TRITON_ADDRESS must be an IP address"),
        ({"CUTOUT_TRITON_GRPC_PORT": "0"}, "CUTOUT_TRITON_GRPC_PORT must be a port"),
        ({"CUTOUT_COMPILE_ENGINES": "yes"}, "CUTOUT_COMPILE_ENGINES must be on or off"),
        ({"CUTOUT_TRITON_LINGER_SECONDS": "-1"}, "CUTOUT_TRITON_LINGER_SECONDS must be a number"),
    ],
    ids=lambda each: "",
)
def test_a_bad_value_names_its_variable(environ: dict[str, str], text: str) -> None:
    with pytest.raises(StartError, match=text):
        settings(**environ)


def test_no_configuration_but_the_model_s_own_may_be_asked_for() -> None:
    assert settings(CUTOUT_TRITON_CONFIG="").config == ""


@pytest.mark.parametrize(
    ("content", "key"), [("abc\n", "cutout-key=abc"), ("admin=a=b", "admin=a=b")], ids=["value", "named"]
)
def test_the_key_lies_in_a_file(tmp_path: Path, content: str, key: str) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    assert settings(CUTOUT_TRITON_KEY_FILE=str(file)).key() == key


def test_the_gateway_sends_it_under_the_same_name() -> None:
    assert KEY_NAME == TRITON_KEY_NAME


@pytest.mark.parametrize("content", [b"", b"two words", b"Upper=x", b"\xff"], ids=["empty", "blank", "name", "binary"])
def test_a_bad_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(StartError, match="must hold one value") as refusal:
        settings(CUTOUT_TRITON_KEY_FILE=str(file)).key()
    assert "words" not in str(refusal.value)
