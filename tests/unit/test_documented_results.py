# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns stands in its documentation, however deep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.integration.test_tenant_variables import WORK
from tests.jobs import run
from tests.tools.option_parity import constant, data

MODULES = Path(__file__).parents[2] / "plugins/modules"
# What Ansible itself documents.
COMMON = {"changed", "failed", "msg", "warnings", "diff", "invocation"}
MORE: dict[str, dict[str, Any]] = {
    "qlik_data_connection_info": {"definitions": True, "members": True},
    "qlik_data_connections": {
        "connections": [{"name": "Other", "space": "Sales", "state": "absent"}],
        "spaces": [{"name": "Sales", "members": [{"user": "admin@acme.example", "roles": ["facilitator"]}]}],
        "list_undeclared": "all",
        "list_targets": True,
    },
    "qlik_data_source_info": {"specs": True, "gateways": True, "data_source": "postgres"},
}


def undocumented(result: Any, documented: Mapping[str, Any], where: str) -> Iterator[str]:
    """The places of a result that the documentation doesn't name, where it names any beside them."""
    rows = result if isinstance(result, list) else [result]
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            said = documented.get(name)
            if said is None:
                yield f"{where}{name}"
            elif said.get("contains"):
                yield from undocumented(value, said["contains"], f"{where}{name}.")


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
@pytest.mark.parametrize("module", [name for name in WORK if name != "qlik_acceptance"])
def test_a_result_is_as_documented(acme: Tenant, module: str, check: bool) -> None:
    acme.add_space("Sales")
    acme.add_space("Empty")
    for name in ("Held", "Other"):
        acme.add_connection(name, "postgres", {"host": "h"}, space="Sales")
    documented = data(constant(MODULES / f"{module}.py", "RETURN"))
    for options in (WORK[module], {**WORK[module], **MORE.get(module, {})}):
        result = run(module, acme, options, check=check)
        own = {name: value for name, value in result.items() if name not in COMMON}
        assert set(undocumented(own, documented, "")) == set(), "say so in RETURN"
