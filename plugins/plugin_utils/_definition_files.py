# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions from files on the controller: read, filled, and merged with those that the task gives itself.

Jinja takes 1.5 ms for each expression; this takes microseconds.
"""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.files import MAX_FILES_BYTES, with_paths
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.layers import (
    definition_label,
    merge_definitions,
    merge_spaces,
    unknown_options,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import Path, Problem, Verbatim, fill
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_name
from ansible_collections.qlikops.cloud.plugins.plugin_utils._definition_text import DefinitionText, TextError
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import HostLayers

_ENDINGS = (".yml", ".yaml", ".json")
_MEMBERS = ("connections", "spaces")

Values = t.Mapping[str, t.Any]
Items = list[tuple[Path, t.Any]]


class Controller(t.Protocol):
    """What Ansible knows about files on this machine."""

    def find(self, path: str) -> str:
        """The absolute path of a file or folder. Raises OSError."""

    def read(self, path: str) -> bytes:
        """The content of a file, decrypted if need be. Raises OSError."""

    def decrypt(self, text: str) -> str:
        """A vaulted text. Raises ValueError."""


class _Bounded:
    """A controller whose files together have no more than C(MAX_FILES_BYTES)."""

    def __init__(self, controller: Controller) -> None:
        self.find = controller.find
        self.decrypt = controller.decrypt
        self._read = controller.read
        self._total = 0

    def read(self, path: str) -> bytes:
        if self._total > MAX_FILES_BYTES:
            raise OSError(
                errno.EFBIG, f"the definitions files of this task have more than {MAX_FILES_BYTES >> 20} MiB together"
            )
        content = self._read(path)
        self._total += len(content)
        return content


class Layer:
    """One file, or what a task or a host's variable gives. C(connections) and C(spaces) are its items with the paths
    that lead to them, left out those with a problem.
    """

    def __init__(self, label: str, path: str = "") -> None:
        self.label = label
        self.path = path
        self.text: DefinitionText | None = None
        self.connections: Items = []
        self.spaces: Items = []

    def place(self, path: Path) -> str:
        """What errors call a place in it."""
        line = 0
        if self.text is not None:
            line = self.text.line(path)
        return f"{self.label}:{line}" if line else self.label

    @classmethod
    def of_option(cls, label: str, connections: t.Any = None, spaces: t.Any = None) -> Layer:
        """What the task gives itself. Raises DefinitionError."""
        layer = cls(label)
        layer.connections = _given_items(label, "connections", connections, "definitions")
        layer.spaces = _given_items(label, "spaces", spaces, "spaces")
        return layer


def _given_items(label: str, kind: str, given: t.Any, what: str) -> Items:
    """The items of an option, which must be a list of C(what). Raises DefinitionError."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise DefinitionError([f"{label}: it must be a list of {what}, but is {kind_of(given)}."])
    return [((kind, position), item) for position, item in enumerate(given)]


def with_definitions(
    options: t.Mapping[str, t.Any],
    paths: t.Sequence[str],
    values: Values,
    controller: Controller,
    host: HostLayers | None = None,
) -> dict[str, t.Any]:
    """A module's options with other definitions merged into C(connections) and C(spaces), whose own come last.

    First come the layers of exports in C(host), then those from files, then the others in C(host). Raises
    DefinitionError with every problem there is.
    """
    problems: list[str] = []
    files = _read_files(paths, values, _Bounded(controller), problems)
    given = host or HostLayers([], [], [], [])
    layers = [*_exported_layers(given), *files, *_declared_layers(given)]
    layers.append(Layer.of_option("connections", connections=options.get("connections")))
    connections = _merged(layers, "connections", merge_definitions, problems)
    layers[-1] = Layer.of_option("spaces", spaces=options.get("spaces"))
    spaces = _merged(layers, "spaces", merge_spaces, problems)
    if problems:
        raise DefinitionError(problems)
    return {**options, "connections": connections, "spaces": spaces}


def _exported_layers(host: HostLayers) -> t.Iterator[Layer]:
    """The layers of exports among a host's variables. Raises DefinitionError."""
    for name, connections in host.exported_definitions:
        yield Layer.of_option(name, connections=connections)
    for name, spaces in host.exported_spaces:
        yield Layer.of_option(name, spaces=spaces)


def _declared_layers(host: HostLayers) -> t.Iterator[Layer]:
    """The layers that people wrote as a host's variables. Raises DefinitionError."""
    for name, connections in host.definitions:
        yield Layer.of_option(name, connections=connections)
    for name, spaces in host.spaces:
        yield Layer.of_option(name, spaces=spaces)


def _read_files(paths: t.Sequence[str], values: Values, controller: _Bounded, problems: list[str]) -> list[Layer]:
    """The layers of all these files and folders, read and filled; what is wrong is added to the problems."""
    layers: list[Layer] = []
    for path in paths:
        layers += _layers_at(path, controller, problems)
    for layer in layers:
        try:
            _fill_layer(layer, values, controller, problems)
        except OSError as error:
            problems.append(f"{layer.label}: it can't be read: {error.strerror}.")
        except TextError as error:
            for line, text in error.problems:
                place = f"{layer.label}:{line}" if line else layer.label
                problems.append(f"{place}: {text}")
        except RecursionError:
            problems.append(f"{layer.label}: it holds itself, or is nested too deeply.")
    return layers


