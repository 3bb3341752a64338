"""Whole tenants for the property tests of the pure core, drawn without a server: definitions whose spaces, owners and
credentials were found, and connections that are there, with the tags that earlier runs left on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import format_connect_statement
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection, successor_name
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import (
    DataSource,
    PropertySpec,
    SourceSpec,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.sending import address_of, sending
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, personal_space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import (
    TAG_EXPIRES,
    TAG_MANAGED,
    TAG_REATTACH,
    TAG_REPLACES,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.decide import decide
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import (
    Match,
    Target,
    match_targets,
    resume,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.secret_policy import (
    wanted_fingerprint,
)
from hypothesis import strategies as st

TENANT = "tenant-1"
TODAY = date(2026, 11, 26)
ME, OTHER = "user-me", "user-other"
KEY = "a fingerprint key of some length"
PROVIDER = "QvOdbcConnectorPackage.exe"
PLANNED = Space("", "New", tenant_id=TENANT, planned=True)
SPACES = (
    Space("space-1", "Sales", "shared", tenant_id=TENANT),
    Space("space-2", "Finance", "shared", tenant_id=TENANT),
    personal_space(TENANT),
    PLANNED,
)
EXISTING = SPACES[:3]
# What begins so is a secret; nothing else that is drawn does.
CANARY = "secret-"

_TYPES = {
    "postgres": {"host": "string", "username": "string", "port": "integer", "db": "string", "useBulkReader": "boolean"},
    "snowflake": {"server": "string", "userid": "string", "warehouse": "string"},
    "rest": {"url": "string", "timeout": "integer", "authSchema": "string", "queryHeaders": "array"},
}
DEFAULTS = {"port": 5432, "timeout": 30, "useBulkReader": False}
_SECRETS = {
    "postgres": {"password": "string"},
    "snowflake": {"password": "string", "privateKey": "string"},
    "rest": {"password": "string"},
}
DATA_SOURCES = {
    source_id: DataSource(source_id, source_id.title(), PROVIDER, "driver", source_id) for source_id in _TYPES
}
SPECS = {
    source_id: SourceSpec(
        source_id,
        {
            name: PropertySpec(name, kind, DEFAULTS.get(name))
            for name, kind in {**properties, **_SECRETS[source_id]}.items()
        },
    )
    for source_id, properties in _TYPES.items()
}
_VALUES: dict[str, list[Any]] = {
    "host": ["db1", "db2", "db3"],
    "server": ["sf1", "sf2"],
    "url": ["https://a.example/x", "https://b.example/y?p=1"],
    "port": [5432, "5432", 1433],
    "timeout": [30, "30", 5],
    "useBulkReader": [True, "true", False],
    "authSchema": ["basic", "anonymous"],
    "queryHeaders": [
        [{"name": "Accept", "value": "json"}],
        [{"name": "X-Key", "value": f"{CANARY}header", "encrypt": True}, {"name": "Accept", "value": "json"}],
    ],
}
_WORDS = ["one", "two", "three"]
_NAMES = ["Orders", "Customers", "orders", "Left"]
_USER_TAGS = ["t1", "t2", "t3"]
_MEMORY: list[dict[str, str]] = [{}, {"fingerprint_key": KEY}, {"secrets_version": "1"}, {"secrets_version": "2"}]
_OPTIONS: dict[str, list[Any]] = {
    "state": ["present", "present", "present", "absent"],
    "update_secrets": ["on_change", "on_create", "always"],
    "tags": [[], ["t1"], ["t2", "t3"]],
    "tags_mode": ["merge", "exact"],
    "owner": [ME, OTHER],
    "replace": ["when_required"],
    "separate_credentials": [True, False],
    "credentials": ["cred-shared"],
    "previous_name": ["Before", "Before", "Before", "Left"],
    "auth_code": ["abc"],
    "expires": ["2026-10-31", "2027-01-31"],
    "expires_after": ["90d"],
}
# How often an option is declared; the others are in every other definition.
_SELDOM = {
    "owner": 0.25,
    "separate_credentials": 0.2,
    "credentials": 0.1,
    "previous_name": 0.5,
    "auth_code": 0.1,
    "expires": 0.2,
    "expires_after": 0.3,
}


class Dice(Random):
    """What is drawn inside a place: quickly, from the seed that hypothesis drew for it."""

    def often(self, chance: float) -> bool:
        return self.random() < chance

    def some(self, values: dict[str, list[Any]], chances: dict[str, float] | None = None) -> dict[str, Any]:
        """Some of the names, each with one of its values."""
        drawn = {name: self.choice(options) for name, options in values.items()}
        return {name: value for name, value in drawn.items() if self.often((chances or {}).get(name, 0.5))}


@dataclass(frozen=True)
class World:
    """What is declared and what is there. C(checked): the sources' specifications were read."""

    targets: tuple[Target, ...]
    connections: tuple[Connection, ...]
    checked: bool = True
    shows_credentials: bool = True


