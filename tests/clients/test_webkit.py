"""WebKit, which Safari is made of, as WebKitGTK's MiniBrowser on a display that nobody sees."""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.clients.pages import SCRIPT, WAYS, check

SECONDS = 60
RUN = f"""
{SCRIPT}
const [way, done] = arguments;
run(way).then(done, (error) => done(`${{error}}`));
"""


def mini_browser() -> Path:
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    assert found, "there is no MiniBrowser: apt-get install webkit2gtk-driver"
    return found[-1]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """Of an X server without a screen, on the first number that is free."""
    program = shutil.which("Xvfb")
    assert program, "there is no Xvfb: apt-get install xvfb"
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(writing), "-nolisten", "tcp", "-screen", "0", "800x600x24"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as number:
        yield f":{number.readline().strip()}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def driver(display: str, url: str) -> Iterator[webdriver.WebKitGTK]:
    options = Options()
    options.binary_location = str(mini_browser())
    options.add_argument("--automation")
    environment = os.environ | {
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # its sandbox needs namespaces, which containers lack
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    service = Service(executable_path=str(shutil.which("WebKitWebDriver")), env=environment)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # selenium's own, of selenium
        driver = webdriver.WebKitGTK(options=options, service=service)
    driver.set_script_timeout(SECONDS)
    driver.get(url)  # whose policy lets scripts ask their own origin
    yield driver
    driver.quit()


@pytest.mark.parametrize("way", WAYS)
def test_ways_of_web_pages(driver: webdriver.WebKitGTK, way: str) -> None:
    check(way, driver.execute_async_script(RUN, way))
