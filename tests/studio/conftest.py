"""A fresh Chromium page on a real gateway, and a photograph to give it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 20_000


# Not for the whole session: while it is open, Playwright's loop keeps other tests of this thread from starting one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"There is no {CHROMIUM}. Get it with: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, gateway_url: str) -> Iterator[Page]:
    """The page at `/`; when the test is over, no script may have failed and no other host may have been asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    script_errors: list[str] = []
    hosts: set[str] = set()
    page.on("pageerror", lambda error: script_errors.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(gateway_url)
    yield page
    context.close()
    assert script_errors == []
    assert hosts <= {urlsplit(gateway_url).netloc, ""}  # blob: addresses have no host


@pytest.fixture
def photo(photos: Path) -> Path:
    """A real photograph of a person, 512×512, JPEG."""
    return photos / "people" / "astronaut.jpg"
