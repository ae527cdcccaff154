"""The page itself: what it says of the service, how it fits screens and people, what it may load."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.studio import contrast

STATES = ["empty", "working", "result", "failure"]


def bring_to(page: Page, state: str, photo: Path) -> None:
    """Lead the page into one of STATES."""
    if state == "working":
        page.route("**/api/v2/process?*", lambda route: None)
    if state == "failure":
        page.route("**/api/v2/process?*", lambda route: route.abort())
    if state != "empty":
        page.locator("#file").set_input_files(photo)
    shown = {"empty": "#dropzone", "working": "#cancel", "result": "#outcome", "failure": "#retry"}
    expect(page.locator(shown[state])).to_be_visible(timeout=30_000)
    if state == "result":
        expect(page.locator("#effects img[src]").last).to_be_visible()


def test_version_model_and_demonstration_notice(page: Page, gateway_url: str) -> None:
    told: dict[str, Any] = page.request.get(f"{gateway_url}/version").json()
    expect(page.locator("#version")).to_contain_text(f"Version {told['version']}")
    expect(page.locator("#version")).to_contain_text(f"{told['model']}/{told['model_version']}")
    assert told["demo"] is True
    expect(page.get_by_text("Demonstration model.")).to_be_visible()
    expect(page.locator("#demo-notice")).to_contain_text("synthetic pictures")
    expect(page.locator("#demo-notice code")).to_have_text("scripts/serve --model fast")


def test_console_stays_empty(page: Page, photo: Path) -> None:
    messages: list[ConsoleMessage] = []
    page.on("console", lambda message: messages.append(message))
    page.reload()
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#outcome")).to_be_visible(timeout=30_000)
    page.get_by_label("A colour").check()
    page.get_by_label("Format of the download").select_option("webp")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    page.get_by_role("button", name="New photo").click()
    assert [message.text for message in messages] == []


@pytest.mark.parametrize("state", STATES)
def test_phone_needs_no_sideways_scrolling(page: Page, photo: Path, state: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    bring_to(page, state, photo)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360


@pytest.mark.parametrize("state", STATES)
def test_everything_to_touch_is_44_pixels_or_more(page: Page, photo: Path, state: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    bring_to(page, state, photo)
    if state == "result":
        page.get_by_label("A colour").check()
    sizes: list[tuple[str, float, float]] = page.locator(
        "button, select, a, input:not(#split):not(#file)"
    ).evaluate_all(
        """(elements) => elements.filter((element) => element.checkVisibility()).map((element) => {
          const { width, height } = element.getBoundingClientRect();
          return [element.id || element.value, width, height];
        })"""
    )
    assert sizes
    assert [name for name, width, height in sizes if min(width, height) < 44] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_text_stands_out(page: Page, photo: Path, state: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    bring_to(page, state, photo)
    assert contrast.too_faint(page) == []


def test_reduced_motion_is_respected(page: Page, photo: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    bring_to(page, "result", photo)
    assert page.evaluate("document.getAnimations().length") == 0


def test_page_needs_no_inline_script_or_style(page: Page) -> None:
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") or ""
    assert "unsafe" not in policy
    assert page.locator("script:not([src]), style").count() == 0
