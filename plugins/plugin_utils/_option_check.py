# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a task's options as Ansible does, without the time that Ansible takes for a thousand definitions that are
fine.

Ansible checks each item of a list of options in some twenty steps. An item whose every option is called by its own
name, and has its type already, would come out of them as it went in, with what it leaves out filled up: such items are
passed by.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import ArgumentTypeError
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import Spec
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.option_shapes import (
    misplaced_values,
    texts_problems,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._secrets_register import spec_for_check

_TYPES = {"str": str, "bool": bool, "dict": dict}
# What an option may say of itself for its values to be judged here.
_JUDGED = {"type", "elements", "choices", "default", "aliases", "no_log"}

Item = t.Mapping[str, t.Any]


class Checked(t.NamedTuple):
    """What was found of a task's options. C(is_fine): they can be used. C(misplaced) are values in them that are to be
    hidden as secrets are.
    """

    validation: ValidationResult
    is_fine: bool
    misplaced: set[str]


class _Judged(t.NamedTuple):
    """The options of an item of a list, and the defaults of all."""

    options: Spec
    defaults: dict[str, t.Any]


class OptionCheck:
    """The check of one module's options."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._validator = ArgumentSpecValidator(spec_for_check(spec))
        self._lists = dict(_judged_lists(spec))

    def check(self, arguments: Item) -> Checked:
        """Check options as Ansible does; and that no list or dictionary stands where a text belongs, of which Ansible
        makes one.
        """
        validation, doubtful = self._validated(arguments)
        if validation.error_messages or texts_problems(doubtful, self.spec):
            return Checked(validation, False, set())
        return Checked(validation, True, misplaced_values(doubtful, self.spec))

    def validate(self, arguments: Item) -> ValidationResult:
        """What ArgumentSpecValidator.validate gives for the same arguments."""
        validation, _doubtful = self._validated(arguments)
        return validation

    def _validated(self, arguments: Item) -> tuple[ValidationResult, Item]:
        """The same, and the arguments without those items of lists that are as they should be."""
        fine: dict[str, list[Item | None]] = {}
        left = dict(arguments)
        for name, judged in self._lists.items():
            if isinstance(arguments.get(name), list):
                fine[name] = [_checked(item, judged) for item in arguments[name]]
                left[name] = _where_nothing(fine[name], arguments[name])
        validation = self._said_by_ansible(left)
        if validation.error_messages:
            # What was given is shown beside the error, and that is all of it.
            return self._said_by_ansible(arguments), arguments
        for name, items in fine.items():
            checked = iter(validation.validated_parameters[name])
            validation.validated_parameters[name] = [next(checked) if item is None else item for item in items]
        return validation, left

    def _said_by_ansible(self, arguments: Item) -> ValidationResult:
        """Ansible's own check, which breaks off at a number without end where an integer belongs."""
        try:
            return self._validator.validate(arguments)
        except OverflowError as error:
            refused = ValidationResult(arguments)
            refused.errors.append(ArgumentTypeError(str(error)))
            return refused


def _judged_lists(spec: Spec) -> t.Iterator[tuple[str, _Judged]]:
    """The lists of options in a specification whose items can be judged here, each with the options of an item."""
    for name, option in spec.items():
        if "options" in option and all(map(_can_judge, option["options"].values())):
            options = option["options"]
            yield name, _Judged(options, {inner: said.get("default") for inner, said in options.items()})


def _can_judge(option: t.Mapping[str, t.Any]) -> bool:
    return set(option) <= _JUDGED and (option["type"] in _TYPES or option.get("elements") == "str")


def _where_nothing(checked: t.Sequence[Item | None], items: t.Sequence[t.Any]) -> list[t.Any]:
    """The items of which nothing could be said here."""
    return [item for item, found in zip(items, checked, strict=True) if found is None]


def _checked(item: t.Any, judged: _Judged) -> dict[str, t.Any] | None:
    """An item as Ansible's check would leave it, or None when that is for Ansible to say."""
    if not isinstance(item, dict) or not item:
        return None
    options = judged.options
    for name, value in item.items():
        if name not in options or not _fits(value, options[name]):
            return None
    return judged.defaults | item


def _fits(value: t.Any, option: t.Mapping[str, t.Any]) -> bool:
    if "choices" in option and value not in option["choices"]:
        return False
    if option["type"] == "list":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, _TYPES[option["type"]])
