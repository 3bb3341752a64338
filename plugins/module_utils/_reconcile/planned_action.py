# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions about spaces, credentials and other things of one tenant have in common. Pure."""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.action_words import ActionKind

Resource = t.TypeVar("Resource")


class PlannedAction:
    """Something that is to be done, or nothing."""

    kind: ActionKind

    @property
    def writes(self) -> bool:
        return self.kind != "none"


class ResourceAction(PlannedAction, abc.ABC, t.Generic[Resource]):
    """An action about one thing, whose both sides of a diff are the thing as it is, and as it will be."""

    @property
    @abc.abstractmethod
    def held(self) -> Resource | None:
        """The thing as it is; None when it isn't there."""

    @property
    @abc.abstractmethod
    def foreseen(self) -> Resource | None:
        """The thing once the action is done; None when it is gone, or never was."""

    @abc.abstractmethod
    def shown(self, resource: Resource) -> dict[str, t.Any]:
        """What a diff says of the thing."""

    @property
    def before(self) -> dict[str, t.Any]:
        return {} if self.held is None else self.shown(self.held)

    @property
    def after(self) -> dict[str, t.Any]:
        return {} if self.foreseen is None else self.shown(self.foreseen)
