"""What a name says of an object."""

import pytest

from gateway.store.names import SHARED, cache_control


@pytest.mark.parametrize(
    ("name", "seconds", "header"),
    [
        (f"{SHARED}ab.webp", 86_400.9, "public, max-age=86400, immutable"),
        (f"{SHARED}ab.webp", -3, "public, max-age=0, immutable"),
        ("customers/images/ab", 600, "private, max-age=600"),
        ("cache/masks/ab", 600, "private, max-age=600"),
        (f"uploads/{SHARED}ab.webp", 600, "private, max-age=600"),
    ],
)
def test_only_finished_files_are_for_everybody_s_cache(name: str, seconds: float, header: str) -> None:
    assert cache_control(name, seconds) == header
