"""A real browser for the tests of the page."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.files import write
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests import reports

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / ".cache/report-screenshots"
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the tests fail, and say what to install."""
    found = subprocess.run([ROOT / "tests/tools/browser"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=chromium) as running:
        yield running


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Writes the report of a fleet and opens its page from disk. Whatever it complains of, or asks a server for, fails
    the test.
    """
    complaints: list[str] = []
    contexts = []

    def opened(
        kind: str, fleet: Any, *, anchor: str = "", width: int = 1400, height: int = 860, **context: Any
    ) -> Page:
        path = write(reports.report(kind, fleet), tmp_path, ["html"])["html"]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **context))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda request: complaints.append(request.url) if not request.url.startswith("file:") else None
        )
        page.goto(Path(path).as_uri() + anchor)
        page.wait_for_selector("html[data-usable]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Keeps what a page looks like, for a person to look at."""

    def keep(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return keep
