# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the secrets of a connection can be sent without doing more than that. Pure."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.explain import shown_value
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.match import Match
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.wanted import Wanted
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.connections.way_back import way_back_problem

REFUSED_IN_ROTATION = (
    "its declared secrets were sent before, didn't connect, and were put back, so they aren't sent again. Declare"
    " others; or if they are right by now, rotate once with send_refused."
)


def rotation_problem(match: Match, wanted: Wanted) -> str:
    """Why the secrets of a connection can't be sent without doing more than that; empty when they can."""
    connection, definition = match.connection, match.target.definition
    if definition.state == "absent":
        return "it is declared absent, so it has no secrets to send."
    if not definition.write_only:
        return "its definition declares no secrets, so there is nothing to send."
    if connection is None:
        return "it doesn't exist on this tenant. Only secrets are sent here: provision the tenant first."
    if not connection.is_managed:
        return (
            "this collection doesn't manage it. Only secrets are sent here: provision the tenant first, which adopts"
            " it."
        )
    if match.leftovers or connection.future_name or connection.detached_credentials_id:
        return "an earlier run didn't finish replacing it or its credentials: provision the tenant first."
    if wanted.is_other(connection):
        return (
            f"it is a connection of data source '{connection.data_source}', and '{wanted.source_id}' is declared: no"
            " secrets are sent to it. Provision the tenant first, or correct the definition."
        )
    problem = _credentials_problem(match, connection) or _address_problem(match, wanted)
    if problem:
        return problem
    if definition.puts_back:
        # One that was refused mustn't keep others, whose rotation was cut off perhaps, from being put back.
        return "" if match.target.is_refused else way_back_problem(match, connection)
    return REFUSED_IN_ROTATION if match.target.is_refused else ""


def _credentials_problem(match: Match, connection: Connection) -> str:
    """Why the secrets aren't meant for the credentials that it has; which ones these are may not be shown."""
    definition = match.target.definition
    separate = definition.expected_separate
    if separate is not None and separate != connection.separate_credentials:
        has = "separate credentials" if connection.separate_credentials else "credentials of its own"
        declared = "separate ones are declared" if separate else "some of its own are declared"
        return f"it has {has}, and {declared}: no secrets are sent to them. Provision the tenant first."
    if not definition.expected_credentials or not connection.credentials_id:
        return ""
    if connection.credentials_id in (definition.expected_credentials, match.target.credentials_id):
        return ""
    return (
        f"it has other credentials than the declared '{definition.expected_credentials}': no secrets are sent to them."
        " Provision the tenant first, which attaches the declared ones."
    )


def _address_problem(match: Match, wanted: Wanted) -> str:
    for name, (now, value) in match.address_drift(wanted.defaults).items():
        return (
            f"its {name} is {shown_value(name, now)}, and {shown_value(name, value)} is declared: no secrets are sent"
            " there. Provision the tenant first, which puts the address right together with the secrets, or correct"
            " the definition."
        )
    return ""
