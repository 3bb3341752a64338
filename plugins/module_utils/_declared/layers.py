# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions in layers: what all tenants share, what a region adds, what one tenant changes. Merged, they are one
list.

Neither an error nor anything else from here quotes a value of a property: it may be a secret.
"""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import REFUSED, definition_options, space_options
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import holds_scalars
from ansible_collections.qlikops.cloud.plugins.module_utils._model.member import KINDS
from ansible_collections.qlikops.cloud.plugins.module_utils._model.user import address_key

_OPTIONS = definition_options()
_CANONICAL = {name: name for name in _OPTIONS}
for _name, _option in _OPTIONS.items():
    _CANONICAL.update(dict.fromkeys(t.cast(t.List[str], _option.get("aliases", ())), _name))
# A property stands under one of these two; which one is a matter of taste, so the later layer's taste counts.
_OTHER = {"properties": "secrets", "secrets": "properties"}
_MERGED = (*_OTHER, "secrets_previous")
_CONTENT = (*_MERGED, "connect_statement", "type", "username", "password")

Definition = t.Dict[str, t.Any]
Identity = t.Tuple[str, str, str]
# What errors call the definition at a position (from 1) of a layer (from 0), or a layer as a whole (position 0).
Place = t.Callable[[int, int], str]


def merge_definitions(
    layers: t.Sequence[t.Any], names: t.Sequence[str] = (), *, place: Place | None = None
) -> list[Definition]:
    """One list of definitions from several, in the order in which each first appears.

    Definitions of different layers are about the same connection when space and name are the same, or the id when there
    is no name. Of their members the later layer's count; C(properties), C(secrets) and C(secrets_previous) are merged,
    mappings inside them too. What is null in a later layer is taken away. One that ends as C(state: absent) keeps
    nothing of what it would be made of. A layer that is null is empty. Qlik's own spellings of the options come back as
    this collection's.

    C(names) are what errors call the layers; C(place) tells more precisely. Raises DefinitionError with every problem
    there is.
    """
    problems: list[str] = []
    merged: dict[Identity, Definition] = {}
    for number, layer in enumerate(layers):
        label = _places(number, names, place)
        for identity, definition in _read_layer(layer, label, problems).items():
            merged[identity] = _overlay(merged[identity], definition) if identity in merged else definition
    if problems:
        raise DefinitionError(problems)
    return [_finished(definition) for definition in merged.values()]


def merge_spaces(
    layers: t.Sequence[t.Any], names: t.Sequence[str] = (), *, place: Place | None = None
) -> list[Definition]:
    """One list of spaces from several, in the order in which each first appears: the same by name, option by option.

    C(members) of several layers are put together: of those who are named alike, the later layer counts. What is null in
    a later layer is taken away. Raises DefinitionError with every problem there is.
    """
    problems: list[str] = []
    merged: dict[str, Definition] = {}
    for number, layer in enumerate(layers):
        label = _places(number, names, place)
        for name, space in _read_spaces(layer, label, problems).items():
            merged[name] = _overlay_space(merged.get(name, {}), space)
    if problems:
        raise DefinitionError(problems)
    return [{member: value for member, value in space.items() if value is not None} for space in merged.values()]


def _overlay_space(earlier: Definition, later: Definition) -> Definition:
    merged = {**earlier, **later}
    lists = [layer.get("members") for layer in (earlier, later)]
    if all(isinstance(members, (list, tuple)) for members in lists):
        merged["members"] = _merge_members(*t.cast(t.List[t.Sequence[t.Any]], lists))
    return merged


def _merge_members(earlier: t.Sequence[t.Any], later: t.Sequence[t.Any]) -> list[t.Any]:
    """The members of both: those who are named in the same words once, as the later ones say."""
    again = {key for key in map(_member_key, later) if key is not None}
    return [*(member for member in earlier if _member_key(member) not in again), *later]


def _member_key(member: t.Any) -> tuple[str, str] | None:
    """Who a member is, as far as the layers tell; None when that is wrong, which is said elsewhere."""
    if not isinstance(member, dict):
        return None
    named = [(kind, str(member[kind])) for kind in KINDS if member.get(kind) not in (None, "")]
    if len(named) != 1:
        return None
    kind, reference = named[0]
    return kind, address_key(reference) if "@" in reference else reference


def _read_spaces(layer: t.Any, label: t.Callable[[int], str], problems: list[str]) -> dict[str, Definition]:
    """The spaces of one layer by name; what is wrong with others is added to the problems."""
    read: dict[str, Definition] = {}
    for position, item in enumerate(_items_of(layer, "spaces", label, problems), start=1):
        name = item.get("name") if isinstance(item, dict) else None
        if name in (None, "") or isinstance(name, (dict, list)):
            problems.append(
                f"{label(position)}: space {position}: it must be a mapping with at least a name.{_misspelt_name(item)}"
            )
        elif str(name) in read:
            problems.append(f"{label(position)}: space '{name}': it is declared twice in the same layer.")
        else:
            read[str(name)] = item
    return read


def _items_of(layer: t.Any, kind: str, label: t.Callable[[int], str], problems: list[str]) -> t.Sequence[t.Any]:
    """The items of a layer. One that is null is empty; one that is no list adds to the problems."""
    if layer is None:
        return ()
    if isinstance(layer, (list, tuple)):
        return layer
    problems.append(f"{label(0)}: it must be a list of {kind}, but is {kind_of(layer)}.")
    return ()


def unknown_options(item: t.Any, kind: str = "connection") -> dict[str, str]:
    """The options of a definition (or of a space) that there are not, each with a hint at what may be meant."""
    if not isinstance(item, dict):
        return {}
    known = _CANONICAL if kind == "connection" else space_options()
    if item.keys() <= known.keys():
        return {}
    return {str(name): _hint(str(name), list(known), kind) for name in item if name not in known}


def _hint(name: str, known: t.Sequence[str], kind: str) -> str:
    if kind == "connection" and name in REFUSED:
        return REFUSED[name]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean '{near[0]}'?"
    options = _OPTIONS if kind == "connection" else space_options()
    return f"There are: {', '.join(options)}."


def _places(number: int, names: t.Sequence[str], place: Place | None) -> t.Callable[[int], str]:
    if place is not None:
        known = place
        return lambda position: known(number, position)
    if number < len(names):
        return lambda _position: names[number]
    return lambda _position: f"layer {number + 1}"


def _read_layer(layer: t.Any, label: t.Callable[[int], str], problems: list[str]) -> dict[Identity, Definition]:
    """The definitions of one layer by what they are about; what is wrong with others is added to the problems."""
    read: dict[Identity, Definition] = {}
    for position, item in enumerate(_items_of(layer, "definitions", label, problems), start=1):
        try:
            definition = _read_definition(item)
            identity = _identity(definition)
            if identity in read:
                raise ValueError("it is declared twice in the same layer.")
        except ValueError as problem:
            problems.append(f"{label(position)}: {definition_label(item, position)}: {problem}")
            continue
        read[identity] = definition
    return read


def _misspelt_name(item: t.Any) -> str:
    """A hint at what was probably meant to be the name."""
    if not isinstance(item, dict):
        return ""
    keys = [key for key in item if isinstance(key, str) and key != "name"]
    near = difflib.get_close_matches("name", keys, n=1)
    if not near:
        return ""
    return f" Did you mean 'name' by '{near[0]}'?"


def _read_definition(item: t.Any) -> Definition:
    """A definition in this collection's spelling. Raises ValueError."""
    if not isinstance(item, dict):
        raise ValueError(f"it must be a mapping with at least a name, but is {kind_of(item)}.")
    definition = _in_our_spelling(item)
    for name in _MERGED:
        held = definition.get(name)
        if held is None:
            continue
        if not isinstance(held, dict):
            raise ValueError(f"{name} must be a mapping, but is {kind_of(held)}.")
        # By items(): dict(held) would take over the values of Ansible's lazy mappings before they are evaluated.
        definition[name] = dict(held.items())
    return definition


