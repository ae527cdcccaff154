"""What the page tells while it waits, what it keeps, and how it gets in where a key is wanted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from gateway.keys.file import changing
from gateway.settings import Settings
from tests.service import running_gateway

NOBODY = "127.0.0.1:1"
EVENTS = "retry: 1\n\nid: a-1\nevent: {name}\ndata: {data}\n\n: beat\n\n"


def expect_outcome(page: Page) -> None:
    expect(page.locator("#outcome")).to_be_visible(timeout=30_000)


def test_the_services_own_events_are_followed(page: Page, photo: Path) -> None:
    with page.expect_response("**/api/v2/progress/*") as response:
        page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    session = response.value.url.rpartition("/")[2]
    assert response.value.status == 200
    sent = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert any(f"session_id={session}" in name for name in sent)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("queued", '{"position": 3}', "Waiting: 3 before you"),
        ("cold_start", '{"estimate_seconds": 11.2}', "The model is starting, about 12 s"),
        ("cold_start", '{"estimate_seconds": null}', "The model is starting"),
        ("inference", "{}", "Finding the subject"),
    ],
)
def test_events_in_words(page: Page, photo: Path, name: str, data: str, words: str) -> None:
    def tell(route: Route) -> None:
        route.fulfill(body=EVENTS.format(name=name, data=data), content_type="text/event-stream")

    page.route("**/api/v2/process?*", lambda route: None)
    page.route("**/api/v2/progress/*", tell)
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#phase")).to_have_text(words)
    page.locator("#cancel").click()


@pytest.mark.parametrize("status", [404, 422, 500, 503])
def test_progress_that_fails_harms_nothing(page: Page, photo: Path, status: int) -> None:
    page.route("**/api/v2/progress/*", lambda route: route.fulfill(status=status))
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)


def test_a_warm_up_that_never_ends_blocks_nothing(page: Page, photo: Path) -> None:
    asked: list[str] = []

    def never(route: Route) -> None:
        asked.append(route.request.method)

    page.route("**/warmup", never)
    page.reload()
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    assert asked == ["POST"]


def test_pictures_are_never_put_into_storage(page: Page, photo: Path) -> None:
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert page.locator("#after").get_attribute("src").startswith("blob:")  # type: ignore[union-attr]


def test_a_key_is_asked_for_where_one_is_wanted(browser: Browser, photo: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    with changing(keys) as change:
        change.ring, made = change.ring.created("shop", ("process",), (), None, datetime.now(UTC))
    with running_gateway(Settings(model="nobody", keys=keys, start_seconds=0.1), NOBODY) as url:
        page = browser.new_page()
        page.goto(url)
        page.locator("#file").set_input_files(photo)
        expect(page.locator("#failure-text")).to_have_text("This service wants a key.")
        expect(page.locator("#key")).to_be_focused()
        page.locator("#key").fill("cutout_wrong")
        page.get_by_role("button", name="Use this key").click()
        expect(page.locator("#failure-text")).to_have_text("This key is not one of this service's.")
        page.locator("#key").fill(made.text)
        with page.expect_request("**/api/v2/process?*") as request:
            page.get_by_role("button", name="Use this key").click()
        assert request.value.headers["x-api-key"] == made.text
        assert made.secret not in request.value.url
        expect(page.locator("#phase")).to_contain_text("Trying again")  # let in; there is no model behind it
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 1]
        page.close()
