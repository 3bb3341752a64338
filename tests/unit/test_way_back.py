"""Rotating secrets with a way back: what is proved first, what is put back, and where the next run goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed
from tests.trial_time import TrialTime, without_waiting

MANY = "qlik_data_connections"
KEY = "a fingerprint key of tests"
OLD, NEW, OTHER = "canary-old-7q", "canary-new-8w", "canary-other-9e"
MARK, ROTATING, REFUSED = "qlikops.cloud:not-working", "qlikops.cloud:rotating:", "qlikops.cloud:refused:"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, acme: Tenant) -> TrialTime:
    acme.add_space("Sales")
    return without_waiting(monkeypatch, acme)


def definition(name: str = "Orders", password: str = OLD, previous: str | None = None, **more: Any) -> dict[str, Any]:
    found = {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "x", "username": "app"},
        "secrets": {"password": password},
        **more,
    }
    return found if previous is None else {**found, "secrets_previous": {"password": previous}}


def rotation(*definitions: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = list(definitions) or [definition(password=NEW, previous=OLD)]
    return {"connections": given, "fingerprint_key": KEY, "secrets_only": True, "put_back": True, **more}


def provision(*definitions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"connections": list(definitions), "fingerprint_key": KEY, **more}


def held(tenant: Tenant, name: str = "Orders") -> str:
    secrets = tenant.secrets_of(tenant.connection(name, "Sales").id)
    return str(secrets.get("password") or secrets["qPassword"])


def tags(tenant: Tenant, name: str = "Orders", kind: str = "qlikops.cloud:") -> list[str]:
    return [tag for tag in tenant.connection(name, "Sales").tags if tag.startswith(kind)]


def accepts(tenant: Tenant, password: str, name: str = "Orders") -> None:
    tenant.set_end("accepts", name, space="Sales", secrets={"password": password})


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    """One that holds a connection with the old password."""
    succeed(MANY, acme, provision(definition()))
    accepts(acme, OLD)
    return acme


def test_secrets_that_connect_stay(tenant: Tenant) -> None:
    accepts(tenant, NEW)
    result = succeed(MANY, tenant, rotation())
    assert held(tenant) == NEW
    assert result["changed"]
    assert result["results"][0]["works"] is True
    assert tags(tenant, kind=ROTATING) == tags(tenant, kind=REFUSED) == tags(tenant, kind=MARK) == []
    assert not succeed(MANY, tenant, provision(definition(password=NEW, previous=OLD)))["changed"]


def test_secrets_that_do_not_connect_are_put_back_and_not_sent_again(tenant: Tenant) -> None:
    result = run(MANY, tenant, rotation())
    assert result["failed"]
    assert "connection 'Orders': put back: it doesn't connect with the new secrets" in result["msg"]
    assert "It connects with secrets_previous" in result["msg"]
    assert (held(tenant), result["results"][0]["works"], result["results"][0]["put_back"]) == (OLD, True, True)
    assert "put back" in result["results"][0]["changes"][-1]
    assert tags(tenant, kind=MARK) == tags(tenant, kind=ROTATING) == []
    assert len(tags(tenant, kind=REFUSED)) == 1
    assert not {OLD, NEW} & set(json.dumps(result).split('"'))

    tenant.reset_log()
    declared = definition(password=NEW, previous=OLD)
    again = succeed(MANY, tenant, provision(declared))
    assert not again["changed"]
    assert "aren't sent again" in " ".join(again["warnings"])
    assert not tenant.writes()
    assert "not sent: its declared secrets were refused" in fail(MANY, tenant, rotation())
    assert "aren't sent again" in fail(MANY, tenant, {**rotation(declared), "put_back": False})
    always = succeed(MANY, tenant, provision({**declared, "update_secrets": "always"}))
    assert held(tenant) == OLD
    assert always["changed"]
    assert len(tags(tenant, kind=REFUSED)) == 1


@pytest.mark.parametrize("way", ["rotation", "provision"])
def test_a_refused_secret_is_sent_when_that_is_forced_or_another_is_declared(tenant: Tenant, way: str) -> None:
    fail(MANY, tenant, rotation())
    accepts(tenant, NEW)
    declared = definition(password=NEW, previous=OLD)
    options = rotation(declared) if way == "rotation" else provision(declared)
    succeed(MANY, tenant, {**options, "send_refused": True})
    assert held(tenant) == NEW
    assert tags(tenant, kind=REFUSED) == []
    accepts(tenant, OTHER)
    succeed(MANY, tenant, rotation(definition(password=OTHER, previous=NEW)))
    assert held(tenant) == OTHER


def test_another_secret_is_sent_after_one_was_refused(tenant: Tenant) -> None:
    fail(MANY, tenant, rotation())
    accepts(tenant, OTHER)
    succeed(MANY, tenant, rotation(definition(password=OTHER, previous=OLD)))
    assert held(tenant) == OTHER
    assert tags(tenant, kind=REFUSED) == []


def test_who_declares_the_old_secret_again_has_the_refusal_forgotten(tenant: Tenant) -> None:
    fail(MANY, tenant, rotation())
    result = succeed(MANY, tenant, provision(definition()))
    assert result["results"][0]["changes"] == ["refused secrets: forgotten, since others are declared"]
    assert tags(tenant, kind=REFUSED) == []
    assert not succeed(MANY, tenant, provision(definition()))["changed"]


def test_without_the_previous_secret_a_refused_one_is_not_sent_either(tenant: Tenant) -> None:
    fail(MANY, tenant, rotation())
    tenant.reset_log()
    result = succeed(MANY, tenant, provision(definition(password=NEW)))
    assert not result["changed"]
    assert "aren't sent again" in " ".join(result["warnings"])
    moved = definition(password=NEW, properties={"host": "db2.example.com", "db": "x", "username": "app"})
    assert "Declare others" in fail(MANY, tenant, provision(moved))
    assert not tenant.writes()


def test_a_changed_host_gets_the_secrets_that_were_put_back(tenant: Tenant) -> None:
    fail(MANY, tenant, rotation())
    moved = {"host": "db2.example.com", "db": "x", "username": "app"}
    succeed(MANY, tenant, provision(definition(password=NEW, previous=OLD, properties=moved)))
    assert held(tenant) == OLD
    assert len(tags(tenant, kind=REFUSED)) == 1


def test_nothing_starts_without_a_fingerprint_key(tenant: Tenant) -> None:
    tenant.reset_log()
    assert "needs fingerprint_key" in fail(MANY, tenant, {**rotation(), "fingerprint_key": None})
    assert "secrets_only" in fail(MANY, tenant, {**rotation(), "secrets_only": False})
    versioned = definition(password=NEW, previous=OLD, secrets_version="2")
    assert "no secrets_version" in fail(MANY, tenant, rotation(versioned))
    assert not tenant.writes()


@pytest.mark.parametrize(
    ("previous", "key", "said"),
    [
        (OTHER, KEY, "secrets_previous aren't what it holds"),
        (None, KEY, "secrets_previous aren't declared"),
        (OLD, "another fingerprint key", "wasn't made with this fingerprint_key"),
    ],
)
def test_what_is_there_is_proved_before_anything_is_sent(tenant: Tenant, previous: str, key: str, said: str) -> None:
    succeed(MANY, tenant, provision(definition(), definition("Ledger")))
    tenant.reset_log()
    second = definition("Ledger", NEW, OLD)
    message = fail(MANY, tenant, rotation(definition(password=NEW, previous=previous), second, fingerprint_key=key))
    assert said in message
    assert not tenant.writes()
    assert held(tenant) == held(tenant, "Ledger") == OLD


def test_an_adopted_connection_has_no_proof(acme: Tenant) -> None:
    succeed(MANY, acme, {"connections": [definition()], "update_secrets": "on_create"})
    acme.reset_log()
    assert "no fingerprint tells" in fail(MANY, acme, rotation())
    assert not acme.writes()


def test_what_holds_the_declared_secret_already_is_only_tried(tenant: Tenant) -> None:
    accepts(tenant, NEW)
    succeed(MANY, tenant, rotation())
    result = succeed(MANY, tenant, rotation())
    assert not result["changed"]
    assert result["results"][0]["works"] is True
    accepts(tenant, OTHER)
    message = fail(MANY, tenant, rotation())
    assert "it doesn't connect" in message
    assert "put back" not in message
    assert held(tenant) == NEW


def test_what_could_not_be_told_is_neither_put_back_nor_called_good(tenant: Tenant) -> None:
    tenant.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
    result = run(MANY, tenant, rotation())
    assert "neither known to work nor put back" in result["msg"]
    assert (held(tenant), result["results"][0]["works"]) == (NEW, None)
    assert len(tags(tenant, kind=ROTATING)) == 1
    lenient = succeed(MANY, tenant, rotation(verify_unknown="warn"))
    assert "neither known to work nor put back" in " ".join(lenient["warnings"])
    assert "rotate_secrets with qlik_rotate_verify" in " ".join(
        succeed(MANY, tenant, provision(definition(password=NEW, previous=OLD)))["warnings"]
    )
    tenant.set_faults([])
    message = fail(MANY, tenant, rotation())
    assert "put back" in message
    assert held(tenant) == OLD


def test_a_rotation_without_a_trial_keeps_what_could_not_be_told(tenant: Tenant) -> None:
    tenant.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
    fail(MANY, tenant, rotation())
    succeed(MANY, tenant, {**rotation(), "put_back": False})
    assert (held(tenant), tags(tenant, kind=ROTATING)) == (NEW, [])


def test_a_source_that_is_down_is_told_from_a_wrong_secret(tenant: Tenant) -> None:
    tenant.set_end("unreachable", "Orders", space="Sales")
    message = fail(MANY, tenant, rotation())
    assert "doesn't connect with secrets_previous either" in message
    assert "send_refused" in message
    assert held(tenant) == OLD
    assert tags(tenant, kind=MARK)


def test_the_user_name_belongs_to_the_secrets(tenant: Tenant) -> None:
    other_user = {"host": "db.example.com", "db": "x", "username": "app_b"}
    wanted = definition(password=NEW, previous=OLD, properties=other_user)
    assert "name the user in secrets_previous" in fail(MANY, tenant, rotation(wanted))
    assert held(tenant) == OLD
    wanted["secrets_previous"]["username"] = "app"
    assert "put back" in fail(MANY, tenant, rotation(wanted))
    assert held(tenant) == OLD
    assert "app_b" not in tenant.connection("Orders", "Sales").statement
    assert not succeed(MANY, tenant, provision(wanted))["changed"]


def test_only_what_was_rotated_need_be_declared_as_previous(acme: Tenant) -> None:
    secrets = {"accessKey": "canary-access-1", "secretKey": OLD}
    properties = {"bucketName": "orders", "region": "eu-west-1"}
    declared = definition(data_source="File_AmazonS3ConnectorV2", secrets=secrets, properties=properties)
    succeed(MANY, acme, provision(declared, validate=False))
    acme.set_end("accepts", "Orders", space="Sales", secrets=secrets)
    changed = {**declared, "secrets": {**secrets, "secretKey": NEW}, "secrets_previous": {"secretKey": OLD}}
    assert "put back" in fail(MANY, acme, rotation(changed, validate=False))
    assert acme.secrets_of(acme.connection("Orders", "Sales").id) == secrets


def test_an_encrypted_header_is_put_back_with_its_list(acme: Tenant) -> None:
    def headers(key: str) -> list[dict[str, Any]]:
        return [{"name": "Accept", "value": "json"}, {"name": "X-Key", "value": key, "encrypt": True}]

    def properties(key: str) -> dict[str, Any]:
        return {"url": "https://api.example.com/x", "authSchema": "anonymous", "queryHeaders": headers(key)}

    declared = {"name": "Orders", "space": "Sales", "data_source": "rest", "properties": properties(OLD)}
    succeed(MANY, acme, provision(declared))
    acme.set_end("refused", "Orders", space="Sales")
    changed = {**declared, "properties": properties(NEW), "secrets_previous": {"queryHeaders": headers(OLD)}}
    assert "put back" in fail(MANY, acme, rotation(changed))
    whole = acme.properties_of(acme.connection("Orders", "Sales").id)
    assert OLD in json.dumps(whole)
    assert NEW not in json.dumps(whole)
    assert not succeed(MANY, acme, provision(changed))["changed"]


def test_the_secret_of_a_statement_is_put_back(acme: Tenant) -> None:
    address = "driver=postgres;host=db.example.com;port=5432;db=x;"
    statement = f'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;{address}"'
    declared = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "connect_statement": statement,
        "username": "app",
        "password": OLD,
    }
    succeed(MANY, acme, provision(declared))
    accepts(acme, OLD)
    changed = {**declared, "password": NEW, "secrets_previous": {"password": OLD}}
    assert "put back" in fail(MANY, acme, rotation(changed))
    assert held(acme) == OLD
    assert not succeed(MANY, acme, provision(changed))["changed"]


def test_a_previous_secret_of_another_name_is_a_mistake(tenant: Tenant) -> None:
    wanted = {**definition(password=NEW), "secrets_previous": {"passwort": OLD}}
    message = fail(MANY, tenant, provision(wanted))
    assert "secrets_previous names passwort" in message


def test_somebody_elses_secret_is_not_overwritten_by_the_old_one(tenant: Tenant) -> None:
    connection = tenant.connection("Orders", "Sales")

    def meddle(*_: Any) -> None:
        kept = [tag for tag in connection.tags if not tag.startswith("qlikops.cloud:secrets")]
        tenant.edit_connection(connection.id, secrets={"password": OTHER}, tags=kept)

    tenant.add_hook("after", meddle, match={"method": "POST", "path": "/reloads$"}, times=1)
    message = fail(MANY, tenant, rotation())
    assert "somebody else sent it other secrets since" in message
    assert held(tenant) == OTHER


def test_in_check_mode_it_says_what_would_be_tried(tenant: Tenant) -> None:
    tenant.reset_log()
    result = succeed(MANY, tenant, rotation(), check=True)
    assert (result["results"][0]["works"], result["results"][0]["verify_message"]) == (None, "would be tried")
    assert not tenant.writes()


def test_a_trial_of_another_run_ends_a_rotation_that_was_cut_off(tenant: Tenant) -> None:
    tenant.add_fault("status", match={"method": "POST", "path": "/apps$"}, status=403, times=None)
    fail(MANY, tenant, rotation())
    tenant.set_faults([])
    accepts(tenant, NEW)
    result = succeed(MANY, tenant, provision(definition(password=NEW, previous=OLD), verify="changed"))
    assert result["results"][0]["works"] is True
    assert tags(tenant, kind=ROTATING) == []


def test_a_rotation_costs_two_writes_more(tenant: Tenant) -> None:
    accepts(tenant, NEW)
    tenant.reset_log()
    succeed(MANY, tenant, rotation())
    patches = [line for line in requests_of(tenant) if line.startswith("PATCH")]
    assert len(patches) == 2  # the secrets, and that they work


def named(name: str, password: str, previous: str | None = None) -> dict[str, Any]:
    return definition(name, password, previous, separate_credentials=True, credentials="Shared")


def test_connections_that_share_credentials_are_put_back_together(acme: Tenant) -> None:
    names = ("A", "B", "C")
    succeed(MANY, acme, provision(*(named(name, OLD) for name in names)))
    accepts(acme, OLD, "A")
    result = run(MANY, acme, rotation(*(named(name, NEW, OLD) for name in ("A", "B"))))
    assert "connection 'A': put back: it doesn't connect" in result["msg"]
    assert "connection 'B': put back: another connection" in result["msg"]
    assert {held(acme, name) for name in names} == {OLD}
    for _run in range(2):
        succeed(MANY, acme, provision(*(named(name, NEW, OLD) for name in names)))
        assert {held(acme, name) for name in names} == {OLD}
    again = succeed(MANY, acme, provision(*(named(name, NEW, OLD) for name in names)))
    assert not again["changed"]
    assert "not sent" in fail(MANY, acme, rotation(*(named(name, NEW, OLD) for name in names)))
    assert {held(acme, name) for name in names} == {OLD}


def test_one_that_was_refused_does_not_keep_others_from_being_rotated(acme: Tenant) -> None:
    succeed(MANY, acme, provision(definition("A"), definition("B")))
    accepts(acme, OLD, "A")
    accepts(acme, NEW, "B")
    fail(MANY, acme, rotation(definition("A", NEW, OLD)))
    message = fail(MANY, acme, rotation(definition("A", NEW, OLD), definition("B", NEW, OLD)))
    assert "the rotation failed at 1 of 2 connections" in message
    assert (held(acme, "A"), held(acme, "B")) == (OLD, NEW)


@pytest.mark.parametrize("right", [OLD, NEW])
def test_wherever_the_rotation_of_shared_credentials_is_cut_off_the_next_one_finishes_it(
    acme: Tenant, right: str
) -> None:
    make = named
    wanted = [make(name, NEW, OLD) for name in ("A", "B")]
    writes = 1
    for stop in range(1, 40):
        for one in list(acme.connections.values()):
            acme.remove_connection(one.id)
        acme.credentials.clear()
        succeed(MANY, acme, provision(make("A", OLD), make("B", OLD)))
        for name in ("A", "B"):
            accepts(acme, right, name)
        acme.reset_log()
        acme.set_faults([])
        # From this write on nothing gets through any more, as if the run had been killed.
        count = {"writes": 0}

        def cut(*_: Any, count: dict[str, int] = count, stop: int = stop) -> None:
            count["writes"] += 1
            if count["writes"] == stop:
                acme.add_fault("status", match={"method": "POST|PATCH|DELETE|PUT"}, status=403, times=None)

        acme.hooks = []
        acme.add_hook("after", cut, match={"method": "POST|PATCH|DELETE|PUT"}, times=None)
        first = run(MANY, acme, rotation(*wanted))
        acme.set_faults([])
        acme.hooks = []
        writes = count["writes"]
        second = run(MANY, acme, rotation(*wanted))
        assert {held(acme, "A"), held(acme, "B")} == {right}, (stop, first.get("msg"), second.get("msg"))
        assert bool(second.get("failed")) is (right == OLD), (stop, second.get("msg"))
        if right == NEW:
            assert tags(acme, "A", ROTATING) == tags(acme, "B", ROTATING) == []
        succeed(MANY, acme, provision(*wanted))
        assert {held(acme, "A"), held(acme, "B")} == {right}, stop
        assert not acme.apps
        if stop > writes:
            return
    raise AssertionError(writes)
