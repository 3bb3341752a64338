"""Attempts to get past a policy, to make it say too much, to stop it, and to have two targets taken for one."""

from __future__ import annotations

import json
import time
from typing import Any
from xml.etree import ElementTree

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import read_policy
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import MOST_HOSTS, hosts_named
from ansible_collections.qlikops.cloud.plugins.module_utils._model.targets import target_of
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import misspelt_options, nearly_policies
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant as Audited
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import build
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.page import page_parts
from ansible_collections.qlikops.cloud.plugins.plugin_utils._same_targets import same_targets
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator import Tenant
from tests.jobs import run, succeed

BULK = "qlik_data_connections"
CANARY = "canary-pw-hunter2hunter2"
ALLOW = {"name": "ours", "hosts": {"allow": ["*.good.example", "192.168.0.0/16"]}}
DENY = {"name": "no-evil", "hosts": {"deny": ["*.evil.example", "evil.example", "10.0.0.0/8"]}}
GOOD = {"host": "db.good.example", "db": "x"}


@pytest.fixture
def sales(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def audited(tenant: Tenant, *rules: Any, **more: Any) -> dict[str, Any]:
    definition = {"name": "Orders", "space": "Sales", "data_source": "postgres", "secrets": {"password": CANARY}}
    definition["properties"] = {**GOOD, "username": "app"}
    options = {"connections": [definition], "policy": list(rules), "breaches": "list", "list_undeclared": "all", **more}
    return succeed(BULK, tenant, options, check=True)


def reasons(tenant: Tenant, *rules: Any) -> list[str]:
    return [one["reason"] for one in audited(tenant, *rules)["policy"]["breaches"]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("extra", f"https://good.example:{'0' * 2100}@a.evil.example/"),
        ("extra", f"Server=db.good.example{', ' * 1100}a.evil.example"),
        ("extra", 'Driver=x;Server="a.evil.example";Database=y'),
        ("extra", "Driver=x;Server={a.evil.example};Database=y"),
        ("extra", "Server1=a.evil.example"),
        ("host1", "a.evil.example"),
        ("hostname_2", "a.evil.example"),
        ("host", "a.evil.example;ApplicationIntent=ReadOnly"),
        ("host", "a.evil.example?a=b"),
        ("host", "a.evil.example%2f.good.example"),
        ("host", "a.evil.example%00.good.example"),
        ("host", "x%40a.evil.example%2f.good.example"),
        ("host", "a.evil.example\uff0f.good.example"),
        ("host", "db.good.example:443:a.evil.example"),
        ("host", f"{'0' * 45}12.0.0.1"),
        ("host", f"{'0' * 45}167772161"),
        ("host", "0x" + "0" * 45 + "a000001"),
        ("host", "::ffff:0:10.0.0.1"),
        ("host", "64:ff9b:1::10.0.0.1"),
        ("host", {"first": {"second": "a.evil.example"}}),
        ("extra", "https:/a.evil.example/"),
        ("extra", "https:a.evil.example"),
        ("extra", "jdbc:oracle:thin:@a.evil.example:1521:orcl"),
        ("extra", "mongodb://db.good.example,a.evil.example/x"),
        ("path", "file://a.evil.example/share"),
        ("queryHeaders", "Host%2a.evil.example%1"),
        ("queryHeaders", "Accept%2x%1X-Server%2https://a.evil.example/%1"),
    ],
)
def test_no_other_spelling_and_place_gets_a_host_past_a_rule(sales: Tenant, name: str, text: Any) -> None:
    """Beside a host that is allowed, so that it isn't missed."""
    definition = {"name": "Other", "space": "Sales", "data_source": "postgres", "secrets": {"password": CANARY}}
    definition["properties"] = {"server": "db.good.example", "username": "app", name: text}
    given = {"connections": [definition], "breaches": "list", "validate": False}
    for rule, said in ((ALLOW, "it leads to"), (DENY, "is denied")):
        result = succeed(BULK, sales, {**given, "policy": [rule]}, check=True)
        assert any(said in one["reason"] for one in result["policy"]["breaches"])


@pytest.mark.parametrize(
    "properties",
    [
        {"host": "a.evil.example%2f.good.example"},
        {"host": "a.evil%2eexample"},
    ],
)
def test_nor_does_one_that_stands_in_the_statement_of_a_connection_that_is_there(
    sales: Tenant, properties: dict[str, Any]
) -> None:
    held = {"server": "db.good.example", **properties}
    sales.add_connection(name="Other", space="Sales", data_source="postgres", properties=held)
    assert any("is denied" in reason for reason in reasons(sales, DENY))


