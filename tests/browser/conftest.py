"""A real Chromium for the tests of this folder, and pictures of what it showed.

Set COUNTERFOIL_TEST_PICTURES to a folder to keep the pictures that tests take with `picture`.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Playwright runs an event loop in the test's thread, which makes Django refuse its database there. Only the test
# itself uses that thread, so nothing can interleave.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# The first two let it run as root and without graphics hardware; the others keep it from calling home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks for elsewhere is not found, so that no test can lean on the world.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
INSTALL_ONE = (
    "The browser tests need Chromium or Chrome, and none was found. Install one (Debian: apt-get install chromium; "
    "macOS: brew install --cask google-chrome) or name one in the environment variable CHROMIUM."
)
expect.set_options(timeout=30_000)  # as long as a page may take on a machine that is busy
DRIVER_FAILED = (
    "Playwright, which steers the browser, did not start: {}. The smallest images of Debian lack a library it needs: "
    "apt-get install libatomic1."
)


def find_chromium(playwrights_own: str) -> str:
    named = os.environ.get("CHROMIUM")
    if named:
        if not Path(named).exists():
            pytest.fail(f"CHROMIUM names {named}, which does not exist.", pytrace=False)
        return named
    found = [shutil.which(name) for name in ON_PATH]
    found += [path for path in (playwrights_own, *ON_MACOS) if Path(path).exists()]
    for path in found:
        if path:
            return path
    pytest.fail(INSTALL_ONE, pytrace=False)


@pytest.fixture(autouse=True)
def _plain_names() -> None:
    """The tests' server knows files by their plain names only; another test of this process may have collected them."""
    storage: Any = staticfiles_storage
    storage.hashed_files = {}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        playwright = sync_playwright().start()
    except Exception as error:  # noqa: BLE001  # the driver's own words vary
        pytest.fail(DRIVER_FAILED.format(error), pytrace=False)
    executable = find_chromium(playwright.chromium.executable_path)
    browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
    yield browser
    browser.close()
    playwright.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with cookies and storage of its own; the test fails when a script on it throws."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/London"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert not thrown, "a script on the page threw"


@pytest.fixture
def picture(page: Page, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Take a picture of the whole page: `picture("progress")`. Does nothing unless a folder for them is named."""

    def take(name: str) -> None:
        folder = os.environ.get("COUNTERFOIL_TEST_PICTURES")
        if folder:
            test = re.sub(r"\W+", "-", request.node.name).strip("-")
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{test}-{name}.png", full_page=True)

    return take
