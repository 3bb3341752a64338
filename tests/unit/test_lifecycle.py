"""Owners, replacement and prune: what Qlik can't do in place is done in an order in which nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

KEY = "a fingerprint key of some length"
POSTGRES: dict[str, Any] = {
    "data_source": "postgres",
    "properties": {"host": "h", "db": "d", "username": "u"},
    "secrets": {"password": "swordfish"},
}
MSSQL: dict[str, Any] = {
    "data_source": "mssql",
    "properties": {"host": "h", "database": "d", "username": "u"},
    "secrets": {"password": "marlin"},
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales", "shared")
    acme.add_space("Finance", "shared")
    return acme


def declared(**changes: Any) -> dict[str, Any]:
    return {"name": "Orders", "space": "Sales", **POSTGRES, "fingerprint_key": KEY, **changes}


def single(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    tenant.reset_log()
    return succeed("qlik_data_connection", tenant, declared(**changes))


def test_another_source_is_refused_unless_replacing_is_allowed(tenant: Tenant) -> None:
    single(tenant)
    tenant.reset_log()
    message = fail("qlik_data_connection", tenant, declared(**MSSQL))
    assert "is a connection of data source 'postgres'" in message
    assert "replace to when_required" in message
    assert tenant.writes() == []


def test_a_replacement_is_created_then_the_old_one_goes_then_the_name_is_handed_over(tenant: Tenant) -> None:
    old = single(tenant, tags=["keep"])["connection"]["id"]
    foreseen = succeed("qlik_data_connection", tenant, declared(**MSSQL, replace="when_required"), check=True)
    result = single(tenant, **MSSQL, replace="when_required")
    assert result["action"] == foreseen["action"] == "replace"
    assert result["changes"] == foreseen["changes"]
    assert [entry.method for entry in tenant.writes()] == ["POST", "DELETE", "PATCH"]
    assert any("its id changes" in warning for warning in result["warnings"])
    (connection,) = tenant.connections.values()
    assert (connection.name, connection.data_source) == ("Orders", "mssql")
    assert connection.id != old
    assert result["connection"]["id"] == connection.id
    assert result["connection"]["tags"] == ["keep"]
    assert tenant.secrets_of(connection.id)["password"] == "marlin"
    assert not single(tenant, **MSSQL, replace="when_required")["changed"]


@pytest.mark.parametrize("shape", ["types", "guide"])
@pytest.mark.parametrize("cut", ["", "PATCH"])
@pytest.mark.parametrize("module", ["qlik_data_connection", "qlik_data_connections"])
def test_a_replacement_keeps_all_tags_whatever_the_answer_to_the_creation_shows(
    tenant: Tenant, shape: str, cut: str, module: str
) -> None:
    tenant.set_behaviours(create_answer=shape)
    single(tenant, tags=["keep"])
    wanted = {"replace": "when_required", "fingerprint_key": KEY}
    definition = {"name": "Orders", "space": "Sales", **MSSQL, "tags": ["more"]}
    options = {**definition, **wanted} if module == "qlik_data_connection" else {"connections": [definition], **wanted}
    if cut:
        tenant.set_faults([{"kind": "reset", "match": {"method": cut}, "times": None}])
        run(module, tenant, options)
        tenant.set_faults([])
    succeed(module, tenant, options)
    (connection,) = tenant.connections.values()
    starts = ["DcaasAPI:", "keep", "more", "qlikops.cloud:managed", "qlikops.cloud:secrets:hmac:"]
    starts += ["qlikops.cloud:sent:", "qlikops.cloud:user:"]
    held = sorted(connection.tags)
    assert len(held) == len(starts)
    assert all(tag.startswith(start) for tag, start in zip(held, starts, strict=True)), held
    tenant.reset_log()
    assert not succeed(module, tenant, options)["changed"]
    assert tenant.writes() == []


@pytest.mark.parametrize("shape", ["types", "guide"])
@pytest.mark.parametrize("content", [POSTGRES, {"data_source": "rest", "properties": {"url": "https://x.example"}}])
def test_what_was_created_is_returned_whole_whatever_the_answer_shows(
    tenant: Tenant, shape: str, content: dict[str, Any]
) -> None:
    tenant.set_behaviours(create_answer=shape)
    definition = {"name": "New", "space": "Sales", "tags": ["t"], **content}
    made = succeed("qlik_data_connection", tenant, definition)["connection"]
    again = succeed("qlik_data_connection", tenant, definition)["connection"]
    assert made["tags"] == ["t"]
    assert made["managed"] is True
    assert made["data_source"] == content["data_source"]
    volatile = {"properties", "privileges", "qri"}  # a list shows fewer properties, and no qri
    assert {name: made[name] for name in set(made) - volatile} == {name: again[name] for name in set(again) - volatile}


def test_a_replacement_without_secrets_is_refused(tenant: Tenant) -> None:
    single(tenant)
    message = fail("qlik_data_connection", tenant, declared(**{**MSSQL, "secrets": None}, replace="when_required"))
    assert "declares no secrets" in message


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "moved", [{}, {"name": "New", "space": "Finance", "previous_name": "Orders", "previous_space": "Sales"}]
)
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
def test_a_run_cut_off_at_any_request_is_finished_by_the_next(tenant: Tenant, kind: str, moved: dict[str, Any]) -> None:
    wanted = declared(**{**MSSQL, **moved}, replace="when_required")
    survived = False
    for cut in range(40):
        tenant.set_faults([])
        for connection_id in list(tenant.connections):
            tenant.remove_connection(connection_id)
        single(tenant)
        tenant.set_faults(
            [
                {"kind": kind, "after": cut, "times": 1},
                {"kind": "reset", "after": cut if kind == "reset" else cut + 1, "times": None},
            ]
        )
        result = run("qlik_data_connection", tenant, wanted)
        assert len(tenant.connections) in (1, 2)
        tenant.set_faults([])
        survived = not result.get("failed")
        succeed("qlik_data_connection", tenant, wanted)
        (connection,) = tenant.connections.values()
        assert (connection.name, connection.data_source) == (wanted["name"], "mssql")
        assert tenant.secrets_of(connection.id)["password"] == "marlin"
        assert not succeed("qlik_data_connection", tenant, wanted)["changed"]
        if survived:
            break
    assert survived
    assert cut > 5


def test_what_an_interrupted_replacement_left_goes_when_the_definition_goes_back(tenant: Tenant) -> None:
    single(tenant)
    tenant.set_faults([{"kind": "reset", "match": {"method": "DELETE"}, "times": None}])
    run("qlik_data_connection", tenant, declared(**MSSQL, replace="when_required"))
    tenant.set_faults([])
    assert len(tenant.connections) == 2
    result = single(tenant)
    assert result["changes"] == ["remove 'Orders (becoming mssql)', which an interrupted replacement left"]
    assert [connection.name for connection in tenant.connections.values()] == ["Orders"]
    assert not single(tenant)["changed"]


def test_absent_removes_what_an_interrupted_replacement_left(tenant: Tenant) -> None:
    single(tenant)
    tenant.set_faults([{"kind": "reset", "match": {"method": "DELETE"}, "times": None}])
    run("qlik_data_connection", tenant, declared(**MSSQL, replace="when_required"))
    tenant.set_faults([])
    succeed("qlik_data_connection", tenant, declared(state="absent"))
    assert tenant.connections == {}


def test_bulk_replaces_and_counts_it(tenant: Tenant) -> None:
    single(tenant)
    options = {
        "connections": [{"name": "Orders", "space": "Sales", **MSSQL}],
        "fingerprint_key": KEY,
        "replace": "when_required",
    }
    assert succeed("qlik_data_connections", tenant, options)["summary"]["replaced"] == 1
    assert not succeed("qlik_data_connections", tenant, options)["changed"]


def test_an_owner_is_given_by_e_mail_or_id_in_one_batch_and_the_loss_of_credentials_foretold(tenant: Tenant) -> None:
    analyst = tenant.user("analyst")
    connections = [
        {"name": f"c{number}", "space": "Sales", **POSTGRES, "owner": "analyst@acme.example"} for number in range(3)
    ]
    options = {"connections": connections, "fingerprint_key": KEY}
    foreseen = succeed("qlik_data_connections", tenant, options, check=True)
    assert any("Qlik doesn't hand the credentials on" in warning for warning in foreseen["warnings"])
    tenant.reset_log()
    result = succeed("qlik_data_connections", tenant, options)
    assert result["warnings"] == foreseen["warnings"]
    assert requests_of(tenant).count("POST v1/data-connections/actions/update") == 1
    assert {connection.owner for connection in tenant.connections.values()} == {analyst.id}
    assert not succeed("qlik_data_connections", tenant, options)["changed"]
    by_id = {**options, "connections": [{**connection, "owner": analyst.id} for connection in connections]}
    assert not succeed("qlik_data_connections", tenant, by_id)["changed"]


def test_taking_a_connection_over_sends_its_secrets_again(tenant: Tenant) -> None:
    tenant.add_connection(
        "Orders", "postgres", POSTGRES["properties"], space="Sales", owner="analyst", secrets={"password": "old"}
    )
    result = single(tenant, owner="admin@acme.example")
    assert result["action"] == "update"
    assert any("doesn't hand them on to a new owner" in line for line in result["changes"])
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "swordfish"
    assert result["connection"]["owner_id"] == tenant.user("admin").id
    assert not single(tenant, owner="admin@acme.example")["changed"]


def test_credentials_lost_by_an_owner_change_are_known_to_be_lost(tenant: Tenant) -> None:
    single(tenant)
    single(tenant, owner="analyst@acme.example")
    connection = tenant.connection("Orders", "Sales")
    assert not any(":secrets:" in tag for tag in connection.tags)
    assert not single(tenant, owner="analyst@acme.example")["changed"]
    tenant.set_faults([{"kind": "reset", "match": {"method": "PATCH"}, "times": None}])
    assert run("qlik_data_connection", tenant, declared(owner="admin@acme.example"))["failed"]
    tenant.set_faults([])
    assert tenant.secrets_of(connection.id) == {}
    assert single(tenant, owner="admin@acme.example")["changed"]
    assert tenant.secrets_of(connection.id)["password"] == "swordfish"
    assert not single(tenant, owner="admin@acme.example")["changed"]


def test_a_finished_replacement_holds_the_secrets_that_are_declared_by_now(tenant: Tenant) -> None:
    single(tenant)
    tenant.set_faults([{"kind": "reset", "match": {"method": "DELETE"}, "times": None}])
    run("qlik_data_connection", tenant, declared(**MSSQL, replace="when_required"))
    tenant.set_faults([])
    newer = {**MSSQL, "secrets": {"password": "newer"}}
    assert single(tenant, **newer, replace="when_required")["changed"]
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "newer"
    assert not single(tenant, **newer)["changed"]


def test_another_users_connection_is_not_changed_and_the_reason_is_said(tenant: Tenant) -> None:
    tenant.add_connection(
        "Orders", "postgres", POSTGRES["properties"], space="Sales", owner="analyst", secrets={"password": "old"}
    )
    tenant.reset_log()
    message = fail("qlik_data_connection", tenant, declared())
    assert "lacks the privilege 'update'" in message
    assert tenant.writes() == []


def test_an_unknown_owner_is_named(tenant: Tenant) -> None:
    assert "no user of this tenant has the e-mail address nobody@acme.example" in fail(
        "qlik_data_connection", tenant, declared(owner="nobody@acme.example")
    )


def test_a_failing_owner_change_is_reported_per_connection(tenant: Tenant) -> None:
    tenant.set_faults([{"kind": "status", "status": 400, "match": {"path": "actions/update"}, "times": None}])
    message = fail("qlik_data_connection", tenant, declared(owner=tenant.user("analyst").id))
    assert "connection 'Orders': its owner can't be changed" in message


def test_a_connection_moves_to_the_personal_space_and_back(tenant: Tenant) -> None:
    single(tenant)
    connection = tenant.connection("Orders", "Sales")
    mine = {"space": None, "previous_space": "Sales"}
    assert single(tenant, **mine)["action"] == "move"
    assert tenant.connection("Orders").id == connection.id
    assert not single(tenant, **mine)["changed"]
    back = {"previous_space": ""}
    assert single(tenant, **back)["action"] == "move"
    assert tenant.connection("Orders", "Sales").id == connection.id
    assert not single(tenant, **back)["changed"]
    assert tenant.secrets_of(connection.id)["password"] == "swordfish"


def provisioned(tenant: Tenant, count: int, **more: Any) -> dict[str, Any]:
    connections = [{"name": f"c{number}", "space": "Sales", **POSTGRES} for number in range(count)]
    options = {"connections": connections, "fingerprint_key": KEY, **more}
    succeed("qlik_data_connections", tenant, options)
    return options


def test_prune_removes_what_is_managed_undeclared_and_in_the_named_spaces_only(tenant: Tenant) -> None:
    options = provisioned(tenant, 5)
    tenant.add_connection("by hand", "postgres", POSTGRES["properties"], space="Sales")
    succeed("qlik_data_connection", tenant, declared(space="Finance"))
    options = {**options, "connections": options["connections"][:2], "prune": True, "prune_spaces": ["Sales"]}
    foreseen = succeed("qlik_data_connections", tenant, options, check=True)
    assert foreseen["summary"]["deleted"] == 3
    tenant.reset_log()
    result = succeed("qlik_data_connections", tenant, options)
    assert result["plan_digest"] == foreseen["plan_digest"]
    assert [entry.path for entry in tenant.writes()] == ["/api/v1/data-connections/actions/delete"]
    assert sorted(connection.name for connection in tenant.connections.values()) == ["Orders", "by hand", "c0", "c1"]
    assert not succeed("qlik_data_connections", tenant, options)["changed"]


def test_prune_deletes_one_by_one_where_the_batch_is_not_allowed(tenant: Tenant) -> None:
    options = provisioned(tenant, 4)
    tenant.set_faults([{"kind": "status", "status": 403, "match": {"path": "actions/delete"}}])
    options = {**options, "connections": options["connections"][:1], "prune": True, "prune_spaces": ["Sales"]}
    assert succeed("qlik_data_connections", tenant, options)["summary"]["deleted"] == 3
    assert [connection.name for connection in tenant.connections.values()] == ["c0"]


def test_prune_stops_before_it_deletes_more_than_allowed(tenant: Tenant) -> None:
    options = provisioned(tenant, 5)
    tenant.reset_log()
    options = {
        **options,
        "connections": options["connections"][:1],
        "prune": True,
        "prune_spaces": ["Sales"],
        "max_deletions": 3,
    }
    message = fail("qlik_data_connections", tenant, options)
    assert "max_deletions allows 3" in message
    assert all(f"connection 'c{number}'" in message for number in range(1, 5))
    assert tenant.writes() == []


def test_prune_wants_its_spaces_named_and_known(tenant: Tenant) -> None:
    assert "prune needs prune_spaces" in fail("qlik_data_connections", tenant, {"prune": True})
    assert "Did you mean 'Sales'?" in fail("qlik_data_connections", tenant, {"prune": True, "prune_spaces": ["Salse"]})


def test_without_prune_nothing_undeclared_is_touched(tenant: Tenant) -> None:
    options = provisioned(tenant, 3)
    assert not succeed("qlik_data_connections", tenant, {**options, "connections": options["connections"][:1]})[
        "changed"
    ]
    assert len(tenant.connections) == 3


def test_a_gateway_can_be_given_by_its_name(tenant: Tenant) -> None:
    tenant.gateways = {
        "DG_postgres": [{"id": "g1::g1", "name": "Frankfurt", "default": True}, {"id": "g2::g2", "name": "Paris"}]
    }
    gateway = {"data_source": "DG_postgres", "properties": {**POSTGRES["properties"], "gatewayInstance": "Paris"}}
    single(tenant, **gateway)
    connection = tenant.connection("Orders", "Sales")
    assert tenant.properties_of(connection.id)["gatewayInstance"] == "g2::g2"
    assert not single(tenant, **gateway)["changed"]
    by_id = {**gateway, "properties": {**POSTGRES["properties"], "gatewayInstance": "g2::g2"}}
    assert not single(tenant, **by_id)["changed"]
    assert single(tenant, **{**gateway, "properties": {"gatewayInstance": "Frankfurt"}})["changed"]
    message = fail(
        "qlik_data_connection", tenant, declared(**{**gateway, "properties": {"gatewayInstance": "Franfurt"}})
    )
    assert "gatewayInstance 'Franfurt' is no gateway of its data source. Did you mean 'Frankfurt'?" in message


GBQ: dict[str, Any] = {"data_source": "gbq", "properties": {"OAuthMechanism": "1", "Catalog": "c"}, "secrets": None}


def test_the_url_for_signing_in_is_returned_and_nothing_changes(tenant: Tenant) -> None:
    result = single(tenant, **GBQ, auth_url_only=True)
    assert "/oauth/authorize" in result["auth_url"]
    assert not result["changed"]
    assert tenant.connections == {}
    foreseen = succeed("qlik_data_connection", tenant, declared(**GBQ, auth_url_only=True), check=True)
    assert foreseen["auth_url"] == ""
    assert foreseen["warnings"]


def test_bulk_gives_the_url_too_and_goes_on_with_the_others(tenant: Tenant) -> None:
    connections = [
        {"name": "Clicks", "space": "Sales", **GBQ, "auth_url_only": True},
        {"name": "Orders", "space": "Sales", **POSTGRES},
    ]
    result = succeed("qlik_data_connections", tenant, {"connections": connections, "fingerprint_key": KEY})
    assert [(item["name"], item["action"]) for item in result["results"]] == [("Orders", "create"), ("Clicks", "none")]
    assert "/oauth/authorize" in result["results"][1]["auth_url"]
    assert [connection.name for connection in tenant.connections.values()] == ["Orders"]
    connections[0] = {**connections[1], "name": "No", "auth_url_only": True}
    again = run("qlik_data_connections", tenant, {"connections": connections, "fingerprint_key": KEY})
    assert "data source 'postgres' has no interactive sign-in" in again["msg"]


def test_a_source_without_interactive_sign_in_is_not_asked(tenant: Tenant) -> None:
    tenant.reset_log()
    message = fail("qlik_data_connection", tenant, declared(auth_url_only=True))
    assert "data source 'postgres' has no interactive sign-in" in message
    assert tenant.writes() == []


@pytest.mark.parametrize("place", ["both", "header", "property"])
@pytest.mark.parametrize(
    "strict", [{}, {"unknown_properties": "reject", "member_names": "exact"}], ids=["lenient", "strict"]
)
def test_the_code_creates_wherever_the_tenant_looks_for_it(tenant: Tenant, place: str, strict: dict[str, Any]) -> None:
    tenant.set_behaviours(create_auth_code=place, **strict)
    assert single(tenant, **GBQ, auth_code="code=canary-code-1")["action"] == "create"
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["authCode"] == "canary-code-1"
    assert not single(tenant, **GBQ)["changed"]


def test_the_code_creates_and_later_updates_the_connection(tenant: Tenant) -> None:
    assert single(tenant, **GBQ, auth_code="canary-code-1")["action"] == "create"
    connection = tenant.connection("Orders", "Sales")
    assert tenant.secrets_of(connection.id)["authCode"] == "canary-code-1"
    assert not single(tenant, **GBQ)["changed"]
    result = single(tenant, **GBQ, auth_code="code=canary-code-2")
    assert result["changes"] == ["sign in: send the authorization code, which works once"]
    assert "canary" not in str(result)
    (patch,) = tenant.writes()
    assert patch.headers["qlik-auth-code"] == "code=canary-code-2"
    assert tenant.secrets_of(connection.id)["authCode"] == "canary-code-2"


def separated(**changes: Any) -> dict[str, Any]:
    return {"separate_credentials": True, "credentials": "svc", **changes}


def test_separate_credentials_are_created_with_a_connection_and_attached_to_the_next_by_name_or_id(
    tenant: Tenant,
) -> None:
    single(tenant, **separated())
    first = tenant.connection("Orders", "Sales")
    assert first.separate_credentials
    assert tenant.secrets_of(first.id)["password"] == "swordfish"
    assert not single(tenant, **separated())["changed"]
    for name, reference in (("Second", "svc"), ("Third", first.credentials_id)):
        attached = {"name": name, "secrets": None, "credentials": reference}
        single(tenant, **attached)
        assert tenant.connection(name, "Sales").credentials_id == first.credentials_id
        assert not single(tenant, **attached)["changed"]


def test_a_body_with_qliks_own_words_for_separate_credentials_works(tenant: Tenant) -> None:
    single(tenant, **separated())
    held = tenant.connection("Orders", "Sales").credentials_id
    pasted = {**POSTGRES["properties"], "separateCredentials": "true", "selectedCredentials": held}
    single(tenant, name="Second", secrets=None, properties=pasted)
    assert tenant.connection("Second", "Sales").credentials_id == held
    assert not single(tenant, name="Second", secrets=None, properties=pasted)["changed"]


def test_existing_credentials_are_attached_at_creation(tenant: Tenant) -> None:
    """With a memory they take the declared secrets, without one they stay as they are."""
    first = single(tenant, **separated())["connection"]["credentials_id"]
    second = single(tenant, name="Second", **separated())
    assert second["connection"]["credentials_id"] == first
    assert tenant.credentials[first].secrets == {"password": "swordfish"}
    unknown = single(tenant, name="Third", **separated(), secrets={"password": "another"}, fingerprint_key=None)
    assert unknown["connection"]["credentials_id"] == first
    assert tenant.credentials[first].secrets == {"password": "swordfish"}
    assert any("attached as they are" in warning for warning in unknown["warnings"])


def test_unknown_credentials_are_named(tenant: Tenant) -> None:
    assert "there are no credentials 'nope'" in fail(
        "qlik_data_connection", tenant, declared(credentials="nope", secrets=None)
    )


def test_from_embedded_to_separate_and_back(tenant: Tenant) -> None:
    single(tenant)
    result = single(tenant, **separated())
    assert "separate credentials: false -> true" in result["changes"]
    assert tenant.connection("Orders", "Sales").separate_credentials
    assert not single(tenant, **separated())["changed"]
    result = single(tenant, separate_credentials=False)
    assert any("take the place of separate credentials" in line for line in result["changes"])
    assert not tenant.connection("Orders", "Sales").separate_credentials
    assert not single(tenant, separate_credentials=False)["changed"]
    assert tenant.secrets_of(tenant.connection("Orders", "Sales").id)["password"] == "swordfish"


@pytest.mark.parametrize("named", [{}, {"credentials": "svc"}])
def test_a_changed_host_attaches_the_credentials_again(tenant: Tenant, named: dict[str, Any]) -> None:
    single(tenant, **separated())
    held = tenant.connection("Orders", "Sales").credentials_id
    moved = {"properties": {**POSTGRES["properties"], "host": "new"}, "secrets": None, **named}
    result = single(tenant, **moved)
    assert any("other users have to choose theirs anew" in warning for warning in result["warnings"])
    assert tenant.connection("Orders", "Sales").credentials_id == held
    assert not single(tenant, **moved)["changed"]


def test_credentials_that_a_cut_off_run_left_detached_are_attached_by_the_next(tenant: Tenant) -> None:
    single(tenant, **separated())
    held = tenant.connection("Orders", "Sales").credentials_id
    moved = declared(properties={**POSTGRES["properties"], "host": "new"}, secrets=None)
    tenant.set_faults([{"kind": "reset", "match": {"method": "PATCH"}, "after": 1, "times": None}])
    assert run("qlik_data_connection", tenant, moved)["failed"]
    tenant.set_faults([])
    assert tenant.connection("Orders", "Sales").credentials_id is None
    assert succeed("qlik_data_connection", tenant, moved)["changed"]
    connection = tenant.connection("Orders", "Sales")
    assert connection.credentials_id == held
    assert not any("reattach" in tag for tag in connection.tags)
    assert not succeed("qlik_data_connection", tenant, moved)["changed"]


def test_a_replacement_keeps_separate_credentials(tenant: Tenant) -> None:
    single(tenant, **separated())
    held = tenant.connection("Orders", "Sales").credentials_id
    single(tenant, **{**MSSQL, "secrets": None}, replace="when_required")
    connection = tenant.connection("Orders", "Sales")
    assert (connection.data_source, connection.credentials_id, connection.separate_credentials) == ("mssql", held, True)
    assert not single(tenant, **{**MSSQL, "secrets": None})["changed"]
