"""Connections that share separate credentials: one run makes them, in any order, and what somebody rotated stays."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE, MANY = "qlik_data_connection", "qlik_data_connections"
KEY = "a fingerprint key of some length"
MEMORIES: list[dict[str, Any]] = [{"fingerprint_key": KEY}, {"secrets_version": "1"}]
SECRETS = {"password": "swordfish"}
WITH_SECRETS: dict[str, list[bool]] = {
    "the first": [True, False, False],
    "the last": [False, False, True],
    "all": [True, True, True],
}


def login(name: str, *, secrets: dict[str, Any] | None = None, space: str = "Sales", **changes: Any) -> dict[str, Any]:
    """A connection with the credentials `svc`."""
    properties = {"host": "h", "db": name, **({"username": "u"} if secrets else {})}
    place = {"name": name, "space": space, "data_source": "postgres", "properties": properties, "secrets": secrets}
    return {**place, "separate_credentials": True, "credentials": "svc", **changes}


def whole(tenant: Tenant, names: tuple[str, ...], secret: str = SECRETS["password"]) -> None:
    """All connections are there and have the one credential with the secret."""
    (credential,) = tenant.credentials.values()
    assert (credential.name, list(credential.secrets.values())) == ("svc", [secret])
    assert sorted(row.name for row in tenant.connections.values()) == sorted(names)
    assert {row.credentials_id for row in tenant.connections.values()} == {credential.id}


@pytest.mark.parametrize(
    "memory", [{"fingerprint_key": KEY}, {"secrets_version": "1"}, {"update_secrets": "on_create"}, {}]
)
@pytest.mark.parametrize("who", WITH_SECRETS.values(), ids=WITH_SECRETS)
def test_one_run_makes_them_on_a_fresh_tenant(acme: Tenant, who: list[bool], memory: dict[str, Any]) -> None:
    names = ("A", "B", "C")
    connections = [
        login(name, secrets=SECRETS if has else None, space="New", **memory)
        for name, has in zip(names, who, strict=True)
    ]
    options = {"spaces": [{"name": "New"}], "connections": connections}
    foreseen = succeed(MANY, acme, options, check=True)
    result = succeed(MANY, acme, options)
    assert result["summary"]["created"] == 3
    assert [entry["changes"] for entry in result["results"]] == [entry["changes"] for entry in foreseen["results"]]
    assert result["plan_digest"] == foreseen["plan_digest"]
    whole(acme, names)
    assert len(acme.writes()) == 4, "nothing is sent twice"
    acme.reset_log()
    assert not succeed(MANY, acme, options)["changed"]
    assert requests_of(acme)[:2] == ["GET v1/spaces", "GET v1/data-connections"]


def test_a_connection_that_is_there_attaches_what_another_creates(acme: Tenant) -> None:
    acme.add_space("Sales")
    succeed(ONE, acme, login("A", secrets=SECRETS, fingerprint_key=KEY, separate_credentials=None, credentials=None))
    options = {"connections": [login("A", fingerprint_key=KEY), login("B", secrets=SECRETS, fingerprint_key=KEY)]}
    result = succeed(MANY, acme, options)
    assert "credentials: attach 'svc', which another connection of this run creates" in result["results"][0]["changes"]
    whole(acme, ("A", "B"))
    assert not succeed(MANY, acme, options)["changed"]


@pytest.mark.parametrize("other", [{"password": "marlin"}, {"password": "swordfish", "authCode": "x"}])
def test_definitions_that_disagree_are_refused(acme: Tenant, other: dict[str, str]) -> None:
    acme.add_space("Sales")
    acme.reset_log()
    message = fail(
        MANY, acme, {"connections": [login("A", secrets=SECRETS), login("B", secrets=other)], "validate": False}
    )
    assert "connection 'A' declares other secrets for the credentials 'svc'" in message
    assert acme.writes() == []


def test_credentials_that_nobody_creates_are_missing(acme: Tenant) -> None:
    acme.add_space("Sales")
    assert "there are no credentials 'svc'" in fail(MANY, acme, {"connections": [login("A"), login("B")]})
    by_id = [login("A", secrets=SECRETS), login("B", credentials="00000000-0000-4000-8000-000000000000")]
    assert "there are no credentials '00000000" in fail(MANY, acme, {"connections": by_id})
    gone = {"name": "A", "space": "Sales", "state": "absent", "credentials": "svc", "secrets": SECRETS}
    assert "there are no credentials 'svc'" in fail(MANY, acme, {"connections": [gone, login("B")]})
    assert acme.writes() == []


def test_those_that_wait_say_what_they_waited_for(acme: Tenant) -> None:
    acme.add_space("Sales")
    options = {"connections": [login("B"), login("A", secrets=SECRETS), login("C")], "fingerprint_key": KEY}
    acme.set_faults([{"kind": "status", "status": 400, "match": {"method": "POST", "path": "data-connections"}}])
    result = run(MANY, acme, options)
    assert result["summary"]["failed"] == 3
    assert result["msg"].count("its credentials 'svc' could not be created with another connection") == 2
    acme.set_faults([])
    assert succeed(MANY, acme, options)["summary"]["created"] == 3
    whole(acme, ("A", "B", "C"))


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_cut_off_at_any_request_is_finished_by_the_next(acme: Tenant, kind: str, memory: dict[str, Any]) -> None:
    options = {
        "spaces": [{"name": "Sales"}],
        "connections": [login(name, secrets=SECRETS, **memory) for name in ("A", "B")],
        "parallel": 1,
        "max_wait": 5,
    }
    for cut in itertools.count():
        for connection in list(acme.connections):
            acme.remove_connection(connection)
        acme.credentials.clear()
        acme.spaces.clear()
        acme.changed()
        acme.set_faults([{"kind": kind, "after": cut, "times": 1}, {"kind": "reset", "after": cut + 1, "times": None}])
        done = not run(MANY, acme, options).get("failed")
        acme.set_faults([])
        succeed(MANY, acme, options)
        whole(acme, ("A", "B"))
        assert not succeed(MANY, acme, options)["changed"]
        if done:
            break
    assert cut > 4


def made(tenant: Tenant, *names: str, **memory: Any) -> None:
    """Connections that share credentials, whose password somebody rotated since."""
    tenant.add_space("Sales")
    succeed(MANY, tenant, {"connections": [login(name, secrets=SECRETS, **memory) for name in names]})
    (credential,) = tenant.credentials.values()
    credential.secrets = {"password": "rotated"}
    tenant.remove_connection(tenant.connection("A", "Sales").id)
    tenant.reset_log()


@pytest.mark.parametrize("memory", MEMORIES)
def test_one_that_was_deleted_by_hand_attaches_them_and_sends_its_secrets(acme: Tenant, memory: dict[str, Any]) -> None:
    made(acme, "A", **memory)
    declared = login("A", secrets=SECRETS, **memory)
    foreseen = succeed(ONE, acme, declared, check=True)
    result = succeed(ONE, acme, declared)
    said = (
        "secrets (password): send, because credentials 'svc' exist already, and no fingerprint says that they hold them"
    )
    assert result["changes"] == foreseen["changes"] == ["create", said]
    assert [entry.method for entry in acme.writes()] == ["POST", "PATCH"]
    whole(acme, ("A",))
    assert any(tag.startswith("DcaasAPI:") for tag in acme.connection("A", "Sales").tags)
    assert not succeed(ONE, acme, declared)["changed"]


@pytest.mark.parametrize("memory", MEMORIES)
def test_secrets_that_a_fingerprint_tells_of_are_not_sent_again(acme: Tenant, memory: dict[str, Any]) -> None:
    """What somebody rotated by hand stays, as it does for a connection that is there."""
    made(acme, "A", "B", **memory)
    options = {"connections": [login(name, secrets=SECRETS, **memory) for name in ("A", "B")]}
    assert succeed(MANY, acme, options)["summary"]["created"] == 1
    assert [entry.method for entry in acme.writes()] == ["POST"]
    whole(acme, ("A", "B"), "rotated")
    assert not succeed(MANY, acme, options)["changed"]


def test_a_new_password_goes_to_the_credentials_once_one_is_made_again(acme: Tenant) -> None:
    made(acme, "A", "B", fingerprint_key=KEY)
    options = {"connections": [login(name, secrets={"password": "marlin"}, fingerprint_key=KEY) for name in ("A", "B")]}
    succeed(MANY, acme, options)
    whole(acme, ("A", "B"), "marlin")
    assert not succeed(MANY, acme, options)["changed"]


@pytest.mark.parametrize(
    ("policy", "secret"), [("on_create", "rotated"), ("on_change", "rotated"), ("always", "swordfish")]
)
def test_without_a_memory_they_are_attached_as_they_are(acme: Tenant, policy: str, secret: str) -> None:
    made(acme, "A", update_secrets="on_create")
    result = succeed(ONE, acme, login("A", secrets=SECRETS, update_secrets=policy))
    said = any(
        "are attached as they are; the declared secrets aren't sent" in text for text in result.get("warnings", [])
    )
    assert said is (policy != "always")
    whole(acme, ("A",), secret)


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_run_that_makes_one_again_and_is_cut_off_is_finished_by_the_next(
    acme: Tenant, kind: str, memory: dict[str, Any]
) -> None:
    made(acme, "A", **memory)
    (credential,) = acme.credentials.values()
    declared = login("A", secrets=SECRETS, max_wait=5, **memory)
    for cut in itertools.count():
        for connection in list(acme.connections):
            acme.remove_connection(connection)
        credential.secrets = {"password": "rotated"}
        acme.set_faults([{"kind": kind, "after": cut, "times": 1}, {"kind": "reset", "after": cut + 1, "times": None}])
        done = not run(ONE, acme, declared).get("failed")
        acme.set_faults([])
        succeed(ONE, acme, declared)
        whole(acme, ("A",))
        assert not succeed(ONE, acme, declared)["changed"]
        if done:
            break
    assert cut > 4


@pytest.mark.parametrize("secret", ["swordfish", "marlin"])
@pytest.mark.parametrize("memory", MEMORIES)
def test_a_replacement_keeps_its_credentials_and_sends_what_changed(
    acme: Tenant, secret: str, memory: dict[str, Any]
) -> None:
    acme.add_space("Sales")
    succeed(ONE, acme, login("A", secrets=SECRETS, **memory))
    changed = {**memory, **({"secrets_version": "2"} if "secrets_version" in memory and secret == "marlin" else {})}
    properties = {"host": "h", "database": "d", "username": "u"}
    declared = login("A", secrets={"password": secret}, data_source="mssql", replace="when_required", **changed)
    declared["properties"] = properties
    succeed(ONE, acme, declared)
    whole(acme, ("A",), secret)
    assert acme.connection("A", "Sales").data_source == "mssql"
    assert not succeed(ONE, acme, declared)["changed"]
