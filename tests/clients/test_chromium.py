"""Chromium: FileReader, canvas, fetch, forms, XMLHttpRequest, EventSource."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.clients.pages import SCRIPT, WAYS, check
from tests.studio.conftest import CHROMIUM, CHROMIUM_ARGUMENTS


@pytest.fixture(scope="module")
def page(url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        page.goto(url)  # whose policy lets scripts ask their own origin
        yield page
        browser.close()


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_web_pages(page: Page, way: str) -> None:
    check(way, page.evaluate(f"async () => {{ {SCRIPT}\n return run({way!r}); }}"))
