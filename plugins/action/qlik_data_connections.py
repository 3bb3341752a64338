# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""qlik_data_connections in process, and the definitions that it reads from files, whichever way it runs."""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t

from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.validation import check_type_dict, check_type_list, check_type_path
from ansible_collections.qlikops.cloud.plugins.plugin_utils._bytecode import kept_bytecode

with kept_bytecode():
    from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import data_connections_spec
    from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import secret_values
    from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, QlikError
    from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import MAX_DEFINITIONS_BYTES
    from ansible_collections.qlikops.cloud.plugins.module_utils._jobs import data_connections
    from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Result
    from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import leaf_texts
    from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_files import with_definitions
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import (
        HostLayers,
        approved_plan,
        host_layers,
        host_options,
        host_policy,
        in_variables,
        misspelt_options,
        nearly_layers,
        say_variables,
    )
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._in_process import TenantAction
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._policy_files import merged_policy
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._turns import taking_turns
    from ansible_collections.qlikops.cloud.plugins.plugin_utils._warm_up import warm_up

# The default of the role qlik_test's qlik_test_parallel.
TENANTS_AT_ONCE = 3


class ActionModule(TenantAction):
    """The same job as the module's."""

    job = staticmethod(data_connections.run)
    check = OptionCheck(data_connections_spec())

    def _run(self, variables: t.Mapping[str, t.Any]) -> Result:
        result = self._reached(variables)
        if as_boolean(self.args.get("host_variables", False)):
            say_variables(result, in_variables)
            for warning in misspelt_options(variables):
                result["warnings"] = [*result.get("warnings", []), warning]
        if result.get("nothing_declared") and "host_variables" in self.args:
            result["warnings"] = [*result.get("warnings", []), *_misnamed_layers(variables)]
        return result

    def _reached(self, variables: t.Mapping[str, t.Any]) -> Result:
        """The result; a tenant of the role that Ansible can't reach has failed as any other, so that its wave counts
        it.
        """
        if "host_variables" not in self.args:
            return super()._run(variables)
        try:
            return super()._run(variables)
        except AnsibleConnectionFailure as error:
            host = variables.get("inventory_hostname")
            advice = "Tenants need no connection of Ansible's: set ansible_connection to local for them."
            return {
                "failed": True,
                "msg": f"{host}: nothing was done, since Ansible can't reach this host: {error.message} {advice}",
            }

    def _arguments(self, given: dict[str, t.Any], variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The options without what says where to find others;
        of the values only those are left that must not be shown.
        """
        layers = HostLayers([], [], [], [])
        rules: list[tuple[str, t.Any]] = []
        if as_boolean(given.pop("host_variables", False)):
            evaluate = self._evaluation(variables)
            given |= host_options(variables, evaluate)
            layers = host_layers(variables, evaluate)
            rules = host_policy(variables)
        if given.get("approved_plans"):
            digest = approved_plan(str(given.pop("approved_plans")), variables)
            if digest:
                given["approved_plan"] = digest
        options = dict(given)
        paths, values = _sources(options.pop("definitions_from", None), options.pop("values", None))
        if values:
            options["values"] = secret_values(values)
        policy_paths = _paths("policy_from", options.pop("policy_from", None))
        if policy_paths or rules:
            options["policy"] = self._policy(options.get("policy"), policy_paths, rules, variables)
        redact = Redactor()
        redact.learn(leaf_texts(options.get("values")))
        try:
            if paths or any(layers):
                self._looked = (
                    f"beside the definitions, nor {self._looked}, nor beside the inventory, nor in the"
                    " working directory"
                )
                options = with_definitions(options, paths, values, _Files(self, variables), layers)
            return super()._arguments(options, variables)
        except DefinitionError as error:
            problems = "\n".join(f"- {problem}" for problem in error.problems)
            raise QlikError(redact(f"The definitions can't be used:\n{problems}")) from None

    def _run_where_it_may(self, arguments: dict[str, t.Any], variables: t.Mapping[str, t.Any]) -> Result:
        """The result; a tenant of the role on which connections are tried waits for its turn.

        Reloads are counted over all tenants of a contract. Writing waits with them: what is written should be tried at
        once, and not stay untried, or dead, on hundreds of tenants until it is their turn.
        """
        if "host_variables" not in self.args or self._task.check_mode or not _tries(arguments):
            return super()._run_where_it_may(arguments, variables)
        with taking_turns(constants.DEFAULT_LOCAL_TMP, "qlik_tests", self._tenants_at_once(variables)):
            return super()._run_where_it_may(arguments, variables)

    def _tenants_at_once(self, variables: t.Mapping[str, t.Any]) -> int:
        """On how many tenants connections are tried at the same time. Raises AnsibleError."""
        try:
            return max(1, int(self._variable("qlik_test_parallel", variables, TENANTS_AT_ONCE)))
        except (TypeError, ValueError):
            raise AnsibleError("Nothing was done: qlik_test_parallel must be a number of tenants.") from None

    def _policy(
        self, given: t.Any, paths: list[str], layers: list[tuple[str, t.Any]], variables: t.Mapping[str, t.Any]
    ) -> list[dict[str, t.Any]]:
        """The rules of all layers. Raises QlikError."""
        try:
            return merged_policy(given, paths, layers, _FilesHereFirst(self, variables))
        except DefinitionError as error:
            problems = "\n".join(f"- {problem}" for problem in error.problems)
            raise QlikError(f"Nothing was done, since the policy can't be used:\n{problems}") from None

    def find(self, path: str, variables: t.Mapping[str, t.Any]) -> str:
        """A file or folder on the controller: where Ansible looks for files, then beside the inventory, then here.
        Raises OSError.
        """
        if os.path.isabs(path):
            if os.path.exists(path):
                return path
            raise FileNotFoundError(errno.ENOENT, "there is no such file or folder")
        with contextlib.suppress(AnsibleError):
            return str(self._find_needle("files", path))
        for folder in filter(None, (variables.get("inventory_dir"), os.getcwd())):
            candidate = os.path.join(str(folder), path)
            if os.path.exists(candidate):
                return candidate
        raise FileNotFoundError(
            errno.ENOENT,
            "there is no such file or folder: neither beside the playbook or in a folder files/ where Ansible looks,"
            " nor beside the inventory, nor in the working directory",
        )

    def decrypt(self, text: str) -> str:
        """An inline vaulted value. Raises ValueError."""
        indented = "\n".join(f"  {line}" for line in text.strip().splitlines())
        try:
            return str(self._loader.load(f"!vault |\n{indented}\n", show_content=False))
        except AnsibleError:
            raise ValueError(
                "a vaulted value can't be decrypted, since the vault password is missing or wrong"
            ) from None


def _tries(arguments: t.Mapping[str, t.Any]) -> bool:
    """Whether the connections of a tenant are to be tried."""
    return (arguments.get("verify") or "never") != "never" or as_boolean(arguments.get("put_back", False))


def _misnamed_layers(variables: t.Mapping[str, t.Any]) -> list[str]:
    """A warning about variables that were probably meant to be layers, if there are any."""
    names = nearly_layers(variables)
    if not names:
        return []
    return [
        f"These variables look like definitions, and aren't called qlik_connections_definitions…: {', '.join(names)}."
    ]


def _sources(paths: t.Any, values: t.Any) -> tuple[list[str], dict[str, t.Any]]:
    """The files of definitions, and what fills their placeholders. Raises QlikError."""
    try:
        return list(map(_path, check_type_list(paths or []))), check_type_dict(values or {})
    except TypeError:
        raise QlikError("definitions_from must be a list of paths, and values a dictionary.") from None


def _paths(option: str, given: t.Any) -> list[str]:
    """The paths that an option names. Raises QlikError."""
    try:
        return list(map(_path, check_type_list(given or [])))
    except TypeError:
        raise QlikError(f"{option} must be a list of paths.") from None


def _path(value: t.Any) -> str:
    """A path of definitions. Raises TypeError for anything else than a text: made one, it would be quoted."""
    if not isinstance(value, str):
        raise TypeError
    return str(check_type_path(value))


class _Files:
    """The controller's files, as far as an action knows them."""

    def __init__(self, action: ActionModule, variables: t.Mapping[str, t.Any]) -> None:
        self._action = action
        self._variables = variables

    def find(self, path: str) -> str:
        return self._action.find(path, self._variables)

    def read(self, path: str) -> bytes:
        return self._action._read_file(path, MAX_DEFINITIONS_BYTES)

    def decrypt(self, text: str) -> str:
        return self._action.decrypt(text)


class _FilesHereFirst(_Files):
    """Those of a policy. Whoever runs the command has files in the working directory: one of the same name beside the
    inventory, which others may write, must not take the place of theirs.
    """

    def find(self, path: str) -> str:
        if os.path.exists(path):
            return os.path.abspath(path)
        return super().find(path)


warm_up(ActionModule.job, ActionModule.check)
