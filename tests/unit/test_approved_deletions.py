"""An approval binds what goes as it was seen: a connection or a space that is another one by then stays."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, succeed
from tests.unit.test_plan_digest import DATABASE, KEY, REST, planned

pytestmark = pytest.mark.usefixtures("short_pauses")

GONE: dict[str, Any] = {
    "name": "Gone",
    "data_source": "rest",
    "properties": REST,
    "space": "Sales",
    "secrets": {"password": "by hand"},
    "tags": ["qlikops.cloud:managed", "b", "a"],
}
HANDS: dict[str, dict[str, Any]] = {
    "host": {"properties": {"url": "https://other.example/v1?dataset=sales&token=first-token"}},
    "property": {"properties": {"timeout": "77"}},
    "header": {"properties": {"queryParameters": [{"name": "region", "value": "us"}]}},
    "statement": {"connect_statement": 'CUSTOM CONNECT TO "provider=QvRestConnector.exe;url=https://b;url=https://a;"'},
    "owner": {"owner": "analyst@acme.example"},
    "tags": {"tags": ["qlikops.cloud:managed", "b"]},
    "fingerprint": {"tags": [*GONE["tags"], "qlikops.cloud:secrets:version:7"]},
    "credentials": {"separate_credentials": True},
    "type": {"type": "Other.exe"},
}
WAYS: dict[str, dict[str, Any]] = {
    "absent": {"connections": [{"name": "Gone", "space": "Sales", "state": "absent"}]},
    "pruned": {"connections": [], "prune": True, "prune_spaces": ["Sales"]},
    "replaced": {
        "replace": "when_required",
        "connections": [
            {
                "name": "Gone",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {**DATABASE},
                "secrets": {"password": "first-password"},
            }
        ],
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_must_be_what_was_seen(acme: Tenant, way: str) -> None:
    acme.add_space("Sales")
    options = {"fingerprint_key": KEY, **WAYS[way]}
    for what, hands in HANDS.items():
        held = acme.add_connection(**copy.deepcopy(GONE))
        approved = planned(acme, options)
        acme.edit_connection(held.id, tags=list(reversed(held.tags)), updated="2030-01-01T00:00:00Z")
        assert planned(acme, options) == approved
        acme.edit_connection(held.id, **hands)
        acme.reset_log()
        said = fail("qlik_data_connections", acme, {**options, "approved_plan": approved})
        assert "not the one that was approved" in said, what
        assert acme.writes() == []
        acme.remove_connection(held.id)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_secret_of_what_goes_is_no_secret_that_is_sent(acme: Tenant, key: str | None) -> None:
    acme.add_space("Sales")
    held = acme.add_connection(**GONE)
    options = {"fingerprint_key": key, **WAYS["absent"]}
    result = succeed("qlik_data_connections", acme, options, check=True)
    assert "warnings" not in result
    acme.edit_connection(held.id, properties={"url": "https://api.example/v1?dataset=sales&token=second-token"})
    other = planned(acme, options) != result["plan_digest"]
    assert other == (key is not None)


def test_a_space_that_goes_must_be_what_was_seen(acme: Tenant) -> None:
    space = acme.add_space("Gone")
    options = {"spaces": [{"name": "Gone", "state": "absent"}]}
    approved = planned(acme, options)
    space.description = "In use again"
    assert "not the one that was approved" in fail(
        "qlik_data_connections", acme, {**options, "approved_plan": approved}
    )
    assert acme.writes() == []
