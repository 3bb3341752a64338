"""An approval binds everything that would be written: a plan that would send anything else has another digest, and is
not carried out.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections import digest

from tests.emulator import Emulator, Tenant
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
KEY = "a fingerprint key of some length"
REST = {
    "url": "https://api.example/v1?dataset=sales&token=first-token",
    "queryHeaders": [
        {"name": "Authorization", "value": "Bearer one"},
        {"name": "X-K", "value": "first-encrypted", "encrypt": True},
    ],
    "queryParameters": [{"name": "region", "value": "eu"}],
}
PAIRS = "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=h;"
DATABASE = {"host": "db.example.com", "port": 5432, "db": "orders", "username": "u"}


def declared() -> dict[str, Any]:
    """A new space, and a connection of each kind: to be made, to be changed, to be replaced, to be taken over."""
    return {
        "fingerprint_key": KEY,
        "replace": "when_required",
        "spaces": [{"name": "Sales"}, {"name": "New", "description": "new"}],
        "connections": [
            {
                "name": "Made",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {**DATABASE},
                "secrets": {"password": "first-password"},
            },
            {
                "name": "In new",
                "space": "New",
                "data_source": "postgres",
                "properties": {**DATABASE},
                "secrets": {"password": "first-password"},
            },
            {
                "name": "Changed",
                "space": "Sales",
                "properties": {"host": "moved.example"},
                "secrets": {"password": "first-password"},
            },
            {
                "name": "Replaced",
                "space": "Sales",
                "data_source": "rest",
                "properties": copy.deepcopy(REST),
                "secrets": {"password": "first-password"},
            },
            {
                "name": "Separate",
                "space": "Sales",
                "data_source": "mssql",
                "properties": {"host": "h", "username": "u"},
                "separate_credentials": True,
                "credentials": "mine",
                "secrets": {"password": "first-password"},
            },
            {
                "name": "Raw",
                "space": "Sales",
                "data_source": "mssql",
                "connect_statement": f'CUSTOM CONNECT TO "{PAIRS}"',
                "secrets": {"qUsername": "first-user", "qPassword": "first-password"},
            },
        ],
    }


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    """A change of what is declared: the member at a path."""

    def change(options: dict[str, Any]) -> None:
        held: Any = options
        for step in path[:-1]:
            held = held[step]
        held[path[-1]] = value

    return change


def connection(number: int, *path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    return put("connections", number, *path, value=value)


CHANGES = {
    "host of a creation": connection(0, "properties", "host", value="attacker.example.net"),
    "port of a creation": connection(0, "properties", "port", value=6666),
    "secret of a creation": connection(0, "secrets", "password", value="second-password"),
    "another secret": connection(3, "secrets", "mutualPfxCertificateKey", value="first-certificate-key"),
    "tags of a creation": connection(0, "tags", value=["t"]),
    "owner of a creation": connection(0, "owner", value="analyst@acme.example"),
    "source of a creation": connection(
        0, value={"name": "Made", "space": "Sales", "data_source": "mssql", "secrets": {"password": "first-password"}}
    ),
    "secrets_version": connection(0, "secrets_version", value="7"),
    "property in a new space": connection(1, "properties", "db", value="payroll"),
    "secret in a new space": connection(1, "secrets", "password", value="second-password"),
    "secret of a change": connection(2, "secrets", "password", value="second-password"),
    "URL query of a replacement": connection(
        3, "properties", "url", value="https://api.example/v1?dataset=payroll&token=first-token"
    ),
    "key in a URL": connection(3, "properties", "url", value="https://api.example/v1?dataset=sales&token=second-token"),
    "user in a URL": connection(
        3, "properties", "url", value="https://caller:in-the-url@api.example/v1?dataset=sales&token=first-token"
    ),
    "header": connection(3, "properties", "queryHeaders", 0, "value", value="Bearer two"),
    "encrypted header": connection(3, "properties", "queryHeaders", 1, "value", value="second-encrypted"),
    "query parameter": connection(3, "properties", "queryParameters", 0, "value", value="us"),
    "source of a replacement": connection(
        3,
        value={"name": "Replaced", "space": "Sales", "data_source": "mssql", "secrets": {"password": "first-password"}},
    ),
    "name of separate credentials": connection(4, "credentials", value="others"),
    "separate or not": connection(
        4, value={**declared()["connections"][4], "separate_credentials": None, "credentials": None}
    ),
    "statement": connection(
        5,
        "connect_statement",
        value='CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=mssql;host=attacker.example.net;"',
    ),
    **{
        f"statement with {what}": connection(5, "connect_statement", value=text)
        for what, text in {
            "a property that stands twice": f'CUSTOM CONNECT TO "{PAIRS}host=h;"',
            "pairs in another order": 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;host=h;driver=mssql;"',
            "other quotes": f"CUSTOM CONNECT TO '{PAIRS}'",
            "blanks": f'CUSTOM CONNECT TO "{PAIRS} "',
            "a mark behind it": f'CUSTOM CONNECT TO "{PAIRS}";',
            "words in lower case": f'custom connect to "{PAIRS}"',
        }.items()
    },
    "user beside a statement": connection(5, "secrets", "qUsername", value="other-user"),
    "password beside a statement": connection(5, "secrets", "qPassword", value="second-password"),
    "description of a space": put("spaces", 1, "description", value="other"),
    "owner of a space": put("spaces", 1, "owner", value="analyst@acme.example"),
    "type of a space": put("spaces", 1, "type", value="data"),
    "one connection fewer": put("connections", slice(5, None), value=[]),
}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    for name in ("Changed", "Replaced"):
        acme.add_connection(
            name, "postgres", {"host": "h", "username": "u"}, space="Sales", secrets={"password": "by hand"}
        )
    return acme


def planned(tenant: Tenant, options: dict[str, Any]) -> str:
    return str(succeed("qlik_data_connections", tenant, options, check=True)["plan_digest"])


def changed(what: str) -> dict[str, Any]:
    options: dict[str, Any] = declared()
    CHANGES[what](options)
    return options


@pytest.mark.exhaustive
@pytest.mark.parametrize("what", CHANGES)
def test_anything_else_that_would_be_written_is_another_plan(tenant: Tenant, what: str) -> None:
    approved = planned(tenant, declared())
    other = changed(what)
    assert planned(tenant, other) != approved
    tenant.reset_log()
    assert "not the one that was approved" in fail(
        "qlik_data_connections", tenant, {**other, "approved_plan": approved}
    )
    assert tenant.writes() == []


def test_the_approved_plan_is_carried_out_and_then_nothing_is_another_plan(tenant: Tenant) -> None:
    approved = planned(tenant, declared())
    assert re.fullmatch("v2:[0-9a-f]{64}", approved)
    first = succeed("qlik_data_connections", tenant, {**declared(), "approved_plan": approved})
    assert first["plan_digest"] == approved
    assert not succeed("qlik_data_connections", tenant, {**declared(), "approved_plan": approved})["changed"]


def test_the_order_of_what_is_declared_makes_no_other_plan(tenant: Tenant) -> None:
    options = declared()
    options["connections"][0]["tags"] = ["a", "b"]
    turned = copy.deepcopy(options)
    turned["connections"].reverse()
    for definition in turned["connections"]:
        properties: dict[str, Any] = definition.get("properties") or {}
        definition["properties"] = dict(reversed(list(properties.items()))) or None
        definition["tags"] = list(reversed(definition.get("tags") or [])) or None
    assert planned(tenant, turned) == planned(tenant, options)


def test_without_a_key_only_that_secrets_are_sent_is_bound_and_the_plan_says_so(tenant: Tenant) -> None:
    def keyless(what: str = "") -> dict[str, Any]:
        return {**(changed(what) if what else declared()), "fingerprint_key": None}

    result = succeed("qlik_data_connections", tenant, keyless(), check=True)
    assert any("plan_digest doesn't bind the secrets" in warning for warning in result["warnings"])
    secret = {
        "secret of a creation",
        "secret of a change",
        "secret in a new space",
        "key in a URL",
        "header",
        "encrypted header",
    }
    secret |= {"user beside a statement", "password beside a statement"}
    for what in CHANGES:
        same = planned(tenant, keyless(what)) == result["plan_digest"]
        assert same == (what in secret), what
    with_key = succeed("qlik_data_connections", tenant, declared(), check=True)
    assert not any("plan_digest" in warning for warning in with_key["warnings"])


def test_another_key_is_another_plan(tenant: Tenant) -> None:
    assert planned(tenant, declared()) != planned(tenant, {**declared(), "fingerprint_key": KEY + "!"})


def test_a_digest_of_the_first_form_is_refused_before_anything_is_read(tenant: Tenant) -> None:
    tenant.reset_log()
    cases: list[dict[str, Any]] = [declared(), {"connections": []}]
    for options in cases:
        for skip in ("skip", "fail"):
            said = fail(
                "qlik_data_connections", tenant, {**options, "approved_plan": "4a" * 32, "when_plan_differs": skip}
            )
            assert "plan again" in said
    assert tenant.log == []


@pytest.mark.parametrize("policy", ["skip", "fail"])
def test_a_tenant_that_became_uneditable_since_is_another_plan_and_no_failure(tenant: Tenant, policy: str) -> None:
    approved = planned(tenant, declared())
    tenant.connection("Changed", "Sales").owner = tenant.user("analyst").id
    tenant.reset_log()
    options = {**declared(), "approved_plan": approved, "when_plan_differs": policy}
    result = run("qlik_data_connections", tenant, options)
    assert tenant.writes() == []
    assert "lacks the privilege 'update'" in result["msg"]
    assert "not the one that was approved" in result["msg"]
    assert bool(result.get("skipped")) == (policy == "skip")
    assert bool(result.get("failed")) == (policy == "fail")


def test_more_deletions_than_allowed_are_another_plan_too(tenant: Tenant) -> None:
    options: dict[str, Any] = {"connections": [], "prune": True, "prune_spaces": ["Sales"], "max_deletions": 1}
    tenant.add_connection("A", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    approved = planned(tenant, options)
    tenant.add_connection("B", "postgres", {"host": "h"}, space="Sales", tags=["qlikops.cloud:managed"])
    result = run("qlik_data_connections", tenant, {**options, "approved_plan": approved, "when_plan_differs": "skip"})
    assert result["skipped"]
    assert "max_deletions allows 1" in result["msg"]
    assert len(tenant.connections) == 4


def test_what_is_already_as_declared_is_not_digested(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    succeed("qlik_data_connections", tenant, declared())
    nothing = planned(tenant, {"connections": []})

    def no_need(*_given: Any) -> Any:
        raise AssertionError("there is nothing to write")

    monkeypatch.setattr(digest, "_connection_step", no_need)
    result = succeed("qlik_data_connections", tenant, declared())
    assert not result["changed"]
    assert result["plan_digest"] == nothing


def test_an_empty_approval_is_not_one_that_is_not_needed(tenant: Tenant) -> None:
    said = fail("qlik_data_connections", tenant, {**declared(), "approved_plan": ""})
    assert "approved_plan is empty" in said
    assert tenant.log == []


@pytest.mark.parametrize(
    "options",
    [
        {"spaces": [{"name": "New"}]},
        {
            "connections": [
                {
                    "name": "Open",
                    "data_source": "rest",
                    "properties": {"url": "https://e.example", "authSchema": "anonymous"},
                }
            ]
        },
    ],
    ids=["a space", "a connection without secrets and users"],
)
def test_the_same_on_another_tenant_is_another_plan(emulator: Emulator, options: dict[str, Any]) -> None:
    one, other = (emulator.add_tenant({"name": name}) for name in ("one", "other"))
    approved = planned(one, options)
    assert planned(other, options) != approved
    result = succeed(
        "qlik_data_connections", other, {**options, "approved_plan": approved, "when_plan_differs": "skip"}
    )
    assert result["skipped"]
    assert other.writes() == []
    assert succeed("qlik_data_connections", one, {**options, "approved_plan": approved})["changed"]


GUESSABLE = [
    ("https://e.example/v1?token=12", "https://e.example/v1?token=13"),
    ("https://e.example/v1?dataset=sales&pin=1", "https://e.example/v1?dataset=sales&pin=2"),
    ("https://u:1@e.example/v1", "https://u:2@e.example/v1"),
    ("https://first-key@e.example/v1", "https://second-key@e.example/v1"),
    ("https://e.example/v1?1234", "https://e.example/v1?1235"),
    ("https://e.example/v1?filter=token:1234", "https://e.example/v1?filter=token:1235"),
]


@pytest.mark.parametrize(("one", "other"), GUESSABLE)
def test_without_a_key_a_digest_says_nothing_of_what_may_be_a_key(acme: Tenant, one: str, other: str) -> None:
    def rest(url: str, key: str | None) -> dict[str, Any]:
        connection = {"name": "R", "data_source": "rest", "properties": {"url": url}, "secrets": {"password": "p"}}
        return {"fingerprint_key": key, "connections": [connection]}

    assert planned(acme, rest(one, None)) == planned(acme, rest(other, None))
    assert planned(acme, rest(one, KEY)) != planned(acme, rest(other, KEY))


def test_without_a_key_a_digest_says_nothing_of_a_header_in_a_statement(acme: Tenant) -> None:
    def raw(header: str) -> dict[str, Any]:
        statement = (
            f'CUSTOM CONNECT TO "provider=QvRestConnector.exe;url=https://e.example;queryHeaders=X-Any%2{header}%1;"'
        )
        return {
            "connections": [
                {"name": "R", "data_source": "rest", "connect_statement": statement, "secrets": {"qPassword": "p"}}
            ]
        }

    assert planned(acme, raw("1234")) == planned(acme, raw("1235"))


# Without a key: what else the run knows to be secret, and nobody approves, hides no part of a plan.
URL = "https://caller:in-the-url@api.example/v1?dataset=sales"
OTHERS = {
    "another host": (URL.replace("@", "@evil.example.net/@"), "in-the-url@evil.example.net/"),
    "another parameter": (f"{URL}&token=first&dataset=payroll", "first&dataset=payroll"),
    "a parameter in quotes": (f'{URL}&token="first&dataset=payroll"', "other-password"),
    "a parameter in braces": (f"{URL}&token={{first&dataset=payroll}}", "other-password"),
    "a parameter behind a user": (f"{URL}&token=u:p&dataset=payroll@h", "other-password"),
    "a cut parameter": (f"{URL}&token=first#", "other-password"),
    "a host behind a backslash": (URL.replace("@", "@evil.example\\@"), "other-password"),
    "a host behind a slash": (URL.replace("caller:in-the-url", "evil.example:p/ss"), "other-password"),
    "a parameter behind a semicolon": (f'{URL}&token="first;dataset=payroll"', "other-password"),
    "another value": (URL.replace("sales", "payroll"), "payroll"),
}


def weather(url: str, password: str) -> dict[str, Any]:
    """A connection whose address has secrets of its own, and one that only has a password."""
    held = {"space": "Sales", "data_source": "postgres", "properties": {"host": "h", "db": "x", "username": "u"}}
    return {
        "update_secrets": "on_create",
        "connections": [
            {"name": "Weather", "space": "Sales", "data_source": "rest", "properties": {"url": url}},
            {**held, "name": "Held", "secrets": {"password": password}},
        ],
    }


@pytest.mark.parametrize("what", OTHERS)
def test_without_a_key_no_secret_hides_what_is_another_plan(acme: Tenant, what: str) -> None:
    acme.add_space("Sales")
    there = weather(URL, "first-password")
    succeed("qlik_data_connections", acme, {**there, "connections": there["connections"][1:]})
    begin = URL if "token" not in OTHERS[what][0] else f"{URL}&token=first"
    approved = planned(acme, weather(begin, "first-password"))
    assert planned(acme, weather(*OTHERS[what])) != approved


@pytest.mark.parametrize("present", [False, True], ids=["create", "update"])
def test_without_a_key_a_secret_that_is_rotated_is_no_other_plan(acme: Tenant, present: bool) -> None:
    """Also where it occurs in what is shown."""
    acme.add_space("Sales")
    if present:
        succeed("qlik_data_connections", acme, weather(f"{URL}1&token=first&page=1", "first-password"))
    url = f"{URL}1&token=first&page=2"
    assert len({planned(acme, weather(url, one)) for one in ("sales1", "1", "page=2", "long-password")}) == 1


def test_what_a_changed_property_is_by_now_is_part_of_the_plan(acme: Tenant) -> None:
    acme.add_space("Sales")
    succeed("qlik_data_connections", acme, weather(URL, "first-password"))
    there = acme.connection("Held", "Sales")
    options = weather(URL, "first-password")
    options["connections"][1]["properties"]["db"] = "y"
    approved = planned(acme, options)
    acme.edit_connection(there.id, properties={"db": "z"})
    assert planned(acme, options) != approved


def test_a_property_hides_nothing_that_is_told_under_its_name(acme: Tenant) -> None:
    acme.add_space("Sales")
    for name in ("analyst", "former", "other"):
        acme.add_user(name)
    options = weather(URL, "first-password")
    succeed("qlik_data_connections", acme, options)
    held = acme.connection("Held", "Sales")
    acme.edit_connection(held.id, properties={"owner": "qlik"}, owner=acme.user("former").id)
    options["connections"][1]["owner"] = acme.user("analyst").id
    approved = planned(acme, options)
    acme.edit_connection(held.id, owner=acme.user("other").id)
    assert planned(acme, options) != approved


@pytest.mark.parametrize("key", ["", KEY])
def test_a_pair_that_is_new_to_a_statement_depends_on_no_other_secret(acme: Tenant, key: str) -> None:
    acme.add_space("Sales")
    begin = (
        'CUSTOM CONNECT TO "provider=QvWebStorageProviderConnectorPackage.exe;sourceType=rest;url=https://h.example;'
    )
    statement: dict[str, Any] = {
        "name": "Raw",
        "space": "Sales",
        "data_source": "rest",
        "connect_statement": f'{begin}"',
    }
    statement["secrets"] = {"qPassword": "statement-password"}
    options = weather(URL, "first-password")
    options["connections"] = [statement, options["connections"][1]]
    if key:
        options["fingerprint_key"] = key
    succeed("qlik_data_connections", acme, options)
    statement["connect_statement"] = f'{begin}nextUrl=https://sales1.example/v1?token=first;"'
    found = set()
    for password in ("first-password", "sales1"):
        options["connections"][1]["secrets"] = {"password": password}
        options["connections"][1]["update_secrets"] = "on_create"
        found.add(planned(acme, options))
    assert len(found) == 1


def test_what_a_pair_of_a_statement_is_by_now_counts_as_it_stands_there(acme: Tenant) -> None:
    acme.add_space("Sales")
    begin = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=h;'
    raw: dict[str, Any] = {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "connect_statement": f'{begin}db=a%b;"',
    }
    raw["secrets"] = {"qPassword": "statement-password"}
    succeed("qlik_data_connections", acme, {"connections": [raw]})
    wanted = {"connections": [{**raw, "connect_statement": f'{begin}db=orders;"'}]}
    approved = planned(acme, wanted)
    acme.edit_connection(acme.connection("Raw", "Sales").id, connect_statement=f'{begin}db=a%%b;"')
    assert planned(acme, wanted) != approved
