"""What the event source is told: what can't be meant ends it at once, and each credential goes where it belongs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import read_options

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
