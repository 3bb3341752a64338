# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and tags that Qlik holds and that would be refused in a definition: what is made of a connection couldn't build
it anew. Pure.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import check_definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import likeness, same_form


def undeclarable_names(declared: t.Sequence[Connection], others: t.Iterable[Connection] = ()) -> set[str]:
    """The ids of those connections that no definition of their name could create.

    Their name holds control characters, or looks the same as another's that is declared too. C(others) are connections
    that stay, beside which nothing is created that differs by case or blanks only.
    """
    forms: dict[tuple[str, str], set[str]] = {}
    for connection in declared:
        forms.setdefault((connection.space_id, same_form(connection.name)), set()).add(connection.name)
    near = {(connection.space_id, likeness(connection.name)) for connection in others}
    undeclarable = set()
    for connection in declared:
        if check_definition(Definition(name=connection.name)):
            undeclarable.add(connection.id)
        if len(forms[connection.space_id, same_form(connection.name)]) > 1:
            undeclarable.add(connection.id)
        if (connection.space_id, likeness(connection.name)) in near:
            undeclarable.add(connection.id)
    return undeclarable


def declarable_tags(tags: t.Iterable[str], properties: t.Mapping[str, t.Any]) -> list[str]:
    """Those of a connection's tags that a definition with these properties can have: not all where ours need room."""
    fitting = sorted(tag for tag in tags if not check_definition(Definition(name="any", tags=(tag,))))
    while fitting and check_definition(Definition(name="any", properties=properties, tags=tuple(fitting))):
        fitting.pop()
    return fitting