def test_a_header_in_a_statement_names_a_host_as_well(sales: Tenant) -> None:
    header = [{"name": "Host", "value": "a.evil.example"}]
    held = {"url": "https://api.good.example", "queryHeaders": header}
    sales.add_connection(name="Properties", space="Sales", data_source="rest", properties=held)
    text = 'CUSTOM CONNECT TO "provider=QvRestConnector.exe;url=https://a.good.example;queryHeaders=Host%2a.evil.example%1"'
    sales.add_connection(name="Raw", space="Sales", data_source="rest", connect_statement=text)
    found = [one["name"] for one in audited(sales, DENY)["policy"]["breaches"]]
    assert found == ["Properties", "Raw"]


def test_names_that_two_standards_look_up_differently_must_obey_in_both_readings() -> None:
    names = {name for named in hosts_named([("host", "stra\u00dfe.example")]).hosts for name in named.host.names}
    assert {"strasse.example", "xn--strae-oqa.example"} <= names


def test_what_is_not_looked_through_can_not_be_told(sales: Tenant) -> None:
    hidden = {"server": "db.good.example", "extra": "x" * 70000 + " https://a.evil.example/"}
    sales.add_connection(name="Long", space="Sales", data_source="postgres", properties=hidden)
    (reason,) = reasons(sales, DENY)
    assert reason == "it can't be told where else it leads: it holds texts of more than 65536 characters"
    (breach,) = audited(sales, {**DENY, "when_unknown": "warn"})["policy"]["breaches"]
    assert (breach["severity"], breach["told"]) == ("warn", False)


def test_an_address_that_can_not_be_read_is_no_obedience(sales: Tenant) -> None:
    held = {"server": "db.good.example", "host": "DSN=somewhere"}
    sales.add_connection(name="Odd", space="Sales", data_source="postgres", properties=held)
    assert reasons(sales, ALLOW) == ["it can't be told where else it leads: not all of its addresses can be read"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("url", "https://api.good.example/v1?a=b&c=d"),
        ("host", "db.good.example:5432"),
        ("host", "tcp:db.good.example,1433"),
        ("host", "db.good.example\\SALES,1433"),
        ("server", "Server=db.good.example;Database=x;Trusted=yes"),
        ("extra", "see https://api.good.example/v1, then mail"),
        ("extra", "mongodb+srv://user:pw@a.good.example,b.good.example/x?y=z"),
        ("jdbcUrl", "jdbc:sqlserver://db.good.example\\inst:1433;databaseName=x"),
        ("brokers", ["a.good.example:9092", "b.good.example:9092"]),
        ("db", "file:///data/x"),
        ("sql", "SELECT a FROM b WHERE c = 'd' AND note = {e}"),
    ],
)
def test_what_is_allowed_stays_allowed(sales: Tenant, name: str, value: Any) -> None:
    definition = {"name": "Good", "space": "Sales", "data_source": "postgres", "secrets": {"password": CANARY}}
    definition["properties"] = {**GOOD, "username": "app", name: value}
    given = {"connections": [definition], "policy": [ALLOW, DENY], "breaches": "list", "validate": False}
    assert succeed(BULK, sales, given, check=True)["policy"]["breaches"] == []


@given(st.text(max_size=60), st.sampled_from(["host", "url", "extra", "queryHeaders", "server2"]))
def test_no_text_stops_the_search_for_hosts(text: str, name: str) -> None:
    hosts_named([(name, text)])
    hosts_named([(name, f"https://{text}")])
    target_of("mssql", [(name, text), ("db", text)], ())


@pytest.mark.parametrize(
    "text",
    [
        "db.good.example \u00b2",
        "a," * 32000,
        "a:" * 32000,
        "a" * 40 + " " * 60000,
        ("a" * 40 + " " * 1500) * 40,
        ",".join(f"h{number}.evil.example" for number in range(7000)),
        ",".join("\u00e9" * 900 + str(number) for number in range(70)),
        "xn--" + "a" * 60000,
    ],
)
def test_no_text_of_a_tenant_stops_an_audit_or_fills_its_result(sales: Tenant, text: str) -> None:
    began = time.process_time()
    for name in ("host", "extra"):
        assert len(hosts_named([(name, text)]).hosts) <= MOST_HOSTS + 1
    assert time.process_time() - began < 5
    sales.add_connection(name="Odd", space="Sales", data_source="postgres", properties={"host": text, "db": "x"})
    result = audited(sales, DENY, list_targets=True)
    assert len(result["policy"]["breaches"]) <= MOST_HOSTS + 2
    assert all(len(entry["target"]) <= 256 for entry in result["targets"])


