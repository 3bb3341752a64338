# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_fleet_report: reads the results of hosts on the controller, and writes files there."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.filter.summarize_audit import summarize_audit
    from ansible_collections.qlikops.cloud.plugins.filter.summarize_wave import summarize_wave
    from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import first_of, texts_problems
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import EXPIRY_DAYS, FAILING
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._findings import KINDS as FINDINGS
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._guarded_action import GuardedAction
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found, beginning, keep_beginning, kept
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.files import FORMATS, file_mode, paths_of, write
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import KINDS, SCHEMA, Tenant, build
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._same_targets import Entry, PatternError, same_targets
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._standing import standing

# What a rollout tells of a wave, and in which part of it.
_ROLLOUT: dict[str, dict[str, t.Any]] = {
    "part": {"type": "str", "choices": ["passed", "failed"], "required": True},
    "max_failed_percent": {"type": "float", "default": 0.0},
}
SPEC: dict[str, dict[str, t.Any]] = {
    "kind": {"type": "str", "choices": list(KINDS), "required": True},
    "directory": {"type": "path", "default": ""},
    "formats": {"type": "list", "elements": "str", "choices": list(FORMATS), "default": list(FORMATS)},
    "hosts": {"type": "list", "elements": "str"},
    "fail_on": {"type": "list", "elements": "str", "choices": list(FINDINGS), "default": list(FAILING)},
    "same_target_allowed": {"type": "list", "elements": "str", "default": []},
    "expiry_days": {"type": "int", "default": EXPIRY_DAYS},
    "mode": {"type": "raw", "default": "0600"},
    "result_variable": {"type": "str", "default": "qlik_connections_result"},
    "message": {"type": "list", "elements": "str"},
    "rollout": {"type": "dict", "options": _ROLLOUT},
    "hand_on": {"type": "bool", "default": False},
    "looked": {"type": "str", "choices": ["", "audit", "plan", "provision"], "default": ""},
    "check_only": {"type": "bool", "default": False},
}
# The variable in which a provisioning looks for the plan that was approved.
APPROVED = "qlik_approved_plan"
# Fact of the report -> host variable.
VARIABLES = {
    "url": "qlik_tenant_url",
    "region": "qlik_region",
    "country": "qlik_country",
    "subscription": "qlik_subscription",
    "status": "qlik_status",
}


class ActionModule(GuardedAction):
    """The whole of the module: nothing runs on a host."""

    _supports_async = False
    _requires_connection = False

    def _run(self, variables: Mapping[str, t.Any]) -> dict[str, t.Any]:
        _check_shapes(self._task.args)
        _validation, options = self.validate_argument_spec(
            argument_spec=SPEC, mutually_exclusive=[["message", "rollout"]]
        )
        mode = checked_mode(options)
        if options["check_only"]:
            _check_directory(options)
            if beginning(options["kind"], self._play) is None:
                # With its first wave. Those that fail in one take part, too.
                keep_beginning(options["kind"], self._play, list(map(str, variables["ansible_play_hosts"])))
            return {"changed": False}
        looked = kept(options["looked"]) or Found()
        took_part = beginning(options["kind"], self._play)
        tenants, same = _tenants(options, variables, looked, took_part)
        report = _report(tenants, options)
        if options["rollout"] is not None:
            options["message"] = self._wave_lines(tenants, options, variables, looked, took_part)
        paths = _written(report, options, mode)
        result: dict[str, t.Any] = {"changed": False}
        if options["hand_on"]:
            result["ansible_stats"] = _handed_on(report)
        if options["message"] is None:
            if options["kind"] in ("audit", "plan"):
                result["lines"] = self._fleet_lines(tenants, options, same)
            if options["kind"] == "plan":
                result["failed_hosts"] = [host for host, tenant in tenants.items() if not _has_plan(tenant.result)]
            audited_with = {name: options[name] for name in ("fail_on", "expiry_days")}
            return {**result, "paths": paths, "summary": report["summary"], "same_targets": same, **audited_with}
        # Printed as debug prints: whatever the verbosity, and nothing beside it.
        return {**result, "msg": _message(options, paths), "_ansible_verbose_always": True}

    @property
    def _play(self) -> str:
        """By what this play can be told from others of the same run."""
        return str(self._task.get_play()._uuid)

    def _fleet_lines(
        self, tenants: Mapping[str, Tenant], options: Mapping[str, t.Any], same: Mapping[str, list[Entry]]
    ) -> list[str]:
        """What an audit or a plan says of all tenants. Why a task failed, it said itself.

        In a template each entry of each tenant would be given a wrapper, which takes longer than all the rest.
        """
        results = {host: tenant.result for host, tenant in tenants.items()}
        verbose = self._display.verbosity > 0
        if options["kind"] == "plan":
            return summarize_wave(results, check_mode=True, planning=True, reasons=False, total=True, verbose=verbose)
        return summarize_audit(
            results,
            options["fail_on"],
            reasons=False,
            verbose=verbose,
            same_targets=same,
            expiry_days=options["expiry_days"],
        )

    def _told_rollout(self, told: Mapping[str, t.Any]) -> dict[str, t.Any]:
        """A wave's place, and the share of it that may fail: the one of the play, which Ansible goes by, if it says
        one. An inventory may say another one, which Ansible doesn't read for a play.
        """
        share = self._task.get_play().max_fail_percentage
        return dict(told) if share is None else {**told, "max_failed_percent": float(share)}

    def _wave_lines(
        self,
        tenants: Mapping[str, Tenant],
        options: Mapping[str, t.Any],
        variables: Mapping[str, t.Any],
        looked: Found,
        took_part: set[str] | None,
    ) -> list[str]:
        """What a rollout says of a wave. Of C(tenants) the results are known already.

        In templates, each host would be compared with each other one.
        """

        def of_play(name: str) -> list[str]:
            return list(map(str, variables[f"ansible_play_{name}"]))

        found = standing(of_play("hosts_all"), of_play("hosts"), of_play("batch"), looked)

        def result_of(host: str) -> t.Any:
            if host in tenants:
                return tenants[host].result
            if _is_earlier(host, took_part):
                return None
            return _value(_variables_of(variables["hostvars"], host), options["result_variable"])

        settled = {host: looked.results[host] for host in found.settled}
        return summarize_wave(
            {host: settled.get(host) or result_of(host) or {} for host in found.counted},
            check_mode=self._task.check_mode,
            done=found.done,
            waiting=found.waiting,
            lost=[host for host in found.gone if not result_of(host)],
            hosts=found.wave,
            reasons=False,
            verbose=self._display.verbosity > 0,
            total=True,
            settled=found.settled,
            **self._told_rollout(options["rollout"]),
        )


