"""Which web pages may use the service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.origins import Origins, OriginsError
from gateway.settings import Settings, SettingsError

SHOP = "https://shop.example"
PREVIEW = r"https://[a-z0-9-]+\.preview\.shop\.example"


@pytest.mark.parametrize("origin", [SHOP, "https://pr-17.preview.shop.example", "https://late.example"])
def test_allowed(origin: str) -> None:
    assert Origins(frozenset({SHOP}), (PREVIEW,), lambda: frozenset({"https://late.example"})).allow(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "*",
        "http://shop.example",
        "https://shop.example:444",
        "https://shop.example.thief.example",
        "https://thief.example/https://shop.example",
        "https://SHOP.example",
        "https://a.preview.shop.example.thief.example",
        "https://a.b.preview.shop.example",
        "https://preview.shop.example",
        "https://a.preview.shop.example\n",
        "xhttps://a.preview.shop.example",
        "https://" + "a" * 300 + ".preview.shop.example",
    ],
)
def test_not_allowed(origin: str) -> None:
    assert not Origins(frozenset({SHOP}), (PREVIEW,)).allow(origin)


@given(st.text(max_size=300))
def test_by_default_nobody_and_with_a_star_every_origin_but_nothing_else(text: str) -> None:
    assert not Origins().allow(text)
    if Origins(frozenset({"*"})).allow(text):
        assert text.startswith(("https://", "http://")) and text.isascii() and "\n" not in text


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: Origins(frozenset({"shop.example"})), id="no scheme"),
        pytest.param(lambda: Origins(frozenset({"https://shop.example/"})), id="with a path"),
        pytest.param(lambda: Origins(frozenset({"https://*.shop.example"})), id="star inside"),
        pytest.param(lambda: Origins(patterns=("https://[",)), id="no expression"),
        pytest.param(lambda: Origins(patterns=(".*",)), id="everything"),
        pytest.param(lambda: Origins(patterns=("https?://.+",)), id="everything, too"),
        pytest.param(lambda: Origins(patterns=("https://.+",)), id="everything encrypted"),
        pytest.param(lambda: Origins(patterns=(r"https://a\.shop\.example|.*",)), id="everything else"),
        pytest.param(lambda: Origins(patterns=(r"https?://[a-z.-]+(:\d+)?",)), id="everything without a dot"),
        pytest.param(lambda: Origins(patterns=(r"https://[a-z]+.shop\.example",)), id="https://thief-shop.example"),
        pytest.param(lambda: Origins(patterns=(r"https://.*shop\.example",)), id="https://thiefshop.example"),
    ],
)
def test_refused_at_the_start(build: object) -> None:
    with pytest.raises(OriginsError):
        build()  # type: ignore[operator]


@pytest.mark.parametrize(
    "pattern", [r"https://[a-z.]+\.shop\.example", r"https://a\.shop\.example", r"https://[\].]+\\\.shop\.example"]
)
def test_a_dot_that_is_one(pattern: str) -> None:
    assert Origins(patterns=(pattern,))


@pytest.mark.parametrize(
    ("name", "text"), [("CUTOUT_ORIGINS", "https://a.example, b"), ("CUTOUT_ORIGIN_PATTERNS", "https://a ( https://b")]
)
def test_settings_name_their_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: text})


def test_settings() -> None:
    settings = Settings.from_env({"CUTOUT_ORIGINS": f" {SHOP} , *,", "CUTOUT_ORIGIN_PATTERNS": f"{PREVIEW}  https://b"})
    assert (settings.origins, settings.origin_patterns) == ({SHOP, "*"}, (PREVIEW, "https://b"))