def test_a_name_that_is_too_long_does_not_fill_a_message(sales: Tenant) -> None:
    sales.add_connection(name="N" * 100000, space="Sales", properties={"host": "a.evil.example"})
    given = {"connections": [], "spaces": [{"name": "Sales"}], "policy": [DENY]}
    said = run(BULK, sales, given)["msg"]
    assert "undeclared connection 'NNN" in said
    assert len(said) < 2000


def test_what_a_breach_and_a_target_quote_holds_no_password(sales: Tenant) -> None:
    texts = (
        {"host": f"u:{CANARY}:x@a.evil.example", "SSLMode": f"x;password={CANARY}"},
        {"host": f"{CANARY}:pw@x", "SSLMode": f"disable {CANARY}"},
        {"host": f"http://u:{CANARY}:80x@h", "SSLMode": f"{CANARY}1"},
        {"url": f"{CANARY}@a.evil.example/x"},
    )
    for number, held in enumerate(texts):
        sales.add_connection(name=f"C{number}", space="Sales", properties={**held, "db": "x"})
    result = audited(sales, DENY, ALLOW, {"name": "tls", "tls": "required"}, list_targets=True)
    assert CANARY not in json.dumps(result["policy"])
    assert CANARY not in json.dumps(result["targets"])


def test_undeclared_and_unknown_are_as_bad_as_they_are_called(sales: Tenant) -> None:
    """Also where the rule itself only warns."""
    sales.add_connection(name="Stranger", space="Sales", properties={"host": "a.evil.example"})
    strict = {**DENY, "severity": "warn", "undeclared": "fail"}
    assert [one["severity"] for one in audited(sales, strict)["policy"]["breaches"]] == ["fail"]
    given = {"connections": [], "spaces": [{"name": "Sales"}], "policy": [strict]}
    assert "rule 'no-evil'" in run(BULK, sales, given)["msg"]
    unknown = {"name": "tls", "tls": "required", "severity": "warn", "when_unknown": "fail"}
    sales.add_connection(name="Odd", space="Sales", data_source="mysql", properties=GOOD)
    severities = {one["name"]: one["severity"] for one in audited(sales, unknown)["policy"]["breaches"]}
    assert severities["Odd"] == "fail"
    assert severities["Orders"] == "warn"
    ignored = {**unknown, "undeclared": "ignore"}
    assert [one["name"] for one in audited(sales, ignored)["policy"]["breaches"]] == ["Orders"]


def test_connections_of_one_name_in_two_personal_spaces_are_two(sales: Tenant) -> None:
    for owner in sales.users:
        sales.add_connection(name="Own", owner=owner, properties={"host": "a.evil.example"})
    result = audited(sales, DENY)
    assert len({one["id"] for one in result["policy"]["breaches"]}) == len(sales.users) == 2
    assert result["policy"]["rules"] == [{"name": "no-evil", "connections": 3}]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (".example.com", "'*.example.com' is for all names"),
        ("167772161", "write it as 10.0.0.1"),
        ("010.0.0.1", "write it as 10.0.0.1"),
        ("[2001:db8::1]", "without brackets"),
        ("*.example.com:*", "names a port"),
        ("[ab].example.com:5432", "names a port"),
        ("db.example.com,1433", "a character that no host name has"),
        ("\\\\files\\share", "a character that no host name has"),
    ],
)
def test_a_pattern_that_no_host_can_have_is_an_error(pattern: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_policy([{"name": "x", "hosts": {"deny": [pattern]}}])
    assert said in "\n".join(caught.value.problems)


def test_a_network_counts_in_its_longer_form_as_well(sales: Tenant) -> None:
    sales.add_connection(name="Other", space="Sales", data_source="postgres", properties={"host": "10.0.0.1"})
    assert reasons(sales, {"name": "x", "hosts": {"deny": ["::ffff:10.0.0.0/104"]}})


@pytest.mark.parametrize("pattern", ["[ab]*.example.com", "2001:db8:*", "fd00::/8", "b\u00fccher.example", "[!a]x"])
def test_a_pattern_that_a_host_can_have_is_none(pattern: str) -> None:
    assert read_policy([{"name": "x", "hosts": {"deny": [pattern]}}])


def test_variables_that_are_nearly_called_as_layers_are_named() -> None:
    near = ["qlik_connection_policy_00_fleet", "qlik_connections_polcy_00"]
    others = ["qlik_policy_page", "qlik_connections_only", "qlik_connections_policy_00", "qlik_connections_policy_from"]
    assert nearly_policies([*others, *near]) == near
    assert "none of their rules counts: qlik_connection_policy_00_fleet" in misspelt_options([*others, *near])[-1]
    assert misspelt_options(others) == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"host": "[2001:db8::1]:5433"}, {"host": "[2001:db8::1]:5434"}, False),
        ({"host": "[2001:db8::1]:5433"}, {"host": "2001:DB8:0::1", "port": "05433"}, True),
        ({"host": "db.example.com,1434"}, {"host": "db.example.com"}, False),
        ({"host": "tcp:db.example.com,1433"}, {"host": "db.example.com"}, True),
        ({"host": "db.example.com\\SALES"}, {"host": "db.example.com\\HR"}, False),
        ({"host": "db.example.com\\SALES"}, {"host": "DB.example.com.\\sales"}, True),
        ({"host": "db.example.com", "port": "01433"}, {"host": "db.example.com"}, True),
        ({"host": "h.example", "db": "x schema=y"}, {"host": "h.example", "db": "x", "schema": "y"}, False),
        ({"url": "https://h.example:0443/a"}, {"url": "https://h.example/a"}, True),
        ({"url": "https://[2001:db8::1]:8443/a"}, {"url": "https://[2001:db8::1]/a"}, False),
    ],
)
def test_what_is_one_target_and_what_is_not(first: dict[str, Any], second: dict[str, Any], same: bool) -> None:
    targets = [target_of("mssql", list({"db": "x", **held}.items()), ()) for held in (first, second)]
    assert (targets[0] == targets[1]) is same
    assert "" not in targets


