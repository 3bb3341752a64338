# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an export: definitions of a tenant, or of all tenants, as the text of a variables file."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.layering import Definition, identity, split_layers
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.yaml_text import comment_lines, yaml_lines

# By this an earlier export is told from what somebody wrote.
MARK = "Written by qlikops.cloud.qlik_definitions_files"
_HEADER = f"{MARK}. The next export replaces this file, unless this line is taken out."
COMMON_LAYER = "qlik_connections_definitions_00_all"
TENANT_LAYER = "qlik_connections_definitions_90_tenant"
_OPTIONS = ("name", "space", "data_source", "connect_statement", "properties", "secrets", "separate_credentials", "credentials", "tags")
_PROPERTIES = (
    *("agentId", "gatewayInstance", "url", "method", "host", "server", "port", "sftpPort", "db", "database", "Catalog", "catalog"),
    *("Schema", "schema", "warehouse", "role", "region", "bucketName", "authenticator", "authSchema", "username"),
)


@dataclass(frozen=True)
class Holdings:
    """What one tenant holds, as qlik_data_connection_info returns it with C(definitions): the notes are beside the definitions."""

    definitions: t.Sequence[Definition] = ()
    notes: t.Sequence[t.Mapping[str, t.Any]] = ()
    spaces: t.Sequence[t.Mapping[str, t.Any]] = ()
    warnings: t.Sequence[str] = ()

    @classmethod
    def from_result(cls, result: t.Mapping[str, t.Any]) -> Holdings:
        return cls(
            definitions=result["definitions"],
            notes=result["definition_notes"],
            spaces=result["definition_spaces"],
            warnings=result.get("warnings") or (),
        )

    def notes_by_identity(self) -> dict[tuple[str, str], t.Mapping[str, t.Any]]:
        return {identity(definition): note for definition, note in zip(self.definitions, self.notes, strict=True)}


@dataclass
class _Document:
    """A variables file in the making."""

    about: str
    layer: str
    definitions: t.Sequence[Definition]
    notes: t.Mapping[tuple[str, str], t.Mapping[str, t.Any]]
    spaces: t.Sequence[t.Mapping[str, t.Any]] = ()
    remarks: list[str] = field(default_factory=list)
    overrides: t.Container[tuple[str, str]] = ()

    def text(self) -> str:
        lines = ["---", *comment_lines(_HEADER), *comment_lines(self.about)]
        for remark in self.remarks:
            lines += comment_lines(remark)
        if self.spaces:
            lines += ["qlik_connections_spaces:"]
            for space in sorted(self.spaces, key=lambda space: str(space["name"])):
                lines += yaml_lines([{name: value for name, value in space.items() if value}], 2)
        if not self.definitions:
            return "\n".join([*lines, f"{self.layer}: []", ""])
        lines.append(f"{self.layer}:")
        for definition in sorted(self.definitions, key=_order):
            key = identity(definition)
            note = self.notes.get(key) or {}
            lines += _definition_lines(definition, note, is_override=key in self.overrides)
        return "\n".join([*lines, ""])


def tenant_text(host: str, holdings: Holdings) -> str:
    """The file of one tenant, with all it holds."""
    about = f"What {host} holds."
    document = _Document(about, TENANT_LAYER, holdings.definitions, holdings.notes_by_identity(), holdings.spaces)
    document.remarks = _remarks(holdings)
    return document.text()


