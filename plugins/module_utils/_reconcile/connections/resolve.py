# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which space, owner, data source and gateway a definition means. Pure: what was read goes in."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from datetime import date

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import (
    check_definition,
    is_gateway_source,
    suggest,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import GATEWAY_PROPERTY
from ansible_collections.qlikops.cloud.plugins.module_utils._model.space import Space, personal_space
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import User
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match, Target
from ansible_collections.qlikops.cloud.plugins.module_utils._record import computed

Sources = t.Mapping[str, DataSource]


@dataclass
class KnownSpaces:
    """The spaces of a run; and the caller, once somebody asked who that is: it tells the caller's own space."""

    spaces: t.Sequence[Space] = ()
    caller: User | None = None

    def find(self, reference: str) -> Space | None:
        """The space of this id, or else the first of this name."""
        return self._by_reference.get(reference)

    @computed
    def _by_reference(self) -> dict[str, Space]:
        found: dict[str, Space] = {}
        for space in reversed(self.spaces):
            found[space.name] = space
        for space in reversed(self.spaces):
            if space.id:
                found[space.id] = space
        return found

    @property
    def personal(self) -> Space | None:
        """The caller's own space; None when nobody asked who the caller is."""
        if self.caller is None:
            return None
        return personal_space(self.caller.tenant_id)

    @property
    def tenant_id(self) -> str:
        """The tenant's id, as far as the caller or a space tells it."""
        if self.caller is not None and self.caller.tenant_id:
            return self.caller.tenant_id
        return next((space.tenant_id for space in self.spaces if space.tenant_id), "")


def space_references(definitions: t.Iterable[Definition]) -> list[str | None]:
    """The spaces that definitions name; None for the personal one. One known by its id alone names none."""
    named: list[str | None] = []
    for definition in definitions:
        if not definition.id or definition.space is not None:
            named.append(definition.space)
        if definition.previous_space is not None:
            named.append(definition.previous_space or None)
    return named


def resolve_target(
    definition: Definition, known: KnownSpaces, owners: t.Mapping[str, str], today: date | None = None
) -> Target:
    """What a definition is about. C(owners) gives the ids of users by what definitions call them; C(today) is the
    day of the plan.
    """
    space, previous_space = None, None
    if definition.space is not None or not definition.id:
        space = _meant_space(definition.space, known)
    if definition.previous_space is not None:
        previous_space = _meant_space(definition.previous_space, known)
    owner_id = owners.get(definition.owner, "")
    is_caller = known.caller is not None and owner_id == known.caller.id
    return Target(definition, space, previous_space, owner_id, is_caller, today=today)


def _meant_space(reference: str | None, known: KnownSpaces) -> Space | None:
    if not reference:
        return known.personal
    return known.find(reference)


def early_problems(target: Target, known: KnownSpaces, owners: t.Mapping[str, str]) -> list[str]:
    """What is wrong with a target before any connection is read."""
    definition = target.definition
    problems = check_definition(definition)
    if definition.state != "present":
        return problems
    if definition.owner and definition.owner not in owners:
        problems.append(f"owner: no user of this tenant has the e-mail address {definition.owner}.")
    wrong_type = _space_type_problem(definition, target.space)
    if wrong_type:
        problems.append(wrong_type)
    if target.space is None and definition.space:
        hint = suggest(definition.space, [space.name for space in known.spaces], "It sees")
        problems.append(f"space '{definition.space}' doesn't exist, or the caller can't see it.{hint}")
    return problems


def _space_type_problem(definition: Definition, space: Space | None) -> str:
    """Why the space isn't of the declared type; empty when it is, or when no type is declared or known."""
    if not definition.space_type or space is None or not space.type or space.type == definition.space_type:
        return ""
    return (
        f"space_type is {definition.space_type}, but {space.label} is of type {space.type}: correct space or"
        " space_type, or leave it out."
    )


def find_source(reference: str, sources: Sources) -> tuple[DataSource | None, str]:
    """The source of this id or unambiguous display name; otherwise None, and why."""
    source = sources.get(reference)
    if source is None:
        named = [candidate for candidate in sources.values() if candidate.name == reference]
        if len(named) > 1:
            ids = ", ".join(sorted(candidate.id for candidate in named))
            return None, f"'{reference}' is the name of several data sources; give one of their ids: {ids}."
        if not named:
            hint = suggest(reference, sources, "This tenant has", "qlik_data_source_info")
            return None, f"data source '{reference}' is not known to this tenant.{hint}"
        source = named[0]
    if source.disabled:
        return None, f"data source '{source.id}' is disabled on this tenant; an administrator can enable it."
    return source, ""


def names_new_source(match: Match) -> bool:
    """Whether a definition names a source that its connection, if there is one, isn't of as far as its id tells."""
    definition, connection = match.target.definition, match.connection
    if definition.state != "present" or not definition.data_source:
        return False
    return connection is None or connection.data_source not in ("", definition.data_source)


def source_id_of(match: Match, sources: Sources) -> str:
    """The source that the connection is to be of: the declared one, or else its own."""
    declared = match.target.definition.data_source
    held = match.connection.data_source if match.connection is not None else ""
    if not declared:
        return held
    if not sources:
        return held or declared  # they weren't read, since nobody declares another one than is there
    source, _problem = find_source(declared, sources)
    return source.id if source is not None else declared


def wanted_source(match: Match, sources: Sources) -> str:
    """The id of the declared source; empty when none is declared, and for what only sends secrets."""
    definition = match.target.definition
    if not definition.data_source or definition.only_secrets:
        return ""
    return source_id_of(match, sources)


def source_with_named_gateway(match: Match, sources: Sources) -> str:
    """The source whose gateways must be known to understand the definition; empty when it names none by name."""
    reference = _declared_gateway(match)
    if not reference or "::" in reference:
        return ""
    return source_id_of(match, sources)


def source_given_gateway(match: Match, sources: Sources) -> str:
    """The source of a connection that is about to be given a gateway; empty when it isn't."""
    source_id, connection = source_id_of(match, sources), match.connection
    if not _declared_gateway(match) or not is_gateway_source(source_id):
        return ""
    stays = connection is not None and connection.data_source in ("", source_id) and GATEWAY_PROPERTY not in match.drift
    return "" if stays else source_id


def with_gateway_id(match: Match, gateways: t.Sequence[t.Mapping[str, t.Any]]) -> Match:
    """The same match with the gateway's id in place of its name; or why there is no such gateway."""
    reference = _declared_gateway(match)
    ids = [gateway["id"] for gateway in gateways if reference in (gateway["name"], gateway["id"])]
    if len(ids) != 1:
        what = "is the name of several gateways; give an id"
        if not ids:
            known = [gateway["name"] or gateway["id"] for gateway in gateways]
            hint = suggest(reference, known, "There are") or " It has none, or the caller sees none."
            what = f"is no gateway of its data source.{hint}"
        return replace(match, problem=f"{GATEWAY_PROPERTY} '{one_line(reference)}' {what}")
    definition, gateway = match.target.definition, {GATEWAY_PROPERTY: ids[0]}
    if definition.only_secrets:
        found = replace(definition, expected_address={**definition.expected_address, **gateway})
    else:
        found = replace(definition, properties={**definition.properties, **gateway})
    return replace(match, target=match.target._replace(definition=found))


def _declared_gateway(match: Match) -> str:
    """The name or id of the declared gateway; empty without one."""
    definition = match.target.definition
    if match.problem or definition.state != "present":
        return ""
    declared = definition.properties.get(GATEWAY_PROPERTY) or definition.expected_address.get(GATEWAY_PROPERTY)
    if not declared or isinstance(declared, Fragment):  # what may be a part of a secret is looked up nowhere
        return ""
    return str(declared)
