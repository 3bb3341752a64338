"""What must hold of the digest of a plan, whatever is declared and whatever is there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.digest import Concealing, plan_digest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.writes import connection_writes
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.property.worlds import CANARY, KEY, TENANT, World, plan, worlds
from tests.thoroughness import examples

many = settings(max_examples=examples(400))


def digest(world: World) -> str:
    return plan_digest("acme", [], plan(world), TENANT)[0]


def with_connection(world: World, changed: Connection) -> World:
    others = [changed if one.id == changed.id else one for one in world.connections]
    return replace(world, connections=tuple(others))


@many
@given(worlds())
def test_what_changes_by_itself_is_no_other_plan(world: World) -> None:
    """Times, and the order of what has none."""
    connections = [
        replace(one, created="2020", updated="2030", tags=one.tags[::-1], privileges=one.privileges[::-1], qri="q")
        for one in world.connections[::-1]
    ]
    assert digest(replace(world, connections=tuple(connections))) == digest(world)


@many
@given(worlds())
def test_the_order_of_properties_and_tags_is_no_other_plan(world: World) -> None:
    targets = []
    for target in world.targets:
        definition = target.definition
        properties = dict(reversed(list(definition.properties.items())))
        tags = definition.tags[::-1] if definition.tags is not None else None
        targets.append(target._replace(definition=replace(definition, properties=properties, tags=tags)))
    assert digest(replace(world, targets=tuple(targets))) == digest(world)


@many
@given(worlds(), st.data())
def test_what_is_deleted_is_what_was_seen(world: World, data: st.DataObject) -> None:
    actions = [action for action in plan(world) if action.writes and not action.problems]
    gone = {
        write.target: write.gone
        for action in actions
        for write in connection_writes(action, TENANT)
        if write.what == "delete"
    }
    assume(gone)
    held = data.draw(st.sampled_from([gone[one] for one in sorted(gone)]))
    assert held is not None
    hands: list[dict[str, Any]] = [
        {"owner_id": "user-third"},
        {"statement": held.statement.replace('"provider=', '"host=other;provider=')},
        {"statement": held.statement.replace(';"', ';;"')},
        {"tags": (*held.tags, "by-hand")},
        {"type": "Other.exe"},
        {"shown": {**(held.shown or {}), "byHand": "x"}},
    ]
    assert digest(with_connection(world, replace(held, **data.draw(st.sampled_from(hands))))) != digest(world)


PAIRS = st.lists(
    st.tuples(st.sampled_from(["host", "Host", " host", "port", "db"]), st.sampled_from(["a", "b", " a", "1"])),
    max_size=4,
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """One statement in some of the ways in which it can be written."""
    pairs = [("provider", "p.exe"), *draw(PAIRS), ("password", draw(st.sampled_from(["", f"{CANARY}one"])))]
    text = ";".join(f"{name}={value}" for name, value in pairs) + draw(st.sampled_from(["", ";", "; ", ";;"]))
    quote = draw(st.sampled_from("\"'"))
    return draw(st.sampled_from(["CUSTOM CONNECT TO ", "custom connect  to "])) + quote + text + quote


@many
@given(statements(), statements(), st.booleans())
def test_another_text_is_another_body_and_without_a_key_no_secret_is_told(one: str, other: str, keyed: bool) -> None:
    definition = Definition.from_options({"name": "n", **({"fingerprint_key": KEY} if keyed else {})})

    def concealed(text: str) -> str:
        return json.dumps(Concealing(definition).body({"qConnectStatement": text}))

    assert CANARY not in concealed(one)
    differs = concealed(one) != concealed(other)
    plain = [text.replace(f"{CANARY}one", "") for text in (one, other)] if not keyed else [one, other]
    if plain[0] != plain[1]:
        assert differs
    if one == other:
        assert not differs
