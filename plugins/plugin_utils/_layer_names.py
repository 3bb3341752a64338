# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the variables that hold layers: those that people write, and those of exports and of ways back.

Of two variables with one name Ansible takes one and forgets the other. So an export has names of its own, made from the
name of its folder, and is merged with what people declare. It comes first: what people declare counts more, and a
secret that they declare goes to the address that they declare.
"""

from __future__ import annotations

import hashlib
import os
import re
import typing as t

DEFINITIONS = "qlik_connections_definitions"
DEFINITIONS_FILES = "qlik_connections_definitions_from"
SPACES = "qlik_connections_spaces"
POLICY = "qlik_connections_policy"
POLICY_FILES = "qlik_connections_policy_from"
_HELD = "_000_held_"


class ExportNames(t.NamedTuple):
    """The variables of one export: of definitions and of spaces, for all tenants and for a single one."""

    common: str
    common_spaces: str
    tenant: str
    tenant_spaces: str


def export_names(directory: str) -> ExportNames:
    """The variables of the export in a folder: two folders have different ones, unless just their parents differ.

    C(way-back) and C(Way back) have the same words, and names in other alphabets have none. So a name that isn't kept
    as it is has a digest beside its words.
    """
    name = os.path.basename(os.path.abspath(directory))
    folder = "_".join(re.findall("[a-z0-9]+", name.lower()))
    if folder != name:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        folder = f"{folder or 'export'}_{digest}"
    return ExportNames(
        common=f"{DEFINITIONS}{_HELD}{folder}_all",
        common_spaces=f"{SPACES}{_HELD}{folder}_all",
        tenant=f"{DEFINITIONS}{_HELD}{folder}_tenant",
        tenant_spaces=f"{SPACES}{_HELD}{folder}_tenant",
    )


def exported_definitions(names: t.Iterable[str]) -> list[str]:
    """Which of these variables are an export's definitions, in the order in which they count."""
    return _beginning_with(DEFINITIONS + _HELD, names)


def exported_spaces(names: t.Iterable[str]) -> list[str]:
    """Which of these variables are an export's spaces, in the order in which they count."""
    return _beginning_with(SPACES + _HELD, names)


def declared_definitions(names: t.Iterable[str]) -> list[str]:
    """Which of these variables are layers that people wrote, in the order in which they count."""
    layers = _beginning_with(DEFINITIONS, names)
    return [name for name in layers if name != DEFINITIONS_FILES and not name.startswith(DEFINITIONS + _HELD)]


def policy_layers(names: t.Iterable[str]) -> list[str]:
    """Which of these variables are layers of a policy, in the order of their names."""
    return [name for name in _beginning_with(POLICY, names) if name != POLICY_FILES]


def declared_spaces(names: t.Iterable[str]) -> list[str]:
    """Which of these variables are layers of spaces that people wrote, in the order in which they count.

    Their names go on with a digit: others that begin so were never layers, and may hold anything.
    """
    layers = _beginning_with(f"{SPACES}_", names)
    numbered = [name for name in layers if name[len(SPACES) + 1 : len(SPACES) + 2].isdigit()]
    return [name for name in numbered if not name.startswith(SPACES + _HELD)]


def _beginning_with(beginning: str, names: t.Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(beginning))
