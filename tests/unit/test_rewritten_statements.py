"""A statement is written as a whole: what wasn't declared stays in it, and all that becomes another is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")
MANY = "qlik_data_connections"
PROVIDER = "provider=QvOdbcConnectorPackage.exe;"
BASE = "driver=postgres;host=h;"
DEMANDED = "secrets (qPassword): send, because Qlik demands the credentials when the connect statement changes"


def statement(pairs: str) -> str:
    return f'CUSTOM CONNECT TO "{pairs}"'


def options(pairs: str, **more: Any) -> dict[str, Any]:
    connection = {
        "name": "Raw",
        "space": "Sales",
        "data_source": "postgres",
        "connect_statement": statement(pairs),
        "secrets": {"qPassword": "long-password"},
    }
    return {"fingerprint_key": "a fingerprint key of some length", "connections": [connection], **more}


def by_hand(tenant: Tenant, text: str) -> None:
    """Somebody writes another statement."""
    held = tenant.connection("Raw", "Sales")
    tenant.edit_connection(held.id)
    held.statement = text


def held(tenant: Tenant) -> str:
    return tenant.connection("Raw", "Sales").statement


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    succeed(MANY, acme, options(f"{PROVIDER}{BASE}db=a;"))
    return acme


CASES = {
    "the provider": (
        f"provider=Other.exe;{BASE}db=a;",
        "provider: Other.exe -> QvOdbcConnectorPackage.exe",
        {"provider": "Other.exe"},
        {"provider": "QvOdbcConnectorPackage.exe"},
        "",
    ),
    "no provider": (
        f"{BASE}db=a;",
        "provider: (not set) -> QvOdbcConnectorPackage.exe",
        {},
        {"provider": "QvOdbcConnectorPackage.exe"},
        "",
    ),
    "two providers": (
        f"Provider=Other.exe;{PROVIDER}{BASE}db=a;",
        "provider: Other.exe;QvOdbcConnectorPackage.exe -> QvOdbcConnectorPackage.exe",
        {"provider": "Other.exe;QvOdbcConnectorPackage.exe"},
        {"provider": "QvOdbcConnectorPackage.exe"},
        "",
    ),
    "a declared pair that stands twice": (
        f"{PROVIDER}host=evil;{BASE}db=a;",
        "host: evil;h -> h",
        {"host": "evil;h"},
        {"host": "h"},
        "",
    ),
    "another pair that stands twice": (f"{PROVIDER}{BASE}db=a;x=1;x=2;", "", {}, {}, "x=1;x=2;"),
    "a pair with marks": (f'{PROVIDER}{BASE}db=a;body={{"a":\n1}};', "", {}, {}, 'body={"a":\n1};'),
}


@pytest.mark.parametrize("case", CASES)
def test_what_becomes_another_is_told_and_all_else_stays(tenant: Tenant, case: str) -> None:
    there, line, before, after, kept = CASES[case]
    by_hand(tenant, statement(there))
    assert not succeed(MANY, tenant, options(f"{PROVIDER}{BASE}db=a;"), check=True)["changed"]
    found = succeed(MANY, tenant, options(f"{PROVIDER}{BASE}db=b;"), check=True)
    assert found["results"][0]["changes"] == list(filter(None, ["db: a -> b", line, DEMANDED]))
    (sides,) = found["diff"]
    assert sides["before"]["properties"] == {"db": "a", **before}
    assert sides["after"]["properties"] == {"db": "b", **after}
    succeed(MANY, tenant, options(f"{PROVIDER}{BASE}db=b;"))
    end = f"{BASE}db=b;{kept}"
    if line.startswith("host"):
        end = "host=h;driver=postgres;db=b;"
    assert held(tenant) == statement(f"{PROVIDER}{end}")
    assert not succeed(MANY, tenant, options(f"{PROVIDER}{BASE}db=b;"))["changed"]


def test_all_values_of_what_stood_there_twice_are_bound_and_masked(tenant: Tenant) -> None:
    found = set()
    wanted = options(f"{PROVIDER}{BASE}db=b;url=https://h.example;")
    for key in ("canary-one", "canary-two"):
        by_hand(
            tenant, statement(f"{PROVIDER}{BASE}db=a;url=https://u:{key}@g.example/?token={key};url=https://h.example;")
        )
        planned = run(MANY, tenant, wanted, check=True)
        assert "canary" not in str(planned)
        found.add(planned["plan_digest"])
    assert len(found) == 2


def test_another_provider_is_another_plan(tenant: Tenant) -> None:
    wanted = options(f"{PROVIDER}{BASE}db=b;")
    approved = succeed(MANY, tenant, wanted, check=True)["plan_digest"]
    by_hand(tenant, statement(f"provider=Other.exe;{BASE}db=a;"))
    tenant.reset_log()
    assert run(MANY, tenant, {**wanted, "approved_plan": approved})["failed"]
    assert tenant.writes() == []


def test_a_statement_that_cant_be_read_goes_as_a_whole_and_that_is_told(tenant: Tenant) -> None:
    by_hand(tenant, "OLEDB CONNECT TO [Provider=SQLOLEDB.1;Data Source=db]")
    wanted = options(f"{PROVIDER}{BASE}db=a;")
    found = succeed(MANY, tenant, wanted)
    assert "connect statement: (can't be read) -> as declared" in found["results"][0]["changes"]
    assert held(tenant) == statement(f"{PROVIDER}{BASE}db=a;")


def test_no_two_properties_have_the_same_line(tenant: Tenant) -> None:
    by_hand(tenant, statement(f"{PROVIDER}{BASE}db=a;a=b: c;a: b=c;"))
    wanted = options(f"{PROVIDER}{BASE}db=a;a=d;a: b=d;")
    found = succeed(MANY, tenant, wanted, check=True)
    assert found["results"][0]["changes"] == ["a: b: c -> d", '"a: b": c -> d', DEMANDED]
    by_hand(tenant, statement(f"{PROVIDER}{BASE}db=a;a=e;a: b=c;"))
    assert succeed(MANY, tenant, wanted, check=True)["plan_digest"] != found["plan_digest"]


@pytest.mark.parametrize("key", ["a fingerprint key of some length", None])
def test_of_what_stood_there_twice_each_value_is_masked_for_itself(tenant: Tenant, key: str | None) -> None:
    found = set()
    wanted = options(f"{PROVIDER}{BASE}db=b;queryHeaders=Accept%2json%1;", fingerprint_key=key)
    for value in ("canary4711", "canary4712"):
        by_hand(tenant, statement(f"{PROVIDER}{BASE}db=a;queryHeaders=Accept%2json;queryHeaders=X-Foo%2{value}%1;"))
        planned = succeed(MANY, tenant, wanted, check=True)
        assert "canary" not in str(planned)
        assert "queryHeaders: Accept%2json;X-Foo%2********%1 -> Accept%2json%1" in planned["results"][0]["changes"]
        found.add(planned["plan_digest"])
    assert len(found) == (2 if key else 1)


@pytest.mark.parametrize("key", ["a fingerprint key of some length", None])
@pytest.mark.parametrize("there", ["pass='abc;provider={}';", "pass='abc;x={}1;x={}2';", "pass='abc;x={}';"])
def test_parts_of_a_secret_without_an_end_are_told_of_nothing(tenant: Tenant, there: str, key: str | None) -> None:
    found = set()
    wanted = options(f"{PROVIDER}{BASE}db=b;x=1;", fingerprint_key=key)
    for value in ("canary4711", "canary4712"):
        by_hand(tenant, statement(f"{PROVIDER}{BASE}db=a;{there.replace('{}', value)}"))
        planned = succeed(MANY, tenant, wanted, check=True)
        assert planned["changed"]
        assert "canary" not in str(planned)
        found.add(planned["plan_digest"])
    assert len(found) == 1 or key
