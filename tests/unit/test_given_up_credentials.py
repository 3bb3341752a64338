"""Connections that give up separate credentials for some of their own: others that have them keep what is in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE, MANY = "qlik_data_connection", "qlik_data_connections"
KEY = "a fingerprint key of some length"
NEW_HOST = {"host": "new", "db": "d", "username": "own"}


def shared(name: str, **changes: Any) -> dict[str, Any]:
    """A connection with the credentials `svc`."""
    properties = {"host": "h", "db": "d", "username": "u"}
    place = {"name": name, "space": "Sales", "data_source": "postgres", "properties": properties}
    return {**place, "secrets": {"password": "swordfish"}, "credentials": "svc", "fingerprint_key": KEY, **changes}


def own(**changes: Any) -> dict[str, Any]:
    """The connection `A` with credentials of its own."""
    properties = {"host": "h", "db": "d", "username": "own"}
    without = {"properties": properties, "credentials": None, "separate_credentials": False}
    return shared("A", **{**without, "secrets": {"password": "marlin"}, **changes})


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales", "shared")
    succeed(MANY, acme, {"connections": [shared("A"), shared("B")]})
    acme.reset_log()
    return acme


def apart(tenant: Tenant) -> None:
    """A has its password, B and the shared credentials have theirs."""
    first, second = tenant.connection("A", "Sales"), tenant.connection("B", "Sales")
    assert tenant.secrets_of(first.id) == {"password": "marlin"}
    assert tenant.secrets_of(second.id) == {"password": "swordfish"}
    assert not first.separate_credentials
    held = {row.name: row.username for row in tenant.credentials.values() if row.id == second.credentials_id}
    assert held == {"svc": "u"}
    assert first.credentials_id != second.credentials_id


@pytest.mark.exhaustive
@pytest.mark.parametrize("shown", ["always", "single", "never"])
@pytest.mark.parametrize("changes", [{}, {"properties": NEW_HOST}, {"fingerprint_key": None, "secrets_version": "2"}])
@pytest.mark.parametrize("cut_off", [None, 0, 1, 2])
def test_others_keep_what_is_in_the_credentials(
    tenant: Tenant, cut_off: int | None, changes: dict[str, Any], shown: str
) -> None:
    tenant.set_behaviours(credentials_id_shown=shown)
    declared = {"connections": [own(**changes), shared("B")]}
    if cut_off is not None:
        writes = {"method": "POST|PATCH|DELETE"}
        tenant.set_faults([{"kind": "lost_answer", "match": writes, "after": cut_off, "times": None}])
        run(MANY, tenant, declared)
        tenant.set_faults([])
    succeed(MANY, tenant, declared)
    apart(tenant)
    assert not succeed(MANY, tenant, declared)["changed"]
    rotated = {"connections": [own(**changes), shared("B", secrets={"password": "herring"})]}
    succeed(MANY, tenant, rotated)
    assert tenant.secrets_of(tenant.connection("A", "Sales").id) == {"password": "marlin"}
    assert tenant.secrets_of(tenant.connection("B", "Sales").id) == {"password": "herring"}


def test_check_mode_foresees_it(tenant: Tenant) -> None:
    foreseen = succeed(ONE, tenant, own(), check=True)
    done = succeed(ONE, tenant, own())
    assert done["changes"] == foreseen["changes"]
    assert foreseen["connection"]["credentials_id"] == ""
    assert done["connection"]["separate_credentials"] is foreseen["connection"]["separate_credentials"] is False
    apart(tenant)


def test_nothing_is_sent_where_they_cannot_be_given_up(tenant: Tenant) -> None:
    tenant.set_faults([{"kind": "status", "status": 400, "match": {"method": "PATCH"}, "times": 1}])
    message = fail(ONE, tenant, own())
    assert "doesn't let a connection give up its separate credentials" in message
    assert "marlin" not in str([entry.body for entry in tenant.writes()])
    assert [row.secrets for row in tenant.credentials.values()] == [{"password": "swordfish"}]
