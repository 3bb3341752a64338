# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an export: definitions of a tenant, or of all tenants, as the text of a variables file."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.layering import Definition, identity, split_layers
from ansible_collections.qlikops.cloud.plugins.plugin_utils._export.yaml_text import comment_lines, yaml_lines
from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import ExportNames

# By this an earlier export is told from what somebody wrote.
MARK = "Written by qlikops.cloud.qlik_definitions_files"
_HEADER = f"{MARK}. The next export replaces this file, unless this line is taken out."
INVENTORY_TEXT = f"""---
# {_HEADER}
# It names no hosts: with it, Ansible takes this folder for an inventory. The hosts come from yours.
all: {{}}
"""
_OPTIONS = (
    "name",
    "space",
    "data_source",
    "connect_statement",
    "properties",
    "secrets",
    "separate_credentials",
    "credentials",
    "tags",
)
# What may be left out and is no property: it isn't secret, but refused.
_NO_PROPERTIES = ("name", "tags")
_PROPERTIES = (
    *(
        "agentId",
        "gatewayInstance",
        "url",
        "method",
        "host",
        "server",
        "port",
        "sftpPort",
        "db",
        "database",
        "Catalog",
        "catalog",
    ),
    *("Schema", "schema", "warehouse", "role", "region", "bucketName", "authenticator", "authSchema", "username"),
)


