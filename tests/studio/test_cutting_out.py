"""From a photo to its cut-out, by every way the page offers."""

import base64
import io
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gateway.endpoints.page import STUDIO
from gateway.stopwatch import STAGES

OUTCOME_MS = 30_000

ALPHA_HISTOGRAM = """(image) => {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const histogram = new Array(256).fill(0);
  for (let index = 3; index < data.length; index += 4) histogram[data[index]] += 1;
  return histogram;
}"""

GIVE_FILE = """([kind, name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const common = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...common, clipboardData: transfer })
    : new DragEvent(kind, { ...common, dataTransfer: transfer });
  document.querySelector("main").dispatchEvent(event);
}"""


def give(page: Page, kind: str, photo: Path) -> None:
    page.evaluate(GIVE_FILE, [kind, photo.name, base64.b64encode(photo.read_bytes()).decode()])


def expect_outcome(page: Page) -> None:
    expect(page.locator("#outcome")).to_be_visible(timeout=OUTCOME_MS)


def downloaded(page: Page) -> tuple[str, Image.Image]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    return download.value.suggested_filename, Image.open(io.BytesIO(download.value.path().read_bytes()))


def natural_size(page: Page, selector: str) -> list[int]:
    size: list[int] = page.locator(selector).evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    return size


def test_it_says_in_words_where_the_time_went(page: Page, photo: Path) -> None:
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    details = page.locator("#details")
    expect(details).to_contain_text(re.compile(r"s in all · .*finding the subject [1-9]\d* ms · "))
    expect(details).not_to_contain_text(re.compile(r"total|infer|\b0 ms"))


def test_there_are_words_for_every_stage() -> None:
    (words,) = re.findall(r"const STAGES = {(.*?)}", (STUDIO / "words.js").read_text(), re.DOTALL)
    assert re.findall(r"(\w+): \"", words) == list(STAGES)


def test_chosen_photo_is_shown_with_the_alpha_the_service_gives(page: Page, photo: Path, gateway_url: str) -> None:
    given = httpx.post(
        f"{gateway_url}/api/v2/process", content=photo.read_bytes(), headers={"Content-Type": "image/jpeg"}, timeout=30
    )
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    shown = page.locator("#after").evaluate(ALPHA_HISTOGRAM)
    assert shown == Image.open(io.BytesIO(given.content)).getchannel("A").histogram()
    assert shown[0] > 0, "nothing is transparent"
    assert shown[255] > 0, "nothing is opaque"
    expect(page.locator("#announcement")).to_contain_text("Done")


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_given_photo_is_cut_out(page: Page, photo: Path, kind: str) -> None:
    give(page, kind, photo)
    expect_outcome(page)
    assert natural_size(page, "#after") == [512, 512]


def test_photo_over_the_page_is_shown(page: Page, photo: Path) -> None:
    highlight = page.get_by_text("Drop the photo")
    expect(highlight).to_be_hidden()
    give(page, "dragover", photo)
    expect(highlight).to_be_visible()
    give(page, "dragleave", photo)
    expect(highlight).to_be_hidden()


@pytest.mark.parametrize(("output_format", "kind"), [("png", "PNG"), ("webp", "WEBP")], ids=["png", "webp"])
def test_download_has_alpha_and_the_size_of_the_photo(page: Page, photo: Path, output_format: str, kind: str) -> None:
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    page.get_by_label("Format of the download").select_option(output_format)
    name, picture = downloaded(page)
    assert name == f"astronaut-cutout.{output_format}"
    assert (picture.format, picture.mode, picture.size) == (kind, "RGBA", (512, 512))
    assert picture.getchannel("A").getextrema() == (0, 255)


def test_turned_photo_and_its_cutout_lie_on_each_other(page: Page, photo: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    Image.open(photo).crop((0, 0, 512, 300)).save(turned, exif=exif)
    page.locator("#file").set_input_files(turned)
    expect_outcome(page)
    assert natural_size(page, "#before") == natural_size(page, "#after") == [300, 512]


def test_photo_the_browser_cannot_show_is_cut_out_all_the_same(page: Page, photo: Path, tmp_path: Path) -> None:
    tiff = tmp_path / "astronaut.tiff"
    Image.open(photo).save(tiff)
    page.locator("#file").set_input_files(tiff)
    expect_outcome(page)
    expect(page.locator("#no-preview")).to_be_visible()
    expect(page.locator("#split")).to_be_hidden()
    assert downloaded(page)[1].size == (512, 512)


def test_keyboard_is_enough(page: Page, photo: Path) -> None:
    page.on("filechooser", lambda chooser: chooser.set_files(photo))
    page.reload()  # the dialogue is caught for certain only when it was asked for before the page loads
    page.keyboard.press("Tab")
    expect(page.locator("#dropzone")).to_be_focused()
    page.keyboard.press("Enter")
    expect_outcome(page)
    page.keyboard.press("Tab")
    expect(page.locator("#split")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#split")).to_have_attribute("aria-valuetext", "51 % original")
    expect(page.locator("#effects input").first).to_be_attached()
    page.keyboard.press("Tab")
    expect(page.locator("#effects input:checked")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#workspace")).to_have_attribute("data-background", "white")
    page.keyboard.press("Tab")
    expect(page.locator("#format")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "astronaut-cutout.png"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#dropzone")).to_be_focused()


def test_pointer_moves_the_line(page: Page, photo: Path) -> None:
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    box = page.locator("#stage").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle)
    page.mouse.up()
    expect(page.locator("#split")).to_have_value("80")
    expect(page.locator("#split")).to_be_focused()


def test_sample_photo(page: Page) -> None:
    page.get_by_role("button", name="Try the sample photo").click()
    expect_outcome(page)


def test_no_sample_photo_no_button(page: Page) -> None:
    page.route("**/studio/sample.jpg", lambda route: route.fulfill(status=404))
    with page.expect_response("**/studio/sample.jpg"):
        page.reload()
    expect(page.get_by_role("button", name="Try the sample photo")).to_be_hidden()


def test_next_photo_leaves_nothing_behind(page: Page, photo: Path) -> None:
    page.evaluate(
        """() => {
          window.living = new Set();
          const { createObjectURL, revokeObjectURL } = URL;
          URL.createObjectURL = (blob) => { const url = createObjectURL(blob); living.add(url); return url; };
          URL.revokeObjectURL = (url) => { living.delete(url); revokeObjectURL(url); };
        }"""
    )
    page.locator("#file").set_input_files(photo)
    expect_outcome(page)
    previews = page.locator("#effects img[src]")
    expect(previews.last).to_be_visible()
    assert page.evaluate("living.size") == 2 + previews.count()
    page.get_by_role("button", name="New photo").click()
    assert page.evaluate("[living.size, localStorage.length, sessionStorage.length]") == [0, 0, 0]
