"""The page's files: served, revalidated, and nothing beside them."""

import httpx
import pytest


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
    if path != "/":
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/studio/../app.py", "/studio/%2e%2e/app.py", "/studio/absent.js", "/nothing"])
def test_nothing_else_is_served(url, path):
    with httpx.Client() as client:
        answer = client.send(httpx.Request("GET", url, extensions={"target": path.encode()}))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