@dataclass(frozen=True)
class Holdings:
    """What one tenant holds, as qlik_data_connection_info returns it with C(definitions): the notes are beside the
    definitions.
    """

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

    def left_out(self) -> list[str]:
        """What Qlik shows and the definitions don't hold, by connection."""
        return [
            f"{', '.join(note['left_out'])} of {_called(definition)}"
            for definition, note in zip(self.definitions, self.notes, strict=True)
            if note["left_out"]
        ]

    def unwritable(self) -> str:
        """The first thing that no file can hold, since it isn't text: half of a surrogate pair; empty when there is
        none.
        """
        for what in (*self.definitions, *self.spaces):
            try:
                json.dumps(what, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                return ascii(str(what.get("name")))
        return ""

    def notes_by_identity(self) -> dict[tuple[str, str], t.Mapping[str, t.Any]]:
        return {identity(definition): note for definition, note in zip(self.definitions, self.notes, strict=True)}


@dataclass
class _Document:
    """A variables file in the making."""

    about: str
    layer: str
    spaces_layer: str
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
            lines.append(f"{self.spaces_layer}:")
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


def tenant_text(host: str, holdings: Holdings, names: ExportNames) -> str:
    """The file of one tenant, with all it holds."""
    about = f"What {host} holds."
    document = _Document(
        about, names.tenant, names.tenant_spaces, holdings.definitions, holdings.notes_by_identity(), holdings.spaces
    )
    document.remarks = _remarks(holdings)
    return document.text()


def layered_texts(tenants: t.Mapping[str, Holdings], names: ExportNames) -> tuple[str, dict[str, str], int]:
    """The file of what all tenants have in common, one file for each with what it has besides, and how many definitions
    are common.
    """
    common, own = split_layers({host: list(holdings.definitions) for host, holdings in tenants.items()})
    shared = {identity(definition) for definition in common}
    common_notes = _common_notes(shared, tenants)
    spaces = [list(holdings.spaces) for holdings in tenants.values()]
    same_spaces = len(spaces) > 1 and all(held == spaces[0] for held in spaces)
    texts = {}
    for host, holdings in tenants.items():
        about = f"What {host} holds beside what all tenants do."
        notes = holdings.notes_by_identity()
        document = _Document(about, names.tenant, names.tenant_spaces, own[host], notes)
        document.spaces = [] if same_spaces else holdings.spaces
        document.remarks = _remarks(holdings)
        document.overrides = shared
        mentioned = {identity(definition) for definition in own[host]}
        for key, note in sorted(notes.items()):
            if key in shared - mentioned and not note["managed"]:
                document.remarks.append(f"Not managed yet: {_place(key)}")
            if key in shared:
                document.remarks += _own_remainder(key, note, common_notes[key])
        texts[host] = document.text()
    whole = _Document("What all exported tenants hold.", names.common, names.common_spaces, common, common_notes)
    whole.spaces = spaces[0] if same_spaces else []
    return whole.text(), texts, len(common)


def _common_notes(
    shared: t.Collection[tuple[str, str]], tenants: t.Mapping[str, Holdings]
) -> dict[tuple[str, str], t.Mapping[str, t.Any]]:
    """What to supply for a common definition: whatever some tenant lacks. Which are managed is each tenant's own."""
    held = [holdings.notes_by_identity() for holdings in tenants.values()]
    notes: dict[tuple[str, str], t.Mapping[str, t.Any]] = {}
    for key in shared:
        mine = [one[key] for one in held]
        masked = [one.get("masked") or {} for one in mine]
        unknown = [one.get("unknown") or {} for one in mine]
        notes[key] = {
            "managed": True,
            "secrets": list(dict.fromkeys(name for note in mine for name in note["secrets"])),
            "left_out": list(dict.fromkeys(name for note in mine for name in note["left_out"])),
            "masked": {
                name: value for name, value in masked[0].items() if all(one.get(name) == value for one in masked)
            },
            "unknown": {
                name: value for name, value in unknown[0].items() if all(one.get(name) == value for one in unknown)
            },
        }
    return notes


def _own_remainder(key: tuple[str, str], note: t.Mapping[str, t.Any], common: t.Mapping[str, t.Any]) -> list[str]:
    """What one tenant shows of the properties that were left out, where others show something else."""
    own = {name: value for name, value in _remainder(note).items() if name not in common["masked"]}
    return [f"Left out of {_place(key)}:", *("  " + line for line in yaml_lines(own))] if own else []


def _remainder(note: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What is left of properties that an export can't hold as they are, but for those of which nothing is."""
    return {name: value for name, value in (note.get("masked") or {}).items() if value != MASK}


def _called(definition: Definition) -> str:
    space, name = identity(definition)
    return f"connection '{name}' in space '{space}'" if space else f"the personal connection '{name}'"


def _place(key: tuple[str, str]) -> str:
    return " / ".join(part for part in key if part)


def _remarks(holdings: Holdings) -> list[str]:
    remarks = [f"Warning: {warning}" for warning in holdings.warnings]
    if any(not note["managed"] for note in holdings.notes):
        remarks.append(
            "What is not managed yet gets the tag qlikops.cloud:managed when this is applied. Nothing else of it"
            " changes."
        )
    return remarks


def _order(definition: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    space, name = identity(definition)
    return space.casefold(), name.casefold(), space, name


def _definition_lines(definition: Definition, note: t.Mapping[str, t.Any], *, is_override: bool) -> list[str]:
    """One definition. What is missing from one that overrides a common one is said there."""
    lines = [] if note.get("managed", True) else comment_lines("Not managed yet.", 2)
    if not is_override and note.get("credentials_id"):
        lines += comment_lines(f"Its users bring credentials of their own; attached here: {note['credentials_id']}", 2)
    missing = {} if is_override else note
    remainder = _remainder(missing)
    options = sorted(definition, key=_rank)
    body = []
    for option in (option for option in options if _rank(option) < _rank("secrets")):
        if not (option == "properties" and remainder):
            body += _option_lines(option, definition[option])
    if remainder:
        body += _masked_lines(definition.get("properties") or {}, remainder)
    body += _secret_lines(definition, missing)
    for option in (option for option in options if _rank(option) >= _rank("secrets")):
        body += _option_lines(option, definition[option])
    return [*lines, f"  - {body[0].lstrip()}", *body[1:]]


def _option_lines(option: str, value: t.Any) -> list[str]:
    if option == "properties" and isinstance(value, Mapping):
        value = {name: value[name] for name in sorted(value, key=_property_rank)}
    return yaml_lines({option: value}, 4)


def _masked_lines(properties: t.Mapping[str, t.Any], remainder: t.Mapping[str, t.Any]) -> list[str]:
    """Properties, and as comments what is left of others: in a definition, a part would take the place of the whole."""
    advice = "Not whole: supply what is masked, then take the # away."
    comments = [line for name in sorted(remainder, key=_property_rank) for line in yaml_lines({name: remainder[name]})]
    if properties:
        return [*_option_lines("properties", properties), *comment_lines("\n".join([advice, *comments]), 6)]
    return comment_lines("\n".join([advice, "properties:", *(f"  {line}" for line in comments)]), 4)


def _secret_lines(definition: Definition, note: t.Mapping[str, t.Any]) -> list[str]:
    """What has to be supplied before the definition can build the connection elsewhere, as comments to be completed."""
    lines = []
    if note.get("unknown"):
        lines += comment_lines("What Qlik shows and its data source doesn't list, so that it can't be declared:", 4)
        lines += [line for name in sorted(note["unknown"]) for line in _commented({name: note["unknown"][name]}, 6)]
    refused = [name for name in note.get("left_out") or () if name in _NO_PROPERTIES]
    if refused:
        lines += comment_lines(
            f"Can't be declared as Qlik has it (empty, too many, or like another's): {', '.join(refused)}", 4
        )
    names = ", ".join(name for name in note.get("left_out") or () if name not in _NO_PROPERTIES)
    if names:
        lines += comment_lines(f"Left out, since Qlik doesn't show all of it or it holds a secret: {names}", 4)
    if note.get("secrets"):
        lines += comment_lines("secrets:  # Qlik doesn't return them. Supply those that this connection uses.", 4)
        for name in note["secrets"]:
            key = yaml_lines({name: 0})[0].removesuffix("0")
            lines += comment_lines(f'  {key}"{{{{ {_vault_name(definition, name)} }}}}"', 4)
    return lines


def _commented(value: t.Mapping[str, t.Any], indent: int) -> list[str]:
    return comment_lines("\n".join(yaml_lines(value)), indent)


def _vault_name(definition: Definition, secret: str) -> str:
    words = [word for text in (str(definition["name"]), secret) for word in re.findall(r"[a-z0-9]+", text.lower())]
    return "_".join(["vault", *words])


def _rank(option: str) -> tuple[int, str]:
    return (_OPTIONS.index(option) if option in _OPTIONS else len(_OPTIONS), option)


def _property_rank(name: str) -> tuple[int, str, str]:
    return (_PROPERTIES.index(name) if name in _PROPERTIES else len(_PROPERTIES), name.casefold(), name)
