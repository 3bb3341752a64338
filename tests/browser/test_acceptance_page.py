"""The page of an acceptance run, in a real browser: it can be read, by everybody, and asks nobody for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance import ADMIN, MEMBER, SEED, fresh, run
from tests.browser.test_accessibility import axe as axe
from tests.browser.test_accessibility import violations
from tests.emulator import Emulator

HOSTILE = "<script>document.title='read'</script>"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page of a tenant that differs, whose texts mean no good."""
    with Emulator(SEED) as emulator:
        tenant = fresh(emulator, parse_values="typed", unknown_space_status=403, enum_check="strict")
        tenant.errors_like["PATCH data-connections 403"] = [{"title": HOSTILE}]
        run(tenant, tmp_path, ADMIN)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    shown = context.new_page()
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: asked.append(message.text))
    shown.goto((tmp_path / "acceptance.html").as_uri())
    yield shown
    context.close()
    assert [url for url in asked if not url.startswith("file:")] == []


def test_the_page_says_what_was_found(page: Page, screenshot: Callable[[Page, str], None]) -> None:
    sentence = page.locator(".verdict")
    expect(sentence).to_contain_text("Works, with these differences: parse_values is typed; enum_check is strict;")
    expect(page.get_by_text("the collection does with either")).to_be_visible()
    assert page.title().startswith("Acceptance of ")
    expect(page.get_by_role("table")).to_have_count(3)
    expect(page.locator("td.bad")).to_have_text(["typed", "strict", "403"])
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    screenshot(page, "acceptance")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "acceptance-narrow")


def test_everybody_can_read_the_page(page: Page, browser: Browser, axe: str) -> None:
    # The page itself lets no script run, so axe looks at a copy that does.
    text = Path(page.url.removeprefix("file://")).read_text(encoding="utf-8")
    before, _policy, after = text.partition('<meta http-equiv="Content-Security-Policy"')
    context = browser.new_context()
    copy = context.new_page()
    copy.set_content(before + after.partition(">")[2])
    assert violations(copy, axe) == {}
    context.close()


def test_a_tenant_without_rights_is_told_of(browser: Browser, tmp_path: Path) -> None:
    with Emulator(SEED) as emulator:
        tenant = fresh(emulator)
        tenant.user("max@example.com").roles.clear()
        run(tenant, tmp_path, MEMBER)
    context = browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "acceptance.html").as_uri())
    expect(page.locator(".verdict.bad")).to_contain_text(
        "Do not roll out: no space could be made to try anything in (403 "
    )
    expect(page.get_by_text("Mend what the sentence names, and run this again.")).to_be_visible()
    expect(page.get_by_role("heading", name="Rights that the client lacks")).to_have_count(1)
    context.close()
