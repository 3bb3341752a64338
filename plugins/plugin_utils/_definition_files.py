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
    """One file. C(connections) and C(spaces) are its items with the paths that lead to them, left out those with a
    problem.
    """

    def __init__(self, label: str, path: str = "") -> None:
        self.label = label
        self.path = path
        self.text: DefinitionText | None = None
        self.connections: Items = []
        self.spaces: Items = []

    def place(self, path: Path) -> str:
        """What errors call a place in it."""
        line = self.text.line(path) if self.text else 0
        return f"{self.label}:{line}" if line else self.label

    @classmethod
    def of_option(cls, label: str, connections: t.Any = None, spaces: t.Any = None) -> Layer:
        """What the task gives itself. Raises DefinitionError."""
        layer = cls(label)
        for kind, items in (("connections", connections), ("spaces", spaces)):
            if items is not None and not isinstance(items, list):
                what = "definitions" if kind == "connections" else kind
                raise DefinitionError([f"{label}: it must be a list of {what}, but is {kind_of(items)}."])
            setattr(layer, kind, [((kind, position), item) for position, item in enumerate(items or [])])
        return layer


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
    controller = _Bounded(controller)
    files = [layer for path in paths for layer in _layers_at(path, controller, problems)]
    for layer in files:
        _read(layer, values, controller, problems)
    given = host or HostLayers([], [], [])
    layers = [Layer.of_option(name, connections=connections) for name, connections in given.exported_definitions]
    layers += [Layer.of_option(name, spaces=spaces) for name, spaces in given.exported_spaces]
    layers += files
    layers += [Layer.of_option(name, connections=connections) for name, connections in given.definitions]
    layers.append(Layer.of_option("connections", connections=options.get("connections")))
    connections = _merged(layers, "connections", merge_definitions, problems)
    layers[-1] = Layer.of_option("spaces", spaces=options.get("spaces"))
    spaces = _merged(layers, "spaces", merge_spaces, problems)
    if problems:
        raise DefinitionError(problems)
    return {**options, "connections": connections, "spaces": spaces}


def _layers_at(path: str, controller: Controller, problems: list[str]) -> list[Layer]:
    """The file of a path, or those of a folder in the order of their names."""
    try:
        found = controller.find(path)
        if not os.path.isdir(found):
            return [Layer(path, found)]
        names = sorted(name for name in os.listdir(found) if name.endswith(_ENDINGS) and not name.startswith("."))
    except OSError as error:
        problems.append(f"{path}: {error.strerror}.")
        return []
    if not names:
        problems.append(f"{path}: the folder holds no file whose name ends with .yml, .yaml or .json.")
    return [Layer(os.path.join(path, name), os.path.join(found, name)) for name in names]


def _read(layer: Layer, values: Values, controller: Controller, problems: list[str]) -> None:
    """Fill a layer with what is in its file; what is wrong is added to the problems."""
    try:
        layer.text = DefinitionText(controller.read(layer.path), is_json=layer.path.endswith(".json"))
        data = layer.text.data(lambda text: Verbatim(controller.decrypt(text)))
        found: list[Problem] = []
        filled = fill(data, values, found)
    except OSError as error:
        problems.append(f"{layer.label}: it can't be read: {error.strerror}.")
        return
    except TextError as error:
        problems += [
            f"{layer.label}:{line}: {text}" if line else f"{layer.label}: {text}" for line, text in error.problems
        ]
        return
    except RecursionError:
        problems.append(f"{layer.label}: it holds itself, or is nested too deeply.")
        return
    unfilled = {problem.path for problem in found}
    items = {kind: _items(layer, kind, filled, problems) for kind in _MEMBERS if not unfilled & {(), (kind,)}}
    for kind, entries in items.items():
        for path, item in entries:
            found += [
                Problem((*path, name), f"unknown option. {hint}")
                for name, hint in unknown_options(item, kind[:-1]).items()
            ]
    problems += [_described(layer, problem, data) for problem in found]
    wrong = {problem.path[:length] for problem in found for length in range(len(problem.path) + 1)}
    layer.spaces = [(path, item) for path, item in items.get("spaces", []) if path not in wrong]
    layer.connections = [
        (path, _with_found_paths(item, layer, controller))
        for path, item in items.get("connections", [])
        if path not in wrong
    ]


def _items(layer: Layer, kind: str, data: t.Any, problems: list[str]) -> Items:
    """The connections or spaces of a file: a list is one of connections, a mapping may have both."""
    path: Path = ()
    listed = data if kind == "connections" else None
    if isinstance(data, dict):
        path, listed = (kind,), data.get(kind)
        if kind == "connections":
            problems += [
                f"{layer.place((name,))}: unknown key '{shown_name(name)}'. A definitions file is a list of"
                " connections, or a mapping with"
                " connections and spaces."
                for name in data
                if name not in _MEMBERS
            ]
    if listed is None:
        return []
    if isinstance(listed, list):
        return [((*path, position), item) for position, item in enumerate(listed)]
    problems.append(
        f"{layer.place(path)}: it must be a list of {kind}{' or a mapping' if not path else ''}, but is something else."
    )
    return []


def _described(layer: Layer, problem: Problem, data: t.Any) -> str:
    """A problem with its file, line and connection (or space)."""
    path = problem.path
    depth = 1 if isinstance(data, list) else 2
    about, inside = "", path
    if len(path) >= depth and (depth == 1 or path[0] in _MEMBERS):
        item, inside = data, path[depth:]
        for step in path[:depth]:
            item = item[step]
        position = int(path[depth - 1]) + 1
        about = definition_label(item, position) if path[0] != "spaces" else _space_label(item, position)
    where = ".".join(shown_name(step) for step in inside)
    return ": ".join(part for part in (layer.place(path), about, where, problem.text) if part)


def _space_label(item: t.Any, position: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return f"space '{name}'" if name else f"space {position}"


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
    entries: list[Items] = [getattr(layer, kind) for layer in layers]

    def place(number: int, position: int) -> str:
        return layers[number].place(entries[number][position - 1][0]) if position else layers[number].label

    try:
        return merge([[item for _path, item in items] for items in entries], place=place)
    except DefinitionError as error:
        problems += error.problems
        return []
