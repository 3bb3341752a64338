# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Telling ansible-core which values are secret, where it keeps a register of them: 2.22 and newer.

From there on it masks what is registered in all that it prints, beside what is masked here. Its own check of options
would register every value of an option marked C(no_log), however short: after a user called C(sa) among the secrets,
C(message) would be printed as C(mes$REDACTED$ge). So that check gets a spec without the marks, and what is worth it is
registered here.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import Spec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name, is_user_name

try:
    from ansible.module_utils.secrets import register_secrets
except ImportError:
    register_secrets = None


def spec_for_check(spec: Spec) -> Spec:
    """The spec that Ansible's check of options is given."""
    if register_secrets is None:
        return spec
    return {name: _unmarked(option_spec) for name, option_spec in spec.items()}


def _unmarked(option_spec: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """An option of a spec that isn't marked as secret; neither are those inside of it."""
    option = dict(option_spec)
    if option.get("no_log"):
        option["no_log"] = False
    if "options" in option:
        option["options"] = {name: _unmarked(inner) for name, inner in option["options"].items()}
    return option


def register(secrets: t.Iterable[str], options: t.Any) -> None:
    """Register secrets that are long enough to be told from other texts, and no names of users among the options."""
    if register_secrets is None:
        return
    users: set[str] = set()
    others: set[str] = set()
    _sort(options, users, others)
    register_secrets({secret for secret in secrets if len(secret) >= TELLING_LENGTH} - (users - others))


def _sort(value: t.Any, users: set[str], others: set[str]) -> None:
    """Put the names of users, and the secrets beside them, at any depth, into one set each."""
    if isinstance(value, (list, tuple)):
        for item in value:
            _sort(item, users, others)
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        if not isinstance(item, str):
            _sort(item, users, others)
        elif is_user_name(str(name)):
            users.add(item)
        elif is_secret_name(str(name)):
            others.add(item)
