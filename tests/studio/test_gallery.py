"""The effects on the page: the customer's own photo in each, chosen, shown and downloaded."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from gateway.keys.file import changing
from gateway.settings import Settings
from tests.service import Triton, running_gateway, wait_until_ready

PREVIEWS = "**/api/v2/process-with-effects?*"
LIST = "**/api/v2/effects"
PLAIN = {"name": "color", "description": "As it is.", "aliases": [], "parameters": {}}
# An effect that the service does not have: what the page does with it is told by its requests.
TILES = {
    "name": "tiles",
    "description": "Of clay.",
    "aliases": [],
    "parameters": {
        "size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "preset": {"type": "string", "enum": ["coarse", "fine"], "default": "fine"},
    },
}
PROBLEM = '{"type": "about:blank", "title": "Sorry", "status": 500, "detail": "No clay is left.", "code": "no_clay"}'


def never_answer(_route: Route) -> None:
    """Keep the request open."""


def cut_out(page: Page, photo: Path) -> None:
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#outcome")).to_be_visible(timeout=30_000)


def effect(page: Page, name: str) -> Locator:
    return page.locator(f"#effects input[value={name}]")


def offer_tiles(page: Page, answer: Any) -> None:
    """Have the page believe in TILES, whose pictures are `answer`'s business."""
    listed = {"effects": [PLAIN, TILES], "total": 2}
    page.route(LIST, lambda route: route.fulfill(json=listed))
    page.route("**/api/v2/process?effect=tiles&*", answer)


def orders(requests: list[Request]) -> list[dict[str, str]]:
    """What was asked of POST /api/v2/process, without the session."""
    asked = [urlsplit(each.url) for each in requests]
    queries = [parse_qs(each.query) for each in asked if each.path == "/api/v2/process"]
    return [{name: value for name, (value,) in each.items() if name != "session_id"} for each in queries]


def downloaded(page: Page) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


@pytest.fixture
def offered(gateway_url: str) -> list[dict[str, Any]]:
    """The effects of the service."""
    found: list[dict[str, Any]] = httpx.get(f"{gateway_url}/api/v2/effects").json()["effects"]
    return found


