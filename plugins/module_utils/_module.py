# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job run the ordinary way, as a module in a process of its own."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.warnings import get_warning_messages
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import Spec
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import read_local_file, with_files
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Job, hidden_values, run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    PROPERTY_OPTIONS,
    SECRET_OPTIONS,
    STATEMENT_OPTIONS,
    TRIAL_OPTIONS,
    leaf_texts,
    shown_texts,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    first_of,
    misplaced_values,
    shape_problems,
    strange_values,
    texts_problems,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._secrets_register import register, spec_for_check

# Options whose values may hold secrets that Ansible doesn't know of: they are kept out of the system's log.
_NOT_LOGGED = SECRET_OPTIONS | PROPERTY_OPTIONS | STATEMENT_OPTIONS | TRIAL_OPTIONS | {"connections"}


class TenantModule(AnsibleModule):
    """An AnsibleModule that also knows of the secrets inside properties."""

    def __init__(self, argument_spec: Spec, *, supports_check_mode: bool) -> None:
        super().__init__(argument_spec=spec_for_check(argument_spec), supports_check_mode=supports_check_mode)

    def run(self, job: Job) -> None:
        """Run the job and return its result."""
        problems = texts_problems(self._given, self.argument_spec)
        if problems:
            self.fail_json(msg=first_of(problems))
        try:
            options = with_files(self.params, read_local_file)
        except QlikError as error:
            self.fail_json(msg=str(error))
        result, hidden = run_job(
            job, options, self.check_mode, misplaced=misplaced_values(self._given, self.argument_spec)
        )
        self.no_log_values.update(hidden)
        register(hidden, self.params)
        with known_secrets(hidden):
            result["invocation"] = {"module_args": mask_options(self.params, self.argument_spec)}
        result = without_secrets(result, occurring(self.no_log_values, shown_texts(result)))
        # Ansible would look for them in counts too, and on each text of the result: so it looks only for those in
        # warnings of its own.
        self.no_log_values.intersection_update(occurring(self.no_log_values, leaf_texts([get_warning_messages()])))
        for warning in result.pop("warnings", []):
            self.warn(warning)
        if result.pop("failed", False):
            super().fail_json(**result)
        self.exit_json(**result)

    def _load_params(self) -> None:
        """Keep the options as they were given: of those that can't be, Ansible's check leaves nothing to look at."""
        super()._load_params()
        # What Ansible adds for itself is no option, and no secret.
        self._given = {name: value for name, value in self.params.items() if not str(name).startswith("_ansible_")}

    def fail_json(self, msg: str, **kwargs: t.Any) -> None:
        """Also an error about the options must not show the secrets among them, nor what was given in the wrong
        place.
        """
        options = getattr(self, "params", None) or {}
        given = getattr(self, "_given", None) or {}
        strange = strange_values(given, self.argument_spec)
        redact = Redactor()
        redact.learn(strange)
        problems = shape_problems(given, self.argument_spec)
        if problems:
            msg = first_of(problems)
        secrets = hidden_values(options) | hidden_values(given) | strange
        self.no_log_values.update(secrets)
        register(secrets, given)
        with known_secrets(secrets):
            kwargs.setdefault("invocation", {"module_args": mask_options(options, self.argument_spec)})
        super().fail_json(msg=redact(msg), **kwargs)

    def log(self, msg: str, log_args: t.Mapping[str, t.Any] | None = None) -> None:
        """Log that the module was called, without what may hold pasted secrets."""
        if log_args:
            log_args = {**log_args, **dict.fromkeys(_NOT_LOGGED & log_args.keys(), "NOT_LOGGING_PARAMETER")}
            msg = "Invoked with " + " ".join(f"{name}={_text(value)}" for name, value in log_args.items())
        super().log(msg, log_args=log_args)


def _text(value: t.Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
