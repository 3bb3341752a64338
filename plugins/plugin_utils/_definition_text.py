# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a definitions file as plain data: YAML or JSON, without any templating, and fast.

Lines are worked out only when an error has to name one. No error quotes from the text: it may hold secrets.
"""

from __future__ import annotations

import json
import typing as t

import yaml
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.placeholders import Verbatim
from ansible_collections.qlikops.cloud.plugins.module_utils._files.yaml_bounds import (
    BoundsError,
    check_data,
    check_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._files.yaml_loading import (
    FOREIGN_TYPES,
    load_within_bounds,
    without_types,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import shown_name

_Base: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PlainLoader: t.Any = without_types(_Base, FOREIGN_TYPES)

Path = t.Sequence[str | int]
Decrypt = t.Callable[[str], str]


class TextError(Exception):
    """The text can't be read; each problem with its line, or 0 when that isn't known."""

    def __init__(self, problems: t.Sequence[tuple[int, str]]) -> None:
        self.problems = list(problems)
        super().__init__(str(self.problems))


class _Loader(_PlainLoader):
    """Plain data, vaulted values decrypted; notes whether a mapping has a key twice."""

    def __init__(self, text: str, decrypt: Decrypt) -> None:
        super().__init__(text)
        self.decrypt = decrypt
        self.repeats = False

    def construct_mapping(self, node: t.Any, deep: bool = False) -> t.Any:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
            self.repeats = self.repeats or len(set(keys)) < len(keys)
        return super().construct_mapping(node, deep)

    def construct_number(self, node: t.Any) -> t.Any:
        try:
            number = _Base.yaml_constructors[node.tag](self, node)
            # Python reads hexadecimal numbers that it then refuses to write.
            str(number)
        except (ValueError, KeyError, IndexError):
            raise _refusal(node, "it holds a number or boolean that is none. Put it in quotes") from None
        return number

    def construct_foreign(self, node: t.Any) -> t.Any:
        known = node.tag.rpartition(":")[2]
        tag = f"the tag !!{known}" if known in FOREIGN_TYPES else "a tag that is unknown"
        raise _refusal(node, f"it has {tag}. Put a text that begins with ! or = in quotes")

    def construct_unsafe(self, node: t.Any) -> t.Any:
        """What an export has marked as a tenant's own: nothing in it is a placeholder."""
        if isinstance(node, yaml.ScalarNode):
            return Verbatim(self.construct_scalar(node))
        if isinstance(node, yaml.SequenceNode):
            return _verbatim(self.construct_sequence(node, deep=True))
        return _verbatim(self.construct_mapping(node, deep=True))

    def construct_vaulted(self, node: t.Any) -> str:
        try:
            return self.decrypt(str(self.construct_scalar(node)))
        except ValueError as error:
            raise _refusal(node, str(error)) from None


def _refusal(node: t.Any, text: str) -> t.Any:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


