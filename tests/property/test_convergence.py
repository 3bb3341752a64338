"""Whatever is declared and whatever the tenant holds:
one run reaches the declared state, the next has nothing to do.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator import Emulator, Tenant
from tests.jobs import succeed
from tests.property.drawn import NAMES, SECRETS, SOURCES, TAGS
from tests.thoroughness import examples

KEY = "a fingerprint key of some length"
SPACES = ("Sales", "Finance")


@st.composite
def contents(draw: Any) -> dict[str, Any]:
    source = draw(st.sampled_from(sorted(SOURCES)))
    return {"data_source": source, "properties": draw(SOURCES[source]), "secrets": draw(SECRETS)}


@st.composite
def worlds(draw: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Definitions, and connections that are there before, some of them under the same names with other contents."""
    places = draw(st.lists(st.tuples(st.sampled_from(SPACES), NAMES), min_size=1, max_size=6, unique=True))
    definitions, held = [], []
    for space, name in places:
        content = draw(contents())
        fate = draw(st.sampled_from(["new", "same source", "other source", "gone"]))
        tags = draw(TAGS)
        definition: dict[str, Any] = {"name": name, "space": space, **content}
        if tags is not None:
            definition |= {"tags": tags, "tags_mode": draw(st.sampled_from(["merge", "exact"]))}
        if fate == "gone":
            definition = {"name": name, "space": space, "state": "absent"}
        elif draw(st.booleans()):
            definition["owner"] = "admin@acme.example"
        elif draw(st.booleans()):
            definition["separate_credentials"] = draw(st.booleans())
        definitions.append(definition)
        if fate != "new":
            source = "snowflake" if fate == "other source" else content["data_source"]
            other = {"server": "s"} if fate == "other source" else draw(SOURCES[source])
            if fate == "same source" and "port" in other:
                # Secrets go to no port that isn't declared, unless they went there before.
                content["properties"].setdefault("port", other["port"])
            held.append({"name": name, "space": space, "data_source": source, "properties": other, "tags": ["t3"]})
    for number in range(draw(st.integers(0, 2))):  # managed once, and no longer declared
        tags = ["qlikops.cloud:managed"]
        held.append(
            {
                "name": f"left {number}",
                "space": "Sales",
                "data_source": "postgres",
                "properties": {"host": "h"},
                "tags": tags,
            }
        )
    return definitions, held


def in_other_types(definition: dict[str, Any]) -> dict[str, Any]:
    """The same definition with numbers and booleans as texts and its tags turned round."""
    turned = copy.deepcopy(definition)
    for name, value in turned.get("properties", {}).items():
        if isinstance(value, (bool, int)):
            turned["properties"][name] = str(value).lower()
    if turned.get("tags"):
        turned["tags"] = turned["tags"][::-1]
    return turned


def prepare(emulator: Emulator, held: list[dict[str, Any]]) -> Tenant:
    emulator.reset()
    tenant = emulator.tenant("acme")
    for space in SPACES:
        tenant.add_space(space, "shared")
    for connection in held:
        tenant.add_connection(**{**connection, "secrets": {"password": "by hand"}})
    return tenant


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(world=worlds(), namespace=st.sampled_from(["v1", "connectivity"]), behaviours=st.fixed_dictionaries({
    "parse_values": st.sampled_from(["text", "typed"]),
    "parse_credentials": st.sampled_from(["full", "username", "none"]),
    "username_in_statement": st.booleans(),
    "create_answer": st.sampled_from(["types", "guide"]),
}))  # fmt: skip
def test_one_run_converges(
    emulator_server: Emulator, world: tuple[Any, Any], behaviours: dict[str, Any], namespace: str
) -> None:
    definitions, held = world
    tenant = prepare(emulator_server, held)
    tenant.set_behaviours(**behaviours)
    options = {
        "connections": definitions,
        "fingerprint_key": KEY,
        "replace": "when_required",
        "api_namespace": namespace,
    }
    options |= {"prune": True, "prune_spaces": ["Sales"], "max_deletions": 2}

    untouched = set(tenant.connections)  # made without Qlik's own tag, by the test itself
    tenant.reset_log()
    # A plan asks for more of the tenant than the run that carries it out.
    listing = {**options, "list_undeclared": "all", "list_targets": True}
    foreseen = succeed("qlik_data_connections", tenant, listing, check=True)
    assert tenant.writes() == []
    first = succeed("qlik_data_connections", tenant, {**options, "approved_plan": foreseen["plan_digest"]})
    assert first["changed"] == foreseen["changed"]
    assert first["plan_digest"] == foreseen["plan_digest"]
    assert [item["changes"] for item in first["results"]] == [item["changes"] for item in foreseen["results"]]

    tenant.reset_log()
    second = succeed("qlik_data_connections", tenant, options)
    assert not second["changed"], second["results"]
    assert tenant.writes() == []

    turned = {**options, "connections": [in_other_types(definition) for definition in reversed(definitions)]}
    third = succeed("qlik_data_connections", tenant, turned)
    assert not third["changed"], third["results"]

    assert not any(
        connection.name.startswith("left") or "becoming" in connection.name
        for connection in tenant.connections.values()
    )
    for definition in definitions:
        if definition.get("state") == "absent":
            assert all(
                one.name != definition["name"] or one.space != tenant.space(definition["space"]).id
                for one in tenant.connections.values()
            )
        else:
            connection = tenant.connection(definition["name"], definition["space"])
            assert any(tag.startswith("DcaasAPI:") for tag in connection.tags) or connection.id in untouched
            assert sum(tag.startswith("qlikops.cloud:secrets:") for tag in connection.tags) == 1
            assert tenant.secrets_of(connection.id)["password"] == definition["secrets"]["password"]
