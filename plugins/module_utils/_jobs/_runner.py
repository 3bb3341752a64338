# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a job: arguments in, result out, whatever happens in between; the same for a module's process and for
Ansible's own.
"""

from __future__ import annotations

import time
import traceback
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import definition_options
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, printable
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    PROPERTY_OPTIONS,
    SECRET_OPTIONS,
    STATEMENT_OPTIONS,
    is_shown_secret,
    leaf_texts,
    pasted_secrets,
    secrets_in_name,
    statement_secrets,
    uncertain_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import harmless_names
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    resolve_settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.progress import Say
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    environment_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.today import Today, utc_today

Options = t.Mapping[str, t.Any]
Result = t.Dict[str, t.Any]
_ADDRESS_OPTIONS = STATEMENT_OPTIONS | {"tenant_url"}
# Nothing in these names could part a name from a value.
_OPTIONS_OF_A_DEFINITION = definition_options().keys()
_TELLING_OPTIONS = SECRET_OPTIONS | PROPERTY_OPTIONS | _ADDRESS_OPTIONS
Job = t.Callable[[TenantSession, Options, bool], Result]
# Values by the names of their placeholders: one that is no secret comes here as null, and its name is none either.
_NAMED_VALUES = "values"


class JobError(QlikError):
    """A job failed and has something to return all the same."""

    def __init__(self, message: str, result: Result) -> None:
        self.result = result
        super().__init__(message)


def hidden_values(options: t.Any) -> set[str]:
    """Every secret among a module's options, valid or not: what is declared as one, and what was pasted among
    properties.
    """
    found: set[str] = set()
    if not isinstance(options, Mapping):
        return found
    for name in _TELLING_OPTIONS & options.keys():
        if options[name] is not None:
            found |= _values_of(name, options[name])
    if not options.keys() <= _OPTIONS_OF_A_DEFINITION:
        for name, value in options.items():
            if value is None:
                found |= secrets_in_name(name)
    connections = options.get("connections")
    for definition in connections if isinstance(connections, (list, tuple)) else ():
        found |= hidden_values(definition)
    return found


def _values_of(name: str, value: t.Any) -> set[str]:
    """The secrets of one option that may hold some."""
    if name in PROPERTY_OPTIONS:
        return pasted_secrets(value)
    if name in _ADDRESS_OPTIONS:
        return statement_secrets(value)
    if name == _NAMED_VALUES:
        return leaf_texts(value)
    return leaf_texts(value) | _secrets_without_value(value)


def _secrets_without_value(secrets: t.Any) -> set[str]:
    """Names among secrets that are the secret itself, or hold it, since a blank or a name is missing."""
    if not isinstance(secrets, Mapping) or None not in secrets.values():
        return set()
    names = [str(name) for name, value in secrets.items() if value is None]
    found = {name for name in names if not is_shown_secret(name)}
    return found.union(*map(secrets_in_name, names))


def _uncertain_values(options: Options) -> set[str]:
    """Values of headers and URLs: a tenant's error may quote them, and any may be a key."""
    definitions = [options, *(one for one in options.get("connections") or [] if isinstance(one, Mapping))]
    found: set[str] = set()
    for definition in definitions:
        found |= uncertain_secrets(definition.get("properties"))
    return found


def run_job(
    job: Job,
    options: Options,
    check_mode: bool,
    say: Say | None = None,
    misplaced: t.Collection[str] = (),
    today: Today = utc_today,
    *,
    looks: bool = False,
    sessions: type[TenantSession] = TenantSession,
) -> tuple[Result, set[str]]:
    """Run a job on validated options. Gives its result, with C(failed) and C(msg) when it failed, and the values to
    hide in it.

    In check mode the session is read-only. C(say) prints how far a long job is; C(misplaced) are more values to hide.
    C(today) gives the day in UTC. A job that only C(looks) does as one that writes, and where it would begin to, its
    result holds C(stopped_writes): any other result is that of the real run. C(sessions) makes the session.
    """
    with harmless_names(options.get("harmless_names")):
        hidden = hidden_values(options) | environment_secrets() | set(misplaced)
        with known_secrets(hidden):
            return _run(job, options, check_mode, say, hidden, today, looks, sessions)


def _run(
    job: Job,
    options: Options,
    check_mode: bool,
    say: Say | None,
    hidden: set[str],
    today: Today,
    looks: bool,
    sessions: type[TenantSession],
) -> tuple[Result, set[str]]:
    began = time.monotonic()
    redact = Redactor()
    redact.learn(hidden)
    redact.learn(_uncertain_values(options))
    session = None
    warnings: list[str] = []
    try:
        settings = resolve_settings(options)
        hidden |= settings.hidden
        redact.learn(settings.hidden)
        warnings += settings.warnings
        session = sessions(
            settings,
            read_only=check_mode or looks,
            redact=redact,
            resources=RESOURCES,
            parallel=max(1, int(options.get("parallel") or 8)),
            say=say,
            today=today,
        )
        result = job(session, options, check_mode)
    except JobError as failure:
        result = {**failure.result, "failed": True, "msg": _redacted_text(redact, failure)}
    except QlikError as error:
        result = {"failed": True, "msg": _redacted_text(redact, error)}
    except Exception as error:  # noqa: BLE001 - a defect of ours must not print what it stumbled over
        result = {
            "failed": True,
            "msg": _redacted_text(
                redact, f"An unexpected error in qlikops.cloud: {type(error).__name__}: {error}. Please report it."
            ),
            "exception": _redacted_text(redact, traceback.format_exc()),
        }
    result.setdefault("changed", False)
    if session is not None:
        session.close()
        hidden |= session.tokens
        if looks and session.stopped_writes:
            result["stopped_writes"] = True
        result["requests"] = {
            "reads": session.counts.reads,
            "writes": session.counts.writes,
            "retries": session.counts.retries,
            "waited_seconds": round(session.budget.waited, 1),
            "seconds": round(time.monotonic() - began, 1),
        }
        warnings += [*session.warnings, *session.deprecated.values()]
    warnings += result.get("warnings") or []
    result.pop("warnings", None)
    if warnings:
        result["warnings"] = [_redacted_text(redact, warning) for warning in dict.fromkeys(warnings)]
    return result, hidden


def _redacted_text(redact: Redactor, text: t.Any) -> str:
    """A text that Ansible prints as it is."""
    return printable(redact(str(text)))
