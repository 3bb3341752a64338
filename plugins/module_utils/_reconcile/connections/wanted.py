# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a definition wants its connection to be of. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._model.connection import Connection
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import DataSource, SourceSpec


class Wanted(t.NamedTuple):
    """The declared data source: its id, or what was declared as such; the source itself, where it was looked up; and
    its specification, where that was read.
    """

    source_id: str = ""
    source: DataSource | None = None
    spec: SourceSpec | None = None

    def is_other(self, connection: Connection) -> bool:
        """Whether the connection is of another source. An empty id says nothing."""
        return bool(self.source_id) and connection.data_source not in ("", self.source_id)

    @property
    def defaults(self) -> dict[str, t.Any] | None:
        """What the source takes for properties that aren't given; None when that isn't known."""
        if self.spec is None:
            return None
        return {name: listed.default for name, listed in self.spec.properties.items()}