def _in_our_spelling(item: t.Mapping[t.Any, t.Any]) -> Definition:
    """The options of a definition by this collection's names. Raises ValueError for two spellings of one."""
    definition: Definition = {}
    if item.keys() <= _OPTIONS.keys():
        definition.update(item.items())
        return definition
    for spelling, value in item.items():
        name = _CANONICAL.get(spelling, spelling)
        if name in definition:
            spellings = [str(other) for other in item if _CANONICAL.get(other, other) == name]
            raise ValueError(f"{' and '.join(spellings)} are the same option; keep one of them.")
        definition[name] = value
    return definition


def _identity(definition: Definition) -> Identity:
    """What a definition is about. Raises ValueError."""
    for member in ("name", "space"):
        value = definition.get(member)
        if isinstance(value, (dict, list, tuple)):
            raise ValueError(f"its {member} must be a text, but is {kind_of(value)}.")
    name, space = definition.get("name"), definition.get("space")
    if space is None:
        space = ""
    if name not in (None, ""):
        return ("name", str(space), str(name))
    if definition.get("id"):
        return ("id", "", str(definition["id"]))
    raise ValueError("it has no name (nor the id of an existing connection).")


def _overlay(earlier: Definition, later: Definition) -> Definition:
    merged = {**earlier, **later}
    for name in _MERGED:
        if merged.get(name) is None:
            continue
        held, added = earlier.get(name) or {}, later.get(name) or {}
        # A password that moved from properties to secrets, or back, is still one password.
        moved = later.get(_OTHER.get(name, "")) or {}
        held = {key: value for key, value in held.items() if key not in moved}
        merged[name] = _merge_deeply(held, added)
    return merged


def _merge_deeply(earlier: t.Mapping[str, t.Any], later: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    merged = {**earlier, **later}
    for name, value in later.items():
        if isinstance(value, dict) and isinstance(earlier.get(name), dict):
            merged[name] = _merge_deeply(earlier[name], value)
    return merged


def _finished(definition: Definition) -> Definition:
    """Without what was taken away, and without what a connection that is to go would be made of."""
    finished = {name: value for name, value in definition.items() if value is not None}
    for name in _MERGED:
        if name in finished:
            finished[name] = _without_nulls(finished[name])
    if finished.get("state") == "absent":
        for name in _CONTENT:
            finished.pop(name, None)
    return finished


def _without_nulls(value: t.Any) -> t.Any:
    """The same without what is null in it, however deep its mappings are."""
    if not isinstance(value, dict) or holds_scalars(value.values()):
        return value
    return {name: _without_nulls(item) for name, item in value.items() if item is not None}


def definition_label(item: t.Any, position: int) -> str:
    """How an error calls a definition: by its name where it has one."""
    if isinstance(item, dict):
        for spelling, value in item.items():
            if _CANONICAL.get(spelling) == "name" and isinstance(value, str) and value:
                return f"connection '{value}'"
    return f"definition {position}"
