"""The manual: its examples work as they stand, and it shows what the service really takes."""

import html
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.endpoints.openapi import by_code
from gateway.endpoints.page import STUDIO
from gateway.endpoints.table import OPERATIONS
from tests.photos import opened
from tests.service import running_app

SOURCE = (STUDIO / "docs" / "index.html").read_text()
WRITTEN = "http://127.0.0.1:8080"


def examples(pattern: str) -> list[str]:
    """The text of each example that `pattern` finds the beginning of."""
    return [html.unescape(each) for each in re.findall(rf"<pre{pattern}><code>(.*?)</code></pre>", SOURCE, re.DOTALL)]


@pytest.mark.parametrize("command", examples(' class="curl"'), ids=lambda command: command.split("'")[0][:40])
def test_curl_examples(gateway_url: str, photo: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    subprocess.run(["bash", "-euc", command.replace(WRITTEN, gateway_url)], cwd=tmp_path, check=True, timeout=60)
    (made,) = set(tmp_path.iterdir()) - {tmp_path / "photo.jpg"}
    if made.suffix == ".json":
        assert b'"success":true' in made.read_bytes()
    else:
        assert opened(made.read_bytes()).format in ("PNG", "WEBP")


@pytest.mark.parametrize(
    ("start", "runner"),
    [("import requests", [sys.executable, "-"]), ("import {", ["node", "--input-type=module", "-"])],
)
def test_programs(gateway_url: str, photo: Path, tmp_path: Path, start: str, runner: list[str]) -> None:
    (program,) = [each for each in examples("") if each.startswith(start)]
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    text = program.replace(WRITTEN, gateway_url)
    subprocess.run(runner, input=text, text=True, cwd=tmp_path, check=True, timeout=60, capture_output=True)
    assert opened((tmp_path / "cutout.png").read_bytes()).size == (512, 512)


async def upload_page(request: Request) -> Response:
    return HTMLResponse(request.app.state.text)


def test_the_upload_page_works_from_another_origin(browser: Browser, gateway_url: str, photo: Path) -> None:
    (text,) = examples(' id="upload-page"')
    shop = Starlette(routes=[Route("/", upload_page)])
    shop.state.text = text.replace(WRITTEN, gateway_url)
    with running_app(shop) as origin:
        page = browser.new_page()
        page.goto(origin)
        page.locator("#file").set_input_files(photo)
        expect(page.locator("#message")).to_have_text("Done.", timeout=30_000)
        page.wait_for_function("document.querySelector('#result').naturalWidth === 512")
        page.locator("#file").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"hello"})
        expect(page.locator("#message")).to_contain_text("picture")
        page.close()


@pytest.fixture
def manual(page: Page, gateway_url: str) -> Page:
    page.goto(f"{gateway_url}/docs")
    return page


def test_the_reference_lists_every_operation(manual: Page) -> None:
    expect(manual.locator("#operations details")).to_have_count(len(OPERATIONS))
    manual.locator("summary", has_text="Cut out one picture.").click()
    expect(manual.locator("#operations details[open]")).to_contain_text("1–100; 90 by default")


def test_examples_have_the_services_own_address(manual: Page, gateway_url: str) -> None:
    expect(manual.locator("pre.curl").first).to_contain_text(gateway_url)
    assert manual.get_by_text(WRITTEN).count() == 0


def test_trying_it(manual: Page, photo: Path) -> None:
    form = manual.locator("#try-form")
    form.locator("[name=file]").set_input_files(photo)
    form.locator("[name=output_format]").select_option("webp")
    form.get_by_role("button", name="Cut out").click()
    expect(manual.locator("#try-result")).to_be_visible(timeout=30_000)
    expect(manual.locator("#try-headers")).to_contain_text("content-type: image/webp")
    form.locator("[name=bg_color]").fill("nosuchcolour")
    form.get_by_role("button", name="Cut out").click()
    expect(manual.locator("#try-message")).to_contain_text("invalid_parameter")


def test_every_code_is_explained() -> None:
    table = SOURCE[SOURCE.index('<section id="errors">') : SOURCE.index('<section id="keys">')]
    told = set(re.findall(r"<code>([a-z_0-9]+)</code>", table)) & set(by_code())
    families = {kind.code for kind in by_code().values() if kind.__subclasses__()}
    assert set(by_code()) - families - told == {"client_gone"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(manual: Page, scheme: str) -> None:
    manual.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    manual.set_viewport_size({"width": 390, "height": 800})
    expect(manual.locator("#operations details")).to_have_count(len(OPERATIONS))
    assert manual.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_it_is_found_from_the_page(page: Page) -> None:
    page.get_by_role("link", name="Manual").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A photo in, its subject out")


def test_it_is_asked_for_again(gateway_url: str) -> None:
    first = httpx.get(f"{gateway_url}/docs")
    assert httpx.get(f"{gateway_url}/docs", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
