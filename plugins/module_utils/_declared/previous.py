# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a definition was before its secrets were rotated: what is sent back when the new ones don't connect. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import STATEMENT_SIGN_IN

_OTHER_SPELLING = {**STATEMENT_SIGN_IN, **{spelling: name for name, spelling in STATEMENT_SIGN_IN.items()}}


def previous_definition(definition: Definition) -> Definition:
    """The definition with C(secrets_previous) in the place of what they name; all else is as it is declared now.
    A user name that belonged to the secrets may stand among them.
    """
    secrets, properties = dict(definition.secrets), dict(definition.properties)
    for name, value in definition.secrets_previous.items():
        if name in properties:
            properties[name] = value
        else:
            secrets[_declared_name(name, secrets)] = value
    return replace(definition, secrets=secrets, properties=properties)


def unknown_previous(definition: Definition) -> list[str]:
    """What secrets_previous names that isn't declared now: it can't have been rotated."""
    known = {*definition.write_only, *definition.user_names}
    return [name for name in definition.secrets_previous if _declared_name(name, known) not in known]


def _declared_name(name: str, declared: t.Container[str]) -> str:
    """How the secrets call it: those of a raw statement have two spellings."""
    other = _OTHER_SPELLING.get(name, name)
    return other if name not in declared and other in declared else name
