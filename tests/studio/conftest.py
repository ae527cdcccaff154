"""A fresh Chromium page on a real gateway, and photographs to give it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from skimage import data

from gateway.settings import Settings
from tests.service import running_gateway, running_triton, wait_until_ready

MODEL_REPOSITORY = Path(__file__).parents[2] / "model_repository"

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


@pytest.fixture(scope="session")
def studio_url() -> Iterator[str]:
    """The address of a real gateway before a real Triton with the demonstration model."""
    settings = Settings()
    with (
        running_triton(MODEL_REPOSITORY, settings.model) as triton,
        running_gateway(settings, triton.address) as url,
    ):
        wait_until_ready(url)
        yield url


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
def page(browser: Browser, studio_url: str) -> Iterator[Page]:
    """The page at `/`; when the test is over, no script may have failed and no other host may have been asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    script_errors: list[str] = []
    hosts: set[str] = set()
    page.on("pageerror", lambda error: script_errors.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(studio_url)
    yield page
    context.close()
    assert script_errors == []
    assert hosts <= {urlsplit(studio_url).netloc, ""}  # blob: addresses have no host


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real photograph of a person, 512×512, JPEG."""
    path = tmp_path_factory.mktemp("photos") / "astronaut.jpg"
    photograph = data.astronaut()  # type: ignore[no-untyped-call]  # scikit-image's data functions carry no types
    Image.fromarray(photograph).save(path, quality=92)
    return path
