"""Trying connections writes to a tenant: without its approval that isn't done either."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed
from tests.unit.test_plan_digest import KEY, planned

pytestmark = pytest.mark.usefixtures("short_pauses")
BULK = "qlik_data_connections"
MARK = "qlikops.cloud:not-working"
OTHER = f"v2:{'0' * 64}"


def declared(**more: Any) -> dict[str, Any]:
    orders = {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "db.example.com", "db": "orders", "username": "qlik"},
        "secrets": {"password": "first-password"},
    }
    return {"fingerprint_key": KEY, "connections": [orders], "when_plan_differs": "skip", **more}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    """A tenant that is as declared, and whose connection doesn't connect."""
    acme.add_space("Sales")
    succeed(BULK, acme, declared())
    acme.set_end("refused", "Orders", space="Sales")
    acme.reset_log()
    return acme


@pytest.mark.parametrize("check", [True, False])
def test_nothing_is_tried_where_nobody_approved_anything(tenant: Tenant, check: bool) -> None:
    result = succeed(BULK, tenant, declared(verify="all", approved_plan="none"), check=check)
    assert result["skipped"]
    assert "its connections were not tried" in result["msg"]
    assert "no plan was approved" in result["msg"]
    assert tenant.writes() == []
    options = declared(verify="all", approved_plan="none", when_plan_differs="fail")
    assert "no plan was approved" in fail(BULK, tenant, options)
    assert tenant.writes() == []


@pytest.mark.parametrize("other", [True, False])
def test_what_is_as_declared_is_tried_if_the_approval_names_the_tenant(tenant: Tenant, other: bool) -> None:
    """With another digest it is where the approved plan was carried out."""
    approved = OTHER if other else planned(tenant, declared(verify="all"))
    assert "doesn't connect" in fail(BULK, tenant, declared(verify="all", approved_plan=approved))
    assert MARK in tenant.connection("Orders", "Sales").tags


@pytest.mark.parametrize("verify", ["never", "changed"])
def test_where_nothing_is_to_be_tried_a_stopped_rollout_goes_on(tenant: Tenant, verify: str) -> None:
    result = succeed(BULK, tenant, declared(verify=verify, approved_plan=OTHER))
    assert not result.get("skipped")
    assert tenant.writes() == []


def test_a_rollout_stops_again_where_a_trial_failed(tenant: Tenant) -> None:
    options = declared(verify="changed")
    options["connections"][0]["properties"]["db"] = "other"
    approved = planned(tenant, options)
    for _run in range(2):
        assert "doesn't connect" in fail(BULK, tenant, {**options, "approved_plan": approved})
    tenant.reset_log()
    # It is nothing of a rollout that this tenant isn't part of.
    assert run(BULK, tenant, {**options, "approved_plan": "none"})["skipped"]
    assert tenant.writes() == []
    tenant.set_end("works", "Orders", space="Sales")
    succeed(BULK, tenant, {**options, "approved_plan": approved})
    assert MARK not in tenant.connection("Orders", "Sales").tags


def test_a_rotation_that_was_refused_is_refused_again(acme: Tenant) -> None:
    acme.add_space("Sales")
    before, after = declared(), declared(secrets_only=True, put_back=True)
    succeed(BULK, acme, before)
    after["connections"][0].update(
        secrets={"password": "second-password"}, secrets_previous={"password": "first-password"}
    )
    acme.set_end("refused", "Orders", space="Sales")
    approved = planned(acme, after)
    fail(BULK, acme, {**after, "approved_plan": approved})
    assert "not sent" in fail(BULK, acme, {**after, "approved_plan": approved})
