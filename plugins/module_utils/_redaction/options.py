# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's options for a person's eyes, as Ansible shows them from C(-vvv) on."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    NO_LOG_MASK,
    PROPERTY_OPTIONS,
    SECRET_OPTIONS,
    STATEMENT_OPTIONS,
    TRIAL_OPTIONS,
    is_shown_secret,
    mask_properties,
    mask_statement,
    shown_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import masked_text
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    Option,
    Spec,
    by_any_name,
    has_shape,
)


def mask_options(options: t.Any, spec: Spec) -> t.Any:
    """A module's options as they may be shown: what isn't known, or not of its shape, is masked as a whole, as it may
    hold anything.

    What Ansible would find to be secret is called as it calls it: finding a thousand secrets in a thousand definitions
    takes it long.
    """
    if options is None:
        return None
    if not isinstance(options, Mapping):
        return MASK
    known = by_any_name(spec)
    masked = {}
    for name, value in options.items():
        if name not in known:
            masked[shown_name(name)] = _masked(str(name), value, None)
        else:
            masked[name] = _masked(str(name), value, known[name])
    return masked


def _masked(name: str, value: t.Any, option: Option | None) -> t.Any:
    """The value of one option as it may be shown. C(option) is what the specification says of it, if anything."""
    if value is None:
        return None
    if name == "values":
        return _names_only(value)
    if name in SECRET_OPTIONS:
        return _without_secrets(value)
    if option is None or not has_shape(value, option):
        return MASK
    if "options" in option:
        return [mask_options(item, option["options"]) for item in value]
    if name in PROPERTY_OPTIONS:
        return mask_properties(value)
    if name in STATEMENT_OPTIONS:
        return mask_statement(str(value))
    if name in TRIAL_OPTIONS and isinstance(value, Mapping):
        return {key: _masked_statement(statement) for key, statement in value.items()}
    if name == "tenant_url" and isinstance(value, str):
        return masked_text(value, MASK, is_url=True)
    return value


def _masked_statement(statement: t.Any) -> t.Any:
    """What is asked of a connection that is tried: it may compare with a key. What is no text can't be a statement."""
    return masked_text(statement, MASK) if isinstance(statement, str) else MASK


def _without_secrets(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {_name_of_secret(str(name), item): _without_secrets(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(_without_secrets, value))
    if value is None or isinstance(value, bool) or value == "":
        return value
    return NO_LOG_MASK


def _name_of_secret(name: str, value: t.Any) -> str:
    if value is not None:
        return name
    shown = shown_name(name)
    if shown == name and not is_shown_secret(name):
        return MASK
    return shown


def _names_only(values: t.Any) -> t.Any:
    if not isinstance(values, Mapping):
        return MASK
    return {name: _names_only(value) for name, value in values.items()}
