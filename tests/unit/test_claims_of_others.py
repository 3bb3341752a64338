"""Whoever sends secrets to separate credentials leaves no fingerprint that tells of others: whatever happens next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

MANY = "qlik_data_connections"
KEYED: dict[str, Any] = {"fingerprint_key": "a fingerprint key of some length"}
PASSWORD = "first"
WRITES = {"method": "POST|PATCH|DELETE"}


def login(name: str, password: str = PASSWORD, credentials: str | None = "svc", **changes: Any) -> dict[str, Any]:
    properties = {"host": "h", "db": "d", "username": "u"}
    place = {"name": name, "space": "Sales", "data_source": "postgres", "properties": properties}
    memory = {} if "secrets_version" in changes or "fingerprint_key" in changes else KEYED
    return {**place, "secrets": {"password": password}, "credentials": credentials, **memory, **changes}


def many(*connections: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"connections": list(connections), "parallel": 1, **options}


def absent(name: str) -> dict[str, Any]:
    return {"name": name, "space": "Sales", "state": "absent"}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales", "shared")
    succeed(MANY, acme, many(*(login(name) for name in "ABC")))
    acme.reset_log()
    return acme


def held(tenant: Tenant, name: str) -> dict[str, Any]:
    return tenant.secrets_of(tenant.connection(name, "Sales").id)


@pytest.mark.exhaustive
@pytest.mark.parametrize("cut_off", range(7))
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
@pytest.mark.parametrize(
    "back",
    [[absent("A"), login("B"), login("C")], [login("A", secrets=None), login("B"), login("C")], [login("B")]],
    ids=["one is deleted", "one leaves its secrets out", "one is left"],
)
def test_a_rotation_that_was_cut_off_and_taken_back(
    tenant: Tenant, back: list[dict[str, Any]], kind: str, cut_off: int
) -> None:
    tenant.set_faults([{"kind": kind, "match": WRITES, "after": cut_off, "times": None}])
    run(MANY, tenant, many(*(login(name, "second") for name in "ABC"), max_wait=5))
    tenant.set_faults([])
    succeed(MANY, tenant, many(*back))
    assert held(tenant, "B") == {"password": "first"}


@pytest.mark.parametrize("failing", range(6))
def test_a_rotation_of_which_one_write_failed_and_that_was_taken_back(tenant: Tenant, failing: int) -> None:
    tenant.set_faults([{"kind": "status", "status": 403, "match": WRITES, "after": failing, "times": 1}])
    run(MANY, tenant, many(*(login(name, "second") for name in "ABC")))
    tenant.set_faults([])
    succeed(MANY, tenant, many(absent("A"), login("B"), login("C")))
    assert held(tenant, "B") == {"password": "first"}


OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "always, without a memory": (login("A", "second", fingerprint_key=None, update_secrets="always"), {}),
    "always, with the same version": (login("A", "second", secrets_version="1", update_secrets="always"), {}),
    "only secrets, without a memory": (login("A", "second", fingerprint_key=None), {"secrets_only": True}),
    "by another definition's silence": (login("A", "second"), {}),
}


@pytest.mark.parametrize(("sent", "options"), OTHERS.values(), ids=OTHERS)
def test_what_others_send_is_sent_over(tenant: Tenant, sent: dict[str, Any], options: dict[str, Any]) -> None:
    foreseen = succeed(MANY, tenant, many(sent, **options), check=True)
    done = succeed(MANY, tenant, many(sent, **options))
    assert done["results"][0]["changes"] == foreseen["results"][0]["changes"]
    assert "fingerprint of 'B': remove, because its credentials get other secrets" in done["results"][0]["changes"]
    succeed(MANY, tenant, many(login("B")))
    assert held(tenant, "B") == {"password": "first"}


def test_what_is_created_only_is_no_claim_any_more(tenant: Tenant) -> None:
    succeed(MANY, tenant, many(login("A", "second"), login("B", "second", update_secrets="on_create")))
    succeed(MANY, tenant, many(login("B")))
    assert held(tenant, "B") == {"password": "first"}


def test_a_plan_does_not_depend_on_the_order(tenant: Tenant) -> None:
    rotated = [login(name, "second") for name in "ABC"]
    first = succeed(MANY, tenant, many(*rotated), check=True)
    second = succeed(MANY, tenant, many(*reversed(rotated)), check=True)
    assert first["plan_digest"] == second["plan_digest"]
    done = succeed(MANY, tenant, many(*rotated))
    assert len(tenant.writes()) == 6, "for each one write takes the fingerprint away, and one sends"
    assert all(len(entry["changes"]) == 1 for entry in done["results"])
    assert not succeed(MANY, tenant, many(*rotated))["changed"]


def test_credentials_that_others_made_anew_are_no_old_ones(tenant: Tenant) -> None:
    for row in tenant.connections.values():  # somebody deletes them
        row.credentials_id = None
    tenant.credentials.clear()
    succeed(MANY, tenant, many(login("B", "second")))
    succeed(MANY, tenant, many(login("A")))
    assert held(tenant, "A") == {"password": "first"}
    succeed(MANY, tenant, many(login("B", "second")))
    assert held(tenant, "B") == {"password": "second"}


WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "others": (login("D", "theirs", "alt"), login("D"), "it has other credentials than the declared 'svc'"),
    "unknown ones": (login("D"), login("D", "theirs", "new"), "it has other credentials than the declared 'new'"),
    "separate ones": (
        login("D"),
        login("D", "marlin", None, separate_credentials=False),
        "it has separate credentials, and some of its own are declared",
    ),
    "its own": (
        login("D", "marlin", None),
        login("D"),
        "it has credentials of its own, and separate ones are declared",
    ),
}


@pytest.mark.parametrize("shown", ["always", "single"])
@pytest.mark.parametrize(("before", "declared", "message"), WRONG.values(), ids=WRONG)
def test_only_secrets_go_to_no_other_credentials(
    tenant: Tenant, before: dict[str, Any], declared: dict[str, Any], message: str, shown: str
) -> None:
    tenant.set_behaviours(credentials_id_shown=shown)
    succeed(MANY, tenant, many(before))
    tenant.reset_log()
    assert message in fail(MANY, tenant, many(declared, secrets_only=True))
    assert tenant.writes() == []


@pytest.mark.parametrize("shown", ["always", "single"])
@pytest.mark.parametrize("by_id", [False, True])
def test_only_secrets_go_to_the_declared_ones(tenant: Tenant, by_id: bool, shown: str) -> None:
    tenant.set_behaviours(credentials_id_shown=shown)
    (credential,) = tenant.credentials.values()
    declared = login("A", "second", credential.id if by_id else "svc")
    succeed(MANY, tenant, many(declared, secrets_only=True))
    assert (held(tenant, "A"), credential.name) == ({"password": "second"}, "svc")
