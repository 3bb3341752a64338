"""A secret goes where the definition says, or nowhere; and what was sent is known to be gone when it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
KEY = "a fingerprint key of some length"
CONTENTS: dict[str, dict[str, Any]] = {
    "postgres": {
        "properties": {"host": "db.example.com", "port": 5432, "username": "u"},
        "secrets": {"password": "canary-one"},
    },
    "snowflake": {
        "properties": {"server": "x.snowflake.example", "username": "u"},
        "secrets": {"password": "canary-one"},
    },
    "rest": {
        "properties": {"url": "https://api.example/v1?a=b", "authSchema": "basic"},
        "secrets": {"password": "canary-one"},
    },
}
MOVES = [
    ("postgres", {"host": "hand.example.com"}),
    ("postgres", {"port": "6666"}),
    ("snowflake", {"server": "hand.example.com"}),
    ("rest", {"url": "https://hand.example.com/v1?a=b"}),
    ("rest", {"url": "https://api.example/v1?a=other"}),
]


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def options(source: str = "postgres", **changes: Any) -> dict[str, Any]:
    definition = {"name": "Orders", "space": "Sales", "data_source": source, **CONTENTS[source], **changes}
    return {"connections": [definition], "fingerprint_key": KEY}


def sent(tenant: Tenant) -> list[Any]:
    """The bodies of all writes that carry a secret."""
    return [entry.body for entry in tenant.writes() if "canary" in str(entry.body)]


def held(tenant: Tenant) -> Any:
    return tenant.connection("Orders", "Sales")


@pytest.mark.parametrize("secret", ["canary-one", "canary-two"])
@pytest.mark.parametrize(("source", "by_hand"), MOVES)
def test_rotation_sends_nothing_to_another_address_than_the_declared_one(
    tenant: Tenant, source: str, by_hand: dict[str, str], secret: str
) -> None:
    succeed("qlik_data_connections", tenant, options(source))
    tenant.edit_connection(held(tenant).id, properties=by_hand)
    tenant.reset_log()
    rotation = {**options(source, secrets={"password": secret}), "secrets_only": True}
    for check in (True, False):
        said = fail("qlik_data_connections", tenant, rotation, check=check)
        assert f"its {next(iter(by_hand))} is " in said
        assert "no secrets are sent there" in said
    assert tenant.writes() == []
    succeed("qlik_data_connections", tenant, options(source, secrets={"password": secret}))
    tenant.reset_log()
    done = succeed("qlik_data_connections", tenant, rotation)
    assert len(sent(tenant)) == 1
    assert "because this run is to send them" in done["results"][0]["changes"][0]


def test_rotation_sends_nothing_to_another_statements_host(tenant: Tenant) -> None:
    statement = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=db.example.com;"'
    definition = {
        "name": "Orders", "space": "Sales", "data_source": "mssql", "connect_statement": statement,
        "secrets": {"qUsername": "canary-user", "qPassword": "canary-one"},
    }  # fmt: skip
    succeed("qlik_data_connections", tenant, {"connections": [definition], "fingerprint_key": KEY})
    tenant.edit_connection(held(tenant).id, properties={"host": "hand.example.com"})
    tenant.reset_log()
    said = fail(
        "qlik_data_connections", tenant, {"connections": [definition], "fingerprint_key": KEY, "secrets_only": True}
    )
    assert "hand.example.com" in said
    assert tenant.writes() == []


def test_rotation_sends_nothing_to_another_source(tenant: Tenant) -> None:
    succeed("qlik_data_connections", tenant, options())
    tenant.remove_connection(held(tenant).id)
    tags = ["qlikops.cloud:managed"]
    tenant.add_connection("Orders", "mysql", {"host": "db.example.com", "port": "5432"}, space="Sales", tags=tags)
    tenant.reset_log()
    said = fail("qlik_data_connections", tenant, {**options(), "secrets_only": True})
    assert "it is a connection of data source 'mysql', and 'postgres' is declared" in said
    assert tenant.writes() == []


@pytest.mark.parametrize("source", CONTENTS)
@pytest.mark.parametrize("policy", ["on_change", "always"])
def test_without_a_declared_address_secrets_go_only_where_they_went_before(
    tenant: Tenant, source: str, policy: str
) -> None:
    address = next(name for name in CONTENTS[source]["properties"] if name in ("host", "server", "url"))
    bare = {name: value for name, value in CONTENTS[source]["properties"].items() if name not in (address, "port")}
    succeed("qlik_data_connections", tenant, options(source))
    new = options(source, properties=bare, secrets={"password": "canary-two"}, update_secrets=policy)
    succeed("qlik_data_connections", tenant, new)
    assert tenant.secrets_of(held(tenant).id)["password"] == "canary-two"
    elsewhere = "https://hand.example.com/" if address == "url" else "hand.example.com"
    tenant.edit_connection(held(tenant).id, properties={address: elsewhere})
    tenant.reset_log()
    newer = options(source, properties=bare, secrets={"password": "canary-three"}, update_secrets=policy)
    for more in ({}, {"secrets_only": True}):
        said = fail("qlik_data_connections", tenant, {**newer, **more})
        assert elsewhere in said
        assert f"Declare {address}" in said
    assert tenant.writes() == []


def test_without_a_declared_address_a_connection_is_created_and_one_of_somebody_else_gets_nothing(
    tenant: Tenant,
) -> None:
    bare = options(properties={"username": "u"})
    tenant.add_connection(
        "Orders", "postgres", {"host": "hand.example.com"}, space="Sales", secrets={"password": "by hand"}
    )
    tenant.reset_log()
    assert "hand.example.com" in fail("qlik_data_connections", tenant, bare)
    assert tenant.writes() == []
    tenant.remove_connection(held(tenant).id)
    succeed("qlik_data_connections", tenant, bare)
    assert not succeed("qlik_data_connections", tenant, bare)["changed"]


def of_first_version(tenant: Tenant) -> None:
    """Leave of a connection's tags what 0.1.0 would have written."""
    row = held(tenant)
    row.tags = [tag for tag in row.tags if not tag.startswith("qlikops.cloud:sent:")]


