# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy from files and from a host's variables, merged with the rules that the task gives itself.

Rules are data: a variable that holds a layer is taken as it stands, and no template in it is evaluated.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import merge_policies
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_text import DefinitionText, TextError

Layers = t.Sequence[tuple[str, t.Any]]


class Controller(t.Protocol):
    """What Ansible knows about files on this machine."""

    def find(self, path: str) -> str:
        """The absolute path of a file. Raises OSError."""

    def read(self, path: str) -> bytes:
        """The content of a file, decrypted if need be. Raises OSError."""

    def decrypt(self, text: str) -> str:
        """A vaulted text. Raises ValueError."""


def merged_policy(
    given: t.Any, paths: t.Sequence[str], layers: Layers, controller: Controller
) -> list[dict[str, t.Any]]:
    """The rules of files, then those of variables, then those of the task. Raises DefinitionError with every problem
    there is.
    """
    problems: list[str] = []
    read = [(path, _rules_in(path, controller, problems)) for path in paths]
    try:
        rules = merge_policies([*read, *layers, ("policy", given)])
    except DefinitionError as error:
        problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return rules


def _rules_in(path: str, controller: Controller, problems: list[str]) -> t.Any:
    """What is in a file; what is wrong with it is added to the problems."""
    try:
        found = controller.find(path)
        if os.path.isdir(found):
            problems.append(f"{path}: it is a folder; name the file with the rules.")
            return None
        rules = DefinitionText(controller.read(found), is_json=found.endswith(".json")).data(controller.decrypt)
    except OSError as error:
        problems.append(f"{path}: it can't be read: {error.strerror}.")
        return None
    except TextError as error:
        problems += [f"{path}:{line}: {text}" if line else f"{path}: {text}" for line, text in error.problems]
        return None
    if not rules:
        # An empty file allows everything, which nobody writes a policy for.
        problems.append(f"{path}: it holds no rule.")
        return None
    return rules
