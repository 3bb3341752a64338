"""What a tenant holds comes out as definitions that change nothing there, and that with secrets rebuild it
elsewhere.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Emulator, Tenant
from tests.emulator.catalogue import CATALOGUE
from tests.jobs import run, succeed
from tests.samples import GATEWAY, sample

KEY = "a fingerprint key of some length"


@pytest.fixture
def tenants(emulator: Emulator) -> tuple[Tenant, Tenant]:
    pair = (emulator.tenant("acme"), emulator.add_tenant({"name": "other"}))
    for tenant in pair:
        tenant.add_space("Sales", "shared")
        tenant.gateways = {"DG_*": [GATEWAY]}
        tenant.limits.configure(enabled=False)
    return pair


@pytest.mark.parametrize("values", ["text", "typed"])
def test_every_source_comes_out_and_goes_in_again(tenants: tuple[Tenant, Tenant], values: str) -> None:
    acme, other = tenants
    for tenant in tenants:
        tenant.set_behaviours(parse_values=values)
    definitions: list[dict[str, Any]] = []
    secrets: dict[str, dict[str, Any]] = {}
    for source in CATALOGUE.values():
        properties, secrets[source.id] = sample(source)
        definitions.append(
            {"name": source.id, "space": "Sales", "data_source": source.id, "properties": properties, "tags": ["t"]}
        )
    whole = [{**definition, "secrets": secrets[definition["name"]]} for definition in definitions]
    created = succeed("qlik_data_connections", acme, {"connections": whole, "fingerprint_key": KEY})
    assert created["summary"]["created"] == len(CATALOGUE)
    again = succeed("qlik_data_connections", acme, {"connections": whole, "fingerprint_key": KEY})
    assert [item for item in again["results"] if item["action"] != "none"] == []

    exported = succeed("qlik_data_connection_info", acme, {"definitions": True})["definitions"]
    assert len(exported) == len(CATALOGUE)
    assert "top-secret" not in str(exported)
    acme.reset_log()
    applied = succeed("qlik_data_connections", acme, {"connections": exported, "fingerprint_key": KEY})
    assert [item for item in applied["results"] if item["action"] != "none"] == []
    assert acme.writes() == []

    complete = [{**definition, "secrets": secrets[definition["name"]]} for definition in exported]
    lists = {"queryHeaders", "queryParameters"}  # with an encrypted item, they are left out as a whole
    for definition in complete:
        whole_lists = {name: value for name, value in sample(CATALOGUE[definition["name"]])[0].items() if name in lists}
        definition["properties"] = {**definition["properties"], **whole_lists}
    rebuilt = succeed("qlik_data_connections", other, {"connections": complete, "fingerprint_key": KEY})
    assert rebuilt["summary"]["created"] == len(CATALOGUE)
    for connection in acme.connections.values():
        twin = other.connection(connection.name, "Sales")
        assert other.properties_of(twin.id) == acme.properties_of(connection.id)


def test_what_stands_in_the_open_but_is_a_secret_is_not_exported(tenants: tuple[Tenant, Tenant]) -> None:
    acme, _other = tenants
    properties = {
        "url": "https://me:canary@api.example/v1?api_key=canary",
        "queryHeaders": [{"name": "Authorization", "value": "canary"}],
    }
    acme.add_connection("Things", "rest", {**properties, "timeout": "5"}, space="Sales")
    (definition,) = succeed("qlik_data_connection_info", acme, {"definitions": True})["definitions"]
    assert "canary" not in str(definition)
    assert definition["properties"]["timeout"] == "5"


@pytest.mark.parametrize(
    ("properties", "masked"),
    [
        (
            {"url": "https://api.example/v1?page=2&api_key=canary#top"},
            {"url": "https://api.example/v1?page=2&api_key=********"},
        ),
        ({"url": "https://me:canary@api.example/v1?page=1"}, {"url": "https://********@api.example/v1?page=1"}),
        (
            {"queryHeaders": [{"name": "Accept", "value": "text/csv"}, {"name": "Authorization", "value": "canary"}]},
            {"queryHeaders": [{"name": "Accept", "value": "text/csv"}, {"name": "Authorization", "value": "********"}]},
        ),
        (
            {"queryParameters": [{"name": "page", "value": "1"}, {"name": "token", "value": "canary"}]},
            {"queryParameters": [{"name": "page", "value": "1"}, {"name": "token", "value": "********"}]},
        ),
    ],
)
def test_of_what_holds_a_secret_all_else_is_kept_and_it_is_named(
    tenants: tuple[Tenant, Tenant], properties: dict[str, Any], masked: dict[str, Any]
) -> None:
    acme, _other = tenants
    acme.add_connection("Things", "rest", {"url": "https://api.example", **properties, "timeout": "5"}, space="Sales")
    result = succeed("qlik_data_connection_info", acme, {"definitions": True})
    (definition,), (note,) = result["definitions"], result["definition_notes"]
    assert not set(properties) & set(definition["properties"])
    assert note["left_out"] == list(masked)
    assert "canary" not in str(result)
    for name, value in masked.items():
        shown = note["masked"][name]
        assert shown == value or str(shown).replace("%2", "=").startswith(str(value))
    again = succeed("qlik_data_connections", acme, {"connections": [{**definition, "state": "present"}]}, check=True)
    assert [
        change for item in again["results"] for change in item["changes"] if "url" in change or "query" in change
    ] == []


@pytest.mark.parametrize("name", ["Pwd", "ClientSecret", "sas_token"])
def test_a_secret_of_a_statement_that_no_specification_knows_is_named(
    tenants: tuple[Tenant, Tenant], name: str
) -> None:
    acme, _other = tenants
    row = acme.add_connection("Odbc", "postgres", {"host": "h"}, space="Sales")
    row.properties = {**row.properties, name: "canary"}
    result = succeed("qlik_data_connection_info", acme, {"definitions": True})
    (definition,), (note,) = result["definitions"], result["definition_notes"]
    assert name not in definition["properties"]
    assert name in note["left_out"]
    assert name in note["secrets"]
    assert "canary" not in str(result["definitions"]) + str(result["definition_notes"])


@pytest.mark.parametrize("statement", ["ODBC CONNECT TO [dsn];Pwd=canary", 'CUSTOM CONNECT TO "provider=x;oops;db=1;"'])
def test_an_unreadable_statement_is_named_and_gives_no_properties(
    tenants: tuple[Tenant, Tenant], statement: str
) -> None:
    acme, _other = tenants
    row = acme.add_connection("Odd", "postgres", {"host": "h"}, space="Sales")
    row.properties, row.statement = {}, statement

    def unparsed(_entry: Any, answer: Any) -> None:
        if answer.payload.get("qName") == "Odd":
            answer.payload["connectionProperties"] = {}

    acme.add_hook("after", unparsed, match={"path": f"/data-connections/{row.id}"}, times=None)
    result = succeed("qlik_data_connection_info", acme, {"definitions": True})
    (definition,), (note,) = result["definitions"], result["definition_notes"]
    assert "properties" not in definition
    assert note["left_out"] == ["connect_statement"]
    assert "canary" not in str(definition) + str(note)


MANAGED = "qlikops.cloud:managed"
MANY = [f"t{number:02}" for number in range(30)]


@pytest.mark.parametrize(
    ("names", "nameless"),
    [
        (["Orders", "Returns"], []),
        (["Orders", "orders"], []),
        (["Orders", "Orders "], ["Orders", "Orders "]),
        (["a b", "a  b", "c"], ["a  b", "a b"]),
        (["\u00e9", "e\u0301"], ["e\u0301", "\u00e9"]),
        (["line\nbreak", "c"], ["line\nbreak"]),
    ],
)
@pytest.mark.parametrize("space", ["Sales", None])
def test_a_name_by_which_nothing_can_be_made_anew_is_named(
    tenants: tuple[Tenant, Tenant], names: list[str], nameless: list[str], space: str | None
) -> None:
    acme, _other = tenants
    for name in names:
        acme.add_connection(name, "postgres", {"host": "h"}, space=space, tags=[MANAGED])
    result = succeed("qlik_data_connection_info", acme, {"definitions": True, "managed": "yes"})
    pairs = list(zip(result["definitions"], result["definition_notes"], strict=True))
    assert sorted(definition["name"] for definition, note in pairs if note["left_out"] == ["name"]) == nameless
    assert [note for _definition, note in pairs if note["left_out"] not in ([], ["name"])] == []
    for connection in list(acme.connections):
        acme.remove_connection(connection)
    back = run("qlik_data_connections", acme, {"connections": result["definitions"]})
    assert bool(back.get("failed")) is bool(nameless), back.get("msg")


def test_what_stays_keeps_a_name_that_is_nearly_its_own_from_coming_back(tenants: tuple[Tenant, Tenant]) -> None:
    acme, _other = tenants
    made = acme.add_connection("Orders", "postgres", {"host": "h"}, space="Sales", tags=[MANAGED])
    acme.add_connection("orders", "postgres", {"host": "h"}, space="Sales")
    (note,) = succeed("qlik_data_connection_info", acme, {"definitions": True, "managed": "yes"})["definition_notes"]
    assert (note["id"], note["left_out"]) == (made.id, ["name"])
    # All of them are in an export of all.
    notes = succeed("qlik_data_connection_info", acme, {"definitions": True})["definition_notes"]
    assert [one["left_out"] for one in notes] == [[], []]


@pytest.mark.parametrize(("tags", "kept"), [(["t", " "], ["t"]), ([" "], None), (MANY, MANY[:-1]), (["t"], ["t"])])
def test_tags_that_nobody_can_declare_are_left_out_and_named(
    tenants: tuple[Tenant, Tenant], tags: list[str], kept: list[str] | None
) -> None:
    acme, other = tenants
    properties = {"host": "h", "username": "u", "password": "p"}
    acme.add_connection("Orders", "postgres", properties, space="Sales", tags=[*tags, MANAGED])
    result = succeed("qlik_data_connection_info", acme, {"definitions": True})
    (definition,), (note,) = result["definitions"], result["definition_notes"]
    assert definition.get("tags") == kept
    assert note["left_out"] == ([] if kept == tags else ["tags"])
    made = succeed("qlik_data_connections", other, {"connections": [{**definition, "secrets": {"password": "p"}}]})
    assert made["summary"]["created"] == 1


def test_properties_told_by_a_statement_are_what_it_means(tenants: tuple[Tenant, Tenant]) -> None:
    acme, _other = tenants
    url = "https://api.example/a%2Fb%20c?page=1&format=100%25"
    acme.add_connection("Things", "rest", {"url": url, "CustomUserAgent": "100%2"}, space="Sales", tags=[MANAGED])
    acme.add_connection("Orders", "postgres", {"host": "h", "db": "100%2=x"}, space="Sales", tags=[MANAGED])
    single = [
        succeed("qlik_data_connection_info", acme, {"name": name})["connections"][0] for name in ("Orders", "Things")
    ]
    listed = succeed("qlik_data_connection_info", acme, {"space": "Sales"})["connections"]
    for one, other in zip(single, listed, strict=True):
        told = one["properties"].keys() & other["properties"].keys()
        assert {name: one["properties"][name] for name in told} == {name: other["properties"][name] for name in told}
    assert listed[0]["properties"]["db"] == "100%2=x"
    assert listed[1]["properties"]["url"] == url
    assert listed[1]["properties"]["CustomUserAgent"] == "100%2"
    given_back = [{"name": one["name"], "space": "Sales", "properties": one["properties"]} for one in listed]
    applied = run("qlik_data_connections", acme, {"connections": given_back}, check=True)
    assert [result["changes"] for result in applied["results"]] == [[], []]
    gone = [{"name": "Things", "space": "Sales", "state": "absent"}]
    result = succeed("qlik_data_connections", acme, {"connections": gone}, check=True)
    assert result["diff"][0]["before"]["properties"]["url"] == url
