"""The page of a report in a real Chromium: as somebody uses it who looks after a fleet."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.files import write
from playwright.sync_api import Browser, Page, expect

from tests import reports
from tests.browser.conftest import Open

Screenshot = Callable[[Page, str], None]


def hosts(page: Page) -> list[str]:
    """The tenants that the matrix shows, from top to bottom."""
    return page.locator("#grid .host .name").all_inner_texts()


def cell(page: Page, name: str) -> str:
    """How the cell of that label is marked."""
    return page.locator(f'#grid [aria-label="{name}"]').inner_text().strip()


def expect_focus(page: Page, label: str) -> None:
    """Assert what gets the focus: addresses within the page are followed a moment after the key."""
    page.wait_for_function("label => document.activeElement.ariaLabel === label", arg=label, timeout=5000)


# ---- what it shows


def test_the_fleet_at_a_glance(open_report: Open, screenshot: Screenshot) -> None:
    page = open_report("plan", reports.small_fleet())
    screenshot(page, "light")
    assert page.title() == "Plan of 5 Qlik Cloud tenants"
    assert "Made 2026-01-02 03:04:05 UTC by qlikops.cloud 1.2.3" in page.inner_text("#subtitle")
    assert "12 requests, 3 retries, 4.5 s waited for rate limits" in page.inner_text("#subtitle")
    tiles = [text.split("\n") for text in page.locator("#tiles button").all_inner_texts()]
    assert tiles == [
        ["5", "tenants"],
        ["1", "to change"],
        ["2", "failed"],
        ["0", "passed by"],
        ["1", "not reached"],
        ["1", "as declared"],
    ]
    assert hosts(page) == ["acme", "globex", "hooli", "initech", "umbrella"]
    marks = {
        "acme, Finance / Archive: delete": "D",
        "acme, Finance / Events: replace": "R",
        "acme, Finance / Ledger: move": "M",
        "acme, Marketing / Shop: create": "C",
        "acme, Sales / Orders: update": "U",
        "acme, Sales / Old orders: left over": "L",
        "acme, Sales / Private notes: unmanaged": "?",
        "globex, Sales / Orders: as declared": "·",
        "initech, Sales / Stock: failed": "!",
        "umbrella, Sales / Orders: not declared and not there": "",
    }
    assert {name: cell(page, name) for name in marks} == marks
    colors = {
        page.locator(f"#legend .mark.{name}").evaluate("mark => getComputedStyle(mark).backgroundColor")
        for name in ("create", "update", "move", "replace", "delete", "failed", "none")
    }
    assert len(colors) == 7


def test_an_empty_fleet_is_no_error(open_report: Open) -> None:
    page = open_report("audit", {})
    assert page.inner_text("#shown") == "0 of 0 tenants, 0 of 0 connections"


def test_screen_readers_get_a_grid(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet())
    grid = page.get_by_role("grid", name="Tenants and their connections")
    for role, name in (
        ("columnheader", "Sales / Orders"),
        ("rowheader", "acme, to change, 5 connections to look at"),
        ("gridcell", "acme, Sales / Orders: update"),
    ):
        assert grid.get_by_role(role, name=name, exact=True).count() == 1  # type: ignore[arg-type]
    assert page.locator("#grid").get_attribute("aria-rowcount") == "6"
    assert page.locator("#grid").get_attribute("aria-colcount") == "10"


# ---- filters


def test_filters(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet())
    page.get_by_label("Region").select_option("us")
    assert hosts(page) == ["globex", "initech"]
    page.get_by_label("Tenant", exact=True).fill("DIRECT init")
    assert hosts(page) == ["initech"]
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#shown")).to_have_text("5 of 5 tenants, 9 of 9 connections")
    page.get_by_role("button", name="2 failed").click()
    assert hosts(page) == ["hooli", "initech"]
    assert page.get_by_role("button", name="2 failed").get_attribute("aria-pressed") == "true"
    page.locator("[name=state]").select_option("")
    page.get_by_label("Connection", exact=True).fill("sales or")
    expect(page.locator("#shown")).to_have_text("5 of 5 tenants, 2 of 9 connections")
    page.get_by_label("Differences only").check()
    assert hosts(page) == ["acme", "hooli", "initech", "umbrella"]
    page.get_by_label("Connection", exact=True).fill("no such")
    expect(page.locator("#shown")).to_have_text("3 of 5 tenants, 0 of 9 connections")


def test_left_overs_and_what_others_made_have_cards_and_filters_of_their_own(
    open_report: Open, screenshot: Screenshot
) -> None:
    left, own = reports.undeclared("Old orders", managed=True), reports.undeclared("Playground")
    fleet = {
        "both": reports.tenant("both", reports.result(reports.connection("Orders"), undeclared=[left, own])),
        "drifted": reports.tenant("drifted", reports.result(reports.connection("Orders", "update"), undeclared=[left])),
        "own": reports.tenant("own", reports.result(reports.connection("Orders"), undeclared=[own])),
        "same": reports.tenant("same", reports.result(reports.connection("Orders"))),
    }
    page = open_report("audit", fleet)
    screenshot(page, "left-over")
    tiles = [text.split("\n") for text in page.locator("#tiles button").all_inner_texts()]
    assert tiles[:5] == [["4", "tenants"], ["1", "drifted"], ["2", "left over"], ["2", "unmanaged"], ["0", "failed"]]
    assert tiles[-1] == ["2", "as declared"]
    for button, shown in (
        ("2 left over", ["both", "drifted"]),
        ("2 unmanaged", ["both", "own"]),
        ("2 as declared", ["own", "same"]),
    ):
        page.get_by_role("button", name=button).click()
        assert hosts(page) == shown
    page.get_by_role("button", name="Clear").click()
    page.locator("[name=state]").select_option("left_over")
    assert hosts(page) == ["both", "drifted"]
    page.locator("#grid .host").first.click()
    text = page.get_by_role("region", name="both").inner_text()
    assert "State\nleft over" in text
    assert "Sales / Old orders\tleft over" in text
    assert "Sales / Playground\tunmanaged" in text


# ---- a tenant


def test_a_cell_leads_to_the_tenant(open_report: Open, screenshot: Screenshot) -> None:
    page = open_report("plan", reports.small_fleet())
    page.locator('#grid [aria-label="acme, Sales / Orders: update"]').click()
    tenant = page.get_by_role("region", name="acme")
    expect(tenant).to_be_visible()
    screenshot(page, "tenant")
    assert page.url.endswith("#tenant=acme")
    assert tenant.locator(".sought h4").inner_text().split("\n")[:2] == ["U", "Sales / Orders"]
    text = tenant.inner_text()
    for said in (
        "https://acme.eu.qlikcloud.com",
        "4 reads, 0 writes, 1 retry",
        "2.3 s, of which 1.5 s waiting",
        reports.digest(6),
        "no fingerprint_key was given",
        "host: old.example.com -> db.example.com",
        "Connections that differ (5)",
        "Spaces that differ (1)",
        "Undeclared (2)",
        "yes: declared once",
        "As declared (1)",
    ):
        assert said in text
    different = tenant.locator("tr.differs")
    assert different.all_inner_texts() == ["properties.host\told.example.com\tdb.example.com"]
    assert "properties.password\t********\t********" in tenant.locator("tr").all_inner_texts()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#tenant")).to_be_hidden()


def test_a_tenant_has_an_address(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet(), anchor="#tenant=hooli")
    assert "the tenant refused the API key (401)" in page.get_by_role("region", name="hooli").inner_text()
    page.evaluate("location.hash = '#tenant=initech'")
    initech = page.get_by_role("region", name="initech")
    expect(initech).to_contain_text("Qlik refused it: 403 DCERROR-0010")
    expect(initech).to_contain_text("update failed")
    page.go_back()
    expect(page.get_by_role("region", name="hooli")).to_be_visible()
    page.evaluate("location.hash = '#tenant=nobody'")
    expect(page.locator("#tenant")).to_contain_text("This report has no tenant of this name.")


def test_by_keyboard_there_and_back(open_report: Open) -> None:
    page = open_report("audit", reports.big_fleet(300, 100))
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Tab")
    expect_focus(page, "tenant-0000, drifted, 2 connections to look at")
    for key, where in (
        ("ArrowRight", "tenant-0000, Space 0 / Connection 000: update"),
        ("ArrowDown", "tenant-0001, Space 0 / Connection 000: as declared"),
        ("End", "tenant-0001, Space 9 / Connection 099: as declared"),
        ("Control+End", "tenant-0299, Space 9 / Connection 099: as declared"),
        ("ArrowDown", "tenant-0299, Space 9 / Connection 099: as declared"),
        ("ArrowUp", "tenant-0298, Space 9 / Connection 099: as declared"),
    ):
        page.keyboard.press(key)
        expect_focus(page, where)
        assert page.locator("#grid [tabindex='0'][data-column]").count() == 1
        assert page.evaluate(
            "document.activeElement.getBoundingClientRect().bottom <= grid.getBoundingClientRect().bottom"
        )
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="tenant-0298")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#tenant")).to_be_hidden()
    expect_focus(page, "tenant-0298, Space 9 / Connection 099: as declared")
    page.keyboard.press("Control+Home")
    expect_focus(page, "tenant-0000, drifted, 2 connections to look at")


# ---- looks


def luminance(page: Page, selector: str) -> float:
    color = page.locator(selector).first.evaluate("one => getComputedStyle(one).backgroundColor")
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", color)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


CONTRASTS = """() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const curve = (part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const linear = [red, green, blue].map((part) => curve(part / 255));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (one) => {
    for (let place = one; place; place = place.parentElement) {
      const color = parts(getComputedStyle(place).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const texts = [...document.body.querySelectorAll("*")].filter(
    (one) => one.checkVisibility()
      && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
  );
  return texts.map((one) => {
    const [light, dark] = [luminance(parts(getComputedStyle(one).color)), luminance(behind(one))].sort((a, b) => b - a);
    return [`${one.className || one.tagName}: ${one.textContent.slice(0, 20)}`, (light + 0.05) / (dark + 0.05)];
  });
}"""


@pytest.mark.parametrize("anchor", ["", "#tenant=acme", "#tenant=initech"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(open_report: Open, scheme: str, anchor: str) -> None:
    page = open_report("plan", reports.small_fleet(), anchor=anchor, color_scheme=scheme)
    found = page.evaluate(CONTRASTS)
    assert len(found) > 50
    assert [text for text, ratio in found if ratio < 4.5] == []


def test_without_its_script_only_what_works_is_shown(browser: Browser, tmp_path: Path) -> None:
    path = write(reports.report("plan", reports.small_fleet()), tmp_path, ["html"])["html"]
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(Path(path).as_uri())
    expect(page.locator("noscript")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    expect(page.locator("#tiles")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_system_in_being_dark(open_report: Open, screenshot: Screenshot, scheme: str) -> None:
    page = open_report("plan", reports.small_fleet(), anchor="#tenant=acme", color_scheme=scheme)
    screenshot(page, f"tenant-{scheme}")
    places = ("html", "#tenant", "#grid", ".mark.update")
    assert all((luminance(page, place) < 0.4) is (scheme == "dark") for place in places)


def test_a_narrow_screen_shows_the_fleet_or_the_tenant(open_report: Open, screenshot: Screenshot) -> None:
    page = open_report("plan", reports.small_fleet(), width=390, height=844)
    screenshot(page, "narrow")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator("#grid .host").first.click()
    expect(page.locator("#fleet")).to_be_hidden()
    screenshot(page, "narrow-tenant")
    state = page.locator("#tenant dt").first
    assert state.inner_text() == "State"
    expect(state).to_be_in_viewport()
    heights = (
        "[tenant.querySelector('.top').getBoundingClientRect().bottom,"
        " tenant.querySelector('dt').getBoundingClientRect().top]"
    )
    covered, top = page.evaluate(heights)
    assert top >= covered
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_on_paper_is_the_summary_and_what_differs(open_report: Open, screenshot: Screenshot) -> None:
    page = open_report("plan", reports.small_fleet())
    page.get_by_label("Region").select_option("us")
    page.emulate_media(media="print")
    expect(page.locator("#paper")).to_contain_text("initech")
    screenshot(page, "print")
    expect(page.locator("main")).to_be_hidden()
    text = page.locator("#paper").inner_text()
    for said in (
        "Plan of 5 Qlik Cloud tenants",
        "tenants: 5 · to change: 1",
        "initech: failed",
        "update FAILED",
        "403 DCERROR",
        "globex",
    ):
        assert said in text
    assert "acme" not in text.replace("longest acme", "")
    page.emulate_media(media="screen")
    expect(page.locator("#paper")).to_be_empty()
    assert page.pdf().startswith(b"%PDF")


# ---- size and safety


def test_two_thousand_tenants_with_a_hundred_connections(
    open_report: Open, screenshot: Screenshot, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page's promise: usable within 3 seconds, by the browser's own clock. What makes it so: few elements, whatever
    the size.
    """
    page = open_report("plan", reports.big_fleet(differing=1))
    usable = page.evaluate("Number(document.documentElement.dataset.usable)")
    with capsys.disabled():
        print(f"\n2,000 tenants x 100 connections, all of them new: usable {usable} ms after navigation")
    screenshot(page, "big")
    elements = "document.getElementsByTagName('*').length"
    assert page.evaluate(elements) < 5000
    for _ in range(5):
        page.evaluate("grid.scrollBy(400, 9000)")
        page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate(elements) < 5000
    page.evaluate("location.hash = '#tenant=tenant-1999'")
    expect(page.get_by_role("region", name="tenant-1999")).to_contain_text("Connections that differ (100)")
    page.locator("#tenant summary").first.click()
    expect(page.locator("#tenant")).to_contain_text("db-1999.example.com")
    assert usable < 3000


def test_columns_out_of_sight_have_no_elements_either(open_report: Open) -> None:
    """Where every tenant has connections of its own names, columns are as many as there are connections."""
    fleet = {
        f"t{row}": reports.tenant(
            f"t{row}", reports.result(*(reports.connection(f"{row} {n}", "create") for n in range(50)))
        )
        for row in range(200)
    }
    page = open_report("plan", fleet)
    assert page.inner_text("#shown") == "200 of 200 tenants, 10,000 of 10,000 connections"
    assert page.evaluate("document.getElementsByTagName('*').length") < 5000
    page.locator("#grid .host").first.click()
    expect(page.locator("#tenant")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#tenant")).to_be_hidden()
    page.keyboard.press("End")
    expect_focus(page, "t0, Sales / 99 9: not declared and not there")


def test_hostile_names_are_texts(open_report: Open, screenshot: Screenshot) -> None:
    page = open_report("audit", reports.hostile_fleet())
    screenshot(page, "hostile")
    assert len(hosts(page)) == len(reports.HOSTILE)
    for number in range(len(reports.HOSTILE)):
        page.locator("#grid .host").nth(number).click()
        expect(page.locator("#tenant")).to_contain_text("Connections that differ (2)")
    page.emulate_media(media="print")
    assert "Audit of 9 Qlik Cloud tenants" in page.title()
    assert page.locator("img").count() == 0
    assert page.locator("body script").count() == 4
    shown = page.locator("body").inner_text()
    assert "<img src=x onerror=" in shown
    assert "{{ 7 * 7 }}" in shown
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)


def test_nothing_but_its_own_script_may_run(open_report: Open) -> None:
    page = open_report("plan", reports.small_fleet())
    policy = page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
