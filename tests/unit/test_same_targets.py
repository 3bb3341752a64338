"""Which connections reach the same: what tells a target, how spellings are told from targets, and over many tenants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.filter.audit_findings import audit_findings
from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
from ansible_collections.qlikops.cloud.plugins.module_utils._model.targets import target_of
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.junit import junit_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant as Audited
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import build
from ansible_collections.qlikops.cloud.plugins.plugin_utils._same_targets import PatternError, same_targets

from tests.emulator import Tenant
from tests.jobs import requests_of, succeed

BULK = "qlik_data_connections"
POSTGRES = ("host", "port", "db")
CANARY = "canary-key-hunter2hunter2"


def reached(source: str, identity: tuple[str, ...] = (), **properties: Any) -> str:
    return target_of(source, list(properties.items()), identity)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"host": "db.example.com", "db": "x"}, {"host": "DB.EXAMPLE.COM.", "port": "5432", "db": "x"}),
        ({"host": "db.example.com", "port": 5432, "db": "x"}, {"host": "db.example.com:5432", "db": "x"}),
        ({"host": "10.0.0.1", "db": "x"}, {"host": "167772161", "db": "x"}),
        ({"host": "10.0.0.1", "db": "x"}, {"host": "::ffff:10.0.0.1", "db": "x"}),
        ({"host": "db.example.com", "db": "x", "username": "a"}, {"host": "db.example.com", "db": "x"}),
    ],
)
@pytest.mark.parametrize("identity", [POSTGRES, ()])
def test_spellings_of_one_target(first: dict[str, Any], second: dict[str, Any], identity: tuple[str, ...]) -> None:
    assert reached("postgres", identity, **first) == reached("postgres", identity, **second) != ""


@pytest.mark.parametrize(
    "other",
    [
        {"host": "db2.example.com", "db": "x"},
        {"host": "db.example.com", "db": "y"},
        {"host": "db.example.com", "db": "x", "port": "5433"},
        {"host": "db.example.com:5433", "db": "x"},
    ],
)
def test_other_targets(other: dict[str, Any]) -> None:
    assert reached("postgres", POSTGRES, host="db.example.com", db="x") != reached("postgres", POSTGRES, **other)


def test_the_same_database_behind_another_connector_is_the_same() -> None:
    through = reached("DG_postgres", POSTGRES, host="db.example.com", db="x", gatewayInstance="g::g")
    assert through == reached("postgres", POSTGRES, host="db.example.com", db="x")
    assert reached("mysql", POSTGRES, host="db.example.com", db="x") != through


def test_a_private_address_is_another_one_behind_each_gateway() -> None:
    first = reached("DG_postgres", POSTGRES, host="10.0.0.5", db="x", gatewayInstance="a::a")
    assert first != reached("DG_postgres", POSTGRES, host="10.0.0.5", db="x", gatewayInstance="b::b")
    assert "via a::a" in first
    assert reached("DG_postgres", POSTGRES, host="db", db="x", gatewayInstance="a::a").endswith("database=x")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://api.example.com/v1", "HTTPS://API.EXAMPLE.COM:443/v1/", True),
        (f"https://user:{CANARY}@api.example.com/v1?token={CANARY}#x", "https://api.example.com/v1", True),
        ("https://api.example.com/v1", "http://api.example.com/v1", False),
        ("https://api.example.com/v1", "https://api.example.com:8443/v1", False),
        ("https://api.example.com/v1", "https://api.example.com/v2", False),
    ],
)
def test_addresses(first: str, second: str, same: bool) -> None:
    texts = [reached("rest", ("url",), url=text) for text in (first, second)]
    assert (texts[0] == texts[1]) is same
    assert CANARY not in "".join(texts)


def test_buckets_and_what_tells_nothing() -> None:
    bucket = reached("File_AmazonS3ConnectorV2", ("region", "bucketName"), region="eu-west-1", bucketName="b")
    assert bucket == reached("AmazonS3ConnectorV2", ("region", "bucketName"), region="eu-west-1", bucketName="b")
    assert reached("postgres", POSTGRES, port="5432") == ""
    assert reached("somewhere", password=CANARY, accessKey=CANARY) == ""
    assert reached("athena", awsRegion="eu-west-1") == ""


def test_secrets_are_no_part_of_it() -> None:
    text = reached("odd", ("host", "password", "apiKey", "username"), host="h.example", password=CANARY, apiKey=CANARY)
    assert text == "odd h.example"


def held(*names: str, target: str = "postgres h:5432", host: str = "") -> dict[str, Any]:
    entries = [
        {"space": "Sales", "name": name, "id": f"{host}{name}", "data_source": "postgres", "target": target}
        for name in names
    ]
    return {"changed": False, "results": [], "targets": entries}


def test_connections_of_one_tenant_and_of_several() -> None:
    results = {"a": held("One", "Two", host="a"), "b": held("One", host="b"), "c": held("Own", target="t", host="c")}
    found = same_targets(results, [])
    assert {host: [one["name"] for one in entries] for host, entries in found.items()} == {
        "a": ["One", "Two"],
        "b": ["One"],
    }
    assert found["b"][0]["elsewhere"]
    assert found["b"][0]["others"] == [
        {"host": "a", "space": "Sales", "name": "One"},
        {"host": "a", "space": "Sales", "name": "Two"},
    ]
    assert not same_targets({"a": held("One", "Two", host="a")}, [])["a"][0]["elsewhere"]


def test_what_several_may_reach_and_one_tenant_under_two_names() -> None:
    results = {"a": held("One", host="x"), "b": held("One", host="x")}
    assert same_targets(results, []) == {}
    results = {"a": held("One", host="a"), "b": held("One", host="b")}
    assert same_targets(results, ["postgres h:*"]) == {}
    assert same_targets(results, ["mysql *"]).keys() == {"a", "b"}
    with pytest.raises(PatternError, match="without its"):
        same_targets(results, ["[a"])


def test_many_are_counted() -> None:
    found = same_targets({f"t{number}": held("One", host=f"t{number}") for number in range(300)}, [])
    assert [len(found["t7"][0]["others"]), found["t7"][0]["more"]] == [10, 289]


def test_it_is_a_finding_and_fails_only_where_it_is_named() -> None:
    entry = {**held("One")["targets"][0], "others": [{"host": "b", "space": "", "name": "X"}], "more": 0}
    same = {"a": [{**entry, "elsewhere": True}]}
    result = {"changed": False, "results": [], "targets": []}
    assert audit_findings(result, same_targets=same["a"]) == ["1 reaches what others reach too (Sales:One)"]
    assert audit_findings(result, ["drift"], same_targets=same["a"]) == []
    lines = summarize_audit({"a": result}, ["same_target"], same_targets=same)
    assert lines == [
        "a: 1 reaches what others reach too (Sales:One)",
        "0 of 1 tenant matches what is declared; 0 differ; 1 reaches what others reach too; 0 could not be audited.",
    ]
    for fail_on, ending in ((["drift"], "skipped"), (["same_target"], "failure")):
        report = build(
            "audit",
            {"a": Audited({**result, "same_targets": same["a"]})},
            created="2026-01-02T03:04:05Z",
            version="1",
            fail_on=fail_on,
        )
        assert report["tenants"]["a"]["state"] == ("same_target" if ending == "failure" else "unchanged")
        assert report["tenants"]["a"]["passed"] is (ending != "failure")
        assert f'<{ending} message="same target as others"' in "".join(junit_lines(report))


def test_a_tenant_says_what_its_connections_reach_with_one_request_more(acme: Tenant) -> None:
    properties = {"host": "DB.example.com", "db": "x", "username": "app", "password": CANARY}
    acme.add_connection("Orders", "postgres", properties, space=acme.add_space("Sales").name)
    acme.add_connection("Own", "rest", {"url": f"https://api.example.com/?key={CANARY}"}, space=None)
    acme.reset_log()
    without = succeed(BULK, acme, {"list_undeclared": "all"}, check=True)
    asked = requests_of(acme)
    assert "targets" not in without
    acme.reset_log()
    result = succeed(BULK, acme, {"list_undeclared": "all", "list_targets": True}, check=True)
    assert sorted(requests_of(acme)) == sorted([*asked, "GET v1/data-sources"])
    assert {(one["space"], one["name"], one["target"]) for one in result["targets"]} == {
        ("Sales", "Orders", "postgres db.example.com:5432 database=x"),
        ("", "Own", "rest https://api.example.com"),
    }
    assert CANARY not in str(result)