def layered_texts(tenants: t.Mapping[str, Holdings]) -> tuple[str, dict[str, str], int]:
    """The file of what all tenants have in common, one file for each with what it has besides, and how many definitions are common."""
    common, own = split_layers({host: list(holdings.definitions) for host, holdings in tenants.items()})
    shared = {identity(definition) for definition in common}
    spaces = [list(holdings.spaces) for holdings in tenants.values()]
    same_spaces = len(spaces) > 1 and all(held == spaces[0] for held in spaces)
    texts = {}
    for host, holdings in tenants.items():
        document = _Document(f"What {host} holds beside what all tenants do.", TENANT_LAYER, own[host], holdings.notes_by_identity())
        document.spaces = [] if same_spaces else holdings.spaces
        document.remarks = _remarks(holdings)
        document.overrides = shared
        mentioned = {identity(definition) for definition in own[host]}
        adopted = [key for key, note in sorted(holdings.notes_by_identity().items()) if key in shared - mentioned and not note["managed"]]
        document.remarks += [f"Not managed yet: {' / '.join(part for part in key if part)}" for key in adopted]
        texts[host] = document.text()
    whole = _Document("What all exported tenants hold.", COMMON_LAYER, common, _common_notes(shared, tenants))
    whole.spaces = spaces[0] if same_spaces else []
    return whole.text(), texts, len(common)


def _common_notes(shared: t.Collection[tuple[str, str]], tenants: t.Mapping[str, Holdings]) -> dict[tuple[str, str], t.Mapping[str, t.Any]]:
    """What to supply for a common definition: whatever some tenant lacks. Which are managed is each tenant's own."""
    notes = [holdings.notes_by_identity() for holdings in tenants.values()]
    return {
        key: {
            "managed": True,
            "secrets": list(dict.fromkeys(name for held in notes for name in held[key]["secrets"])),
            "left_out": list(dict.fromkeys(name for held in notes for name in held[key]["left_out"])),
        }
        for key in shared
    }


def _remarks(holdings: Holdings) -> list[str]:
    remarks = [f"Warning: {warning}" for warning in holdings.warnings]
    if any(not note["managed"] for note in holdings.notes):
        remarks.append("What is not managed yet gets the tag qlikops.cloud:managed when this is applied. Nothing else of it changes.")
    return remarks


def _order(definition: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    space, name = identity(definition)
    return space.casefold(), name.casefold(), space, name


def _definition_lines(definition: Definition, note: t.Mapping[str, t.Any], *, is_override: bool) -> list[str]:
    lines = [] if note.get("managed", True) else comment_lines("Not managed yet.", 2)
    if not is_override and note.get("credentials_id"):
        lines += comment_lines(f"Its users bring credentials of their own; attached here: {note['credentials_id']}", 2)
    options = sorted(definition, key=_rank)
    body = [line for option in options if _rank(option) < _rank("secrets") for line in _option_lines(option, definition[option])]
    body += [] if is_override else _secret_lines(definition, note)
    body += [line for option in options if _rank(option) >= _rank("secrets") for line in _option_lines(option, definition[option])]
    return [*lines, f"  - {body[0].lstrip()}", *body[1:]]


def _option_lines(option: str, value: t.Any) -> list[str]:
    if option == "properties" and isinstance(value, Mapping):
        value = {name: value[name] for name in sorted(value, key=_property_rank)}
    return yaml_lines({option: value}, 4)


def _secret_lines(definition: Definition, note: t.Mapping[str, t.Any]) -> list[str]:
    """What has to be supplied before the definition can build the connection elsewhere, as comments to be completed."""
    lines = []
    if note.get("left_out"):
        names = ", ".join(note["left_out"])
        lines += comment_lines(f"Left out, since Qlik doesn't show all of it or it holds a secret: {names}", 4)
    if note.get("secrets"):
        lines += comment_lines("secrets:  # Qlik doesn't return them. Supply those that this connection uses.", 4)
        for name in note["secrets"]:
            lines += comment_lines("  " + yaml_lines({name: 0})[0].removesuffix("0") + f'"{{{{ {_vault_name(definition, name)} }}}}"', 4)
    return lines


def _vault_name(definition: Definition, secret: str) -> str:
    words = [word for text in (str(definition["name"]), secret) for word in re.findall(r"[a-z0-9]+", text.lower())]
    return "_".join(["vault", *words])


def _rank(option: str) -> tuple[int, str]:
    return (_OPTIONS.index(option) if option in _OPTIONS else len(_OPTIONS), option)


def _property_rank(name: str) -> tuple[int, str, str]:
    return (_PROPERTIES.index(name) if name in _PROPERTIES else len(_PROPERTIES), name.casefold(), name)
