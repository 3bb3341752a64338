"""What the event source says is so: each change told once, of the tenants that are meant, in words that do no harm."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch import memory
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.memory import Memory
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.organization import OrganizationWatch
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.texts import without_templates
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Emulator, Tenant
from tests.unit.test_event_source import Collected, driven, kinds, looked, options_for, watch_of, written

LIST = {"method": "GET", "path": "/data-connections\\?"}


def listing(tenant: Any, path: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], times: int) -> None:
    """Have lists answered other than things are, so many times: as one does that lags behind."""

    def lag(_entry: Any, answer: Any) -> None:
        content = json.loads(answer.content())
        answer.payload, answer.raw = {**content, "data": change(content["data"])}, None

    tenant.add_hook("after", lag, match={"method": "GET", "path": path}, times=times)


def organization_options(emulator: Emulator, acme: Tenant, **more: Any) -> dict[str, Any]:
    emulator.organization.add_oauth_client("org-id", "canary-org-secret")
    acme.subscription = "s1"
    organization = {
        "client_id": "org-id",
        "client_secret": "canary-org-secret",
        "organization_url": emulator.organization.url,
        "subscriptions": ["s1"],
    }
    return {
        "organization": organization,
        "client_id": "client-acme",
        "client_secret": "secret-acme",
        "interval": 1,
        **more,
    }


def seen_by(watch: OrganizationWatch) -> list[tuple[str, str]]:
    look = watch.look()
    watch.handed_over(look.seen)
    return [(event["event"], event["tenant"]["name"]) for event in look.events]


def test_a_list_that_lags_behind_is_no_second_change(acme: Tenant) -> None:
    changed = acme.add_connection("Changed")
    gone = acme.add_connection("Gone")
    watch = watch_of(acme)
    looked(watch)
    before: list[dict[str, Any]] = []

    def kept(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        before.extend(data)
        return data

    listing(acme, "/data-connections", kept, 1)
    looked(watch)
    acme.edit_connection(changed.id, name="Changed by hand", updated=written(time.time() + 1))
    acme.remove_connection(gone.id)
    watch._compared = None
    assert kinds(looked(watch)) == [("connection_updated", "Changed by hand"), ("connection_deleted", "Gone")]
    listing(acme, "/data-connections", lambda _data: before, 1)
    assert looked(watch) == []
    assert looked(watch) == []


def test_a_change_with_an_earlier_time_is_one_where_the_connection_says_so(acme: Tenant) -> None:
    made = acme.add_connection("First")
    watch = watch_of(acme)
    looked(watch)
    acme.edit_connection(made.id, name="Second", updated=written(time.time() - 30))
    assert kinds(looked(watch)) == [("connection_updated", "Second")]
    assert looked(watch) == []


def test_a_tenant_that_lists_nothing_has_lost_nothing(acme: Tenant) -> None:
    watch = watch_of(acme)
    for number in range(3):
        acme.add_connection(f"C{number}")
    looked(watch)
    watch._compared = None
    listing(acme, "/data-connections\\?", lambda _data: [], 1)
    assert looked(watch) == []
    # So many aren't asked for one by one.
    for number in range(120):
        acme.add_connection(f"D{number}")
    looked(watch)
    watch._compared = None
    listing(acme, "/data-connections\\?", lambda _data: [], 99)
    with pytest.raises(QlikError, match="it isn't whole"):
        looked(watch)
    acme.hooks.clear()
    assert looked(watch) == []


@pytest.mark.parametrize("hours", [1, 23])
def test_a_time_a_little_in_the_future_blinds_nobody(acme: Tenant, hours: int) -> None:
    odd = acme.add_connection("Odd")
    acme.add_connection("First")
    acme.edit_connection(odd.id, updated=written(time.time() + hours * 3600))
    watch = watch_of(acme)
    looked(watch)
    looked(watch)
    acme.add_connection("Second")
    assert kinds(looked(watch)) == [("connection_created", "Second")]


@pytest.mark.parametrize("status", ["disabled", "deactivated", "deleted"])
def test_a_tenant_that_is_switched_off_is_gone_as_from_the_inventory(
    emulator: Emulator, acme: Tenant, status: str
) -> None:
    watch = OrganizationWatch(read_options(organization_options(emulator, acme)))
    seen_by(watch)
    acme.status = status
    assert seen_by(watch) + seen_by(watch) == [("tenant_deleted", "acme")]
    acme.status = "active"
    assert seen_by(watch) == [("tenant_created", "acme")]


def test_a_tenant_whose_address_cannot_be_told_is_not_deleted(emulator: Emulator, acme: Tenant) -> None:
    watch = OrganizationWatch(read_options(organization_options(emulator, acme)))
    seen_by(watch)
    other = {"id": "f" * 24, "name": "other", "hostnames": [acme.host], "status": "active", "subscriptionId": "s1"}
    listing(emulator.organization, "/core/tenants", lambda data: [*data, other], 2)
    assert seen_by(watch) + seen_by(watch) + seen_by(watch) == []


CHANGED_LISTS: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
    "no host name": lambda item: [{**item, "hostnames": []}],
    "another domain": lambda item: [{**item, "hostnames": ["acme.example.com"]}],
    "the address of another": lambda item: [item, {**item, "id": "f" * 24, "name": "other"}],
}


@pytest.mark.parametrize("kind", CHANGED_LISTS)
@pytest.mark.parametrize("end", ["an address", "a restart", "gone"])
def test_a_tenant_of_the_first_list_is_not_new_when_it_has_an_address(
    emulator: Emulator, acme: Tenant, tmp_path: Any, kind: str, end: str
) -> None:
    def changed(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for item in data for one in CHANGED_LISTS[kind](item)]

    options = read_options(organization_options(emulator, acme, state_dir=str(tmp_path)))
    watch = OrganizationWatch(options)
    listing(emulator.organization, "/core/tenants", changed, 2)
    assert seen_by(watch) == []
    if end == "a restart":
        watch = OrganizationWatch(options)
    assert seen_by(watch) == []
    if end == "gone":
        acme.status = "deleted"
        assert ("tenant_deleted", "acme") in seen_by(watch) + seen_by(watch)
        return
    look = watch.look()
    assert look.events == []
    assert look.seen[acme.id]["url"] == acme.url
    assert list(look.tenants) == [acme.id]


@pytest.mark.parametrize("kind", CHANGED_LISTS)
def test_what_changes_while_a_tenant_cannot_be_asked_is_told_without_a_folder(
    emulator: Emulator, acme: Tenant, kind: str
) -> None:
    changed_lists = 0

    def changed(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        nonlocal changed_lists
        changed_lists += 1
        # By the second of them it isn't asked any more.
        if changed_lists == 2:
            acme.add_connection("New")
        return [one for item in data for one in CHANGED_LISTS[kind](item)]

    async def story(queue: Collected) -> None:
        while not acme.log:
            await queue.pause()
        await asyncio.sleep(0.5)
        listing(emulator.organization, "/core/tenants", changed, 3)
        await queue.until(lambda events: "connection_created" in {event["event"] for event in events})

    events = driven(organization_options(emulator, acme), story)
    told = [event for event in events if event["tenant"]["name"] == "acme"]
    assert [event["event"] for event in told] == ["tenant_failed", "tenant_recovered", "connection_created"]
    assert "acme" in told[0]["message"]


def test_what_changes_while_one_list_lacks_a_tenant_is_told_without_a_folder(emulator: Emulator, acme: Tenant) -> None:
    listed = len([entry for entry in emulator.organization.log if "/core/tenants" in entry.path])

    def lists() -> int:
        return len([entry for entry in emulator.organization.log if "/core/tenants" in entry.path]) - listed

    def lacking(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        acme.add_connection("New")
        return [item for item in data if item["id"] != acme.id]

    async def story(queue: Collected) -> None:
        while lists() < 2:
            await queue.pause()
        listing(emulator.organization, "/core/tenants", lacking, 1)
        await queue.until(bool)

    (event,) = driven(organization_options(emulator, acme), story)
    assert (event["event"], event["connection"]["name"]) == ("connection_created", "New")


def test_events_call_a_tenant_as_the_inventory_does_now(emulator: Emulator, acme: Tenant) -> None:
    def renamed(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(emulator.organization.log) == 4:
            acme.add_connection("New")
        return [{**item, "name": "Acme Ltd"} if len(emulator.organization.log) > 2 else item for item in data]

    listing(emulator.organization, "/core/tenants", renamed, 99)

    async def story(queue: Collected) -> None:
        await queue.until(bool)

    (event,) = driven(organization_options(emulator, acme), story)
    assert event["tenant"]["name"] == "Acme-Ltd"


def test_a_tenant_with_another_address_keeps_what_was_seen(emulator: Emulator, acme: Tenant, tmp_path: Any) -> None:
    options = read_options(organization_options(emulator, acme, state_dir=str(tmp_path)))
    (tenant,) = OrganizationWatch(options).look().tenants.values()
    host = acme.host.replace("127.0.0.1", "localhost")
    listing(emulator.organization, "/core/tenants", lambda data: [{**item, "hostnames": [host]} for item in data], 1)
    (moved,) = OrganizationWatch(options).look().tenants.values()
    assert moved.settings.url != tenant.settings.url
    assert Memory(str(tmp_path), moved.file_name).path == Memory(str(tmp_path), tenant.file_name).path


@pytest.mark.parametrize("variable", ["QLIK_API_KEY", "QLIK_CONTEXT"])
def test_the_way_to_sign_in_to_one_tenant_is_sent_to_none_of_an_organization(
    emulator: Emulator, acme: Tenant, monkeypatch: pytest.MonkeyPatch, variable: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(variable, "canary-of-one-tenant")
    monkeypatch.setenv("QLIK_TENANT_URL", "https://other.eu.qlikcloud.com")
    args = organization_options(emulator, acme)
    (tenant,) = OrganizationWatch(read_options(args)).look().tenants.values()
    assert (tenant.settings.client_id, tenant.settings.access_token) == ("client-acme", "")
    del args["client_id"], args["client_secret"]
    with pytest.raises(QlikError, match="no way to sign in") as error:
        read_options(args)
    assert "canary" not in str(error.value) + caplog.text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"clients": {"eu": {"client_id": "eu-id"}}}, "clients.eu needs client_id and client_secret"),
        ({"clients": {"eu": {"client_id": "", "client_secret": ""}}}, "clients.eu needs client_id and client_secret"),
        ({"access_token": "canary-token"}, "access_token belongs to one tenant"),
        ({"context": "canary-context"}, "context belongs to one tenant"),
    ],
)
def test_halves_of_clients_and_keys_of_one_tenant_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(QlikError) as error:
        read_options({"organization": {"subscriptions": ["s1"]}, **more})
    assert said in str(error.value)
    assert "canary" not in str(error.value)


def test_a_region_is_the_same_in_any_case(emulator: Emulator, acme: Tenant) -> None:
    args = organization_options(emulator, acme, clients={"EU": {"client_id": "eu-id", "client_secret": "eu-secret"}})
    (tenant,) = OrganizationWatch(read_options(args)).look().tenants.values()
    assert tenant.settings.client_id == "eu-id"


@given(st.lists(st.text("{}%#\\ a'", max_size=6), min_size=1, max_size=3))
def test_nothing_in_an_event_is_a_template(texts: list[str]) -> None:
    event = without_templates({"connection": {"name": texts[0], "tags": texts}})
    together = event["connection"]["name"] + "".join(event["connection"]["tags"])
    assert not [mark for mark in ("{{", "{%", "{#") if mark in together]
    assert together.replace(" ", "") == (texts[0] + "".join(texts)).replace(" ", "")


def test_a_name_with_a_template_is_not_evaluated_by_a_playbook(acme: Tenant) -> None:
    async def story(queue: Collected) -> None:
        await queue.until(bool)

    acme.add_hook("after", lambda _e, _a: acme.add_connection("{{ 6 * 7 }}{%"), match=LIST, times=1)
    (event,) = driven(options_for(acme, interval=1), story)
    name = event["connection"]["name"]
    assert name == "{ { 6 * 7 }}{ %"
    # ansible-rulebook writes events into extra variables, which are templates.
    assert Templar(DataLoader(), {"name": name}).template(name) == name


def test_a_file_that_could_not_be_read_again_is_not_written(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST_BYTES", 2000)
    kept = Memory(str(tmp_path), "acme")
    kept.keep({"a": {"name": "small"}}, "")
    with pytest.raises(QlikError, match="more than 0 MiB"):
        kept.keep({"a": {"name": "x" * 3000}}, "")
    assert Memory(str(tmp_path), "acme").seen == {"a": {"name": "small"}}


def test_files_of_long_names_are_told_apart_and_the_home_is_found(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    first, second = (Memory("~/state", "tenant-" + "x" * 300 + end) for end in "ab")
    first.keep({"a": {}}, "")
    second.keep({"b": {}}, "")
    assert json.loads((tmp_path / "state" / first.path.rpartition("/")[2]).read_text())["seen"] == {"a": {}}
