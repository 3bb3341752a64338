# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What bodies from Qlik's documentation, and the results of the info module, say beside what is declared. Pure.

It says how things are, and not how they are to be: it is compared, and never sent.
Source: qlik.dev, "Data connections" (C(qType), C(spaceType)) and "Data sources" (C(provider),
C(dataSourcePropertyName)).
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import PROVIDER_KEY, SELECTOR_KEYS
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.actions import Action
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.decide import decide
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match


def decide_pasted(match: Match, source: DataSource | None, spec: SourceSpec | None, others: t.Container[str]) -> Action:
    """What is to be done about one target, or why what it says of its source can't be.

    C(others) are the ids of the tenant's sources, as far as they were read; for the others see plan.decide.
    """
    definition = match.target.definition
    if definition.state != "present" or match.problem:
        return decide(match, source, spec)
    strange = _type_problem(definition, source, match.connection)
    selectors = _selectors(definition, source, spec)
    for name in selectors:
        strange = strange or _selector_problem(
            name, statement_text(definition.properties[name]), source, match.connection, others
        )
    if selectors:
        plain = {name: value for name, value in definition.properties.items() if name not in selectors}
        match = replace(match, target=match.target._replace(definition=replace(definition, properties=plain)))
    action = decide(match, source, spec)
    if not strange:
        return action
    return replace(action, problems=(*action.problems, strange))


def _type_problem(definition: Definition, source: DataSource | None, connection: Connection | None) -> str:
    """Why the declared type (qType) isn't that of the source, or of the connection that is there; empty when it is."""
    expected, source_id = "", ""
    if source is not None:
        expected, source_id = source.provider, source.id
    elif connection is not None:
        expected, source_id = connection.type, connection.data_source
    if not definition.type or not expected or definition.type.lower() == expected.lower():
        return ""
    return (
        f"type (qType) is '{one_line(definition.type)}', but connections of data source '{source_id}' are of type"
        f" '{expected}': correct"
        " it, or leave it out."
    )


def _selectors(definition: Definition, source: DataSource | None, spec: SourceSpec | None) -> list[str]:
    """The declared properties by which a statement says what its source is: Qlik writes them into each statement by
    itself.
    """
    if source is not None:
        names = {PROVIDER_KEY, source.selector}
    elif spec is not None:
        names = {PROVIDER_KEY, *SELECTOR_KEYS}
    else:
        return []
    listed = spec.properties if spec is not None else {}
    return [name for name in definition.properties if name in names and name not in listed]


def _selector_problem(
    name: str, value: str, source: DataSource | None, connection: Connection | None, others: t.Container[str]
) -> str:
    """Why a definition says of its source what isn't so; empty when it may be so."""
    if source is None and connection is not None:
        held = statement_text((connection.properties or {}).get(name, value))
        if held == value:
            return ""
        return _not_its_own(name, value, connection.data_source)
    if source is None or name == PROVIDER_KEY or value in (source.id, source.type) or source.id == f"DG_{value}":
        return ""
    if value not in others:
        return ""
    return _not_its_own(name, value, source.id)


def _not_its_own(name: str, value: str, source_id: str) -> str:
    return (
        f"property '{name}' is '{one_line(value)}', which says that it is of another data source than '{source_id}':"
        " leave it out, or"
        " correct data_source."
    )