@pytest.fixture
def sent(page: Page) -> list[Request]:
    """Every request of the page, as they come."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    return requests


def test_the_services_effects_are_offered_in_its_order(
    page: Page, photo: Path, offered: list[dict[str, Any]], sent: list[Request]
) -> None:
    cut_out(page, photo)
    expect(page.locator("#effects img[src]")).to_have_count(len(offered))
    radios = page.get_by_role("radiogroup", name="Effects").get_by_role("radio")
    expect(radios).to_have_count(len(offered))
    for radio, each in zip(radios.all(), offered, strict=True):
        expect(radio).to_have_value(each["name"])
        expect(radio).to_have_accessible_description(each["description"])
    sizes = page.locator("#effects img").evaluate_all(
        "(images) => Promise.all(images.map((i) => i.decode().then(() => [i.naturalWidth, i.naturalHeight])))"
    )
    assert sizes == [[320, 320]] * len(offered)
    assert len([each for each in sent if "process-with-effects" in each.url]) == 1


@pytest.mark.parametrize("output_format", ["png", "webp", "jpeg"])
@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_chosen_effect_is_shown_and_downloaded_as_the_service_draws_it(
    page: Page, photo: Path, gateway_url: str, offered: list[dict[str, Any]], way: str, output_format: str
) -> None:
    name = offered[-1]["name"]
    cut_out(page, photo)
    expect(effect(page, name)).to_be_attached()
    if way == "mouse":
        effect(page, name).click()
    else:
        effect(page, "color").focus()
        page.keyboard.press("ArrowLeft")  # from the first round to the last
    expect(effect(page, name)).to_be_checked()
    page.get_by_label("Format of the download").select_option(output_format)
    file, body = downloaded(page)
    asked = {"effect": name, "output_format": output_format}
    given = httpx.post(f"{gateway_url}/api/v2/process", params=asked, files={"file": photo.read_bytes()}, timeout=30)
    assert body == given.content
    assert file == f"astronaut-{'cutout' if name == 'color' else name}.{output_format}"
    assert page.locator("#after").evaluate("(image) => image.naturalWidth") == 512
    expect(page.locator("#handle")).to_be_visible()


def test_an_effect_is_asked_for_once_with_the_values_of_its_selects(
    page: Page, photo: Path, sent: list[Request]
) -> None:
    offer_tiles(page, lambda route: route.fulfill(body=photo.read_bytes(), content_type="image/jpeg"))
    cut_out(page, photo)
    expect(page.get_by_label("Preset")).to_be_hidden()
    effect(page, "tiles").check()
    expect(page.locator("#announcement")).to_have_text("Tiles is ready")
    expect(page.get_by_label("Size")).to_have_count(0)
    page.get_by_label("Preset").select_option("coarse")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    effect(page, "color").check()
    expect(page.get_by_label("Preset")).to_be_hidden()
    effect(page, "tiles").check()
    expect(page.get_by_label("Preset")).to_have_value("coarse")
    assert downloaded(page) == ("astronaut-tiles.png", photo.read_bytes())
    params = [json.loads(each.get("effect_params", "{}")) for each in orders(sent)]
    assert params == [{}, {"preset": "fine"}, {"preset": "coarse"}]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda route: route.fulfill(status=500, body=PROBLEM), id="refused"),
        pytest.param(lambda route: route.abort("connectionfailed"), id="lost"),
        pytest.param(lambda route: route.fulfill(body="<p>Sign in to this network"), id="not ours"),
        pytest.param(lambda route: route.fulfill(json={"effects": {"color": None}}), id="not a picture"),
    ],
)
def test_without_previews_the_names_can_be_chosen(page: Page, photo: Path, answer: Any) -> None:
    page.route(PREVIEWS, answer)
    offer_tiles(page, lambda route: route.fulfill(body=photo.read_bytes(), content_type="image/jpeg"))
    cut_out(page, photo)
    expect(page.get_by_text("No previews")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    effect(page, "tiles").check()
    assert downloaded(page) == ("astronaut-tiles.png", photo.read_bytes())


def test_without_the_list_the_cutout_can_be_had(page: Page, photo: Path) -> None:
    page.route(LIST, lambda route: route.fulfill(status=502, body="<p>Bad gateway"))
    cut_out(page, photo)
    expect(page.get_by_text("Not available at the moment")).to_be_visible()
    page.get_by_label("Format of the download").select_option("webp")
    assert downloaded(page)[0] == "astronaut-cutout.webp"


def test_previews_change_nothing_in_the_layout(page: Page, photo: Path) -> None:
    held: list[Route] = []
    page.route(PREVIEWS, lambda route: held.append(route))
    cut_out(page, photo)
    expect(page.locator("#effects input").first).to_be_attached()
    before = page.locator("#download").bounding_box()
    held[0].continue_()
    expect(page.locator("#effects img[src]").first).to_be_visible()
    assert page.locator("#download").bounding_box() == before


def test_an_effect_that_fails_leaves_what_was_there(page: Page, photo: Path) -> None:
    offer_tiles(page, lambda route: route.fulfill(status=500, body=PROBLEM))
    cut_out(page, photo)
    shown = page.locator("#after").get_attribute("src") or ""
    effect(page, "tiles").click()
    expect(page.get_by_role("alert")).to_have_text("No clay is left.")
    expect(effect(page, "color")).to_be_checked()
    expect(page.locator("#download")).to_have_attribute("href", shown)
    expect(page.locator("#after")).to_have_attribute("src", shown)


def test_the_next_choice_ends_the_one_before(page: Page, photo: Path) -> None:
    offer_tiles(page, never_answer)
    cut_out(page, photo)
    with page.expect_request("**/api/v2/process?effect=tiles&*"):
        effect(page, "tiles").check()
    expect(page.locator("#download")).to_have_text("Preparing…")
    with page.expect_event("requestfailed", lambda request: "effect=tiles" in request.url):
        effect(page, "color").check()
    assert downloaded(page)[0] == "astronaut-cutout.png"


def test_the_next_photo_ends_the_previews_and_starts_anew(page: Page, photo: Path) -> None:
    page.route(PREVIEWS, never_answer, times=1)
    offer_tiles(page, lambda route: route.fulfill(body=photo.read_bytes(), content_type="image/jpeg"))
    with page.expect_request(PREVIEWS):
        cut_out(page, photo)
    effect(page, "tiles").check()
    with page.expect_event("requestfailed", lambda request: "process-with-effects" in request.url):
        page.get_by_role("button", name="New photo").click()
    expect(page.locator("#effects > *, #options > *")).to_have_count(0)
    cut_out(page, photo)
    expect(effect(page, "color")).to_be_checked()
    expect(page.locator("#effects img[src]").first).to_be_visible()


def test_previews_are_on_the_chosen_ground(page: Page, photo: Path) -> None:
    cut_out(page, photo)
    page.get_by_label("A colour").check()
    page.locator("#colour").fill("#1e90ff")
    for selector in ("#stage", "#effects .backdrop"):
        expect(page.locator(selector).first).to_have_css("background-color", "rgb(30, 144, 255)")


def test_the_key_travels_with_list_and_previews(browser: Browser, triton: Triton, photo: Path, tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    with changing(keys) as change:
        change.ring, made = change.ring.created("shop", ("process",), (), None, datetime.now(UTC))
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        page = browser.new_page()
        page.goto(url)
        page.locator("#file").set_input_files(photo)
        page.locator("#key").fill(made.text)
        with page.expect_request(LIST) as listed, page.expect_request(PREVIEWS) as previews:
            page.get_by_role("button", name="Use this key").click()
        assert {each.value.headers["x-api-key"] for each in (listed, previews)} == {made.text}
        expect(page.locator("#effects img[src]").first).to_be_visible()
        page.close()
