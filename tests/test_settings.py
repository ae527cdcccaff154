"""Settings from a mapping; a bad value names its variable."""

from dataclasses import fields
from pathlib import Path

import pytest

from gateway.rates.rate import Rate
from gateway.settings import VARIABLES, Settings, SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_env({"CUTOUT_MODEL": " ", "HOME": "/root"}) == Settings()


def test_every_field_has_its_variable() -> None:
    assert {variable.field for variable in VARIABLES} == {field.name for field in fields(Settings)}
    assert len({variable.name for variable in VARIABLES}) == len(VARIABLES)


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
        ("CUTOUT_PROXIES", "2", "proxies", 2),
        ("CUTOUT_RATE_ANONYMOUS", "10/minute", "rate_anonymous", Rate(10, 60)),
        ("CUTOUT_RATE_KEYS", "10000/day", "rate_keys", Rate(10_000, 86_400)),
        ("CUTOUT_RATE_WITHOUT_REDIS", "closed", "rate_without_redis", "closed"),
        ("CUTOUT_REDIS", "redis://10.0.0.3:6379/1", "redis", "redis://10.0.0.3:6379/1"),
        ("CUTOUT_REDIS", "rediss://user:p%40ss@redis.example", "redis", "rediss://user:p%40ss@redis.example"),
        ("CUTOUT_REDIS", "redis://:secret@[::1]:6379", "redis", "redis://:secret@[::1]:6379"),
    ],
)
def test_reads(name: str, text: str, field: str, value: object) -> None:
    assert getattr(Settings.from_env({name: text}), field) == value


def test_places_follow_permits_and_permits_threads() -> None:
    settings = Settings.from_env({"CUTOUT_THREADS": "16"})
    assert (settings.threads, settings.permits, settings.places) == (16, 128, 32)


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
        ("CUTOUT_PROXIES", "all", "whole number from 0 to 16"),
        ("CUTOUT_RATE_ANONYMOUS", "10", "a number from 1 to 10000, a slash"),
        ("CUTOUT_RATE_KEYS", "0/minute", "such as 10/minute"),
        ("CUTOUT_RATE_WITHOUT_REDIS", "ajar", "one of open, closed"),
        ("CUTOUT_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("CUTOUT_CDN_URL", "http://cdn.example", "https:// and a host"),
        ("CUTOUT_CDN_URL", "https://cdn.example/", "nothing after it"),
        ("CUTOUT_CDN_URL", "https://cdn.example:443", "nothing after it"),
        ("CUTOUT_CDN_URL", "https://cdn.example/files?a=b", "nothing after it"),
        ("CUTOUT_CDN_KEY_NAME", "my key&Signature=", "1 to 63 letters"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_is_allowed(name: str, text: str, allowed: str) -> None:
    with pytest.raises(SettingsError, match=allowed) as refusal:
        Settings.from_env({name: text})
    assert str(refusal.value).startswith(name)
    assert repr(text) in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "memory",
        "http://:secret@redis",
        "redis://:secret@",
        "redis://:secret@redis:port",
        "redis://:secret@redis/0?x=1",
        "redis://:secret@[::::]",
        "redis://:secret@redis:99999",
    ],
)
def test_what_is_no_redis_is_not_shown(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^CUTOUT_REDIS must be redis://USER:PASSWORD@HOST") as refusal:
        Settings.from_env({"CUTOUT_REDIS": text})
    assert text not in str(refusal.value) and "secret" not in str(refusal.value)


def test_a_password_of_redis_is_not_shown() -> None:
    assert "secret" not in repr(Settings.from_env({"CUTOUT_REDIS": "redis://:secret@redis"}))


def test_refuses_deadlines_that_contradict_each_other() -> None:
    with pytest.raises(SettingsError, match="CUTOUT_REQUEST_SECONDS"):
        Settings.from_env({"CUTOUT_INFERENCE_SECONDS": "90"})


@pytest.fixture
def cdn(tmp_path: Path) -> dict[str, str]:
    """What a Cloud CDN before a bucket needs."""
    (tmp_path / "key").write_text("nZtRohdNF9m3cKM24IcK4w==\n")
    return {
        "CUTOUT_STORE": "gs://bucket",
        "CUTOUT_CDN_URL": "https://cdn.example",
        "CUTOUT_CDN_KEY_NAME": "my-key",
        "CUTOUT_CDN_KEY_FILE": str(tmp_path / "key"),
    }


def test_the_cdn_s_key_is_read_and_not_shown(cdn: dict[str, str]) -> None:
    settings = Settings.from_env(cdn)
    assert (settings.cdn_url, settings.cdn_key_name) == ("https://cdn.example", "my-key")
    assert settings.cdn_key.hex() == "9d9b51a2174d17d9b770a336e0870ae3"
    assert "cdn_key=" not in repr(settings)


def test_a_key_without_padding_is_the_same(cdn: dict[str, str]) -> None:
    Path(cdn["CUTOUT_CDN_KEY_FILE"]).write_text("nZtRohdNF9m3cKM24IcK4w")
    assert Settings.from_env(cdn).cdn_key.hex() == "9d9b51a2174d17d9b770a336e0870ae3"


@pytest.mark.parametrize("missing", ["CUTOUT_CDN_URL", "CUTOUT_CDN_KEY_NAME", "CUTOUT_CDN_KEY_FILE"])
def test_a_part_of_a_cdn_is_none(cdn: dict[str, str], missing: str) -> None:
    del cdn[missing]
    with pytest.raises(SettingsError, match=f"go together; set {missing}, too"):
        Settings.from_env(cdn)


@pytest.mark.parametrize("store", ["", "off", "/srv/store"])
def test_a_cdn_needs_a_bucket(cdn: dict[str, str], store: str) -> None:
    with pytest.raises(SettingsError, match="CUTOUT_CDN_URL needs a bucket in CUTOUT_STORE"):
        Settings.from_env(cdn | {"CUTOUT_STORE": store})


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"nZtRohdNF9m3cKM24IcK", id="15 bytes"),
        pytest.param(b"nZtRohdNF9m3cKM24IcK4w==nZtRohdNF9m3cKM24IcK4w==", id="two"),
        pytest.param(b"nZtRohdNF9m3cKM24Ic+/w==", id="not for addresses"),
        pytest.param(bytes(range(200, 216)), id="bytes themselves"),
    ],
)
def test_a_file_without_a_key_is_named_and_not_shown(cdn: dict[str, str], key: bytes) -> None:
    path = Path(cdn["CUTOUT_CDN_KEY_FILE"])
    path.write_bytes(key)
    with pytest.raises(SettingsError, match="16 bytes in base64url") as refusal:
        Settings.from_env(cdn)
    assert str(refusal.value).startswith("CUTOUT_CDN_KEY_FILE")
    assert repr(str(path)) in str(refusal.value)
    assert "nZtRohdNF9m3" not in str(refusal.value)


