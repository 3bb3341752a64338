"""What the event source is told: what can't be meant ends it at once, and each credential goes where it belongs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import watched

from tests.emulator import Emulator, Tenant
from tests.unit.test_event_source import Collected, driven, options_for
from tests.unit.test_event_source_truth import organization_options


async def nothing(_queue: Collected) -> None:
    """A story of a source that ends by itself."""
    await asyncio.sleep(10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"timeout": "canary"}, "timeout must be a number."),
        ({"timeout": [1]}, "timeout must be a number."),
        ({"timeout": True}, "timeout must be a number."),
        ({"timeout": "nan"}, "timeout must be a number."),
        ({"timeout": 0}, "timeout must be 1 or more."),
        ({"timeout": float("inf")}, "timeout must be 31622400 or less."),
        ({"interval": 10**400}, "interval must be 31622400 or less."),
        ({"poll_seconds": 1e300}, "poll_seconds must be 31622400 or less."),
        ({"parallel": {}}, "parallel must be a number."),
        ({"ca_path": ["canary"]}, "ca_path must be a text."),
        ({"ca_path": 5}, "ca_path must be a text."),
        ({"ca_path": "/nowhere"}, "ca_path /nowhere can't be read"),
        ({"state_dir": 5}, "state_dir must be a text."),
        ({"validate_certs": "maybe"}, "validate_certs must be true or false."),
        ({"validate_certs": [1]}, "validate_certs must be true or false."),
        ({"client_id": []}, "client_id must be a text."),
        ({"clients": {"eu": {"client_id": "a", "client_secret": "canary"}}}, "clients are for the tenants"),
    ],
)
def test_what_cannot_be_meant_ends_it_at_once(acme: Tenant, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said) as error:
        driven({**options_for(acme), **wrong}, nothing)
    assert isinstance(error.value, Exception)
    assert type(error.value).__module__.endswith("_errors")
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"allowed_domains": ["*"]}, "allowed_domains: .* is no domain"),
        ({"allowed_domains": [""]}, "allowed_domains: .* is no domain"),
        ({"allowed_domains": ["qlik cloud"]}, "allowed_domains: .* is no domain"),
        ({"statuses": [""]}, "statuses: .* can't be used in a filter"),
        ({"subscriptions": ['x"y']}, "subscriptions: .* can't be used in a filter"),
        ({"organization_url": "no where"}, "organization_url"),
    ],
)
def test_what_no_organization_can_be_asked_ends_it_at_once(
    emulator: Emulator, acme: Tenant, wrong: dict[str, Any], said: str
) -> None:
    args = organization_options(emulator, acme)
    args["organization"].update(wrong)
    with pytest.raises(Exception, match=said):
        driven(args, nothing)


@pytest.mark.parametrize("option", ["subscriptions", "statuses", "allowed_domains", "hostname", "filter"])
def test_null_means_what_is_meant_where_nothing_is_said_as_in_the_inventory(option: str) -> None:
    named = {"client_id": "a", "client_secret": "b", "subscriptions": ["s1"]}
    left_out = {name: value for name, value in named.items() if name != option}
    meant, null, empty = (
        read_options({"organization": one, "client_id": "a", "client_secret": "b"}, {}).organization
        for one in (left_out, {**named, option: None}, {**named, "statuses": [], "allowed_domains": []})
    )
    assert null == meant
    assert meant is not None
    assert (meant.statuses, meant.hostname) == (("active",), "name")
    assert empty is not None
    assert (empty.statuses, empty.allowed_domains) == ((), ()), "all of them, and none"


@pytest.mark.parametrize(
    ("given", "meant"),
    [("false", False), ("no", False), (0, False), (False, False), ("yes", True), ("True", True), (1, True)],
)
def test_whether_certificates_are_validated_may_be_a_text(given: Any, meant: bool) -> None:
    assert read_options({"validate_certs": given}).connection["validate_certs"] is meant


def test_a_region_has_one_client(emulator: Emulator, acme: Tenant) -> None:
    client = {"client_id": "a", "client_secret": "canary"}
    with pytest.raises(QlikError, match="a region twice"):
        read_options(organization_options(emulator, acme, clients={"eu": client, "EU": client}))


ENVIRONMENT = {
    "QLIK_TENANT_URL": "https://environment.eu.qlikcloud.com",
    "QLIK_CLIENT_ID": "environment-id",
    "QLIK_CLIENT_SECRET": "canary-of-environment",
}
URL = "https://acme.eu.qlikcloud.com"
CLIENT = {"client_id": "own-id", "client_secret": "canary-own"}
SHARED = {"client_id": "shared-id", "client_secret": "canary-shared"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"organization": {}}, "organization must be a dictionary"),
        ({"organization": None}, "organization must be a dictionary"),
        ({"tenants": []}, "tenants must be a list"),
        ({"tenants": None}, "tenants must be a list"),
        ({"tenants": [{"name": "other"}]}, "a tenant_url of its own"),
        ({"tenants": [{"name": "other", **CLIENT}]}, "a tenant_url of its own"),
        ({"tenants": [{"tenant_url": URL, "client_id": "own-id"}]}, "client_secret is missing"),
        ({"tenants": [{"tenant_url": URL, "client_id": "own-id"}], **SHARED}, "client_secret is missing"),
        ({"tenants": [{"tenant_url": URL, "client_secret": "canary"}], **SHARED}, "client_id is missing"),
        ({"tenants": [{"tenant_url": URL}], "client_id": "shared-id"}, "client_secret is missing"),
        ({"tenants": [{"tenant_url": URL}], "tenant_url": URL}, "not both"),
        ({"tenants": [{"tenant_url": URL}, {"tenant_url": URL + ".com"}], "access_token": "canary"}, "one tenant"),
        ({"tenant_url": URL, "client_id": "own-id"}, "client_secret is missing"),
        ({"tenant_url": URL, "client_secret": "canary"}, "client_id is missing"),
    ],
)
def test_nothing_is_completed_from_elsewhere(monkeypatch: pytest.MonkeyPatch, args: dict[str, Any], said: str) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match=said) as error:
        driven(args, nothing)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, ("https://environment.eu.qlikcloud.com", "environment-id", "canary-of-environment")),
        ({"tenant_url": URL}, (URL, "environment-id", "canary-of-environment")),
        (CLIENT, ("https://environment.eu.qlikcloud.com", "own-id", "canary-own")),
        ({"tenants": [{"tenant_url": URL}]}, (URL, "environment-id", "canary-of-environment")),
        ({"tenants": [{"tenant_url": URL}], **SHARED}, (URL, "shared-id", "canary-shared")),
        ({"tenants": [{"tenant_url": URL, **CLIENT}], **SHARED}, (URL, "own-id", "canary-own")),
    ],
)
def test_a_whole_client_is_taken_from_the_nearest_place(
    monkeypatch: pytest.MonkeyPatch, args: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    options = read_options(args)
    settings = watched(options.tenants[0], {}).settings
    assert (settings.url, settings.client_id, settings.client_secret) == expected


@pytest.mark.parametrize("half", ["options", "environment"])
def test_half_a_client_is_none_for_an_organization(
    emulator: Emulator, acme: Tenant, monkeypatch: pytest.MonkeyPatch, half: str
) -> None:
    monkeypatch.setenv("QLIK_CLIENT_SECRET", "canary-of-environment")
    args = organization_options(emulator, acme)
    del args["client_secret"]
    if half == "environment":
        del args["client_id"]
    with pytest.raises(QlikError, match=r"client_secret") as error:
        read_options(args)
    assert "canary" not in str(error.value)


def test_a_tenant_of_a_region_without_a_client_has_failed_once(emulator: Emulator, acme: Tenant) -> None:
    args = organization_options(emulator, acme, clients={"xx": {"client_id": "a", "client_secret": "canary"}})
    del args["client_id"], args["client_secret"]

    async def story(queue: Collected) -> None:
        await queue.until(bool)
        await asyncio.sleep(2.5)

    (event,) = driven(args, story)
    assert (event["event"], event["tenant"]["name"]) == ("tenant_failed", "acme")
    assert f"'{acme.region}'" in event["message"]
    assert acme.log == []
