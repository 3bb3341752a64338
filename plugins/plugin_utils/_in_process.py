# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a module's job inside the worker process that Ansible has forked anyway.

Packing a module, starting Python and importing requests costs far more than the job's own work. Where the connection is
local and nothing asks for another user, interpreter or a detached run, the job runs right here; otherwise the ordinary
module does, with the same result.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
import typing as t
from collections import Counter
from collections.abc import Mapping

from ansible import constants
from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible.module_utils.common.arg_spec import ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import with_files
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import (
    MAX_FILE_BYTES,
    check_file,
    read_bounded,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Job, Result, hidden_values, run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import KEY_LENGTH, fingerprint, user_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_texts
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    first_of,
    shape_problems,
    strange_values,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._secrets_register import register
from ansible_collections.qlikops.cloud.plugins.module_utils._session.connections import read_usual_authorities
from ansible_collections.qlikops.cloud.plugins.plugin_utils._foreign_host import refusal
from ansible_collections.qlikops.cloud.plugins.plugin_utils._guarded_action import GuardedAction
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import (
    Evaluation,
    in_tenant_variables,
    say_variables,
    tenant_options,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._option_check import OptionCheck
from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain
from ansible_collections.qlikops.cloud.plugins.plugin_utils._truth import as_boolean

SHOW_INVOCATION = 3
# Ansible Vault writes four characters and a little more for each byte.
_VAULTED_FACTOR = 5
THIS_PYTHON = "{{ ansible_playbook_python }}"


def _prepare_to_be_forked() -> None:
    """Do what is the same in all the processes that Ansible will fork to run an action, once it has loaded it.

    It is done for speed alone: what doesn't work here, the task says that needs it.
    """
    with contextlib.suppress(Exception):
        read_usual_authorities()
    with contextlib.suppress(Exception):
        # OpenSSL looks for an algorithm, and Python for what a generator is an instance of, when first asked for it.
        # OpenSSL may be told to take no short keys.
        fingerprint(KEY_LENGTH * "-", tenant_id="", space_id="", name="", secrets={})
        user_tag("", {"": ""})
        Counter(character for character in "")
    # Whatever is there by now, Python's search for cycles needn't touch again in each of them, which then had to be
    # given copies of it: see the documentation of gc.freeze.
    gc.freeze()


_prepare_to_be_forked()


class TenantAction(GuardedAction):
    """An action that runs a job in process, or has the module of its name run it."""

    _supports_async = True
    _looked = "beside the playbook nor in a folder files/ where Ansible looks"

    job: Job
    check: OptionCheck

    def __init__(self, *given: t.Any, **named: t.Any) -> None:
        super().__init__(*given, **named)
        self._args: dict[str, t.Any] | None = None

    @property
    def args(self) -> dict[str, t.Any]:
        """What the task gives. Its evaluated arguments are taken from the task once they are read: it is sent back
        whole, and to every callback. The next try of a task with C(until) finds them here.
        """
        if self._args is None:
            self._args = plain(self._task.args)
            self._task.args = {}
        return self._args

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        with _no_collection():
            result: Result = super().run(tmp, task_vars)
        if as_boolean(self.args.get("tenant_variables", False)):
            say_variables(result, self._in_variables(task_vars or {}))
        return result

    def _in_variables(self, variables: t.Mapping[str, t.Any]) -> t.Callable[[str], str]:  # noqa: ARG002 - see others
        """How a message is said to who set variables and not options."""
        return in_tenant_variables

    def _run(self, variables: t.Mapping[str, t.Any]) -> Result:
        try:
            arguments = self._arguments(self._given(variables), variables)
        except QlikError as error:
            return {"failed": True, "msg": str(error)}
        refused = refusal(variables, arguments.get("tenant_url"), self._evaluated)
        if refused:
            return {"failed": True, "msg": refused}
        result = self._run_where_it_may(arguments, variables)
        if not self._shows_invocation(variables):
            result.pop("invocation", None)
        return result

    def _run_where_it_may(self, arguments: dict[str, t.Any], variables: t.Mapping[str, t.Any]) -> Result:
        if self._may_run_here(variables):
            say = None
            if as_boolean(self._variable("qlik_progress", variables, True)):
                say = self._display.display
            return self._run_here(arguments, say, show=self._shows_invocation(variables))
        detached = bool(self._task.async_val and not self._connection.has_native_async)
        result: Result = self._execute_module(module_args=arguments, task_vars=variables, wrap_async=detached)
        if not detached:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _shows_invocation(self, variables: t.Mapping[str, t.Any]) -> bool:
        return self._display.verbosity >= SHOW_INVOCATION and _keeps_invocation(variables)

    def _given(self, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The options of the task, and those of the tenant's variables where the task says so. Raises QlikError."""
        given = dict(self.args)
        try:
            takes_variables = as_boolean(given.pop("tenant_variables", False), strict=True)
        except TypeError:
            raise QlikError("tenant_variables must be true or false.") from None
        if takes_variables:
            given |= tenant_options(variables, self._evaluation(variables))
        return given

    def _evaluation(self, variables: t.Mapping[str, t.Any]) -> Evaluation:
        return Evaluation(self._templar.template, variables.get("omit"), variables)

    def _arguments(
        self,
        given: dict[str, t.Any],
        variables: t.Mapping[str, t.Any],  # noqa: ARG002 - for those that read files
    ) -> dict[str, t.Any]:
        """The module's options from those that were given: what is on the controller is read here. Raises QlikError."""
        return with_files(given, self._read_file)

    def _may_run_here(self, variables: t.Mapping[str, t.Any]) -> bool:
        if self._connection.transport not in ("local", "ansible.builtin.local") or self._task.async_val:
            return False
        if self._task.become or getattr(self._connection, "become", None):
            return False
        if not as_boolean(self._variable("qlik_in_process", variables, True)):
            return False
        return self._runs_this_python(variables)

    def _runs_this_python(self, variables: t.Mapping[str, t.Any]) -> bool:
        """Whether modules would be run by the Python that runs Ansible. What is usually written for that needs no
        evaluation.
        """
        if not self._task.delegate_to and str(variables.get("ansible_python_interpreter")) == THIS_PYTHON:
            return True
        return _is_this_interpreter(str(self._variable("ansible_python_interpreter", variables, "")))

    def _variable(self, name: str, variables: t.Mapping[str, t.Any], otherwise: t.Any) -> t.Any:
        """A variable of the host that the task runs on, be it delegated or not."""
        sources = [variables]
        if self._task.delegate_to:
            delegated = variables.get("ansible_delegated_vars") or {}
            sources.insert(0, delegated.get(self._task.delegate_to) or {})
        for source in sources:
            if source.get(name) is not None:
                return self._templar.template(source[name])
        return otherwise

    def _evaluated(self, value: t.Any) -> t.Any:
        return plain(self._templar.template(value))

    def _read_file(self, path: str, most: int = MAX_FILE_BYTES) -> bytes:
        """A file on the controller of C(most) bytes, looked for as copy does; a vaulted one is decrypted. Raises
        OSError.
        """
        found = os.path.expanduser(path)
        try:
            if not os.path.isabs(found):
                found = self._find_needle("files", found)
            check_file(found, _VAULTED_FACTOR * most)
            real = self._loader.get_real_file(found)
        except AnsibleFileNotFound:
            where = f"it is neither {self._looked}"
            if os.path.isabs(found):
                where = "there is no such file"
            raise FileNotFoundError(errno.ENOENT, where) from None
        except AnsibleError:
            raise OSError(
                errno.EIO, "Ansible can't read it; if it is vaulted, the vault password is missing or wrong"
            ) from None
        try:
            return read_bounded(real, most)
        finally:
            self._loader.cleanup_tmp_file(real)

    def _run_here(self, arguments: dict[str, t.Any], say: t.Callable[[str], None] | None, *, show: bool) -> Result:
        """The job's result, with the invocation if that is to be shown: masking many definitions takes its time."""
        with self._task_environment():
            checked = self.check.check(arguments)
            options = checked.validation.validated_parameters
            if checked.is_fine:
                result, hidden = run_job(self.job, options, self._task.check_mode, say, checked.misplaced)
            else:
                result, hidden = self._refusal(checked.validation, arguments)
        if show:
            with known_secrets(hidden):
                result["invocation"] = {"module_args": mask_options(options, self.check.spec)}
        register(hidden, options)
        found = occurring(hidden, shown_texts(result))
        if not found:
            return result
        return without_secrets(result, found)

    def _refusal(self, validation: ValidationResult, arguments: dict[str, t.Any]) -> tuple[Result, set[str]]:
        """What is wrong with the options, without a value that isn't where it belongs;
        and what else is to be hidden.
        """
        problems = shape_problems(arguments, self.check.spec)
        message = first_of(problems)
        if not problems:
            error = validation.errors[0]
            message = error.msg
            if isinstance(error, UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
        strange = strange_values(arguments, self.check.spec)
        redact = Redactor()
        redact.learn(strange)
        hidden = hidden_values(arguments) | hidden_values(validation.validated_parameters) | strange
        return {"failed": True, "msg": redact(message)}, hidden

    @contextlib.contextmanager
    def _task_environment(self) -> t.Iterator[None]:
        """The task's own C(environment), which Ansible gives to modules only."""
        layers = [layer for layer in self._task.environment or [] if layer]
        if not layers:
            yield
            return
        before = dict(os.environ)
        try:
            for layer in layers:
                layer = self._templar.template(layer)
                if isinstance(layer, Mapping):
                    os.environ.update({str(name): str(value) for name, value in layer.items()})
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextlib.contextmanager
def _no_collection() -> t.Iterator[None]:
    """Without the search for cycles, of which a job makes next to none: it would go through all that Ansible's process
    holds.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _keeps_invocation(variables: t.Mapping[str, t.Any]) -> bool:
    """Whether ansible-core leaves C(invocation) in the results of modules: from 2.21 on a setting says so, before it
    always does.
    """
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except AnsibleError:
        return True


def _is_this_interpreter(path: str) -> bool:
    """Whether a configured interpreter is the one that runs Ansible:
    the same file in the same (virtual) environment.
    """
    if not path or path.startswith("auto"):
        return True
    here = sys.executable
    return os.path.dirname(path) == os.path.dirname(here) and os.path.realpath(path) == os.path.realpath(here)