def plan(world: World) -> list[Action]:
    """What is done between reading and writing: match, resume, decide."""
    matches = match_targets(world.targets, world.connections)
    matches = [resume(match, _wanted_source(match.target.definition)) for match in matches]
    matches = [replace(match, credentials_shown=world.shows_credentials) for match in matches]
    actions = [_decide(match, checked=world.checked) for match in matches]
    return [replace(action, maker_id=ME) if action.builds else action for action in actions]


def _wanted_source(definition: Definition) -> str:
    return "" if definition.only_secrets else definition.data_source


def _decide(match: Match, *, checked: bool) -> Action:
    definition, connection = match.target.definition, match.connection
    held = connection.data_source if connection is not None else ""
    source = None if definition.data_source == held else DATA_SOURCES.get(definition.data_source)
    spec = SPECS[definition.data_source or held] if checked and (definition.data_source or held) else None
    return decide(match, source, spec)


def definition_of(dice: Dice, name: str, source_id: str) -> Definition:
    """One definition; what it says of its secrets and tags, of its owner and place may be left out."""
    options = {"name": name, **dice.some(_OPTIONS, _SELDOM), **dice.choice(_MEMORY)}
    if dice.often(0.9):
        options["data_source"] = source_id
    properties = dice.some({name: _VALUES.get(name, _WORDS) for name in _TYPES[source_id]})
    secrets = dice.some({name: [f"{CANARY}one", f"{CANARY}two"] for name in _SECRETS[source_id]}, {"password": 0.7})
    if source_id != "rest" and dice.often(0.2):
        options["connect_statement"] = _statement(source_id, properties)
        secrets = {"qPassword": secrets["password"]} if "password" in secrets else {}
        properties = {}
    if "expires" in options:
        options.pop("expires_after", None)
    definition = Definition.from_options({**options, "properties": properties, "secrets": secrets})
    contradicts = definition.credentials and options.get("separate_credentials") is False
    return replace(definition, credentials="") if contradicts else definition


def target_of(dice: Dice, definition: Definition, space: Space) -> Target:
    """A definition whose space, owner and credentials were found."""
    is_there = bool(definition.credentials) and (not definition.secrets or dice.often(0.5))
    return Target(
        definition,
        space,
        dice.choice(EXISTING) if dice.often(0.2) else None,
        owner_id=definition.owner,
        owner_is_caller=definition.owner == ME,
        credentials_id=definition.credentials if is_there else "",
        credentials_hold=is_there and dice.often(0.5),
        today=TODAY,
    )


def held(
    dice: Dice, number: int, name: str, space: Space, source_id: str, definition: Definition | None = None
) -> Connection:
    """One connection that is there, with what earlier runs of this definition, or of another, noted in its tags."""
    first, *others = _TYPES[source_id]
    properties = {first: dice.choice(_VALUES[first]), **dice.some({one: _VALUES.get(one, _WORDS) for one in others})}
    if definition is not None and dice.often(0.5):
        properties |= {name: value for name, value in definition.properties.items() if name in _TYPES[source_id]}
    connection = Connection(
        id=f"id-{number}",
        name=name,
        data_source=source_id,
        type=PROVIDER,
        statement=_statement(source_id, properties),
        shown={"driver": source_id, **properties} if number % 3 == 0 else None,
        space_id=space.id,
        owner_id=OTHER if dice.often(0.2) else ME,
        tenant_id=TENANT,
        credentials_id=dice.choice(["", f"cred-{number}", "cred-shared"]),
        separate_credentials=dice.often(0.2),
    )
    tags = [*dice.sample(_USER_TAGS, dice.randint(0, 2)), "DcaasAPI:v1", *_own_tags(dice, connection, definition)]
    return replace(connection, tags=tuple(tags))


