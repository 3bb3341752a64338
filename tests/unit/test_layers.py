"""Layers of definitions become one list."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter.merge_definitions import merge_definitions as merge_filter
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import merge_definitions, merge_spaces
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ORDERS: dict[str, Any] = {
    "name": "Orders",
    "space": "Sales",
    "data_source": "postgres",
    "properties": {"host": "db.example.com", "port": 5432, "username": "qlik"},
    "secrets": {"password": "first"},
    "tags": ["a", "b"],
}


def merged(*layers: Any) -> list[dict[str, Any]]:
    return merge_definitions(layers)


def orders(**members: Any) -> dict[str, Any]:
    return {"name": "Orders", "space": "Sales", **members}


def test_properties_and_secrets_are_merged_and_all_else_is_replaced() -> None:
    later = orders(properties={"host": "db-eu.example.com", "db": "orders"}, secrets={"token": "second"}, tags=["c"])
    assert merged([ORDERS], [later]) == [
        {
            **ORDERS,
            "properties": {"host": "db-eu.example.com", "port": 5432, "username": "qlik", "db": "orders"},
            "secrets": {"password": "first", "token": "second"},
            "tags": ["c"],
        }
    ]


def test_mappings_inside_properties_are_merged_and_lists_are_replaced() -> None:
    base = orders(properties={"key": {"path": "a.pem", "name": "a"}, "queryHeaders": [{"name": "a", "value": "1"}]})
    later = orders(properties={"key": {"path": "b.pem"}, "queryHeaders": [{"name": "b", "value": "2"}]})
    (definition,) = merged([base], [later])
    assert definition["properties"] == {
        "key": {"path": "b.pem", "name": "a"},
        "queryHeaders": [{"name": "b", "value": "2"}],
    }


def test_the_space_tells_definitions_of_one_name_apart() -> None:
    personal, elsewhere = {"name": "Orders", "tags": ["x"]}, {"name": "Orders", "space": "HR"}
    assert merged([ORDERS], [personal, elsewhere]) == [ORDERS, personal, elsewhere]


def test_the_id_counts_where_there_is_no_name() -> None:
    assert merged([{"id": "4711", "tags": ["a"]}], [{"id": "4711", "tags": ["b"]}]) == [{"id": "4711", "tags": ["b"]}]


def test_a_name_that_yaml_reads_as_a_number_is_the_same_name() -> None:
    assert merged([{"name": 2024, "tags": ["a"]}], [{"name": "2024", "tags": ["b"]}]) == [
        {"name": "2024", "tags": ["b"]}
    ]


def test_qliks_spellings_may_be_mixed_and_come_back_as_ours() -> None:
    base = {
        "qName": "Orders",
        "spaceId": "Sales",
        "datasourceID": "postgres",
        "connectionProperties": {"host": "a", "port": 1},
    }
    later = {
        "connectionName": "Orders",
        "space_id": "Sales",
        "dataSourceId": "mysql",
        "connection_properties": {"host": "b"},
    }
    assert merged([base], [later]) == [orders(data_source="mysql", properties={"host": "b", "port": 1})]


def test_null_takes_a_property_a_secret_or_a_whole_option_away() -> None:
    later = orders(properties={"port": None}, secrets={"password": None}, tags=None)
    assert merged([ORDERS], [later]) == [
        orders(data_source="postgres", properties={"host": "db.example.com", "username": "qlik"}, secrets={})
    ]
    assert "properties" not in merged([ORDERS], [orders(properties=None)])[0]


def test_what_was_taken_away_can_be_set_anew_without_what_it_was() -> None:
    key = orders(properties={"key": {"path": "a.pem", "name": "a"}})
    (definition,) = merged([key], [orders(properties={"key": None})], [orders(properties={"key": {"path": "b.pem"}})])
    assert definition["properties"] == {"key": {"path": "b.pem"}}


def test_absent_in_a_later_layer_leaves_nothing_that_a_connection_is_made_of() -> None:
    assert merged([ORDERS], [orders(state="absent")]) == [
        orders(data_source="postgres", tags=["a", "b"], state="absent")
    ]


def test_absent_lasts_until_a_layer_says_present() -> None:
    absent = orders(state="absent")
    assert merged([ORDERS], [absent], [orders(properties={"host": "x"})])[0]["state"] == "absent"
    (definition,) = merged([ORDERS], [absent], [orders(state="present")])
    assert definition == {**ORDERS, "state": "present"}


@pytest.mark.parametrize(("earlier", "later"), [("properties", "secrets"), ("secrets", "properties")])
def test_a_password_may_move_between_properties_and_secrets(earlier: str, later: str) -> None:
    base = orders(**{earlier: {"password": "first", "host": "h"}})
    (definition,) = merged([base], [orders(**{later: {"password": "second"}})])
    assert definition == orders(**{earlier: {"host": "h"}, later: {"password": "second"}})
    (definition,) = merged([base], [orders(**{later: {"password": None}})])
    assert "first" not in str(definition)


def test_a_password_may_move_while_others_are_set() -> None:
    base = orders(properties={"host": "h"}, secrets={"password": "first"})
    (definition,) = merged([base], [orders(properties={"password": "second"}, secrets={"token": "t"})])
    assert definition == orders(properties={"host": "h", "password": "second"}, secrets={"token": "t"})


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ({"name": "Orders"}, "region: it must be a list of definitions, but is a mapping."),
        ("Orders hunter2", "region: it must be a list of definitions, but is a text."),
        ([["hunter2"]], "region: definition 1: it must be a mapping with at least a name, but is a list."),
        ([None], "region: definition 1: it must be a mapping with at least a name, but is null."),
        ([{"space": "Sales"}], "region: definition 1: it has no name (nor the id of an existing connection)."),
        ([{"name": None}], "region: definition 1: it has no name (nor the id of an existing connection)."),
        ([{"name": ["Orders"]}], "region: definition 1: its name must be a text, but is a list."),
        (
            [{"name": "Orders"}, {"qName": "Orders"}],
            "region: connection 'Orders': it is declared twice in the same layer.",
        ),
        (
            [{"name": "Orders", "qName": "O"}],
            "region: connection 'Orders': name and qName are the same option; keep one of them.",
        ),
        (
            [{"name": "Orders", "secrets": "hunter2"}],
            "region: connection 'Orders': secrets must be a mapping, but is a text.",
        ),
        (
            [{"name": "Orders", "properties": ["hunter2"]}],
            "region: connection 'Orders': properties must be a mapping, but is a list.",
        ),
    ],
)
def test_an_error_names_the_layer_and_the_definition_but_no_value(layer: Any, problem: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        merge_definitions([[ORDERS], layer], ["all", "region"])
    assert raised.value.problems == [problem]


def test_all_problems_are_reported_at_once_and_layers_without_names_are_numbered() -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        merge_filter([[{"tags": []}], [], "x"])
    assert "layer 1: definition 1: it has no name" in str(raised.value)
    assert "layer 3: it must be a list" in str(raised.value)


def test_the_filter_takes_a_list_of_layers_only() -> None:
    with pytest.raises(AnsibleFilterError, match="takes a list of layers"):
        merge_filter({"all": []})


def test_what_goes_in_is_not_changed() -> None:
    base, later = [{**ORDERS, "properties": {"key": {"path": "a"}}}], [orders(properties={"key": {"path": "b"}})]
    merged(base, later)
    assert base == [{**ORDERS, "properties": {"key": {"path": "a"}}}]
    assert later == [orders(properties={"key": {"path": "b"}})]


# A busy machine is no defect.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

VALUES = (
    st.none() | st.booleans() | st.integers(0, 9) | st.text("xyz", max_size=3) | st.lists(st.integers(0, 3), max_size=2)
)
SET_VALUES = st.booleans() | st.integers(0, 9) | st.text("xyz", max_size=3) | st.lists(st.integers(0, 3), max_size=2)


def definitions(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    properties = st.dictionaries(st.sampled_from(["host", "db", "port", "password"]), values, max_size=3)
    return st.fixed_dictionaries(
        {"name": st.sampled_from("ABC")},
        optional={
            "space": st.sampled_from(["Sales", "HR"]),
            "properties": properties,
            "secrets": properties,
            "tags": st.lists(st.text("t", max_size=2), max_size=2),
            "state": st.just("present"),
        },
    )


def layers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(definitions(values), max_size=4, unique_by=lambda item: (item["name"], item.get("space")))


def by_place(found: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(item["name"], item.get("space", "")): item for item in found}


@unhurried
@given(layers(SET_VALUES))
def test_one_layer_without_nulls_is_what_it_was(layer: list[dict[str, Any]]) -> None:
    assert merged(layer) == layer


@unhurried
@given(layers(VALUES), layers(VALUES), st.randoms())
def test_the_order_within_a_layer_changes_the_order_only(
    base: list[dict[str, Any]], later: list[dict[str, Any]], random: Any
) -> None:
    expected = by_place(merged(base, later))
    random.shuffle(base)
    random.shuffle(later)
    assert by_place(merged(base, later)) == expected


@unhurried
@given(layers(VALUES), layers(VALUES), layers(VALUES))
def test_layers_can_be_merged_step_by_step(first: list[Any], second: list[Any], third: list[Any]) -> None:
    assert merged(merged(first, second), third) == merged(first, second, third)


@unhurried
@given(layers(SET_VALUES), layers(SET_VALUES), layers(SET_VALUES))
def test_without_nulls_the_grouping_is_free(first: list[Any], second: list[Any], third: list[Any]) -> None:
    assert by_place(merged(first, merged(second, third))) == by_place(merged(first, second, third))


def test_spaces_are_merged_by_name() -> None:
    base = [{"name": "Sales", "type": "data", "description": "a"}, {"name": "HR", "owner": "x"}]
    later = [{"name": "HR", "owner": None, "state": "absent"}, {"name": 7}, {"name": "Sales", "description": "b"}]
    assert merge_spaces([base, None, later]) == [
        {"name": "Sales", "type": "data", "description": "b"},
        {"name": "HR", "state": "absent"},
        {"name": 7},
    ]


def test_members_of_a_space_are_put_together_from_its_layers() -> None:
    base: dict[str, Any] = {
        "name": "Sales",
        "members": [{"group": "Admins", "roles": ["facilitator"]}, {"user": "Jo@x", "roles": ["a"]}],
    }
    later: dict[str, Any] = {
        "name": "Sales",
        "members": [{"user": "jo@X", "roles": ["b"]}, {"group": "admins", "roles": ["c"]}],
    }
    assert merge_spaces([[base], [later]]) == [
        {"name": "Sales", "members": [base["members"][0], *later["members"]]},
    ]
    gone: dict[str, Any] = {"name": "Sales", "members": [{"group": "Admins", "state": "absent"}]}
    assert merge_spaces([[base], [gone]])[0]["members"] == [base["members"][1], *gone["members"]]
    assert merge_spaces([[base], [{"name": "Sales", "members": []}]]) == [base]
    assert merge_spaces([[base], [{"name": "Sales", "members": None}]]) == [{"name": "Sales"}]
    assert merge_spaces([[base], [{"name": "Sales", "members": "jo@x"}]])[0]["members"] == "jo@x"
    odd: dict[str, Any] = {"name": "Sales", "members": [{"roles": ["a"]}, "text"]}
    assert merge_spaces([[odd], [odd]])[0]["members"] == odd["members"] * 2


def test_spaces_that_can_not_be_merged_are_named() -> None:
    with pytest.raises(DefinitionError) as caught:
        merge_spaces([{"name": "x"}, [{"name": "a"}, {"name": "a"}, "text", {"type": "data"}]], ["base", "own"])
    assert caught.value.problems == [
        "base: it must be a list of spaces, but is a mapping.",
        "own: space 'a': it is declared twice in the same layer.",
        "own: space 3: it must be a mapping with at least a name.",
        "own: space 4: it must be a mapping with at least a name.",
    ]


@unhurried
@given(layers(VALUES))
def test_an_empty_layer_or_the_same_layer_again_changes_nothing(layer: list[dict[str, Any]]) -> None:
    once = merged(layer)
    assert merged([], layer, None, []) == once
    assert merged(layer, layer) == once


@unhurried
@given(layers(VALUES), layers(VALUES))
def test_the_later_layer_is_held_and_nothing_is_null(base: list[dict[str, Any]], later: list[dict[str, Any]]) -> None:
    found = by_place(merged(base, later))
    assert set(found) == {*by_place(base), *by_place(later)}
    for place, item in by_place(later).items():
        for member, other in (("properties", "secrets"), ("secrets", "properties")):
            held = found[place].get(member, {})
            assert None not in held.values()
            for name, value in item.get(member, {}).items():
                if value is not None:
                    assert held[name] == value
                elif name not in item.get(other, {}):
                    assert name not in held
                    assert name not in found[place].get(other, {})
