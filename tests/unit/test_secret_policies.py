"""When secrets are sent, and when they certainly aren't: each policy against each thing that may have changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, succeed

KEY = "a fingerprint key of some length"
PROPERTIES = {"host": "h", "db": "d", "username": "u"}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales", "shared")
    acme.add_space("Finance", "shared")
    return acme


def declared(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Orders",
        "space": "Sales",
        "data_source": "postgres",
        "properties": PROPERTIES,
        "secrets": {"password": "first"},
        "fingerprint_key": KEY,
        **changes,
    }


def apply(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    tenant.reset_log()
    return succeed("qlik_data_connection", tenant, declared(**changes))


def password(tenant: Tenant, name: str = "Orders", space: str = "Sales") -> Any:
    return tenant.secrets_of(tenant.connection(name, space).id)["password"]


def sent_secrets(tenant: Tenant) -> bool:
    return any("password" in str(entry.body) for entry in tenant.writes())


def test_with_a_key_a_changed_secret_is_sent_once(tenant: Tenant) -> None:
    apply(tenant)
    assert not apply(tenant)["changed"]
    changed = apply(tenant, secrets={"password": "second"})
    assert changed["action"] == "update"
    assert "differ from those sent last" in changed["changes"][0]
    assert password(tenant) == "second"
    assert not apply(tenant, secrets={"password": "second"})["changed"]


def test_an_unrelated_edit_sends_no_secret_and_reverts_no_rotation(tenant: Tenant) -> None:
    apply(tenant)
    tenant.edit_connection(tenant.connection("Orders", "Sales").id, secrets={"password": "rotated by hand"})
    assert apply(tenant, properties={**PROPERTIES, "db": "other"}, tags=["t"])["changed"]
    assert not sent_secrets(tenant)
    assert password(tenant) == "rotated by hand"


@pytest.mark.parametrize("memory", [{}, {"fingerprint_key": None}, {"fingerprint_key": None, "secrets_version": "1"}])
def test_a_changed_host_sends_the_secrets_since_qlik_demands_them(tenant: Tenant, memory: dict[str, Any]) -> None:
    apply(tenant, **memory)
    result = apply(tenant, properties={**PROPERTIES, "host": "new"}, **memory)
    assert any("Qlik demands the credentials when host changes" in line for line in result["changes"])
    assert sent_secrets(tenant)
    assert tenant.properties_of(tenant.connection("Orders", "Sales").id)["host"] == "new"
    assert not apply(tenant, properties={**PROPERTIES, "host": "new"}, **memory)["changed"]


def test_a_changed_host_without_declared_secrets_fails_before_anything_is_written(tenant: Tenant) -> None:
    apply(tenant)
    tenant.reset_log()
    message = fail("qlik_data_connection", tenant, declared(secrets=None, properties={**PROPERTIES, "host": "new"}))
    assert (
        "connection 'Orders': Qlik demands the credentials when host changes, but the definition declares no secrets"
        in message
    )
    assert tenant.writes() == []


def test_another_key_is_explained_and_sends_once(tenant: Tenant) -> None:
    apply(tenant)
    result = apply(tenant, fingerprint_key="another key, long enough too")
    assert "made with another key" in result["changes"][0]
    assert not apply(tenant, fingerprint_key="another key, long enough too")["changed"]


def test_without_key_or_version_secrets_are_sent_at_creation_only_and_the_user_is_told(tenant: Tenant) -> None:
    first = apply(tenant, fingerprint_key=None)
    assert any("fingerprint_key or secrets_version" in warning for warning in first["warnings"])
    again = apply(tenant, fingerprint_key=None, secrets={"password": "second"})
    assert not again["changed"]
    assert again["warnings"] == first["warnings"]
    assert password(tenant) == "first"


def test_the_users_own_version_decides(tenant: Tenant) -> None:
    version = {"fingerprint_key": None, "secrets_version": "2026-01"}
    assert "warnings" not in apply(tenant, **version)
    assert not apply(tenant, secrets={"password": "second"}, **version)["changed"]
    result = apply(tenant, secrets={"password": "second"}, fingerprint_key=None, secrets_version="2026-02")
    assert "secrets_version changed from '2026-01' to '2026-02'" in result["changes"][0]
    assert password(tenant) == "second"


def test_from_version_to_key_sends_once(tenant: Tenant) -> None:
    apply(tenant, fingerprint_key=None, secrets_version="1")
    assert apply(tenant)["changed"]
    assert not apply(tenant)["changed"]


def test_on_create_never_sends_again_and_always_always_does(tenant: Tenant) -> None:
    apply(tenant, update_secrets="on_create")
    assert not apply(tenant, update_secrets="on_create", secrets={"password": "second"})["changed"]
    for _time in range(2):
        result = apply(tenant, update_secrets="always", secrets={"password": "second"})
        assert result["changed"]
        assert "update_secrets is always" in result["changes"][0]
    assert password(tenant) == "second"


def test_adoption_with_a_key_sends_the_secrets_once_and_says_so(tenant: Tenant) -> None:
    tenant.add_connection("Orders", "postgres", PROPERTIES, space="Sales", secrets={"password": "unknown"})
    result = apply(tenant)
    assert any("nobody can know which ones an adopted connection holds" in line for line in result["changes"])
    assert any(line.startswith("adopt") for line in result["changes"])
    assert password(tenant) == "first"
    assert not apply(tenant)["changed"]


def test_adoption_without_memory_sends_none_and_warns(tenant: Tenant) -> None:
    tenant.add_connection("Orders", "postgres", PROPERTIES, space="Sales", secrets={"password": "unknown"})
    result = apply(tenant, fingerprint_key=None)
    assert result["changed"]
    assert result["warnings"]
    assert password(tenant) == "unknown"
    assert not apply(tenant, fingerprint_key=None)["changed"]


def test_rename_and_move_keep_the_secrets_and_their_fingerprint(tenant: Tenant) -> None:
    apply(tenant)
    moved = {"name": "Sales orders", "space": "Finance", "previous_name": "Orders", "previous_space": "Sales"}
    result = apply(tenant, **moved)
    assert result["action"] == "move"
    assert not sent_secrets(tenant)
    assert [line.split()[0] for line in requests_of(tenant)] == ["GET", "GET", "PATCH", "GET"]
    assert password(tenant, "Sales orders", "Finance") == "first"
    assert not apply(tenant, **moved)["changed"]
    assert not apply(tenant, name="Sales orders", space="Finance")["changed"]
    assert apply(tenant, name="Sales orders", space="Finance", secrets={"password": "second"})["changed"]


def test_a_fingerprint_somebody_else_wrote_is_repaired_once(tenant: Tenant) -> None:
    apply(tenant)
    connection = tenant.connection("Orders", "Sales")
    tags = [tag.rsplit(":", 1)[0] + ":0123" if ":hmac:" in tag else tag for tag in connection.tags]
    tenant.edit_connection(connection.id, tags=tags)
    assert apply(tenant)["changed"]
    assert not apply(tenant)["changed"]


@pytest.mark.parametrize(
    "shown", [{"parse_credentials": "none"}, {"parse_credentials": "full"}, {"username_in_statement": True}]
)
def test_a_changed_user_name_is_noticed_whether_the_tenant_shows_it_or_not(
    tenant: Tenant, shown: dict[str, Any]
) -> None:
    tenant.set_behaviours(**shown)
    apply(tenant, fingerprint_key=None)
    result = apply(tenant, fingerprint_key=None, properties={**PROPERTIES, "username": "new"})
    assert result["changed"]
    assert tenant.properties_of(tenant.connection("Orders", "Sales").id)["username"] == "new"
    assert sent_secrets(tenant)
    assert not apply(tenant, fingerprint_key=None, properties={**PROPERTIES, "username": "new"})["changed"]


def test_a_changed_encrypted_header_is_known_by_its_fingerprint(tenant: Tenant) -> None:
    def rest(value: str, accept: str = "json") -> dict[str, Any]:
        headers = [{"name": "X-Key", "value": value, "encrypt": True}, {"name": "Accept", "value": accept}]
        return {
            "data_source": "rest",
            "properties": {"url": "https://api.example/v1", "queryHeaders": headers},
            "secrets": None,
        }

    apply(tenant, **rest("first"))
    assert not apply(tenant, **rest("first"))["changed"]
    assert apply(tenant, **rest("second"))["changed"]
    assert apply(tenant, **rest("second", "xml"))["changed"]
    assert not apply(tenant, **rest("second", "xml"))["changed"]
    assert "second" in str(tenant.secrets_of(tenant.connection("Orders", "Sales").id))


def test_a_changed_file_is_known_by_its_fingerprint(tenant: Tenant) -> None:
    def gbq(content: str) -> dict[str, Any]:
        key = [{"name": "key.json", "value": content}]
        return {
            "data_source": "gbq",
            "properties": {"OAuthMechanism": "0", "Catalog": "c", "KeyFilePath": key},
            "secrets": None,
        }

    apply(tenant, **gbq("QUJD"))
    assert not apply(tenant, **gbq("QUJD"))["changed"]
    assert apply(tenant, **gbq("REVG"))["changed"]
    assert not apply(tenant, **gbq("REVG"))["changed"]


def test_no_fingerprint_reaches_results(tenant: Tenant) -> None:
    apply(tenant)
    result = apply(tenant, secrets={"password": "second"})
    assert "qlikops.cloud:secrets" not in str(result)
    assert result["connection"]["managed"]


def test_a_short_key_is_refused(tenant: Tenant) -> None:
    assert "fewer than 16 characters" in fail("qlik_data_connection", tenant, declared(fingerprint_key="short"))
    assert tenant.writes() == []


def test_a_raw_statement_is_held_as_a_subset_and_sends_its_password(tenant: Tenant) -> None:
    def raw(statement: str, **secrets: str) -> dict[str, Any]:
        return declared(
            properties=None, connect_statement=statement, secrets={"username": "u", **secrets}, fingerprint_key=KEY
        )

    statement = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=a;port=5432;db=d;"'
    assert succeed("qlik_data_connection", tenant, raw(statement, password="p"))["action"] == "create"
    assert not succeed("qlik_data_connection", tenant, raw(statement, password="p"))["changed"]
    subset = 'CUSTOM CONNECT TO "host=a;port=5432"'
    assert not succeed("qlik_data_connection", tenant, raw(subset, password="p"))["changed"]
    tenant.reset_log()
    result = succeed("qlik_data_connection", tenant, raw(statement.replace("host=a", "host=b"), password="q"))
    assert result["changed"]
    (patch,) = tenant.writes()
    assert {operation["path"] for operation in patch.body} >= {"/qConnectStatement", "/qPassword"}
    assert not succeed("qlik_data_connection", tenant, raw(statement.replace("host=a", "host=b"), password="q"))[
        "changed"
    ]