def _layers_at(path: str, controller: Controller, problems: list[str]) -> list[Layer]:
    """The file of a path, or those of a folder in the order of their names."""
    try:
        found = controller.find(path)
        if not os.path.isdir(found):
            return [Layer(path, found)]
        names = sorted(filter(_is_definitions_file, os.listdir(found)))
    except OSError as error:
        problems.append(f"{path}: {error.strerror}.")
        return []
    if not names:
        problems.append(f"{path}: the folder holds no file whose name ends with .yml, .yaml or .json.")
    return [Layer(os.path.join(path, name), os.path.join(found, name)) for name in names]


def _is_definitions_file(name: str) -> bool:
    return name.endswith(_ENDINGS) and not name.startswith(".")


def _fill_layer(layer: Layer, values: Values, controller: Controller, problems: list[str]) -> None:
    """Fill a layer with what is in its file. What is wrong inside it is added to the problems. Raises OSError,
    TextError and RecursionError where it can't be read at all.
    """
    layer.text = DefinitionText(controller.read(layer.path), is_json=layer.path.endswith(".json"))
    data = layer.text.data(lambda text: Verbatim(controller.decrypt(text)))
    found: list[Problem] = []
    filled = data
    if not layer.text.is_plain:
        filled = fill(data, values, found)
    unfilled = {problem.path for problem in found}
    items: dict[str, Items] = {"connections": [], "spaces": []}
    for kind in _MEMBERS:
        if () not in unfilled and (kind,) not in unfilled:
            items[kind] = _items(layer, kind, filled, problems)
    for kind, entries in items.items():
        found += _unknown_options(kind, entries)
    problems += [_described(layer, problem, data) for problem in found]
    wrong = _all_beginnings(found)
    layer.spaces = [(path, item) for path, item in items["spaces"] if path not in wrong]
    layer.connections = [(path, item) for path, item in items["connections"] if path not in wrong]
    if not layer.text.names_no_file:
        layer.connections = [(path, _with_found_paths(item, layer, controller)) for path, item in layer.connections]


def _unknown_options(kind: str, items: Items) -> t.Iterator[Problem]:
    """A problem for each option that connections, or spaces, don't have."""
    for path, item in items:
        for name, hint in unknown_options(item, kind[:-1]).items():
            yield Problem((*path, name), f"unknown option. {hint}")


def _all_beginnings(problems: t.Sequence[Problem]) -> set[Path]:
    """The paths of these problems, and of everything around them."""
    paths: set[Path] = set()
    for problem in problems:
        path = tuple(problem.path)
        paths.add(path)
        while path:
            path = path[:-1]
            paths.add(path)
    return paths


def _items(layer: Layer, kind: str, data: t.Any, problems: list[str]) -> Items:
    """The connections or spaces of a file: a list is one of connections, a mapping may have both."""
    path: Path = ()
    listed = None
    if isinstance(data, dict):
        path, listed = (kind,), data.get(kind)
        if kind == "connections":
            problems += _unknown_keys(layer, data)
    elif kind == "connections":
        listed = data
    if listed is None:
        return []
    if not isinstance(listed, list):
        what = f"a list of {kind}" if path else f"a list of {kind} or a mapping"
        problems.append(f"{layer.place(path)}: it must be {what}, but is something else.")
        return []
    return [((*path, position), item) for position, item in enumerate(listed)]


def _unknown_keys(layer: Layer, data: t.Mapping[t.Any, t.Any]) -> t.Iterator[str]:
    for name in data:
        if name not in _MEMBERS:
            yield (
                f"{layer.place((name,))}: unknown key '{shown_name(name)}'. A definitions file is a list of"
                " connections, or a mapping with connections and spaces."
            )


def _described(layer: Layer, problem: Problem, data: t.Any) -> str:
    """A problem with its file, line and connection (or space)."""
    path = problem.path
    # A list is one of connections; in a mapping, a path begins with one of the two members.
    depth = 1 if isinstance(data, list) else 2
    about, inside = "", path
    if len(path) >= depth and (depth == 1 or path[0] in _MEMBERS):
        item, inside = data, path[depth:]
        for step in path[:depth]:
            item = item[step]
        position = int(path[depth - 1]) + 1
        label_of = _space_label if path[0] == "spaces" else definition_label
        about = label_of(item, position)
    where = ".".join(map(shown_name, inside))
    return ": ".join(filter(None, (layer.place(path), about, where, problem.text)))


def _space_label(item: t.Any, position: int) -> str:
    if isinstance(item, dict) and item.get("name"):
        return f"space '{item['name']}'"
    return f"space {position}"


def _with_found_paths(definition: t.Any, layer: Layer, controller: Controller) -> t.Any:
    """Relative paths of files are meant beside the definitions first."""
    if not isinstance(definition, dict):
        return definition
    folder = os.path.dirname(layer.path)

    def resolve(path: str) -> str:
        beside = os.path.join(folder, os.path.expanduser(path))
        if os.path.exists(beside):
            return beside
        try:
            return controller.find(path)
        except OSError:
            return path

    return with_paths(definition, resolve)


def _merged(
    layers: t.Sequence[Layer], kind: str, merge: t.Callable[..., list[dict[str, t.Any]]], problems: list[str]
) -> t.Any:
    """The connections, or spaces, of all layers in one list; what is wrong is added to the problems."""
    entries: list[Items] = [getattr(layer, kind) for layer in layers]
    items = [_without_paths(found) for found in entries]

    def place(number: int, position: int) -> str:
        """What errors call an item of a layer, or with position 0 the layer."""
        if not position:
            return layers[number].label
        path, _item = entries[number][position - 1]
        return layers[number].place(path)

    try:
        return merge(items, place=place)
    except DefinitionError as error:
        problems += error.problems
        return []


def _without_paths(items: Items) -> list[t.Any]:
    return [item for _path, item in items]
