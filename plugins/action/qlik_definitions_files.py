# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_definitions_files: one task for all hosts, on the controller only."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible.plugins.action import ActionBase
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.documents import (
    INVENTORY_TEXT,
    Holdings,
    layered_texts,
    tenant_text,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.files import (
    COMMON_PATH,
    GROUP,
    INVENTORY_NAME,
    Outcome,
    as_diff,
    folder_name,
    is_export,
    needs_inventory_file,
    same_places,
    tenant_path,
    write_file,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.summary import summarize
from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import plain
from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import ExportNames, export_names
from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import listed

Result = dict[str, t.Any]
_OPTIONS: dict[str, dict[str, t.Any]] = {
    "directory": {"type": "path", "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "variable": {"type": "str", "required": True},
    "common": {"type": "bool", "default": False},
    "overwrite": {"type": "bool", "default": True},
}


@dataclass
class _Export:
    """What the files are made from: by host, the results of those that could be read, and why the others couldn't."""

    read: dict[str, Holdings] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


class ActionModule(ActionBase):
    """Writes the definitions of many tenants, each into the file that Ansible reads for its host."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result: Result = super().run(tmp, task_vars)
        variables = task_vars or {}
        _validation, options = self.validate_argument_spec(argument_spec=_OPTIONS)
        directory = os.path.abspath(options["directory"])
        hosts = list(dict.fromkeys(options["hosts"]))
        export = _collect(variables["hostvars"], hosts, options["variable"])

        problem = _layering_problem(directory, export, variables.get("groups") or {}, layered=options["common"])
        texts, common = ([], 0) if problem else _texts(export, export_names(directory), layered=options["common"])
        # Before the others: it looks at what else is in the folder.
        inventory = self._inventory_file(directory, options) if texts else None
        shared = same_places([os.path.join(directory, path) for path, _host, _text in texts])
        files = [self._file(directory, path, host, text, options, shared) for path, host, text in texts]
        errors = [problem] if problem else [entry["error"] for entry in files if entry["error"]]
        if inventory and inventory["error"]:
            errors.append(inventory["error"])
        for entry in files:
            held = export.read.get(entry["host"])
            entry["connections"] = len(held.definitions) if held else common
            entry["left_out"] = held.left_out() if held else []
        result.update(
            changed=any(entry["action"] != "none" for entry in (*files, *([inventory] if inventory else []))),
            files=files,
            written=[entry["host"] for entry in files if entry["host"] and not entry["error"]],
            errors=errors,
            summary=summarize(files, export.results, export.failed, errors, check_mode=self._task.check_mode),
            diff=[entry.pop("diff") for entry in files if entry["diff"]] if self._task.diff else [],
        )
        for entry in files:
            entry.pop("diff", None)
        if odd := [host for host in export.read if folder_name(host) != host]:
            result["warnings"] = [
                f"Ansible can't look for the variables of {listed(odd)} in a folder of this name, so the files are in"
                " others, and"
                " aren't found when the export is used as an inventory. Rename these hosts."
            ]
        if errors:
            result.update(failed=True, msg="\n".join(errors))
        return result

    def _inventory_file(self, directory: str, options: t.Mapping[str, t.Any]) -> Result | None:
        """What makes a folder of variables an inventory; nothing where there is one."""
        if not needs_inventory_file(directory):
            return None
        return self._file(directory, INVENTORY_NAME, "", INVENTORY_TEXT, options, {})

    def _file(
        self,
        directory: str,
        path: str,
        host: str,
        text: str,
        options: t.Mapping[str, t.Any],
        shared: t.Mapping[str, str],
    ) -> Result:
        whole = os.path.join(directory, path)
        if whole in shared:
            outcome = Outcome(
                error=f"{whole} is the same file as {shared[whole]}, so it can't hold both. Take the link away."
            )
        else:
            outcome = write_file(whole, text, overwrite=options["overwrite"], dry=self._task.check_mode)
        return {
            "path": whole,
            "host": host,
            "action": outcome.action,
            "error": outcome.error,
            "diff": as_diff(whole, outcome, text) if outcome.action != "none" else None,
        }


def _collect(hostvars: t.Mapping[str, t.Mapping[str, t.Any]], hosts: t.Sequence[str], variable: str) -> _Export:
    export = _Export()
    for host in hosts:
        result = hostvars[host].get(variable) if host in hostvars else None
        result = plain(result) if result else {}
        if result.get("failed") or "definition_notes" not in result:
            export.failed[host] = str(result.get("msg") or f"nothing was read; there is no {variable} with definitions")
            continue
        holdings = Holdings.from_result(result)
        if odd := holdings.unwritable():
            export.failed[host] = (
                f"{odd} holds characters that are none (half of a pair), so no file can hold it. Change it in Qlik."
            )
            continue
        export.read[host] = holdings
        export.results[host] = result
    return export


def _layering_problem(
    directory: str, export: _Export, groups: t.Mapping[str, t.Sequence[str]], *, layered: bool
) -> str:
    """Why the files of these tenants would say something wrong about others; empty when they wouldn't."""
    where = os.path.join(directory, COMMON_PATH)
    if not layered:
        if not is_export(where):
            return ""
        return (
            f"{where} holds what tenants have in common, by an earlier export, and would count beside the files of this"
            " one. Export with"
            " the common definitions again, choose another directory, or remove that file."
        )
    members = list(groups.get(GROUP) or ())
    strangers = [host for host in (*export.read, *export.failed) if host not in members]
    if strangers:
        return (
            f"Common definitions count for all hosts of the group {GROUP}, and only for these. Not among them:"
            f" {listed(strangers)}."
            " Nothing was written."
        )
    missing = [host for host in members if host not in export.read]
    if missing:
        return (
            f"Common definitions count for all hosts of the group {GROUP}, so all of them must be read. Not read:"
            f" {listed(missing)}."
            " Nothing was written. Put the cause right, or export without the common definitions."
        )
    return ""


def _texts(export: _Export, names: ExportNames, *, layered: bool) -> tuple[list[tuple[str, str, str]], int]:
    """Path, host and text of each file, the common one first and without a host;
    and how many definitions are common.
    """
    tenants = export.read
    if not layered:
        return [(tenant_path(host), host, tenant_text(host, holdings, names)) for host, holdings in tenants.items()], 0
    common, own, number = layered_texts(tenants, names)
    return [(COMMON_PATH, "", common), *((tenant_path(host), host, text) for host, text in own.items())], number