def _own_tags(dice: Dice, connection: Connection, definition: Definition | None) -> Iterable[str]:
    """What this collection noted on a connection; nothing on one that it doesn't manage."""
    if dice.often(0.3):
        return
    yield TAG_MANAGED
    if dice.often(0.3):
        yield TAG_EXPIRES + dice.choice(["2026-10-31", "2027-01-31", "2027-02-24"])
    if definition is None:
        return
    if definition.user_names and dice.often(0.6):
        yield user_tag(TENANT, definition.user_names)
    memory = wanted_fingerprint(definition, TENANT, connection.space_id, connection.name)
    if memory is None or dice.often(0.3):
        return
    tag = (memory if dice.often(0.6) else memory._replace(value="1")).tag()
    yield tag
    if dice.often(0.6):
        address = address_of(connection.properties or {}) if dice.often(0.6) else {"host": "elsewhere"}
        yield sending([tag], dice.choice([ME, OTHER]), address).tag()
    if connection.separate_credentials and dice.often(0.2):
        yield TAG_REATTACH + "cred-detached"


def _statement(source_id: str, properties: Mapping[str, Any]) -> str:
    return format_connect_statement(PROVIDER, {"driver": source_id, **properties})


_FATES = ("new", "there", "there", "other source", "before", "before", "succeeded", "alone")


def _put_place(dice: Dice, number: int, fate: str, found: Target, source_id: str) -> Iterable[Connection]:
    """What is there of a declared place."""
    definition, space = found.definition, found.space
    assert space is not None
    there = dice.choice(EXISTING) if space.planned else space
    if fate == "there" and not space.planned:
        yield held(dice, number, definition.name, space, source_id, definition)
    elif fate == "other source" and not space.planned:
        yield held(dice, number, definition.name, space, dice.choice(sorted(_TYPES)), definition)
    elif fate == "before":
        name = definition.previous_name or definition.name
        yield held(dice, number, name, found.previous_space or there, source_id, definition)
    elif fate in ("succeeded", "alone") and not space.planned:
        other = "snowflake" if source_id != "snowflake" else "rest"
        if fate == "succeeded":
            yield held(dice, number, definition.name, space, other)
        for ordinal in range(1, dice.randint(1, 2) + 1):
            of = dice.choice([source_id, source_id, other])
            name = successor_name(definition.name, of, ordinal)
            begun = held(dice, number + 10 * ordinal, name, space, of, definition)
            tags = [tag for tag in begun.tags if tag != TAG_MANAGED]
            yield replace(begun, tags=(*tags, TAG_MANAGED, f"{TAG_REPLACES}id-{number}"))


def world_of(seeds: Sequence[int]) -> World:
    """Up to five places: each declared, there under its name or under an earlier one, half replaced, or new."""
    targets: dict[tuple[str, str], Target] = {}
    connections: dict[tuple[str, str], Connection] = {}
    for number, seed in enumerate(seeds):
        dice = Dice(seed)
        # Several definitions in one space are more often about the same connection.
        space = dice.choice([*SPACES, SPACES[0], SPACES[0]])
        name, source_id = dice.choice(_NAMES), dice.choice(sorted(_TYPES))
        if (space.key, name) in targets:
            continue
        found = target_of(dice, definition_of(dice, name, source_id), space)
        targets[(space.key, name)] = found
        for connection in _put_place(dice, number, dice.choice(_FATES), found, source_id):
            connections.setdefault((connection.space_id, connection.name), connection)
    dice = Dice(seeds[0])
    undeclared = held(dice, 9, "Undeclared", SPACES[0], "postgres")
    return World(
        tuple(targets.values()),
        (*connections.values(), undeclared),
        checked=dice.often(0.5),
        shows_credentials=dice.often(0.5),
    )


def worlds() -> st.SearchStrategy[World]:
    """Hypothesis draws a seed for each place, no more: drawing every value by itself takes it ten times as long.

    What it makes smaller, when a property fails, is how many places there are.
    """
    return st.lists(st.integers(0, 2**40), min_size=1, max_size=5).map(world_of)
