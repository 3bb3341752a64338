# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking secrets out of a result, as Ansible does, but not out of what programs read and no secret can be in.

A password such as C(1) or C(none) occurs in nearly every result. Hidden in counts, it makes texts of numbers, and
whoever adds them up fails although the tenant was written; hidden in a plan's digest, it makes a plan that nobody can
approve.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import (
    TELLING_LENGTH,
    KnownSecrets,
    masked_at,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK, NO_LOG_MASK

# Members of a result that hold nothing but counts and durations, and the digest of a plan.
_COUNTS = frozenset(("requests", "summary", "plan_digest"))
_ACTIONS = frozenset(("create", "update", "move", "replace", "delete", "none"))
# What Qlik gives out. A short secret may be a part of it by chance, and hiding that part would only show where it is.
_IDS = frozenset(("id", "space_id", "owner_id", "user_id", "tenant_id", "credentials_id"))


def without_secrets(result: t.Mapping[str, t.Any], secrets: t.Collection[str]) -> dict[str, t.Any]:
    """A result in which none of these secrets is shown: a text that is one is replaced as by C(no_log), a part of a
    text by asterisks.
    """
    secrets = frozenset(secrets)
    hide = _Hiding(secrets, [secret for secret in secrets if len(secret) >= TELLING_LENGTH])
    shown = dict(result)
    for name in shown.keys() - _COUNTS:
        shown[name] = hide.member(name, result[name])
    return shown


# What results and Qlik call things. A secret may be such a word, and hidden there nobody could read the result.
_PLAIN_NAME = re.compile("[A-Za-z_]*")


class _Hiding:
    def __init__(self, secrets: t.Collection[str], telling: t.Collection[str]) -> None:
        self._secrets = KnownSecrets(secrets)
        self._telling = KnownSecrets(telling)

    def member(self, name: t.Any, value: t.Any) -> t.Any:
        """A member of a mapping; what its name says of it counts."""
        if name == "action" and isinstance(value, str) and value in _ACTIONS:
            return value
        if name in _IDS and isinstance(value, str):
            return _text(value, self._telling)
        return self._value(value)

    def _name(self, name: t.Any) -> t.Any:
        """The name of a member: what a tenant, or a definition, called it."""
        if not isinstance(name, str) or _PLAIN_NAME.fullmatch(name):
            return name
        return _text(name, self._telling)

    def _value(self, value: t.Any) -> t.Any:
        if isinstance(value, str):
            return _text(value, self._secrets)
        if isinstance(value, Mapping):
            return {self._name(name): self.member(name, item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return list(map(self._value, value))
        if value is None or isinstance(value, bool) or _text(str(value), self._secrets) == str(value):
            return value
        return NO_LOG_MASK


def _text(text: str, secrets: KnownSecrets) -> str:
    """A text without these secrets."""
    if text in secrets.texts:
        return NO_LOG_MASK
    return masked_at(text, secrets.spans(text), MASK)
