"""Pictures by their address, from a real https server; what must not be reached is not."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator

import httpcore
import pytest

from gateway.errors import BodyTooLarge, GatewayError, MissingImage, Overloaded, URLNotAllowed, URLUnreachable
from gateway.remote.fetch import MAX_AT_ONCE, Remote
from gateway.remote.network import MAX_TRIED, CheckedNetwork
from gateway.remote.nowhere import nowhere
from gateway.remote.public import is_public
from tests.remote.server import HOST, JPEG, Pictures, running_pictures

LIMIT = 1_000_000
LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="module")
def pictures() -> Iterator[Pictures]:
    with running_pictures(HOST) as pictures:
        yield pictures


class Names:
    """A resolver for which names mean what it is told; each look-up takes the next answer, the last one stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): each for name, each in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise OSError("no such host")
        answers = self.answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


NAMES = {"pictures_example": [[LOOPBACK]], "private_example": [["10.0.0.7"]]}


def remote(pictures: Pictures, names: Names | None = None, seconds: float = 10, limit: int = LIMIT) -> Remote:
    """One for which loopback is public."""
    network = CheckedNetwork(names or Names(**NAMES), lambda address: address == LOOPBACK or is_public(address))
    ports = frozenset({pictures.port})
    return Remote(limit=limit, seconds=seconds, network=network, trust=pictures.trust, ports=ports)


def fetched(pictures: Pictures, path: str, **options: object) -> bytes:
    return asyncio.run(remote(pictures, **options).fetch(pictures.url(path)))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/cat", "/cat?size=large", "/once", "/twice", "/thrice"])
def test_fetches_a_picture_over_up_to_three_redirects(pictures: Pictures, path: str) -> None:
    assert fetched(pictures, path) == JPEG


def test_sends_nothing_but_what_is_needed(pictures: Pictures) -> None:
    pictures.seen.clear()
    fetched(pictures, "/cat#fragment")
    ((path, headers),) = pictures.seen
    assert path == "/cat"
    assert headers.keys() == {"Host", "Accept", "Accept-Encoding", "User-Agent"}
    assert (headers["Host"], headers["Accept-Encoding"]) == (f"{HOST}:{pictures.port}", "identity")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        pytest.param("/nothing", URLUnreachable, id="404"),
        pytest.param("/empty", MissingImage, id="empty"),
        pytest.param("/gzip", URLUnreachable, id="compressed"),
        pytest.param("/announced", BodyTooLarge, id="announced too large"),
        pytest.param("/endless", BodyTooLarge, id="endless"),
        pytest.param("/headers", URLUnreachable, id="endless headers"),
        pytest.param("/garbage", URLUnreachable, id="no HTTP"),
        pytest.param("/loop", URLUnreachable, id="redirects in a circle"),
        pytest.param("/to-http", URLNotAllowed, id="redirect to http"),
        pytest.param("/to-private", URLUnreachable, id="redirect to a private address"),
        pytest.param("/to-file", URLNotAllowed, id="redirect to a file"),
        pytest.param("/to-port", URLNotAllowed, id="redirect to another port"),
        pytest.param("/to-brackets", URLNotAllowed, id="redirect to no URL"),
        pytest.param("/torn", URLUnreachable, id="TLS that breaks off"),
    ],
)
def test_refuses(pictures: Pictures, path: str, error: type[GatewayError]) -> None:
    with pytest.raises(error):
        fetched(pictures, path)


@pytest.mark.parametrize(("path", "seen"), [("/cat;v=1", "/cat;v=1"), ("/to-umlaut", "/%C3%A4")])
def test_asks_for_exactly_what_the_address_says(pictures: Pictures, path: str, seen: str) -> None:
    with pytest.raises(URLUnreachable):
        fetched(pictures, path)
    assert pictures.seen[-1][0] == seen


@pytest.mark.parametrize("path", ["/interim", "/crumbs"])
def test_what_is_sent_to_make_work_is_not_read_until_the_deadline(pictures: Pictures, path: str) -> None:
    with pytest.raises(URLUnreachable) as caught:
        fetched(pictures, path, seconds=60)
    assert isinstance(caught.value.__cause__, httpcore.RemoteProtocolError)


def test_a_server_that_never_shakes_hands_is_cut_off() -> None:
    with socket.create_server((LOOPBACK, 0)) as mute, pytest.raises(URLUnreachable):
        fetched(Pictures(mute.getsockname()[1], ssl.create_default_context()), "/cat", seconds=0.3)


