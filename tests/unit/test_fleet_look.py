# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task that looks at all tenants reads and keeps, without a run of Ansible."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.action import qlik_fleet_look
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.tenant import Look
from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.variables import FleetVariables

HOSTS = ["t0", "t1", "t2"]
OPTIONS: dict[str, Any] = {"kind": "provision", "needs_approval": False, "approved_plan": None}


class Action(qlik_fleet_look.ActionModule):
    """The action as far as it needs no Ansible around it."""

    def __init__(self) -> None:
        self._templar = SimpleNamespace(template=lambda value: value)

    def validate_argument_spec(self, **_given: Any) -> tuple[None, dict[str, Any]]:
        return None, OPTIONS


@pytest.mark.parametrize("given", [["drift", "left_over"], "drift,left_over"], ids=["list", "text"])
def test_what_counts_is_read_as_the_report_of_an_audit_reads_it(given: object) -> None:
    """On a command line a list is a text. Read as its letters, nothing would count, and nothing would be found."""
    look = Action()._look_of("audit", {"qlik_audit_fail_on": given, "qlik_audit_expiry_days": "60"})
    assert look.fail_on == ["drift", "left_over"]
    assert look.expiry_days == 60


@pytest.mark.parametrize(
    ("fail_on", "days"),
    [("drift,nonsense", 30), ({"drift": True}, 30), ("drift, policy", 30), ("drift", "a month")],
)
def test_what_no_report_can_read_is_a_mistake_and_no_defect(fail_on: object, days: object) -> None:
    with pytest.raises(QlikError):
        Action()._look_of("audit", {"qlik_audit_fail_on": fail_on, "qlik_audit_expiry_days": days})


def test_where_nothing_can_be_kept_all_go_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_kind: str, _found: Found) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(qlik_fleet_look, "keep", no_space)
    monkeypatch.setattr(Action, "_look", lambda *_given: {host: {"changed": False} for host in HOSTS[:2]})
    result = Action()._run({"ansible_play_hosts": HOSTS, "ansible_play_hosts_all": HOSTS, "groups": {}})
    assert not result.get("failed")
    assert "No space left on device" in result["warnings"][0]
    assert "0 of 3 tenants as declared" in result["msg"][0]
    assert "t0, t1, t2" in result["msg"][0]


def test_one_host_whose_variables_break_everything_costs_the_others_nothing() -> None:
    fleet = FleetVariables({"inventory_hostname": "own", "hostvars": Inventory({"own": {}})}, {})
    action = Action()
    # A host that isn't there any more is a KeyError.
    assert action._work(fleet, Look(action.check, True, None), "gone") is None


class Inventory(dict[str, dict[str, Any]]):
    """Stands in for hostvars."""

    def raw_get(self, host: str) -> dict[str, Any]:
        return {"inventory_hostname": host, **self[host]}


def variables_of(host: str, **hosts: dict[str, Any]) -> dict[str, Any] | None:
    hostvars = Inventory({"own": {}, **hosts})
    return FleetVariables({"inventory_hostname": "own", "hostvars": hostvars}, {}).of(host)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ansible_play_name | default('') }}",
        "#jinja2:variable_start_string:'[['\n[[ ansible_play_name | default('') }}",
        "{{ ansible_ssh_host | default('') }}",
        "{{ role_uuid | default('') }}",
        "{{ vars | default({}) }}",
        {"in a list": ["{{ vars['a'] | default('') }}"]},
    ],
)
def test_what_is_another_in_another_play_is_unknown(template: object) -> None:
    assert variables_of("a", a={"qlik_tenant_url": template}) is None
    assert variables_of("b", a={"qlik_tenant_url": template}, b={"qlik_tenant_url": "https://b.example.com"})


def test_an_address_counts_under_its_old_name_too() -> None:
    found = variables_of("a", a={"ansible_ssh_host": "eu.example.com", "qlik_tenant_url": "https://{{ ansible_host }}"})
    assert found is not None
    assert found["ansible_host"] == "eu.example.com"
