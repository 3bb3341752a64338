# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_fleet_look: reads all tenants in one task, to find those with which there is nothing to do."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ansible import context
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.action.qlik_data_connections import ActionModule as TenantConnections
    from ansible_collections.qlikops.cloud.plugins.action.qlik_fleet_report import SPEC as REPORT_SPEC
    from ansible_collections.qlikops.cloud.plugins.action.qlik_fleet_report import checked_mode
    from ansible_collections.qlikops.cloud.plugins.filter.plan_digests import plan_digests
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
    from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._defects import MEANT, defect_message
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import SAME_TARGET
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._foreign_host import refusal
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import misspelt_options
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.fan_out import Bounds, Work, for_each, processors
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.hosts import choose
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import keep
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.lines import look_lines
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.tenant import Look, looked
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.variables import (
        FleetVariables,
        Variables,
        connects_as_usual,
    )
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean

SPEC: dict[str, dict[str, t.Any]] = {
    "kind": {"type": "str", "choices": ["audit", "plan", "provision"], "required": True},
    "needs_approval": {"type": "bool", "default": False},
    "approved_plan": {"type": "raw"},
}
# The roles whose defaults a tenant's variables rest on, by kind; those of the last one count most.
_ROLES = {
    "audit": ("qlik_connections", "qlik_audit"),
    "plan": ("qlik_connections", "qlik_plan"),
    "provision": ("qlik_connections", "qlik_rollout"),
}
_LOCAL = ("local", "ansible.builtin.local", "ansible.legacy.local")
# The name under which the approved digests are looked up.
_APPROVED = "qlik_fleet_look__approved"
_LISTING = "qlik_connections_list_unchanged"
# What an audit's report is told of what counts.
_OF_THE_REPORT = ("fail_on", "expiry_days", "same_target_allowed")
_OF_THE_REPORT_CHECK = ArgumentSpecValidator({name: REPORT_SPEC[name] for name in _OF_THE_REPORT})
# What one request of a tenant may take, unless its variables say otherwise.
_SECONDS = 30.0


