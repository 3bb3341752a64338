# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_definitions_files: one task for all hosts, on the controller only."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass, field

from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
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
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._guarded_action import GuardedAction, Result
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import ExportNames, export_names
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._summary import listed

OPTIONS: dict[str, dict[str, t.Any]] = {
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


class _File(t.NamedTuple):
    """A file to be, below the directory. What all tenants have in common, and the inventory, are no host's."""

    path: str
    host: str
    text: str
    connections: int = 0
    left_out: t.Sequence[str] = ()


class ActionModule(GuardedAction):
    """Writes the definitions of many tenants, each into the file that Ansible reads for its host."""

    _requires_connection = False

    def _run(self, variables: t.Mapping[str, t.Any]) -> Result:
        _validation, options = self.validate_argument_spec(argument_spec=OPTIONS)
        directory = os.path.abspath(options["directory"])
        hosts = list(dict.fromkeys(options["hosts"]))
        export = _collect(variables["hostvars"], hosts, options["variable"])
        problem = _layering_problem(directory, export, variables.get("groups") or {}, layered=options["common"])
        if problem:
            return self._result(export, [], None, [problem])
        files = _files(export, export_names(directory), layered=options["common"])
        # Before the others: it looks at what else is in the folder.
        inventory = self._inventory_file(directory, options, files)
        shared = same_places([os.path.join(directory, file.path) for file in files])
        entries = [self._write(directory, file, options, shared) for file in files]
        written = entries if inventory is None else [*entries, inventory]
        errors = [entry["error"] for entry in written if entry["error"]]
        return self._result(export, entries, inventory, errors)

    def _inventory_file(
        self, directory: str, options: t.Mapping[str, t.Any], files: t.Sequence[_File]
    ) -> Result | None:
        """What makes a folder of variables an inventory; nothing where there is one, or nothing to go into it."""
        if not files or not needs_inventory_file(directory):
            return None
        return self._write(directory, _File(INVENTORY_NAME, "", INVENTORY_TEXT), options, {})

    def _write(
        self, directory: str, file: _File, options: t.Mapping[str, t.Any], shared: t.Mapping[str, str]
    ) -> Result:
        """Hold one file, unless it is C(shared) with another, and say what became of it."""
        path = os.path.join(directory, file.path)
        if path in shared:
            outcome = Outcome(
                error=f"{path} is the same file as {shared[path]}, so it can't hold both. Take the link away."
            )
        else:
            outcome = write_file(path, file.text, overwrite=options["overwrite"], dry=self._task.check_mode)
        diff = None
        if outcome.action != "none":
            diff = as_diff(path, outcome, file.text)
        return {
            "path": path,
            "host": file.host,
            "action": outcome.action,
            "error": outcome.error,
            "diff": diff,
            "connections": file.connections,
            "left_out": list(file.left_out),
        }

    def _result(
        self, export: _Export, entries: t.Sequence[Result], inventory: Result | None, errors: list[str]
    ) -> Result:
        """What the task returns of its files; of the one that makes them an inventory only whether it changed."""
        diffs = [entry.pop("diff") for entry in entries]
        actions = [entry["action"] for entry in entries]
        if inventory is not None:
            actions.append(inventory["action"])
        result: Result = {
            "changed": actions.count("none") < len(actions),
            "files": list(entries),
            "written": [entry["host"] for entry in entries if entry["host"] and not entry["error"]],
            "errors": errors,
            "summary": summarize(entries, export.results, export.failed, errors, check_mode=self._task.check_mode),
            "diff": [],
        }
        if self._task.diff:
            result["diff"] = list(filter(None, diffs))
        warning = _odd_names_warning(export.read)
        if warning:
            result["warnings"] = [warning]
        if errors:
            result.update(failed=True, msg="\n".join(errors))
        return result


def _odd_names_warning(hosts: t.Iterable[str]) -> str:
    """What is said of hosts whose names no folder can have; empty if there are none."""
    odd = [host for host in hosts if folder_name(host) != host]
    if not odd:
        return ""
    return (
        f"Ansible can't look for the variables of {listed(odd)} in a folder of this name, so the files are in others,"
        " and aren't found when the export is used as an inventory. Rename these hosts."
    )


def _collect(hostvars: t.Mapping[str, t.Mapping[str, t.Any]], hosts: t.Sequence[str], variable: str) -> _Export:
    """What these hosts' variable of this name holds: results of qlik_data_connection_info."""
    export = _Export()
    for host in hosts:
        result: Result = {}
        if host in hostvars:
            result = plain(hostvars[host].get(variable) or {})
        if result.get("failed") or "definition_notes" not in result:
            export.failed[host] = str(result.get("msg") or f"nothing was read; there is no {variable} with definitions")
            continue
        holdings = Holdings.from_result(result)
        odd = holdings.unwritable()
        if odd:
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
    if not layered:
        return _earlier_common_file(os.path.join(directory, COMMON_PATH))
    members = list(groups.get(GROUP) or ())
    strangers = [host for host in (*export.read, *export.failed) if host not in members]
    if strangers:
        return (
            f"Common definitions count for all hosts of the group {GROUP}, and only for these. Not among them:"
            f" {listed(strangers)}. Nothing was written."
        )
    missing = [host for host in members if host not in export.read]
    if missing:
        return (
            f"Common definitions count for all hosts of the group {GROUP}, so all of them must be read. Not read:"
            f" {listed(missing)}. Nothing was written. Fix the cause, or export without the common definitions."
        )
    return ""


def _earlier_common_file(path: str) -> str:
    if not is_export(path):
        return ""
    return (
        f"{path} holds what tenants have in common, by an earlier export, and would count beside the files of this"
        " one. Export with the common definitions again, choose another directory, or remove that file."
    )


def _files(export: _Export, names: ExportNames, *, layered: bool) -> list[_File]:
    """The files of the tenants that could be read; if C(layered), after one of what they have in common."""
    files = []
    texts: dict[str, str] = {}
    if layered:
        common, texts, number = layered_texts(export.read, names)
        files.append(_File(COMMON_PATH, "", common, number))
    for host, holdings in export.read.items():
        text = texts.get(host) or tenant_text(host, holdings, names)
        files.append(_File(tenant_path(host), host, text, len(holdings.definitions), holdings.left_out()))
    return files
