import pytest

from gateway.audit.pseudonym import pseudonym, shown

ID = "0123456789abcdef" * 2
SPLIT = "my session\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/session/my-session_1/images", f"/session/{pseudonym('my-session_1')}/images"),
        (f"/session/{SPLIT}/images", f"/session/{pseudonym(SPLIT)}/images"),
        (f"/session/{ID}-and-more/images", f"/session/{pseudonym(ID + '-and-more')}/images"),
        ("/api/v2/progress/s1", f"/api/v2/progress/{pseudonym('s1')}"),
        (f"/uploads/0123456789abcdef/{ID}", f"/uploads/0123456789abcdef/{pseudonym(ID)}"),
        (f"/files/uploads/0123456789abcdef/{ID}-shown", f"/files/uploads/0123456789abcdef/{pseudonym(ID)}-shown"),
        ("/api/v2/process", "/api/v2/process"),
        ("/session/", "/session/"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    assert shown(path) == expected


def test_a_pseudonym_tells_apart_and_tells_nothing() -> None:
    assert pseudonym("s1") != pseudonym("s2")
    assert len(pseudonym("s1")) == 12
    assert pseudonym("\udc80") and pseudonym("") == ""