def _tenants(
    options: Mapping[str, t.Any], variables: Mapping[str, t.Any], looked: Found, took_part: set[str] | None
) -> tuple[dict[str, Tenant], dict[str, list[Entry]]]:
    """What is known of each host, and the connections by host that reach what others reach too; empty when no file is
    wanted, and nobody is to get a report. C(took_part) are those with which this play began, None if that isn't known.
    """
    prints_alone = options["message"] is not None or options["rollout"] is not None
    if not options["directory"] and prints_alone and not options["hand_on"]:
        return {}, {}
    hosts = options["hosts"]
    if hosts is None:
        hosts = looked.hosts or variables["ansible_play_hosts_all"]
    tenants = {}
    for host in map(str, hosts):
        tenant = _tenant(variables["hostvars"], host, options["result_variable"], looked.results.get(host))
        if host not in looked.results and _is_earlier(host, took_part):
            tenant = tenant._replace(result=None)
        tenants[host] = tenant
    return _with_same_targets(tenants, options["same_target_allowed"])


def _is_earlier(host: str, took_part: set[str] | None) -> bool:
    """Whether what is known of a host is of an earlier play of the same run: it failed there, and so took no part in
    this one.
    """
    return took_part is not None and host not in took_part


def _has_plan(result: t.Any) -> bool:
    """Whether a tenant got as far as to be planned, and that didn't fail."""
    return isinstance(result, Mapping) and result.get("failed") is not True


