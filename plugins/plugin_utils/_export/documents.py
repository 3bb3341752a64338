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
    "expires",
    "tags",
)
# What may be left out and is no property: it isn't secret, but refused.
_NO_PROPERTIES = ("name", "tags")
_PROPERTIES = (
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
    "Schema",
    "schema",
    "warehouse",
    "role",
    "region",
    "bucketName",
    "authenticator",
    "authSchema",
    "username",
)

Identity = tuple[str, str]
Note = t.Mapping[str, t.Any]


class Holdings(t.NamedTuple):
    """What one tenant holds, as qlik_data_connection_info returns it with C(definitions): the notes are beside the
    definitions.
    """

    definitions: t.Sequence[Definition] = ()
    notes: t.Sequence[Note] = ()
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

    def notes_by_identity(self) -> dict[Identity, Note]:
        return dict(zip(map(identity, self.definitions), self.notes, strict=True))


@dataclass
class _Document:
    """A variables file in the making."""

    about: str
    layer: str
    spaces_layer: str
    definitions: t.Sequence[Definition]
    notes: t.Mapping[Identity, Note]
    spaces: t.Sequence[t.Mapping[str, t.Any]] = ()
    remarks: list[str] = field(default_factory=list)
    overrides: t.Container[Identity] = ()

    def text(self) -> str:
        lines = ["---", *comment_lines(_HEADER), *comment_lines(self.about)]
        for remark in self.remarks:
            lines += comment_lines(remark)
        lines += self._space_lines()
        if not self.definitions:
            return "\n".join([*lines, f"{self.layer}: []", ""])
        lines.append(f"{self.layer}:")
        for definition in sorted(self.definitions, key=_order):
            key = identity(definition)
            note = self.notes.get(key) or {}
            lines += _definition_lines(definition, note, is_override=key in self.overrides)
        return "\n".join([*lines, ""])

    def _space_lines(self) -> list[str]:
        if not self.spaces:
            return []
        lines = [f"{self.spaces_layer}:"]
        for space in sorted(self.spaces, key=lambda space: str(space["name"])):
            lines += yaml_lines([{name: value for name, value in space.items() if value}], 2)
        return lines


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
    shared = _CommonLayer(set(map(identity, common)), tenants)
    texts = {}
    for host, holdings in tenants.items():
        about = f"What {host} holds beside what all tenants do."
        document = _Document(about, names.tenant, names.tenant_spaces, own[host], holdings.notes_by_identity())
        if not shared.spaces:
            document.spaces = holdings.spaces
        document.remarks = _remarks(holdings) + shared.remarks(document)
        document.overrides = shared.identities
        texts[host] = document.text()
    whole = _Document("What all exported tenants hold.", names.common, names.common_spaces, common, shared.notes)
    whole.spaces = shared.spaces
    return whole.text(), texts, len(common)


class _CommonLayer:
    """What the definitions that all tenants have in common are about, with their notes, and the spaces if these are the
    same everywhere.
    """

    def __init__(self, identities: set[Identity], tenants: t.Mapping[str, Holdings]) -> None:
        self.identities = identities
        held = [holdings.notes_by_identity() for holdings in tenants.values()]
        self.notes = {key: _common_note([notes[key] for notes in held]) for key in identities}
        self.spaces = _same_everywhere([list(holdings.spaces) for holdings in tenants.values()])

    def remarks(self, document: _Document) -> list[str]:
        """What a tenant's own file has to say of its common definitions."""
        mentioned = set(map(identity, document.definitions))
        remarks = []
        for key, note in sorted(document.notes.items()):
            if key not in self.identities:
                continue
            if key not in mentioned and not note["managed"]:
                remarks.append(f"Not managed yet: {_place(key)}")
            remarks += _own_remainder(key, note, self.notes[key])
        return remarks


def _same_everywhere(spaces: t.Sequence[list[t.Mapping[str, t.Any]]]) -> list[t.Mapping[str, t.Any]]:
    """The spaces of each tenant, if there are several and all have the same; otherwise none."""
    if len(spaces) < 2 or spaces.count(spaces[0]) < len(spaces):
        return []
    return spaces[0]


def _common_note(notes: t.Sequence[Note]) -> Note:
    """What to supply for a common definition: whatever some tenant lacks. Which are managed is each tenant's own."""
    return {
        "managed": True,
        "secrets": _in_any(notes, "secrets"),
        "left_out": _in_any(notes, "left_out"),
        "masked": _in_all(notes, "masked"),
        "unknown": _in_all(notes, "unknown"),
    }


def _in_any(notes: t.Sequence[Note], member: str) -> list[str]:
    """The names that at least one note has, each once."""
    names: dict[str, None] = {}
    for note in notes:
        names |= dict.fromkeys(note[member])
    return list(names)


def _in_all(notes: t.Sequence[Note], member: str) -> dict[str, t.Any]:
    """What all notes say in the same way."""
    same = dict(notes[0].get(member) or {})
    for note in notes[1:]:
        other = note.get(member) or {}
        same = {name: value for name, value in same.items() if other.get(name) == value}
    return same


def _own_remainder(key: Identity, note: Note, common: Note) -> list[str]:
    """What one tenant shows of the properties that were left out, where others show something else."""
    own = {name: value for name, value in _remainder(note).items() if name not in common["masked"]}
    if not own:
        return []
    return [f"Left out of {_place(key)}:", *yaml_lines(own, 2)]


