"""What the page says and does when something is wrong."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

PROCESS = "**/api/v2/process?*"
BUSY = '{"type": "about:blank", "title": "Overloaded", "status": 503, "detail": "All places are taken.", "code": "overloaded"}'


def busy(route: Route) -> None:
    headers = {"Retry-After": "1", "Content-Type": "application/problem+json"}
    route.fulfill(status=503, headers=headers, body=BUSY)


def never_answer(_route: Route) -> None:
    """Keep the request open."""


def expect_outcome(page: Page) -> None:
    expect(page.locator("#outcome")).to_be_visible(timeout=30_000)


def test_text_named_as_photo_is_refused_in_words(page: Page) -> None:
    letter = FilePayload(name="letter.jpg", mimeType="image/jpeg", buffer=b"Dear all, this is a letter.")
    with page.expect_response(PROCESS) as response:
        page.locator("#file").set_input_files(letter)
    expect(page.get_by_role("alert")).to_contain_text(response.value.json()["detail"])
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    expect(page.locator("#dropzone")).to_be_focused()


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("notes.txt", 10, "“notes.txt” is not a photo."),
        ("drawing.svg", 10, "“drawing.svg” is not a photo."),
        ("empty.jpg", 0, "“empty.jpg” is empty."),
        ("huge.jpg", 50_000_001, "“huge.jpg” has 51 MB; up to 50 MB are allowed."),
    ],
    ids=["text", "svg", "empty", "too large"],
)
def test_hopeless_file_is_not_sent(page: Page, tmp_path: Path, name: str, size: int, sentence: str) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)
    page.locator("#file").set_input_files(tmp_path / name)
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert "POST" not in sent


def test_busy_service_is_asked_again_after_a_countdown(page: Page, photo: Path) -> None:
    page.route(PROCESS, busy, times=1)
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#phase")).to_have_text("The service is busy. Trying again in 1 s")
    expect_outcome(page)


def test_service_that_stays_busy_is_left_alone_after_four_tries(page: Page, photo: Path) -> None:
    tries: list[str] = []
    page.on("request", lambda request: tries.append(request.url))
    page.route(PROCESS, busy)
    page.locator("#file").set_input_files(photo)
    expect(page.get_by_role("alert")).to_contain_text("The service is busy.")
    assert len([url for url in tries if "/api/v2/process" in url]) == 4
    page.unroute(PROCESS)
    page.get_by_role("button", name="Try again").click()
    expect_outcome(page)


def test_lost_connection_is_said_and_can_be_tried_again(page: Page, photo: Path) -> None:
    page.route(PROCESS, lambda route: route.abort("connectionfailed"), times=1)
    page.locator("#file").set_input_files(photo)
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    expect(page.get_by_role("button", name="Try again")).to_be_focused()
    page.keyboard.press("Enter")
    expect_outcome(page)


@pytest.mark.parametrize("handler", [never_answer, busy], ids=["while cutting out", "while waiting"])
def test_cancel_ends_the_request_and_its_retries(page: Page, photo: Path, handler: object) -> None:
    page.route(PROCESS, handler)  # type: ignore[arg-type]  # the two handlers share no nameable type
    page.locator("#file").set_input_files(photo)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#dropzone")).to_be_focused()
    expect(page.locator("#workspace")).to_be_hidden()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_photo_without_clear_subject_is_said(page: Page, photo: Path) -> None:
    headers = {"Content-Type": "image/jpeg", "X-Confidence": "0.12", "X-Subject-Found": "false"}
    page.route(PROCESS, lambda route: route.fulfill(body=photo.read_bytes(), headers=headers))
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    expect(page.get_by_text("No clear subject found.")).to_be_visible()


def test_second_photo_replaces_the_one_under_way(page: Page, photo: Path) -> None:
    page.route(PROCESS, never_answer, times=1)
    page.locator("#file").set_input_files(photo)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    expect(page.get_by_role("alert")).to_be_hidden()
