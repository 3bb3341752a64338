"""Separate credentials that change together with what they sign in to:
the connection has the declared ones afterwards.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.records import Connection, Credential
from tests.jobs import run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

KEY = "a fingerprint key of some length"
ONE = "qlik_data_connection"
MOVED = {"host": "new", "db": "d", "username": "u"}
MSSQL: dict[str, Any] = {
    "data_source": "mssql",
    "properties": {"host": "h", "database": "d"},
    "replace": "when_required",
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    """A tenant where the connection of `own` is there, and somebody's credentials `shared`."""
    acme.add_space("Sales", "shared")
    acme.add_connection(
        "Other",
        "postgres",
        {"separateCredentials": "true", "credentialsName": "shared"},
        secrets={"password": "theirs"},
    )
    succeed(ONE, acme, own())
    return acme


def own(**changes: Any) -> dict[str, Any]:
    """A definition with credentials that were created with it."""
    place = {"name": "Orders", "space": "Sales", "data_source": "postgres", "fingerprint_key": KEY}
    content = {"properties": {"host": "h", "db": "d", "username": "u"}, "secrets": {"password": "swordfish"}}
    return {**place, **content, "separate_credentials": True, "credentials": "svc", **changes}


def held(tenant: Tenant) -> tuple[Connection, Credential]:
    connection = tenant.connection("Orders", "Sales")
    credential = tenant.credential_of(connection)
    assert credential is not None, "the connection has no credentials"
    return connection, credential


CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({"properties": MOVED, "secrets": {"password": "marlin"}}, "svc", "marlin"),
    ({"properties": MOVED, "credentials": "svc 2"}, "svc 2", "swordfish"),
    ({"credentials": "svc 2"}, "svc 2", "swordfish"),
    ({"properties": MOVED, "credentials": "shared", "secrets": None}, "shared", "theirs"),
    ({"properties": MOVED, "credentials": None, "secrets": {"password": "marlin"}}, "svc", "marlin"),
    ({"properties": MOVED, "credentials": None, "separate_credentials": False}, "", "swordfish"),
    ({**MSSQL, "credentials": "shared", "secrets": None}, "shared", "theirs"),
    ({**MSSQL, "credentials": None, "secrets": None}, "svc", "swordfish"),
    ({**MSSQL, "credentials": None, "secrets": {"password": "marlin"}}, "", "marlin"),
    ({**MSSQL, "credentials": "svc 2", "secrets": {"password": "marlin"}}, "svc 2", "marlin"),
    ({**MSSQL, "credentials": None, "separate_credentials": False, "secrets": {"password": "marlin"}}, "", "marlin"),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize("cut_off", [None, 0, 1, 2])
@pytest.mark.parametrize(("changes", "name", "secret"), CHANGES)
def test_whatever_changes_with_them_the_declared_ones_are_there(
    tenant: Tenant, changes: dict[str, Any], name: str, secret: str, cut_off: int | None
) -> None:
    declared = own(**changes)
    if cut_off is not None:  # a run that gets so far and no further comes first
        tenant.set_faults(
            [{"kind": "reset", "match": {"method": "POST|PATCH|DELETE"}, "after": cut_off, "times": None}]
        )
        run(ONE, tenant, declared)
        tenant.set_faults([])
    succeed(ONE, tenant, declared)
    connection, credential = held(tenant)
    assert list(credential.secrets.values()) == [secret]
    assert not name or credential.name == name
    assert connection.separate_credentials is (declared["separate_credentials"] is not False)
    assert connection.data_source == declared["data_source"]
    assert connection.properties["host"] == declared["properties"]["host"]
    assert not any("reattach" in tag for tag in connection.tags)
    assert [row.secrets for row in tenant.credentials.values() if row.name == "shared"] == [{"password": "theirs"}]
    assert not succeed(ONE, tenant, declared)["changed"]


def test_credentials_that_somebody_deleted_are_made_again_of_the_declared_secrets(tenant: Tenant) -> None:
    connection, credential = held(tenant)
    del tenant.credentials[credential.id]
    connection.credentials_id = None
    result = succeed(ONE, tenant, own())
    assert "secrets (password): send, because credentials 'svc' are made of them" in result["changes"]
    assert (held(tenant)[1].name, held(tenant)[1].secrets) == ("svc", {"password": "swordfish"})
    assert not succeed(ONE, tenant, own())["changed"]


def test_a_replacement_attaches_existing_credentials_instead_of_secrets(tenant: Tenant) -> None:
    tenant.add_connection("Plain", "postgres", {"host": "h"}, space="Sales", secrets={"password": "embedded"})
    declared = own(name="Plain", secrets=None, credentials="shared", **MSSQL)
    succeed(ONE, tenant, declared)
    assert tenant.secrets_of(tenant.connection("Plain", "Sales").id) == {"password": "theirs"}
    assert not succeed(ONE, tenant, declared)["changed"]