def _verbatim(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {name: _verbatim(item) for name, item in value.items()}
    if isinstance(value, list):
        return list(map(_verbatim, value))
    if isinstance(value, str):
        return Verbatim(value)
    return value


_Loader.add_constructor("!unsafe", _Loader.construct_unsafe)
for _tag in ("!vault", "!vault-encrypted"):
    _Loader.add_constructor(_tag, _Loader.construct_vaulted)
for _tag in ("int", "float", "bool"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_number)
_Loader.add_constructor(None, _Loader.construct_foreign)


class DefinitionText:
    """The text of one file."""

    def __init__(self, content: bytes, *, is_json: bool) -> None:
        self._content = content
        self._is_json = is_json
        self._root: t.Any = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing in it can be a placeholder or a text that isn't to be taken for one: JSON without the
        characters, and without a backslash by which they could be written.
        """
        return self._is_json and b"${" not in self._content and b"\\" not in self._content

    @property
    def names_no_file(self) -> bool:
        """Whether it is seen that nothing in it is C({path: ...})."""
        return self.is_plain and b'"path"' not in self._content

    def data(self, decrypt: Decrypt) -> t.Any:
        """What is in it. Raises TextError.
        C(decrypt) gives a vaulted value, or raises ValueError saying why it can't.
        """
        text = self._decoded()
        try:
            if self._is_json:
                data, repeats = self._read_json(text)
            else:
                data, repeats = self._read_yaml(text, decrypt)
        except BoundsError as error:
            raise TextError([(error.line, f"{error}.")]) from None
        except RecursionError:
            raise TextError([(0, "it holds itself, or is nested too deeply.")]) from None
        if repeats:
            self._refuse_repeated_keys()
        return data

    def _decoded(self) -> str:
        """The text itself. Raises TextError."""
        try:
            return self._content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self._content.count(b"\n", 0, error.start) + 1
            advice = "If it is encrypted, decrypt it, or encrypt it with Ansible Vault."
            raise TextError([(line, f"it is not a text in UTF-8. {advice}")]) from None

    def _refuse_repeated_keys(self) -> None:
        """Raises TextError if a mapping has a key twice. A key that YAML's merge key (<<) brings and the mapping
        overrides may have looked so.
        """
        repeated = sorted(_repeated_keys(self._nodes()))
        if repeated:
            raise TextError(repeated)
        if self._is_json:
            raise TextError([(0, "a mapping has the same key twice. Keep one of them.")])

    def line(self, path: Path) -> int:
        """The line of what the keys and positions lead to, or of the nearest thing around it;
        0 when it can't be told.
        """
        node, line = self._nodes(), 1
        if node is None:
            return 0
        for step in path:
            found = _inside(node, step)
            if found is None:
                break
            mark, node = found
            line = mark.start_mark.line + 1
        return line

    def _read_json(self, text: str) -> tuple[t.Any, bool]:
        repeats = False

        def mapping(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
            nonlocal repeats
            made = dict(pairs)
            repeats = repeats or len(made) < len(pairs)
            return made

        try:
            data = None
            if text.strip():
                data = json.loads(text, object_pairs_hook=mapping)
        except json.JSONDecodeError as error:
            raise TextError([(error.lineno, f"it is not JSON: {error.msg}.")]) from None
        except ValueError:
            raise TextError([(0, "it holds a number with too many digits. Put it in quotes.")]) from None
        check_data(data)
        return data, repeats

    def _read_yaml(self, text: str, decrypt: Decrypt) -> tuple[t.Any, bool]:
        try:
            loader, data = load_within_bounds(text, lambda whole: _Loader(whole, decrypt))
        except yaml.composer.ComposerError as error:
            # Its own words may quote the text: without quotes, a password that begins with * is an alias.
            advice = "Put a text that begins with * or & in quotes."
            problem = f"it can't be read as YAML: an alias has no anchor, or an anchor is there twice. {advice}"
            raise TextError([(_line_of(error), problem)]) from None
        except yaml.MarkedYAMLError as error:
            raise TextError([(_line_of(error), f"it can't be read as YAML: {error.problem}.")]) from None
        except yaml.YAMLError:
            raise TextError([(0, "it can't be read as YAML: it holds characters that are not allowed.")]) from None
        return data, loader.repeats

    def _nodes(self) -> t.Any:
        """The same text with lines. JSON is read as YAML for it, which knows all but rare escapes."""
        if self._root is None:
            text = self._content.decode("utf-8-sig")
            try:
                check_text(text)
                if self._is_json:
                    text = text.replace("\t", " ")
                self._root = yaml.compose(text, Loader=_Base)
            except (yaml.YAMLError, BoundsError):
                return None
        return self._root


def _line_of(error: yaml.MarkedYAMLError) -> int:
    """The line that an error of YAML's is about, 0 if it doesn't say."""
    if error.problem_mark is None:
        return 0
    return int(error.problem_mark.line) + 1


def _inside(node: t.Any, step: str | int) -> tuple[t.Any, t.Any] | None:
    """What a key or position leads to: the node that tells its line, and that of the value; None for nothing."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int) and step < len(node.value):
            return node.value[step], node.value[step]
        return None
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    return None


def _repeated_keys(node: t.Any, done: set[int] | None = None) -> t.Iterator[tuple[int, str]]:
    """The lines of keys that a mapping has twice, each with what is to be said of it."""
    if done is None:
        done = set()
    if node is None or id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item, done)
    elif isinstance(node, yaml.MappingNode):
        yield from _repeated_in(node)
        for _key, value in node.value:
            yield from _repeated_keys(value, done)


def _repeated_in(mapping: yaml.MappingNode) -> t.Iterator[tuple[int, str]]:
    first_lines: dict[str, int] = {}
    for key, _value in mapping.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        line = key.start_mark.line + 1
        if key.value in first_lines:
            name = shown_name(key.value)
            yield line, f"the key '{name}' is there twice, first in line {first_lines[key.value]}. Keep one of them."
        first_lines.setdefault(key.value, line)