def test_a_list_of_addresses_in_a_statement_is_read_item_by_item() -> None:
    named = hosts_named([("brokers", "a.good.example:9092%1b.good.example:9092%1")]).hosts
    assert [one.label for one in named] == ["a.good.example", "b.good.example"]


def test_a_port_in_the_address_of_a_tenant_makes_no_other_tenant_of_it(sales: Tenant) -> None:
    """The emulator's have one."""
    tagged = {"name": "tagged", "tags": "required"}
    assert audited(sales, {**tagged, "where": {"tenants": ["127.0.0.1"]}})["policy"]["breaches"]
    assert audited(sales, {**tagged, "where": {"tenants": ["127.0.0.1:*"]}})["policy"]["breaches"]
    assert not audited(sales, {**tagged, "except": {"tenants": ["127.0.0.1"]}})["policy"]["breaches"]
    assert not audited(sales, {**tagged, "where": {"tenants": ["localhost"]}})["policy"]["breaches"]


def test_no_text_of_a_tenant_breaks_the_reports() -> None:
    odd = "\x00\x1b[31m]]>&<script>alert(1)</script>\u202e{{ 1+1 }}\uffff--><!--\ud800"
    breach = dict.fromkeys(("rule", "space", "name", "id", "data_source", "reason", "message"), odd)
    breaches = [{**breach, "severity": "fail", "declared": True, "told": True}, {"rule": 3, "name": {}}, 7]
    target = dict.fromkeys(("space", "name", "data_source", "target"), odd)
    result = {
        "changed": False,
        "results": [],
        "policy": {"digest": "x", "rules": [{"name": odd, "connections": 0}], "breaches": breaches},
        "targets": [{**target, "id": f"{number}{odd}"} for number in range(2)],
    }
    same = same_targets({"a": result}, [])
    tenants = {"a": Audited({**result, "same_targets": same["a"]})}
    report = build("audit", tenants, created="2026-01-02T03:04:05Z", version="1", fail_on=["policy", "same_target"])
    junit = "".join(junit_lines(report))
    cases = list(ElementTree.fromstring(junit.encode("utf-8", "strict")).iter("testcase"))  # noqa: S314 our own text
    assert sum(case.find("failure") is not None for case in cases) >= 3
    assert "<script>alert" not in "".join(page_parts(report))
    json.dumps(report).encode("utf-8", "strict")


@pytest.mark.parametrize(
    ("source", "name", "goes"),
    [
        ("DG_postgres", "gatewayInstance", True),
        ("repsrc_postgresql", "agentId", True),
        ("postgres", "gatewayInstance", False),
        ("rest", "agentId", False),
        ("DG_postgres", "agentId", False),
    ],
)
def test_a_gateway_counts_where_the_source_uses_it(sales: Tenant, source: str, name: str, goes: bool) -> None:
    """Qlik keeps properties that a source doesn't know."""
    held = {"host": "db.good.example", name: "g::g"}
    sales.add_connection(name="Other", space="Sales", data_source=source, properties=held)
    rule = {"name": "gateway", "gateway": "required", "where": {"names": ["Other"]}}
    found = reasons(sales, rule)
    assert (found == []) is goes
    assert all("can't be told whether it goes through the gateway" in reason for reason in found)
