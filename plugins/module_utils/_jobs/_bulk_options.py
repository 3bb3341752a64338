# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of qlik_data_connections ask for, and which of them contradict each other."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.selection import selected
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.space import SpaceDefinition
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Options

# The options that fill what a definition leaves out.
_DEFAULTS = ("update_secrets", "fingerprint_key", "tags", "replace", "put_back", "send_refused", "verify")
_READ_BY_THE_CONTROLLER = ("definitions_from", "policy_from", "host_variables", "approved_plans")


class Declared(t.NamedTuple):
    """What is declared of one tenant. C(sign_ins) are definitions that ask nothing but where to sign in.

    C(only_secrets): their secrets are sent, and nothing else. C(whole): nothing else is declared of the tenant.
    """

    definitions: list[Definition]
    sign_ins: t.Sequence[Definition] = ()
    spaces: t.Sequence[SpaceDefinition] = ()
    only_secrets: bool = False
    whole: bool = True


def declared_of(tenant: str, options: Options) -> Declared:
    """What the options declare. Raises QlikError when they contradict each other."""
    for name in _READ_BY_THE_CONTROLLER:
        if options.get(name):
            raise QlikError(
                f"{tenant}: {name} is read on the controller, by the action plugin qlikops.cloud.qlik_data_connections,"
                " which didn't run. Call the module in a task, by its full name."
            )
    _check_prune(tenant, options)
    chosen = _chosen(tenant, options)
    definitions = [definition for definition, asks in chosen if not asks]
    _check_way_back(tenant, options, definitions)
    if options.get("secrets_only"):
        return Declared([definition.rotation() for definition in definitions], only_secrets=True, whole=False)
    return Declared(
        definitions,
        sign_ins=[definition for definition, asks in chosen if asks],
        spaces=[SpaceDefinition.from_options(item) for item in options.get("spaces") or []],
        whole=options.get("only") is None,
    )


def _check_prune(tenant: str, options: Options) -> None:
    if not options.get("prune"):
        return
    if not options.get("prune_spaces"):
        raise QlikError(
            f"{tenant}: prune needs prune_spaces: name the spaces in which undeclared connections may be deleted."
        )
    if options.get("only") is not None:
        raise QlikError(f"{tenant}: prune is about all declared connections, and only is not.")
    if options.get("secrets_only"):
        raise QlikError(f"{tenant}: prune is about all declared connections, and secrets_only is not.")


def _check_way_back(tenant: str, options: Options, definitions: t.Iterable[Definition]) -> None:
    if not options.get("put_back"):
        return
    if not options.get("secrets_only"):
        raise QlikError(f"{tenant}: put_back is for a rotation: it needs secrets_only.")
    if any(not definition.fingerprint_key for definition in definitions if definition.write_only):
        raise QlikError(
            f"{tenant}: nothing was done: put_back (qlik_rotate_verify) needs fingerprint_key. Only the digest that it"
            " makes shows whether secrets_previous are what a connection holds, and which were refused."
        )


def _chosen(tenant: str, options: Options) -> list[tuple[Definition, bool]]:
    """The definitions that C(only) names, all without it; and whether they ask nothing but where to sign in."""
    defaults = {name: options[name] for name in _DEFAULTS if options.get(name) is not None}
    items = options.get("connections") or []
    definitions = [Definition.from_options(item, defaults, position) for position, item in enumerate(items, 1)]
    asking = [bool(item.get("auth_url_only")) for item in items]
    pairs = list(zip(definitions, asking))
    only = options.get("only")
    if only is None:
        return pairs
    return [pair for pair, is_named in zip(pairs, selected(definitions, only, tenant)) if is_named]


def pruned_spaces(options: Options) -> t.Sequence[str]:
    """The spaces in which undeclared connections are deleted."""
    if not options.get("prune"):
        return []
    return options.get("prune_spaces") or []