class ActionModule(TenantConnections):
    """It never fails: what it can't find out, the ordinary tasks find out, and say."""

    BYPASS_HOST_LOOP = True
    _supports_async = False

    def _run(self, variables: Mapping[str, t.Any]) -> Result:
        _validation, options = self.validate_argument_spec(argument_spec=SPEC)
        live = [str(host) for host in variables["ansible_play_hosts"]]
        everyone = [str(host) for host in variables["ansible_play_hosts_all"]]
        problem = ""
        found: dict[str, Result] = {}
        try:
            found = self._look(live, options, variables)
        except MEANT as error:
            problem = f"The tenants weren't looked at beforehand: {error}"
        except (QlikError, OSError) as error:
            problem = f"The tenants weren't looked at beforehand: {error}"
        except Exception as error:  # noqa: BLE001 - the tenants can be done all the same
            problem = f"The tenants weren't looked at beforehand: {defect_message(error)}"
        chosen = choose(options["kind"], everyone, live, found, variables["groups"])
        try:
            keep(options["kind"], chosen)
        except OSError as error:
            # Nobody knows of it then, so that all go the ordinary way.
            problem = f"What was found beforehand can't be kept, so that it counts for nothing: {error}"
            found = {}
            chosen = choose(options["kind"], everyone, live, found, variables["groups"])
        result: Result = {
            "changed": False,
            "msg": look_lines(options["kind"], chosen, found),
            "_ansible_verbose_always": True,
        }
        warnings = [problem] if problem else []
        for one in found.values():
            warnings += one.get("warnings") or []
        if warnings:
            result["warnings"] = list(dict.fromkeys(warnings))
        return result

    def _look(
        self, hosts: t.Sequence[str], options: Mapping[str, t.Any], variables: Mapping[str, t.Any]
    ) -> dict[str, Result]:
        """The results of those that are as declared, by host."""
        if self._task.become:
            return {}
        defaults = self._defaults(_ROLES[options["kind"]])
        defaults[_APPROVED] = False
        if options["needs_approval"]:
            defaults["qlik_connections_approved_plans"] = _APPROVED
            defaults[_APPROVED] = self._digests(options["approved_plan"])
        if options["kind"] == "provision":
            # As a rollout does: for all tenants what counts for the first.
            listing = {_LISTING: self._evaluated(variables[_LISTING])} if _LISTING in variables else {}
            variables = {**variables, **listing}
        fleet = FleetVariables(variables, defaults)
        look = self._look_of(options["kind"], {**defaults, **variables})
        if SAME_TARGET in (look.fail_on or ()):
            # Whether a tenant reaches what another one reaches too is known when all have been read.
            return {}
        bounds = Bounds(int(context.CLIARGS.get("forks") or 1), processors(), _SECONDS)
        found = for_each(hosts, partial(self._work, fleet, look), bounds)
        return {host: found[host] for host in hosts if host in found}

    def _defaults(self, roles: t.Sequence[str]) -> Variables:
        """What the roles say where nobody says anything else."""
        folder = Path(__file__).parents[2] / "roles"
        found: Variables = {}
        for role in roles:
            found |= self._loader.load_from_file(str(folder / role / "defaults/main.yml")) or {}
        return found

    def _digests(self, approved: t.Any) -> dict[str, str]:
        """The digests that were approved. Raises AnsibleError or OSError, which the rollout says then."""
        if isinstance(approved, str) and approved:
            approved = self._read_file(os.path.realpath(approved))
        found: dict[str, str] = plan_digests(approved)
        return found

    def _look_of(self, kind: str, variables: Variables) -> Look:
        """How to look. What counts in an audit is for all tenants what counts for the first, as its report reads it: a
        list may be a text with commas. Raises QlikError or AnsibleActionFail for what the report can't read either.
        """
        if kind != "audit":
            return Look(self.check, kind == "plan" or self._task.check_mode, None)
        given = {}
        for name in _OF_THE_REPORT:
            if f"qlik_audit_{name}" in variables:
                given[name] = self._evaluated(variables[f"qlik_audit_{name}"])
        read = _OF_THE_REPORT_CHECK.validate(given)
        if read.error_messages:
            raise QlikError("; ".join(read.error_messages))
        options = read.validated_parameters
        mode = self._evaluated(variables.get("qlik_report_mode", REPORT_SPEC["mode"]["default"]))
        checked_mode({**options, "kind": kind, "hand_on": False, "mode": mode})
        return Look(self.check, True, options["fail_on"], options["expiry_days"])

    def _work(self, fleet: FleetVariables, look: Look, host: str) -> Work | None:
        """What looks at a host; None for one that must go the ordinary way, whatever the reason."""
        try:
            variables = fleet.of(host)
            if variables is None:
                return None
            self._templar.available_variables = variables
            if not self._goes_this_way(variables):
                return None
            arguments = self._arguments({"host_variables": True}, variables)
            if refusal(variables, arguments.get("tenant_url"), self._evaluated):
                return None
            return partial(looked, look, arguments, misspelt_options(variables))
        except Exception:  # noqa: BLE001 - whatever it is, the ordinary way says it, and the others can be looked at
            return None

    def _goes_this_way(self, variables: Variables) -> bool:
        """Whether the ordinary task would do this tenant in Ansible's own process, as who runs it."""
        if self._evaluated(variables.get("ansible_connection", "local")) not in _LOCAL:
            return False
        if as_boolean(self._evaluated(variables.get("ansible_become", False))):
            return False
        if not as_boolean(self._variable("qlik_in_process", variables, True)):
            return False
        # What nothing depends on here can fail there all the same.
        self._variable("qlik_progress", variables, True)
        if not connects_as_usual(variables, self._evaluated):
            return False
        return self._runs_this_python(variables)