def _remainder(note: Note) -> dict[str, t.Any]:
    """What is left of properties that an export can't hold as they are, but for those of which nothing is."""
    return {name: value for name, value in (note.get("masked") or {}).items() if value != MASK}


def _called(definition: Definition) -> str:
    space, name = identity(definition)
    if space:
        return f"connection '{name}' in space '{space}'"
    return f"the personal connection '{name}'"


def _place(key: Identity) -> str:
    return " / ".join(filter(None, key))


def _remarks(holdings: Holdings) -> list[str]:
    remarks = list(map("Warning: {}".format, holdings.warnings))
    if not all(note["managed"] for note in holdings.notes):
        remarks.append(
            "What is not managed yet gets the tag qlikops.cloud:managed when this is applied. Nothing else of it"
            " changes."
        )
    return remarks


def _order(definition: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    space, name = identity(definition)
    return space.casefold(), name.casefold(), space, name


def _definition_lines(definition: Definition, note: Note, *, is_override: bool) -> list[str]:
    """One definition. What is missing from one that overrides a common one is said there."""
    lines: list[str] = []
    if not note.get("managed", True):
        lines += comment_lines("Not managed yet.", 2)
    missing: Note = {}
    if not is_override:
        missing = note
    if missing.get("credentials_id"):
        attached = missing["credentials_id"]
        lines += comment_lines(f"Its users bring credentials of their own; attached here: {attached}", 2)
    first, *others = _body_lines(definition, missing)
    return [*lines, f"  - {first.lstrip()}", *others]


def _body_lines(definition: Definition, missing: Note) -> list[str]:
    """The options, and between those before the secrets and the others, what is missing."""
    remainder = _remainder(missing)
    before: list[str] = []
    after: list[str] = []
    for option in sorted(definition, key=_rank):
        if _rank(option) >= _rank("secrets"):
            after += _option_lines(option, definition[option])
        elif option != "properties" or not remainder:
            before += _option_lines(option, definition[option])
    if remainder:
        before += _masked_lines(definition.get("properties") or {}, remainder)
    return [*before, *_secret_lines(definition, missing), *after]


def _option_lines(option: str, value: t.Any) -> list[str]:
    if option == "properties" and isinstance(value, Mapping):
        value = {name: value[name] for name in sorted(value, key=_property_rank)}
    return yaml_lines({option: value}, 4)


def _masked_lines(properties: t.Mapping[str, t.Any], remainder: t.Mapping[str, t.Any]) -> list[str]:
    """Properties, and as comments what is left of others: in a definition, a part would take the place of the whole."""
    advice = "Not whole: supply what is masked, then take the # away."
    comments: list[str] = []
    for name in sorted(remainder, key=_property_rank):
        comments += yaml_lines({name: remainder[name]})
    if properties:
        return [*_option_lines("properties", properties), *comment_lines("\n".join([advice, *comments]), 6)]
    return comment_lines("\n".join([advice, "properties:", *(f"  {line}" for line in comments)]), 4)


def _secret_lines(definition: Definition, note: Note) -> list[str]:
    """What has to be supplied before the definition can build the connection elsewhere, as comments to be completed."""
    lines: list[str] = []
    unknown = note.get("unknown") or {}
    if unknown:
        lines += comment_lines("What Qlik shows and its data source doesn't list, so that it can't be declared:", 4)
    for name in sorted(unknown):
        lines += comment_lines("\n".join(yaml_lines({name: unknown[name]})), 6)
    lines += _left_out_lines(note.get("left_out") or ())
    secrets = note.get("secrets") or ()
    if secrets:
        lines += comment_lines("secrets:  # Qlik doesn't return them. Supply those that this connection uses.", 4)
    for name in secrets:
        key = yaml_lines({name: 0})[0].removesuffix("0")
        lines += comment_lines(f'  {key}"{{{{ {_vault_name(definition, name)} }}}}"', 4)
    return lines


def _left_out_lines(names: t.Sequence[str]) -> list[str]:
    """Why parts of a connection aren't in its definition."""
    lines: list[str] = []
    refused = [name for name in names if name in _NO_PROPERTIES]
    if refused:
        named = ", ".join(refused)
        lines += comment_lines(f"Can't be declared as Qlik has it (empty, too many, or like another's): {named}", 4)
    properties = [name for name in names if name not in _NO_PROPERTIES]
    if properties:
        named = ", ".join(properties)
        lines += comment_lines(f"Left out, since Qlik doesn't show all of it or it holds a secret: {named}", 4)
    return lines


def _vault_name(definition: Definition, secret: str) -> str:
    """What a variable with this secret may be called."""
    words = re.findall(r"[a-z0-9]+", f"{definition['name']} {secret}".lower())
    return "_".join(["vault", *words])


def _rank(option: str) -> tuple[int, str]:
    """The order of options: the usual one, then that of their names."""
    return _position(option, _OPTIONS), option


def _property_rank(name: str) -> tuple[int, str, str]:
    return _position(name, _PROPERTIES), name.casefold(), name


def _position(name: str, usual: t.Sequence[str]) -> int:
    if name in usual:
        return usual.index(name)
    return len(usual)
