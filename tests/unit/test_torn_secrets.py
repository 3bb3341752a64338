"""A statement whose secret holds a semicolon: what stands behind it may be a part of the secret, whatever shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
MANY = "qlik_data_connections"
PLAIN = "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=h;db=a;"
KEY = "a fingerprint key of some length"
# What makes a secret out of the pairs behind it.
TORN = {
    "a quote": "pass='abc;{}y';",
    "a quotation mark": 'password="abc;{}";',
    "a brace": "pwd={{abc;{}}};",
    "a bracket": "pwd=[abc;{}];",
    "a blank before it": "password= {{abc;{}}};",
    "a tab before it": "Password=\t'ab;{}';",
    "a doubled brace": "password={{a}}}};{}}};",
    "a doubled quote": "password='a'';{}';",
    "a curly quote": "password=\u201cab;{}\u201d;",
    "a mark behind a backslash": "password=\\'ab;{}\\';",
    "a header": "queryHeaders=Cookie%2sid=abc; {}%1;",
    "a header of a usual name": "queryHeaders=Authorization%2Bearer abc;{}%1;",
    "a form": 'body={{"password":"ab;{}"}};',
}
# And what does not.
WHOLE = {
    "an end": "pass='abc';{}",
    "a closed brace": "pass={{abc}};{}",
    "a closed brace in it": "pass={{a}}}}b}};{}",
    "no mark": "pass=abc;{}",
    "no secret": "zone='abc;{}",
    "a list": "queryHeaders=Cookie%2sid=abc%1;{}",
    "an open header": "queryHeaders=Accept%2text/plain;{}",
    "a secret twice": "password=abc;password=abd;{}",
}


def statement(pairs: str) -> str:
    return f'CUSTOM CONNECT TO "{pairs}"'


def raw(pairs: str = PLAIN, **more: Any) -> dict[str, Any]:
    return {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "connect_statement": statement(pairs),
        "secrets": {"qPassword": "long-password"},
        **more,
    }


def by_hand(tenant: Tenant, text: str) -> None:
    held = tenant.connection("Raw", "Sales")
    tenant.edit_connection(held.id)
    held.statement = text


def many(tenant: Tenant, definition: dict[str, Any], *, check: bool = False, **more: Any) -> dict[str, Any]:
    return run(MANY, tenant, {"connections": [definition], "fingerprint_key": KEY, **more}, check=check)


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    assert many(acme, raw())["changed"]
    return acme


POLICY = [{"name": "ours", "hosts": {"allow": ["h"]}}]
BY_PROPERTIES = {
    "name": "Raw",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"zone": "x", "db": "a"},
    "secrets": {"password": "other-password"},
}


def all_that_tells(tenant: Tenant, pairs: str) -> list[Any]:
    """What a run says of a connection with such a statement, whatever is asked of it."""
    by_hand(tenant, statement(PLAIN + pairs))
    absent = {"name": "Raw", "space": "Sales", "state": "absent"}
    return [
        many(tenant, raw(), check=True),
        many(tenant, raw(PLAIN.replace("db=a", "db=b") + "zone=1;", update_secrets="always"), check=True),
        many(tenant, BY_PROPERTIES, check=True),
        many(tenant, raw(), check=True, secrets_only=True),
        many(tenant, absent, check=True),
        many(tenant, {**absent, "name": "Other"}, check=True, list_undeclared="all", list_targets=True),
        many(tenant, raw(), check=True, policy=POLICY, breaches="list", list_undeclared="all"),
        run("qlik_data_connection_info", tenant, {}),
        run("qlik_data_connection_info", tenant, {"definitions": True}),
    ]


@pytest.mark.parametrize(
    "inside", ["zone=canary-4711", "host=canary-4711;port=4712", "canary-4711=1", "db=canary-4711"]
)
@pytest.mark.parametrize("what", TORN)
def test_what_may_be_a_part_of_a_secret_is_shown_by_nothing(tenant: Tenant, what: str, inside: str) -> None:
    for told in all_that_tells(tenant, TORN[what].format(inside)):
        assert "canary" not in str(told)
    assert "canary" not in str(many(tenant, raw()))


@pytest.mark.parametrize("what", WHOLE)
def test_what_stands_behind_a_whole_secret_is_shown(tenant: Tenant, what: str) -> None:
    by_hand(tenant, statement(PLAIN + WHOLE[what].format("zone=harmless;")))
    (shown,) = succeed("qlik_data_connection_info", tenant, {})["connections"]
    assert shown["properties"]["zone"] == "harmless"
    assert "abc" not in str(shown).replace("zone='abc", "").replace("'zone': \"'abc", "") or what == "no secret"


def test_what_stands_before_a_torn_secret_is_told_as_it_is(tenant: Tenant) -> None:
    by_hand(tenant, statement(PLAIN.replace("host=h", "host=evil") + "pass='abc;zone=1;"))
    planned = many(tenant, raw(f"{PLAIN}new=1;"), check=True)
    (result,) = planned["results"]
    assert {"host: evil -> h", "new: (not set) -> 1"} <= set(result["changes"])
    (sides,) = planned["diff"]
    assert sides["before"]["properties"] == {"host": "evil"}


@pytest.mark.parametrize("what", TORN)
def test_without_a_key_nothing_behind_it_is_in_a_digest(tenant: Tenant, what: str) -> None:
    found = set()
    for inside in ("zone=4711", "zone=4712"):
        by_hand(tenant, statement(PLAIN.replace("db=a", "db=z") + TORN[what].format(f"host={inside};{inside}")))
        wanted = [raw(update_secrets="always"), {"name": "Raw", "space": "Sales", "state": "absent"}]
        found.add(tuple(run(MANY, tenant, {"connections": [one]}, check=True)["plan_digest"] for one in wanted))
    assert len(found) == 1


@pytest.mark.parametrize("what", ["a quote", "a blank before it"])
def test_a_declared_one_is_shown_by_nothing(tenant: Tenant, what: str) -> None:
    torn = raw(PLAIN + TORN[what].format("zone=canary-4711"))
    assert "canary" not in str(many(tenant, torn, check=True))
    assert "canary" not in str(many(tenant, torn))
    assert not many(tenant, torn)["changed"]


def test_a_declared_secret_that_parts_a_statement_is_shown_by_nothing(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}password=ab;zone=canary-4711;"))
    secret: dict[str, Any] = {"secrets": {"qPassword": "ab;zone=canary-4711"}}
    for definition in (raw(**secret), raw(f"{PLAIN}zone=1;", **secret)):
        assert "canary" not in str(many(tenant, definition, check=True))


def test_an_export_says_that_it_leaves_some_out(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}pass='abc;zone=1;"))
    found = succeed("qlik_data_connection_info", tenant, {"definitions": True})
    assert found["definitions"][0]["properties"]["host"] == "h"
    assert "zone" not in found["definitions"][0]["properties"]
    assert "connect_statement" in found["definition_notes"][0]["left_out"]


def test_a_filter_gives_plain_texts() -> None:
    from ansible_collections.qlikops.cloud.plugins.filter.parse_connect_statement import parse_connect_statement

    parsed = parse_connect_statement(statement(f"{PLAIN}pass='abc;zone=1;"))
    assert {type(value) for value in parsed["properties"].values()} == {str}
    assert parsed["properties"]["zone"] == "1"


# What somebody put beside the declared host, and whether a request for a declared property puts it right.
RIVALS = {
    "before it": ("host=evil;host=h;", "evil;h", True),
    "behind it": ("host=h;host=evil;", "h;evil", True),
    "in another case": ("Host=evil;host=h;", "evil;h", False),
    "behind it in another case": ("host=h;HOST=evil;", "h;evil", False),
    "in its place": ("Host=evil;", "evil", False),
}


@pytest.mark.parametrize("what", RIVALS)
@pytest.mark.parametrize("how", [{"update_secrets": "always"}, {"secrets": {"qPassword": "another-password"}}])
def test_secrets_go_to_no_other_address_that_a_statement_says_as_well(
    tenant: Tenant, what: str, how: dict[str, Any]
) -> None:
    there, shown, _is_put_right = RIVALS[what]
    by_hand(tenant, statement(PLAIN.replace("host=h;", there)))
    planned = many(tenant, raw(**how), check=True)
    assert f"host: {shown} -> h" in planned["results"][0]["changes"]
    assert planned["diff"][0]["before"]["properties"]["host"] == shown
    assert many(tenant, raw(**how))["changed"]
    held = tenant.connection("Raw", "Sales")
    assert "evil" not in held.statement
    assert "host=h;" in held.statement
    assert not many(tenant, {**raw(**how), "update_secrets": "on_change"})["changed"]


@pytest.mark.parametrize("what", RIVALS)
def test_secrets_alone_are_not_sent_where_a_statement_says_another_address_too(tenant: Tenant, what: str) -> None:
    by_hand(tenant, statement(PLAIN.replace("host=h;", RIVALS[what][0])))
    tenant.reset_log()
    options = {"connections": [raw()], "fingerprint_key": KEY, "secrets_only": True}
    assert "its host is" in fail(MANY, tenant, options)
    assert tenant.writes() == []


@pytest.mark.parametrize("what", RIVALS)
def test_declared_properties_put_it_right_or_send_nothing(tenant: Tenant, what: str) -> None:
    there, _shown, is_put_right = RIVALS[what]
    by_hand(tenant, statement(PLAIN.replace("host=h;", there)))
    definition = {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "properties": {"host": "h", "db": "a"},
        "secrets": {"password": "another-password"},
        "fingerprint_key": KEY,
    }
    tenant.reset_log()
    if is_put_right:
        assert succeed(MANY, tenant, {"connections": [definition]})["changed"]
        assert "evil" not in tenant.connection("Raw", "Sales").statement
        assert not succeed(MANY, tenant, {"connections": [definition]})["changed"]
        return
    assert "says more than once where it leads" in fail(MANY, tenant, {"connections": [definition]})
    assert tenant.writes() == []


def test_an_address_that_nobody_declared_and_that_is_there_twice_gets_no_secrets(acme: Tenant) -> None:
    acme.add_space("Sales")
    pairs = PLAIN.replace("host=h;", "")
    assert many(acme, raw(PLAIN))["changed"]
    for there in ("host=evil;host=h;", "Host=evil;host=h;"):
        by_hand(acme, statement(PLAIN.replace("host=h;", there)))
        acme.reset_log()
        said = many(acme, raw(pairs, update_secrets="always"))
        assert said["failed"]
        assert "says more than once where it leads" in str(said)
        assert acme.writes() == []


def test_the_same_address_twice_is_one(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PLAIN}Host=h;host=h;"))
    assert many(tenant, raw(), secrets_only=True)["changed"]
    tenant.reset_log()
    assert not many(tenant, raw())["changed"]
    assert tenant.writes() == []
