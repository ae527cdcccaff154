"""The page's files: served whole, revalidated, and nothing beside them."""

import httpx
import pytest

RANGES = {
    "first bytes": "bytes=0-5",
    "last bytes": "bytes=-5",
    "several": "bytes=0-0,2-2,4-4",
    "very many": "bytes=" + ",".join(f"{start}-{start}" for start in range(0, 300, 2)),
    "beyond the end": "bytes=9999999-",
    "huge": "bytes=0-" + "9" * 5000,
    "backwards": "bytes=5-2",
    "of nothing": "bytes=-0",
    "negative": "bytes=0--5",
    "empty": "bytes=",
    "no numbers": "bytes=abc",
    "another unit": "items=0-5",
    "no unit": "abc",
}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/studio/studio.js", "text/javascript"), ("/studio/studio.css", "text/css")],
    ids=["page", "script", "style"],
)
def test_files_are_asked_for_again_and_answered_shortly(client, path, media_type):
    first = client.get(path)
    assert first.status_code == 200
    assert first.headers["content-type"].startswith(media_type)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"], "Range": "bytes=9999999-"})
    assert (again.status_code, again.content) == (304, b"")


def test_a_file_that_has_not_changed_since_is_not_sent_again(client):
    first = client.get("/studio/studio.css")
    again = client.get("/studio/studio.css", headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/studio/studio.css"], ids=["page", "style"])
@pytest.mark.parametrize("asked", RANGES.values(), ids=RANGES)
def test_whatever_part_is_asked_for_the_whole_comes(client, path, asked):
    whole, answer = client.get(path), client.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert "content-range" not in answer.headers
    head = client.head(path, headers={"Range": asked})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize("path", ["/studio/../app.py", "/studio/%2e%2e/app.py", "/studio/absent.js", "/nothing"])
def test_nothing_else_is_served(url, path):
    with httpx.Client() as client:
        answer = client.send(httpx.Request("GET", url, extensions={"target": path.encode()}))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
