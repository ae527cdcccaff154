import pytest

from gateway.endpoints.disposition import attachment
from gateway.errors import InvalidParameter


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("cat", "cat.png", "cat.png"),
        ("cat.jpg", "cat.png", "cat.png"),
        ("cat.PNG", "cat.png", "cat.png"),
        ("my cat (1)", "my cat (1).png", "my%20cat%20%281%29.png"),
        ("Kätzchen 🐈", "K_tzchen _.png", "K%C3%A4tzchen%20%F0%9F%90%88.png"),
        ("setup.exe", "setup.exe.png", "setup.exe.png"),
        ("page.html", "page.html.png", "page.html.png"),
        ("..", "picture.png", "picture.png"),
        (".htaccess", "htaccess.png", "htaccess.png"),
        ("a;b=c%22'", "a_b_c_22_.png", "a%3Bb%3Dc%2522%27.png"),
    ],
)
def test_names(name: str, plain: str, full: str) -> None:
    assert attachment(name, "image/png") == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"


@pytest.mark.parametrize(
    "name",
    ["", "a" * 101, "a\r\nSet-Cookie: x", "a/b", "a\\b", 'a"b', "a:b", "a\x00", "a\u202egnp.exe", "a\udc80", "a\x85b"],
    ids=ascii,
)
def test_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match="download must be"):
        attachment(name, "image/png")
