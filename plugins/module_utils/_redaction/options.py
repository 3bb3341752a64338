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
    is_shown_secret,
    mask_properties,
    mask_statement,
    shown_name,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import masked_text
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import Spec, by_any_name, has_shape


def mask_options(options: t.Any, spec: Spec) -> t.Any:
    """A module's options as they may be shown: what isn't known, or not of its shape, is masked as a whole, as it may
    hold anything.

    What Ansible would find to be secret is called as it calls it: finding a thousand secrets in a thousand definitions
    takes it long.
    """
    if not isinstance(options, Mapping):
        return None if options is None else MASK
    known = by_any_name(spec)
    return {
        name if name in known else shown_name(name): _shown(str(name), value, known.get(name))
        for name, value in options.items()
    }


def _shown(name: str, value: t.Any, said: t.Mapping[str, t.Any] | None) -> t.Any:
    if value is None:
        return None
    if name in SECRET_OPTIONS:
        return _names_only(value) if name == "values" else _without_secrets(value)
    if said is None or not has_shape(value, said):
        return MASK
    if "options" in said:
        return [mask_options(item, said["options"]) for item in value]
    if name in PROPERTY_OPTIONS:
        return mask_properties(value)
    if name in STATEMENT_OPTIONS:
        return mask_statement(str(value))
    return masked_text(value, MASK, is_url=True) if name == "tenant_url" and isinstance(value, str) else value


def _without_secrets(value: t.Any) -> t.Any:
    if isinstance(value, Mapping):
        return {_name_of_secret(str(name), item): _without_secrets(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(item) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else NO_LOG_MASK


def _name_of_secret(name: str, value: t.Any) -> str:
    if value is not None:
        return name
    shown = shown_name(name)
    return shown if shown != name or is_shown_secret(name) else MASK


def _names_only(values: t.Any) -> t.Any:
    return {name: _names_only(value) for name, value in values.items()} if isinstance(values, Mapping) else MASK
