# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host variables that say what a tenant is to hold: the role qlik_connections documents them.

Read here, each variable is evaluated as it stands. As options of a task each would be an expression of its own, and compiling
twenty of them takes longer than comparing a tenant that is as declared.
"""

from __future__ import annotations

import typing as t

LAYER = "qlik_connections_definitions"
FILES = "qlik_connections_definitions_from"
_OF_THE_TENANT = ("tenant_url", "access_token", "client_id", "client_secret", "context", "ca_path", "api_namespace", "timeout", "max_wait")
_OF_THE_ROLE = (
    *("spaces", "values", "fingerprint_key", "update_secrets", "replace", "prune", "prune_spaces", "max_deletions"),
    *("only", "secrets_only", "list_undeclared", "approved_plan", "when_plan_differs"),
)
OPTIONS = {
    **{option: f"qlik_{option}" for option in _OF_THE_TENANT},
    **{option: f"qlik_connections_{option}" for option in _OF_THE_ROLE},
    "definitions_from": FILES,
}


def host_options(variables: t.Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    """The options that a host's variables give. What is null counts as left out."""
    found = {option: evaluate(variables[name]) for option, name in OPTIONS.items() if variables.get(name) is not None}
    return {option: value for option, value in found.items() if value is not None}


def host_layers(variables: t.Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> list[tuple[str, t.Any]]:
    """The layers of definitions among a host's variables, by name and in the order of their names."""
    names = sorted(name for name in variables if name.startswith(LAYER) and name != FILES)
    return [(name, evaluate(variables[name])) for name in names]