def _report(tenants: Mapping[str, Tenant], options: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The report of these tenants."""
    created = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return build(
        options["kind"],
        tenants,
        created=created,
        version=collection_version(),
        fail_on=options["fail_on"],
        expiry_days=options["expiry_days"],
    )


def checked_mode(options: Mapping[str, t.Any]) -> int:
    """The mode of the files. Raises AnsibleActionFail for whatever of the options can't be meant."""
    try:
        mode = file_mode(options["mode"])
    except ValueError as error:
        raise AnsibleActionFail(f"mode: {error}") from None
    if options["expiry_days"] < 0:
        raise AnsibleActionFail(
            f"expiry_days is {options['expiry_days']}: give 0 or more, how many days before their end secrets are"
            " told of."
        )
    if options["hand_on"] and options["kind"] != "plan":
        raise AnsibleActionFail(f"hand_on: only a plan can be handed on, and the kind is {options['kind']}.")
    try:
        same_targets({}, options["same_target_allowed"])
    except PatternError as error:
        raise AnsibleActionFail(f"same_target_allowed: {error}") from None
    return mode


def _check_shapes(given: Mapping[str, t.Any]) -> None:
    """Raises AnsibleActionFail for lists and dictionaries where texts belong, of which Ansible would make names of
    folders, and for what can't be one.
    """
    problems = texts_problems({name: value for name, value in given.items() if name not in ("mode", "rollout")}, SPEC)
    if "\0" in str(given.get("directory")):
        problems.append("directory holds a character that no path can hold.")
    if isinstance(given.get("directory"), bool):
        problems.append(f"directory must be a path, but is {str(given['directory']).lower()}.")
    if not isinstance(given.get("rollout", {}), (Mapping, str)):
        what = "a list" if isinstance(given["rollout"], (list, tuple)) else "another value"
        problems.append(f"rollout must be a dictionary, but is {what}.")
    if problems:
        raise AnsibleActionFail(first_of(problems))


def _check_directory(options: Mapping[str, t.Any]) -> None:
    """Raises AnsibleActionFail for a folder in which nothing can be written, as far as that can be told beforehand."""
    where = options["directory"]
    if not where:
        return
    problem = ""
    for path in paths_of(options["kind"], Path(where), options["formats"]).values():
        problem = problem or _writing_problem(path)
    if problem:
        raise AnsibleActionFail(f"directory '{where}': the report can't be written there: {problem}.")


def _writing_problem(path: Path) -> str:
    """Why a file of a report can't be written; empty if nothing is known against it."""
    nearest = path
    try:
        while not os.path.lexists(nearest):
            # Of a name that is too long, lexists says that it isn't there.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                nearest.lstat()
            nearest = nearest.parent
    except OSError as error:
        return str(error.strerror)
    if nearest == path:
        if path.is_dir() and not path.is_symlink():
            return f"{path} is a folder"
        nearest = path.parent
    if not nearest.is_dir():
        return f"{nearest} is no folder"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"{nearest} can't be written to by who runs this"
    return ""


def _with_same_targets(
    tenants: dict[str, Tenant], allowed: t.Sequence[str]
) -> tuple[dict[str, Tenant], dict[str, list[Entry]]]:
    """The tenants, each told which of its connections reach what others reach too; and these by host."""
    same = same_targets({host: tenant.result for host, tenant in tenants.items()}, allowed)
    compared = {}
    for host, tenant in tenants.items():
        if isinstance(tenant.result, Mapping) and "targets" in tenant.result:
            tenant = tenant._replace(result={**tenant.result, "same_targets": same.get(host, [])})
        compared[host] = tenant
    return compared, same


def _written(report: dict[str, t.Any], options: Mapping[str, t.Any], mode: int) -> dict[str, str]:
    """The paths of the report's files, by form. Raises AnsibleActionFail."""
    where = options["directory"]
    if not where:
        return {}
    try:
        return write(report, Path(where), options["formats"], mode)
    except OSError as error:
        problem = f"directory '{where}': the report can't be written there: {error.strerror}."
        # What was to be printed is news all the same.
        raise AnsibleActionFail("\n".join([problem, *(options["message"] or [])])) from None


def _message(options: Mapping[str, t.Any], paths: Mapping[str, str]) -> list[str]:
    """What is printed: the lines that were given, and where the files for people and programs are."""
    lines = list(options["message"])
    shown = [paths[form] for form in ("html", "json") if form in paths]
    if shown:
        what = "plan" if options["kind"] == "plan" else "report"
        lines.append(f"The {what} is in {' and '.join(shown)}.")
    return lines


def _handed_on(report: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A custom stat, as set_stats makes it, with the digests of a plan. A plan without any tenant is handed on as that:
    nothing at all would look like an approval that was lost."""
    empty = {"schema": SCHEMA, "kind": "plan", "digests": {}}
    return {"data": {APPROVED: dict(report["digests"]) or empty}, "per_host": False, "aggregate": True}


def _tenant(hostvars: Mapping[str, t.Any], host: str, result_variable: str, looked: t.Any) -> Tenant:
    """What the inventory says of a host, and the last run, or the look of those that it was not for. Raises
    AnsibleActionFail for one that isn't there.
    """
    variables = _variables_of(hostvars, host)
    return Tenant(
        _value(variables, result_variable) if looked is None else looked,
        {fact: _fact(variables, name) for fact, name in VARIABLES.items()},
    )


def _variables_of(hostvars: Mapping[str, t.Any], host: str) -> Mapping[str, t.Any]:
    """The variables of a host. Raises AnsibleActionFail for one that isn't there."""
    if host not in hostvars:
        raise AnsibleActionFail(
            f"hosts: the inventory has no host '{host}'. Name hosts of the inventory, for example"
            " groups['qlik_tenants']."
        )
    variables: Mapping[str, t.Any] = hostvars[host]
    return variables


def _fact(variables: Mapping[str, t.Any], name: str) -> str:
    """A host variable as a text, empty without one. Before ansible-core 2.19 a template that fails stays as it is
    written.
    """
    fact = str(_value(variables, name) or "")
    return "" if "{{" in fact else fact


def _value(variables: Mapping[str, t.Any], name: str) -> t.Any:
    """A host variable, None without one. One whose template fails made that tenant's task fail, and the report must say
    so.
    """
    try:
        return variables.get(name)
    except AnsibleError:
        return None


def collection_version() -> str:
    """The version in the manifest of the installed collection; empty in a folder that was never built."""
    manifest = Path(__file__).parents[2] / "MANIFEST.json"
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        return ""