def test_a_few_addresses_of_a_name_are_tried_in_turn(pictures: Pictures) -> None:
    def tried(*silent: str) -> bytes:
        network = CheckedNetwork(Names(pictures_example=[[*silent, LOOPBACK]]), lambda _: True)
        ports = frozenset({pictures.port})
        one = Remote(limit=LIMIT, seconds=10, network=network, trust=pictures.trust, ports=ports)
        return asyncio.run(one.fetch(pictures.url("/cat")))

    assert tried("127.0.0.3") == JPEG
    with pytest.raises(URLUnreachable):
        tried(*["127.0.0.3"] * MAX_TRIED)


def test_a_slow_server_is_cut_off(pictures: Pictures) -> None:
    begin = time.monotonic()
    with pytest.raises(URLUnreachable):
        fetched(pictures, "/drip", seconds=0.5)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([["10.0.0.7"]], id="private"),
        pytest.param([["8.8.8.8", "10.0.0.7"]], id="public and private"),
        pytest.param([["::ffff:127.0.0.1"]], id="mapped"),
        pytest.param([[]], id="none"),
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_never_connected_to(
    pictures: Pictures, answers: list[list[str]]
) -> None:
    pictures.seen.clear()
    with pytest.raises(URLUnreachable):
        fetched(pictures, "/cat", names=Names(pictures_example=answers))
    assert pictures.seen == []


def test_a_name_that_changes_its_mind_after_the_check_is_not_asked_again(pictures: Pictures) -> None:
    names = Names(pictures_example=[[LOOPBACK], ["10.0.0.7"]])
    assert fetched(pictures, "/cat", names=names) == JPEG
    assert names.asked == [HOST]


def test_each_redirect_is_looked_up_and_checked_anew(pictures: Pictures) -> None:
    names = Names(pictures_example=[[LOOPBACK], ["10.0.0.7"]])
    with pytest.raises(URLUnreachable):
        fetched(pictures, "/once", names=names)
    assert names.asked == [HOST, HOST]


def test_what_does_not_exist_and_what_is_private_are_told_apart_by_nobody(pictures: Pictures) -> None:
    def told(host: str) -> str:
        with pytest.raises(URLUnreachable) as caught:
            asyncio.run(remote(pictures).fetch(f"https://{host}:{pictures.port}/cat"))
        return caught.value.detail

    assert told("private.example") == told("nowhere.example") == told("10.0.0.7")


def test_a_certificate_for_another_name_is_refused() -> None:
    with running_pictures("other.example") as pictures, pytest.raises(URLUnreachable):
        fetched(pictures, "/cat")


def test_loopback_is_not_public_for_the_real_one(pictures: Pictures) -> None:
    pictures.seen.clear()
    real = Remote(limit=LIMIT, seconds=5, trust=pictures.trust, ports=frozenset({pictures.port}))
    for host in ("127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.0.0.1."):
        with pytest.raises((URLUnreachable, URLNotAllowed)):
            asyncio.run(real.fetch(f"https://{host}:{pictures.port}/cat"))
    assert pictures.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cat.jpg",
        "http://pictures.example/cat",
        "ftp://pictures.example/cat",
        "file:///etc/passwd",
        "https://",
        "https:///cat",
        "https://user:secret@pictures.example/cat",
        "https://pictures.example:22/",
        "https://pictures.example:x/",
        "https://pictures.example:0/",
        "https://[::1/",
        "https://[2001",
        "https://a b/",
        "https://pictures.example/" + "x" * 2048,
        "https://exa\tmple/\n",
        "https://\x00/",
        "data:image/png;base64,AAAA",
    ],
)
def test_an_address_that_is_none_of_ours_is_not_even_looked_up(url: str) -> None:
    names = Names(**NAMES)
    with pytest.raises(URLNotAllowed):
        asyncio.run(Remote(limit=LIMIT, seconds=5, network=CheckedNetwork(names)).fetch(url))
    assert names.asked == []


def test_the_number_at_once_is_bounded(pictures: Pictures) -> None:
    async def scenario() -> list[object]:
        one = remote(pictures, seconds=1)
        work = (one.fetch(pictures.url("/drip")) for _ in range(MAX_AT_ONCE + 3))
        return list(await asyncio.gather(*work, return_exceptions=True))

    kinds = [type(each) for each in asyncio.run(scenario())]
    assert (kinds.count(Overloaded), kinds.count(URLUnreachable)) == (3, MAX_AT_ONCE)


def test_switched_off() -> None:
    with pytest.raises(URLNotAllowed, match="takes no addresses"):
        asyncio.run(nowhere("https://pictures.example/cat"))