def test_a_key_file_that_is_not_there_is_named(cdn: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^CUTOUT_CDN_KEY_FILE must be a file.*none' cannot be read"):
        Settings.from_env(cdn | {"CUTOUT_CDN_KEY_FILE": str(tmp_path / "none")})


def test_triton_s_key_has_a_name_of_its_own_or_the_embedded_one_s() -> None:
    assert Settings.from_env({"CUTOUT_TRITON_KEY": "admin=a=b"}).triton_key == "admin=a=b"
    assert Settings.from_env({"CUTOUT_TRITON_KEY": "abc"}).triton_key == "cutout-key=abc"


def test_triton_s_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("admin=abc\n")
    assert Settings.from_env({"CUTOUT_TRITON_KEY_FILE": str(file)}).triton_key == "admin=abc"
    with pytest.raises(SettingsError, match="CUTOUT_TRITON_KEY and CUTOUT_TRITON_KEY_FILE say the same"):
        Settings.from_env({"CUTOUT_TRITON_KEY": "abc", "CUTOUT_TRITON_KEY_FILE": str(file)})


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "cannot be read: No such file"), (b"my secret", "must be"), (b"\xff\x00", "must be")],
    ids=["missing", "blank", "binary"],
)
def test_a_bad_file_of_triton_s_key_is_named_and_its_content_is_not(
    tmp_path: Path, content: bytes | None, text: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"CUTOUT_TRITON_KEY_FILE.*{text}") as refusal:
        Settings.from_env({"CUTOUT_TRITON_KEY_FILE": str(file)})
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("name", ["CUTOUT_TRITON_KEY", "CUTOUT_API_KEY"])
def test_no_message_and_no_repr_shows_a_secret(name: str) -> None:
    with pytest.raises(SettingsError, match=name) as refusal:
        Settings.from_env({name: "my secret"})
    assert "secret" not in str(refusal.value)
    assert "my-secret" not in repr(Settings.from_env({name: "my-secret"}))