@pytest.mark.parametrize("source", CONTENTS)
def test_a_fingerprint_of_the_first_version_counts_and_nothing_is_written(tenant: Tenant, source: str) -> None:
    succeed("qlik_data_connections", tenant, options(source))
    of_first_version(tenant)
    tenant.edit_connection(held(tenant).id, secrets={"password": "rotated by hand"})
    for properties in (CONTENTS[source]["properties"], {"username": "u"} if source != "rest" else {}):
        tenant.reset_log()
        assert not succeed("qlik_data_connections", tenant, options(source, properties=properties))["changed"]
        assert tenant.writes() == []
    succeed("qlik_data_connections", tenant, options(source, tags=["new"]))
    assert not any(":sent:" in tag for tag in held(tenant).tags), "nobody knows where the secrets went"
    assert tenant.secrets_of(held(tenant).id)["password"] == "rotated by hand"
    succeed("qlik_data_connections", tenant, options(source, secrets={"password": "canary-two"}))
    assert sum(":sent:" in tag for tag in held(tenant).tags) == 1


def test_two_versions_over_one_tenant_do_not_flip_tags(tenant: Tenant) -> None:
    succeed("qlik_data_connections", tenant, options())
    row = held(tenant)
    # The first version sends other secrets: it writes their fingerprint, and keeps all other tags of this collection.
    sending = next(tag for tag in row.tags if ":sent:" in tag)
    succeed("qlik_data_connections", tenant, options(secrets={"password": "canary-two"}))
    row.tags = [sending if ":sent:" in tag else tag for tag in row.tags]
    tenant.reset_log()
    assert not succeed("qlik_data_connections", tenant, options(secrets={"password": "canary-two"}))["changed"]
    assert tenant.writes() == []


