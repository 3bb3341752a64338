"""What a person reads when something is wrong: where, what, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

ONE, MANY, INFO, SPACE = "qlik_data_connection", "qlik_data_connections", "qlik_data_connection_info", "qlik_space"
CONTENT: dict[str, Any] = {"data_source": "postgres", "properties": {"host": "h"}, "secrets": {"password": "swordfish"}}
KEY = {"fingerprint_key": "a fingerprint key of some length"}


def one(**changes: Any) -> dict[str, Any]:
    return {"name": "Orders", "space": "Sales", **CONTENT, **KEY, **changes}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def test_a_definition_without_a_name_is_called_by_its_place(tenant: Tenant) -> None:
    nameless = {"space": "Sales", **CONTENT}
    said = fail(MANY, tenant, {"connections": [one(), nameless]})
    assert "space 'Sales': connections, item 2: it needs a name, or the id of an existing connection." in said
    assert "space 'Sales': the connection: it needs a name, or the id of an existing connection." in fail(
        ONE, tenant, nameless
    )


@pytest.mark.parametrize("given", ["Orders", "1234", "8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e1", "{{ id }}"])
def test_an_id_that_is_none_is_told_before_qlik_is_asked(tenant: Tenant, given: str) -> None:
    said = f"id is '{given}', and the id of a connection is a UUID, such as 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11"
    tenant.reset_log()
    for state in ("present", "absent"):
        assert said in fail(ONE, tenant, {"id": given, "state": state})
        assert said in fail(MANY, tenant, {"connections": [{"id": given, "state": state}]})
    assert said in fail(INFO, tenant, {"id": given})
    assert not [entry for entry in tenant.log if "data-connections/" in entry.path]


@pytest.mark.parametrize("module", ["qlik_data_credential", "qlik_data_credential_info"])
def test_an_id_of_a_credential_that_is_none_is_told_too(tenant: Tenant, module: str) -> None:
    tenant.reset_log()
    assert "credential svc: id is 'svc', and the id of a credential is a UUID" in fail(module, tenant, {"id": "svc"})
    assert not tenant.log


def test_ids_are_taken_in_capitals_too(tenant: Tenant) -> None:
    made = tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Sales")
    assert [shown["name"] for shown in succeed(INFO, tenant, {"id": made.id.upper()})["connections"]] == ["Orders"]


def test_an_unknown_source_without_a_near_one_lists_a_dozen(tenant: Tenant) -> None:
    said = fail(ONE, tenant, one(data_source="xyzzy-quux"))
    assert "data source 'xyzzy-quux' is not known to this tenant. This tenant has: " in said
    listed = said.partition("This tenant has: ")[2]
    assert listed.count(",") == 12
    assert " more. qlik_data_source_info lists all." in listed
    assert "Did you mean 'postgres'" in fail(ONE, tenant, one(data_source="postgre"))


def test_an_unknown_space_among_many_lists_a_dozen(tenant: Tenant) -> None:
    for number in range(40):
        tenant.add_space(f"Team {number}")
    said = fail(ONE, tenant, one(space="xyzzy-quux"))
    assert said.partition("It sees: ")[2].count(",") == 12
    assert "and 29 more." in said


def test_the_ownership_error_names_the_option(tenant: Tenant) -> None:
    assert "connection 'Orders': owner: no user of this tenant has the id '0123'" in fail(
        ONE, tenant, one(owner="0123")
    )
    assert "space 'Sales': owner: no user of this tenant has the e-mail address no@body.example" in fail(
        SPACE, tenant, {"name": "Sales", "owner": "no@body.example"}
    )


def test_a_previous_name_beside_the_new_one_is_warned_of(tenant: Tenant) -> None:
    tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Sales")
    tenant.add_connection("Old orders", "postgres", {"host": "h"}, space="Sales")
    definition = {"name": "Orders", "space": "Sales", "data_source": "postgres", "previous_name": "Old orders"}
    said = (
        "space 'Sales': connection 'Orders': a connection with its previous name, 'Old orders', is there as well. It is"
        " left alone: remove"
        " it, or declare it, or leave previous_name out."
    )
    for _run in range(2):
        assert said in succeed(ONE, tenant, definition)["warnings"]
        assert said in succeed(MANY, tenant, {"connections": [definition]})["warnings"]
    declared = {"connections": [definition, {"name": "Old orders", "space": "Sales", "data_source": "postgres"}]}
    assert said not in succeed(MANY, tenant, declared).get("warnings", [])
    tenant.add_space("Before")
    tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Before")
    moved = {"name": "Orders", "space": "Sales", "data_source": "postgres", "previous_space": "Before"}
    said = "space 'Sales': connection 'Orders': a connection in its previous space, 'Before', is there as well."
    assert any(said in warning for warning in succeed(ONE, tenant, moved)["warnings"])


def test_a_misspelt_previous_space_is_warned_of_where_nothing_is_moved(tenant: Tenant) -> None:
    tenant.add_space("Before")
    tenant.add_connection("Orders", "postgres", {"host": "h"}, space="Before")
    definition = one(previous_space="Befor", secrets={"password": "canary-1"}, update_secrets="on_create")
    hint = (
        "space 'Sales': connection 'Orders': its previous space 'Befor' isn't there, so a new connection is created"
        " and none is moved. Did you mean 'Before'?"
    )
    elsewhere = definition | {"name": "New", "previous_space": "Gone long ago"}
    warnings = succeed(MANY, tenant, {"connections": [definition, elsewhere]}, check=True)["warnings"]
    assert [warning for warning in warnings if "isn't there" in warning] == [hint]
    assert hint in succeed(ONE, tenant, definition)["warnings"]
    assert hint not in succeed(ONE, tenant, definition).get("warnings", [])


@pytest.mark.parametrize("kind", ["managed", "data"])
def test_a_space_without_a_declared_type_keeps_its_own(tenant: Tenant, kind: str) -> None:
    succeed(SPACE, tenant, {"name": "Landing", "type": kind})
    assert not succeed(SPACE, tenant, {"name": "Landing"})["changed"]
    result = succeed(MANY, tenant, {"spaces": [{"name": "Landing", "description": "d"}]})
    assert result["spaces"][0]["action"] == "update"
    assert tenant.space("Landing").type == kind
    assert f"it is a {kind} space, and Qlik can't turn it into a shared space" in fail(
        SPACE, tenant, {"name": "Landing", "type": "shared"}
    )
    assert succeed(SPACE, tenant, {"name": "New"})["space"]["type"] == "shared"
    assert succeed(SPACE, tenant, {"name": "Newer"}, check=True)["space"]["type"] == "shared"


def test_the_personal_space_of_a_bot_is_warned_of_only_where_it_is_meant(tenant: Tenant) -> None:
    sign_in = {"access_token": None, "client_id": "client-acme", "client_secret": "secret-acme"}

    def warnings(**options: Any) -> str:
        return " ".join(succeed(MANY, tenant, {**sign_in, **options}).get("warnings", []))

    said = "A definition names no space, and the caller is an OAuth client"
    owner = tenant.add_user("Jo", "jo@example.com").email
    assert said not in warnings(connections=[one(owner=owner)])
    assert said not in warnings(connections=[one(name="Mine")])
    assert said in warnings(connections=[one(space=None), one(name="Mine")])


def test_a_name_that_is_none_is_told_in_words(tenant: Tenant) -> None:
    said = fail(ONE, tenant, {**one(), "tenant_url": "https://tenant.invalid", "max_wait": 0})
    assert (
        said == "tenant.invalid can't be reached: the name tenant.invalid can't be resolved. Check tenant_url and the"
        " network."
    )


@pytest.mark.parametrize("port", ["99999", "abc", "-1", "0x50"])
def test_a_redirect_to_an_odd_port_is_no_defect(tenant: Tenant, port: str) -> None:
    tenant.set_faults([{"kind": "redirect", "location": f"{tenant.url.rpartition(':')[0]}:{port}/api/v1/spaces"}])
    assert "redirects at what is no address" in fail(ONE, tenant, one(), check=True)


@pytest.mark.parametrize("max_wait", [0, 900])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.usefixtures("short_pauses")
def test_a_creation_that_is_redirected_says_so(tenant: Tenant, status: int, max_wait: int) -> None:
    match = {"method": "POST", "path": "data-connections"}
    tenant.set_faults(
        [{"kind": "redirect", "status": status, "location": "https://elsewhere.example", "match": match, "times": None}]
    )
    said = fail(ONE, tenant, one(max_wait=max_wait))
    assert (
        "POST /api/v1/data-connections was redirected to https://elsewhere.example; a write is never sent elsewhere"
        in said
    )
    assert "tenant_url" in said


def test_a_folder_of_tokens_that_others_may_read_is_told_once(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o750)
    monkeypatch.setenv("QLIK_TOKEN_CACHE", str(folder))
    sign_in = {"access_token": None, "client_id": "client-acme", "client_secret": "secret-acme"}
    warnings = succeed(MANY, tenant, {**sign_in, "connections": [one()]})["warnings"]
    assert [warning for warning in warnings if str(folder) in warning] == [
        f"No access token is kept in {folder}, since others than you may use that folder, so that each task signs in"
        " anew: chmod 700"
        f" {folder}"
    ]
    folder.chmod(0o700)
    assert str(folder) not in str(run(MANY, tenant, {**sign_in, "connections": [one()]}))


@pytest.mark.parametrize(
    ("option", "number", "least"),
    [
        ("parallel", -1, 1),
        ("parallel", 0, 1),
        ("timeout", -3, 1),
        ("timeout", 0, 1),
        ("max_wait", -1, 0),
        ("max_deletions", -1, 0),
    ],
)
def test_a_number_that_means_nothing_is_refused_before_anything_is_asked(
    tenant: Tenant, option: str, number: int, least: int
) -> None:
    tenant.reset_log()
    said = fail(MANY, tenant, {"connections": [one()], option: number})
    assert said == f"{option} must be {least} or more, but is {number}."
    assert not tenant.log
    succeed(MANY, tenant, {"connections": [one()], option: least or None})


@pytest.mark.parametrize("option", ["test_timeout", "per_reload"])
def test_a_number_of_trials_that_means_nothing_is_refused_too(tenant: Tenant, option: str) -> None:
    said = fail("qlik_data_connection_test", tenant, {option: 0, "timeout": -1})
    assert said == f"timeout must be 1 or more, but is -1.\n{option} must be 1 or more, but is 0."


def test_an_error_of_a_request_names_the_tenant_once(tenant: Tenant) -> None:
    made = succeed(ONE, tenant, one(name="Books"))["connection"]
    tenant.add_fault("status", status=403, times=None, match={"method": "POST|PATCH|PUT|DELETE"})
    said = fail(MANY, tenant, {"connections": [one()], "spaces": [{"name": "New"}]}).splitlines()
    tenants = tenant.url.removeprefix("http://")
    assert said[0] == f"{tenants}: 2 of 2 changes failed:"
    assert said[1].startswith(f"- {tenants}: space 'New': POST /api/v1/spaces was answered with 403")
    assert said[2].startswith(f"- {tenants}: space 'Sales': connection 'Orders': POST /api/v1/data-connections was ")
    for module, options in (
        (ONE, one()),
        (SPACE, {"name": "Sales", "state": "absent"}),
        ("qlik_data_source", {"data_source": "postgres", "enabled": False}),
        ("qlik_data_credential", {"id": made["credentials_id"], "username": "u", "password": "p", "rotate": True}),
    ):
        assert fail(module, tenant, options).count(tenants) == 1


def test_a_credential_without_a_name_is_told_as_such(tenant: Tenant) -> None:
    assert ": credential without a name: it is known by its name or by its id" in fail(
        "qlik_data_credential", tenant, {}
    )


def test_what_is_declared_twice_is_told_once(tenant: Tenant) -> None:
    said = fail(MANY, tenant, {"connections": [one(), one(), one(name="Books")]})
    assert said.count("connection 'Orders': it is declared more than once.") == 1
    assert "since 2 of 3 declared things can't be" in said
