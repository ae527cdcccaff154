"""Where checkpoints are kept."""

from pathlib import Path

import pytest

from checkpoints.cache import cached, folder
from checkpoints.errors import MissingError


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CUTOUT_CACHE": "/c", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/c"),
        ({"CUTOUT_CACHE": "", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/inspyrenet-service"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/inspyrenet-service"),
    ],
    ids=["named", "xdg", "home"],
)
def test_the_folder(environ, expected):
    assert folder(environ) == Path(expected)


def test_without_a_home_the_variable_is_named():
    with pytest.raises(MissingError, match="CUTOUT_CACHE"):
        folder({})


def test_only_a_whole_file_counts(entry, tmp_path):
    (tmp_path / "small.pth.part").touch()
    assert cached(entry(), tmp_path) is None
    (tmp_path / "small.pth").touch()
    assert cached(entry(), tmp_path) == tmp_path / "small.pth"