def test_a_definition_with_as_many_tags_as_can_be_is_held_as_before(tenant: Tenant) -> None:
    full = options(tags=[f"t{number}" for number in range(28)])
    succeed("qlik_data_connections", tenant, full)
    assert not succeed("qlik_data_connections", tenant, full)["changed"]
    assert not any(":sent:" in tag for tag in held(tenant).tags)


def showing_credentials(tenant: Tenant) -> None:
    """Let another connection tell that this tenant shows credentials: else their absence says nothing."""
    tenant.add_connection("Foreign", space="Sales", secrets={"password": "foreign"})


@pytest.mark.exhaustive
@pytest.mark.parametrize("first_version", [False, True])
@pytest.mark.parametrize("kind", ["reset", "503"])
def test_a_take_over_that_was_cut_off_anywhere_ends_with_the_secrets(
    tenant: Tenant, kind: str, first_version: bool
) -> None:
    fault: dict[str, Any] = {"kind": "reset"} if kind == "reset" else {"kind": "status", "status": 503}
    mine = options(owner="admin@acme.example")
    for cut in range(12):
        tenant.set_faults([])
        for row in list(tenant.connections.values()):
            tenant.remove_connection(row.id)
        showing_credentials(tenant)
        succeed("qlik_data_connections", tenant, options())
        held(tenant).owner = tenant.user("analyst").id
        if first_version:
            of_first_version(tenant)
        tenant.set_faults([{**fault, "after": cut, "times": None}])
        survived = not run("qlik_data_connections", tenant, {**mine, "max_wait": 1}).get("failed")
        tenant.set_faults([])
        succeed("qlik_data_connections", tenant, mine)
        assert tenant.secrets_of(held(tenant).id).get("password") == "canary-one", cut
        tenant.reset_log()
        assert not succeed("qlik_data_connections", tenant, mine)["changed"]
        assert tenant.writes() == []
        if survived:
            break
    assert survived
    assert cut > 4


@pytest.mark.parametrize("declared", [{}, {"owner": "admin@acme.example"}])
@pytest.mark.parametrize("first_version", [False, True])
@pytest.mark.parametrize("memory", ["key", "version", "none"])
def test_an_owner_changed_by_hand_away_and_back_takes_the_secrets_with_it(
    tenant: Tenant, memory: str, first_version: bool, declared: dict[str, str]
) -> None:
    mine = options(**declared)
    if memory == "version":
        mine["connections"][0]["secrets_version"] = "1"
    mine["fingerprint_key"] = KEY if memory == "key" else None
    showing_credentials(tenant)
    succeed("qlik_data_connections", tenant, mine)
    if first_version:
        of_first_version(tenant)
    row, admin = held(tenant), tenant.user("admin").id
    row.owner, row.credentials_id = tenant.user("analyst").id, None
    if not declared:  # the caller can't send them, and says nothing else than before
        assert not succeed("qlik_data_connections", tenant, mine)["changed"]
    row.owner = admin
    done = succeed("qlik_data_connections", tenant, mine)
    assert tenant.secrets_of(row.id).get("password") == "canary-one"
    assert any("it has no credentials" in change for change in done["results"][0]["changes"])
    assert not succeed("qlik_data_connections", tenant, mine)["changed"]


def test_secrets_that_became_somebody_elses_are_sent_again_where_the_tenant_shows_credentials_all_the_same(
    tenant: Tenant,
) -> None:
    tenant.set_behaviours(owner_change_credentials="keep")
    succeed("qlik_data_connections", tenant, options())
    key = tenant.add_api_key("key-second", tenant.add_user("second", "second@acme.example", ["TenantAdmin"]).id)
    held(tenant).owner = tenant.user("second").id
    done = succeed("qlik_data_connections", tenant, {**options(), "access_token": key})
    assert "they were sent as those of another owner" in str(done["results"][0]["changes"])
    assert not succeed("qlik_data_connections", tenant, {**options(), "access_token": key})["changed"]
