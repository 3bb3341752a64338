"""Secrets that were refused and put back aren't sent again: with another key, and by others that share credentials."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed
from tests.trial_time import TrialTime, without_waiting

MANY = "qlik_data_connections"
KEY, OTHER_KEY = "a fingerprint key of tests", "another fingerprint key"
OLD, NEW, OTHER = "canary-old-7q", "canary-new-8w", "canary-other-9e"
NOT_WORKING = "qlikops.cloud:not-working"
REFUSED = "qlikops.cloud:refused:"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    acme.add_space("Sales")
    acme.add_space("Finance")
    acme.set_end("accepts", secrets={"password": OLD})
    return without_waiting(monkeypatch, acme)


def definition(name: str = "A", password: str = OLD, space: str = "Sales", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "space": space,
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "x", "username": "app"},
        "secrets": {"password": password},
        **more,
    }


def shared(name: str, password: str, space: str = "Sales", **more: Any) -> dict[str, Any]:
    return definition(name, password, space, separate_credentials=True, credentials="Shared", **more)


def provision(*definitions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"connections": list(definitions), "fingerprint_key": KEY, **more}


def rotation(*definitions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**provision(*definitions, **more), "secrets_only": True, "put_back": more.get("put_back", True)}


def held(tenant: Tenant) -> set[str]:
    secrets = [tenant.secrets_of(connection.id) for connection in tenant.connections.values()]
    return {str(one.get("password") or one.get("qPassword")) for one in secrets}


def refused_tags(tenant: Tenant) -> list[str]:
    return [tag for one in tenant.connections.values() for tag in one.tags if tag.startswith(REFUSED)]


def refuse(tenant: Tenant, make: Any = definition) -> None:
    fail(MANY, tenant, rotation(make("A", NEW, secrets_previous={"password": OLD})))
    assert held(tenant) == {OLD}


WITHOUT_THE_KEY = [
    {"fingerprint_key": OTHER_KEY},
    {"fingerprint_key": None, "update_secrets": "always"},
    {"fingerprint_key": OTHER_KEY, "secrets_only": True},
    {"fingerprint_key": None, "secrets_only": True},
]


@pytest.mark.parametrize("options", WITHOUT_THE_KEY, ids=str)
@pytest.mark.parametrize("previous", [{}, {"secrets_previous": {"password": OLD}}], ids=["alone", "with previous"])
def test_without_the_key_of_then_nothing_is_sent_unless_that_is_forced(
    acme: Tenant, options: dict[str, Any], previous: dict[str, Any]
) -> None:
    succeed(MANY, acme, provision(definition()))
    refuse(acme)
    declared = provision(definition(password=NEW, **previous), **options)
    for check in (True, False):
        result = run(MANY, acme, declared, check=check)
        assert result["failed"]
        assert "fingerprint_key of then" in result["msg"]
        assert NEW not in json.dumps(result)
    assert held(acme) == {OLD}
    succeed(MANY, acme, {**declared, "send_refused": True})
    assert held(acme) == {NEW}
    assert refused_tags(acme) == []
    succeed(MANY, acme, provision(definition(password=OTHER, **previous), **options))
    assert held(acme) == {OTHER}


def test_who_sends_no_secrets_needs_no_key_of_then(acme: Tenant) -> None:
    succeed(MANY, acme, provision(definition()))
    refuse(acme)
    changed = definition(password=NEW, tags=["x"])
    result = succeed(MANY, acme, provision(changed, fingerprint_key=OTHER_KEY, update_secrets="on_create"))
    assert result["changed"]
    assert held(acme) == {OLD}
    assert len(refused_tags(acme)) == 1


@pytest.mark.parametrize("way", ["provision", "always", "rotation", "plain rotation", "new"])
@pytest.mark.parametrize("space", ["Finance", "Sales"])
def test_what_shares_the_credentials_does_not_send_what_was_refused_there(acme: Tenant, way: str, space: str) -> None:
    succeed(MANY, acme, provision(shared("A", OLD), shared("B", OLD, space)))
    refuse(acme, shared)
    name = "C" if way == "new" else "B"
    other = shared(name, NEW, space)
    options = provision(other, update_secrets="always" if way == "always" else "on_change")
    if "rotation" in way:
        options = rotation({**other, "secrets_previous": {"password": OLD}}, put_back=way == "rotation")
    acme.reset_log()
    result = run(MANY, acme, options)
    assert held(acme) == {OLD}
    assert not [entry.path for entry in acme.writes() if "/data-" in entry.path]
    assert "put back" in str(result.get("msg")) + str(result.get("warnings"))
    succeed(MANY, acme, provision(shared(name, OTHER, space)))
    assert held(acme) == {OTHER}


def test_with_the_previous_secret_what_shares_credentials_is_kept_at_it(acme: Tenant) -> None:
    succeed(MANY, acme, provision(shared("A", OLD)))
    refuse(acme, shared)
    new = shared("C", NEW, "Finance", secrets_previous={"password": OLD})
    result = succeed(MANY, acme, provision(new))
    assert "aren't sent again" in " ".join(result["warnings"])
    assert held(acme) == {OLD}


def test_what_held_the_new_secret_before_does_not_claim_it_once_it_is_put_back(acme: Tenant) -> None:
    succeed(MANY, acme, provision(shared("A", OLD), shared("B", OLD, "Finance")))
    # The credentials of both hold it since, and the fingerprint of A says so.
    succeed(MANY, acme, provision(shared("A", NEW)))
    previous: dict[str, Any] = {"secrets_previous": {"password": OLD}}
    rotated = [shared("A", NEW, **previous), shared("B", NEW, "Finance", **previous)]
    result = run(MANY, acme, rotation(*rotated))
    assert result["failed"]
    assert held(acme) == {OLD}
    # What was found of A with the new secret is no longer so.
    assert {one["name"]: one["works"] for one in result["results"]} == {"A": True, "B": True}
    assert result["results"][0]["changes"] == []
    assert result["msg"].count("It connects with secrets_previous, which it holds") == 2
    assert not [tag for one in acme.connections.values() for tag in one.tags if tag == NOT_WORKING]
    assert not succeed(MANY, acme, provision(shared("A", NEW)))["changed"]
    acme.set_end("accepts", secrets={"password": NEW})
    succeed(MANY, acme, provision(shared("A", NEW), send_refused=True))
    assert held(acme) == {NEW}
