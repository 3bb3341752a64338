"""Whether everybody can use the page of a report: by axe's rules, with a screen reader, and by keyboard alone."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import reports
from tests.browser.conftest import ROOT, Open

WANTED = Path(__file__).with_name("axe.txt")
KEPT = ROOT / ".cache/axe"
CONTRAST = ["color-contrast"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOCUS = """() => {
  const { activeElement: one } = document;
  return one.ariaLabel || one.name || one.innerText.replaceAll("\\n", " ");
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe, of the version whose digest the tests hold."""
    script = KEPT / f"{WANTED.read_text(encoding='utf-8').split('sha256:')[1].strip()}.js"
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        # Tests run side by side.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            script.write_bytes(fetched())
    return script.read_text(encoding="utf-8")


def fetched() -> bytes:
    """The script of axe, out of a wheel that is downloaded and not kept."""
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        download = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        done = subprocess.run(
            [*download, "-q", "-r", WANTED, "-d", folder], capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"axe can't be downloaded: {done.stderr}"
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            return packed.read("axe_playwright_python/axe.min.js")


def violations(page: Page, axe: str) -> dict[str, Any]:
    """What axe objects to, with the elements that it means: in light by all rules, then in dark by those of contrast,
    as colors are all that differs.
    """
    page.evaluate(axe)
    page.emulate_media(color_scheme="light")
    in_light = objections(page, RULES, 15)
    page.emulate_media(color_scheme="dark")
    in_dark = objections(page, CONTRAST, 0)
    page.emulate_media(color_scheme="light")
    return {name: in_light.get(name, []) + in_dark.get(name, []) for name in {**in_light, **in_dark}}


def objections(page: Page, rules: list[str], fewest: int) -> dict[str, list[str]]:
    """What axe objects to by these rules, more than the `fewest` of which must have found something to look at."""
    found = page.evaluate("rules => axe.run({ runOnly: rules, resultTypes: ['violations'] })", rules)
    assert len(found["passes"]) > fewest, "axe looked at the page"
    return {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in found["violations"]}


@pytest.mark.parametrize("kind", ["plan", "audit", "provision"])
def test_axe_objects_to_nothing(open_report: Open, axe: str, kind: str) -> None:
    page = open_report(kind, reports.small_fleet())
    assert violations(page, axe) == {}
    page.get_by_role("button", name="Show all").click()
    page.locator("#grid .host", has_text="acme").click()
    expect(page.get_by_role("region", name="acme")).to_be_visible()
    assert violations(page, axe) == {}


def test_axe_objects_to_nothing_that_an_audit_finds(open_report: Open, axe: str) -> None:
    page = open_report("audit", reports.fleet_with_findings())
    page.locator("#expiring summary").click()
    expect(page.locator("#expiring tbody tr")).to_have_count(2)
    assert violations(page, axe) == {}
    page.locator("#grid .host", has_text="acme").click()
    tenant = page.get_by_role("region", name="acme")
    for found in ("no-evil", "postgres h:5432", "2025-12-31", "eve@example.com"):
        expect(tenant).to_contain_text(found)
    assert violations(page, axe) == {}


def test_axe_would_object(open_report: Open, axe: str) -> None:
    page = open_report("plan", reports.small_fleet())
    page.evaluate("filters.elements.region.parentElement.replaceWith(filters.elements.region)")
    for color, of in (("#cccccc", "light"), ("#333333", "dark")):
        page.evaluate("color => { byId('title').style.color = color; }", color)
        found = violations(page, axe)
        assert set(found) == {"color-contrast", "select-name"}, of


@pytest.mark.parametrize("anchor", ["", "#tenant=initech"])
def test_axe_objects_to_nothing_on_a_phone(open_report: Open, axe: str, anchor: str) -> None:
    page = open_report("audit", reports.small_fleet(), width=390, height=844, anchor=anchor)
    assert violations(page, axe) == {}


def test_axe_objects_to_nothing_in_an_empty_fleet_and_in_a_big_one(open_report: Open, axe: str) -> None:
    assert violations(open_report("audit", {}), axe) == {}
    assert violations(open_report("plan", reports.big_fleet(60, 40)), axe) == {}


def controls(page: Page) -> list[str]:
    """What Tab leads to, from the beginning of the page to its end."""
    found: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        found.append(page.evaluate(FOCUS))
    return found


def test_tab_leads_through_all_controls_in_the_order_of_the_page(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet())
    assert controls(page) == [
        "5 tenants 13 connections",
        "2 failed 1 connection",
        "1 not reached",
        "1 to change 5 connections",
        "1 as declared 5 connections",
        "tenant",
        "connection",
        "region",
        "state",
        "differences",
        "Show all",
        "hooli, failed",
    ]


def test_every_control_works_by_keyboard(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet())
    shown = page.locator("#shown")

    def press(control: Locator, *keys: str) -> None:
        control.focus()
        for key in keys:
            page.keyboard.press(key)

    press(page.get_by_role("button", name="2 failed"), "Enter")
    expect(shown).to_contain_text("2 of 5 tenants")
    press(page.get_by_role("button", name="5 tenants"), "Space")
    expect(shown).to_have_text("5 of 5 tenants, 9 of 9 columns")
    press(page.get_by_label("Differences only"), "Space")
    expect(shown).to_contain_text("4 of 5 tenants")
    press(page.locator("[name=state]"), *"failed")
    expect(shown).to_contain_text("2 of 5 tenants")
    press(page.locator("[name=region]"), *"us")
    expect(shown).to_contain_text("1 of 5 tenants")
    press(page.get_by_role("button", name="Show all"), "Enter")
    expect(shown).to_have_text("5 of 5 tenants, 9 of 9 columns")
    press(page.get_by_label("Tenant", exact=True), *"acme")
    expect(shown).to_contain_text("1 of 5 tenants")
    press(page.get_by_label("Connection", exact=True), *"orders")
    expect(shown).to_have_text("1 of 5 tenants, 2 of 9 columns")
    press(page.locator("#grid [tabindex='0'][data-column]"), "Space")
    tenant = page.get_by_role("region", name="acme")
    expect(tenant).to_be_focused()
    before = tenant.locator("details").first
    expect(before).to_have_attribute("open", "")
    press(before.locator("summary"), "Enter")
    expect(before).not_to_have_attribute("open", "")
    press(tenant.get_by_role("button", name="Close"), "Enter")
    expect(tenant).to_be_hidden()


def test_what_has_the_focus_shows(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet(), anchor="#tenant=acme")
    outline = "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
    seen = set()
    for _ in range(18):
        page.keyboard.press("Tab")
        seen.add(tuple(page.evaluate(outline)))
    seen.discard(("BODY", "none"))
    assert seen == {(name, "solid") for name in ("BUTTON", "INPUT", "SELECT", "DIV", "SUMMARY")}


def test_what_changes_is_announced_and_what_is_there_has_names(open_report: Open) -> None:
    page = open_report("audit", reports.small_fleet())
    tree = page.locator("body").aria_snapshot()
    for named in (
        'heading "Audit of 5 Qlik Cloud tenants" [level=1]',
        'list "Tenants by state; each is a filter"',
        'button "1 drifted 5 connections"',
        'search "Filters"',
        'searchbox "Tenant"',
        'searchbox "Connection"',
        'combobox "Region"',
        'combobox "State"',
        'checkbox "Differences only" [checked]',
        'button "Show all"',
        "status: 4 of 5 tenants, 8 of 9 columns. What is as declared is hidden.",
        'grid "Tenants and their connections.',
        'rowheader "acme, drifted, 5 connections to look at"',
        'list "Legend, with the number of connections"',
    ):
        assert named in tree, tree
