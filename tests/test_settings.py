"""Settings from a mapping; a bad value names its variable."""

from dataclasses import fields

import pytest

from gateway.settings import VARIABLES, Settings, SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_env({"CUTOUT_MODEL": " ", "HOME": "/root"}) == Settings()


def test_every_field_has_its_variable() -> None:
    assert sorted(variable.field for variable in VARIABLES) == sorted(field.name for field in fields(Settings))


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("PORT", "9000", "port", 9000),
        ("CUTOUT_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("CUTOUT_TRITON", "triton:8001", "triton", "triton:8001"),
        ("CUTOUT_MODEL", "inspyrenet_fast", "model", "inspyrenet_fast"),
        ("CUTOUT_MAX_BODY_BYTES", "17000000", "max_body_bytes", 17_000_000),
        ("CUTOUT_MAX_PIXELS", " 100 ", "max_pixels", 100),
        ("CUTOUT_PLACES", "0", "places", 0),
        ("CUTOUT_INFERENCE_SECONDS", "2.5", "inference_seconds", 2.5),
        ("CUTOUT_LOG_FORMAT", "json", "log_format", "json"),
    ],
)
def test_reads(name: str, text: str, field: str, value: object) -> None:
    assert getattr(Settings.from_env({name: text}), field) == value


def test_places_follow_permits_and_permits_threads() -> None:
    settings = Settings.from_env({"CUTOUT_THREADS": "16"})
    assert (settings.threads, settings.permits, settings.places) == (16, 128, 256)


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("PORT", "http", "whole number from 0 to 65535"),
        ("PORT", "70000", "whole number from 0 to 65535"),
        ("CUTOUT_PERMITS", "0", "whole number from 1"),
        ("CUTOUT_PERMITS", "-3", "whole number from 1"),
        ("CUTOUT_PERMITS", "1e3", "whole number from 1"),
        ("CUTOUT_TRITON", "http://triton", "host:port"),
        ("CUTOUT_MODEL", "../secret", "letters, digits"),
        ("CUTOUT_INFERENCE_SECONDS", "nan", "number of seconds above 0"),
        ("CUTOUT_INFERENCE_SECONDS", "0", "number of seconds above 0"),
        ("CUTOUT_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_is_allowed(name: str, text: str, allowed: str) -> None:
    with pytest.raises(SettingsError, match=allowed) as refusal:
        Settings.from_env({name: text})
    assert str(refusal.value).startswith(name)
    assert repr(text) in str(refusal.value)


def test_refuses_deadlines_that_contradict_each_other() -> None:
    with pytest.raises(SettingsError, match="CUTOUT_REQUEST_SECONDS"):
        Settings.from_env({"CUTOUT_INFERENCE_SECONDS": "90"})
