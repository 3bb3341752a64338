# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that Ansible reads back as exactly the same data, and never evaluates.

What a tenant holds is data. So every text is tagged C(!unsafe), whatever is in it: what a templar takes for a template
differs from one ansible-core to the next, and nobody can list it. Only what YAML itself would take for a number, a
boolean, a null or a date is put in quotes instead: with the tag, ansible-core 2.19 and newer would make just that of
it.
"""

from __future__ import annotations

import re
import sys
import typing as t

import yaml

_TEXT = "tag:yaml.org,2002:str"
# Keeps Ansible from taking braces inside a text for a template.
_LITERAL = "!unsafe"
# A key that is a single word is written as it is: no language of templates takes a word for more than a name.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_VISIBLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
# Lines that a block can show: what is at their ends would be invisible, so that somebody's editor might take it away.
_INVISIBLE = re.compile(rf"(?!{_VISIBLE}).", re.DOTALL)
_BLOCK = re.compile(rf"(?! )(?:(?:{_VISIBLE}*(?! ){_VISIBLE})?\n)*{_VISIBLE}*(?! ){_VISIBLE}\n?")
_LINE = re.compile(rf"{_VISIBLE}*")


class _Dumper(yaml.SafeDumper):
    """Without anchors, and with lists indented below their key."""

    def ignore_aliases(self, _data: t.Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - the emitter's
        super().increase_indent(flow, False)


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    if _LINE.fullmatch(value):
        style = None
    elif _BLOCK.fullmatch(value):
        style = "|"
    else:
        style = '"'
    resolve: t.Callable[..., str] = dumper.resolve
    tag = _TEXT
    if resolve(yaml.ScalarNode, value, (True, False)) == _TEXT:
        tag = _LITERAL
    return dumper.represent_scalar(tag, value, style)


def _represent_mapping(dumper: _Dumper, value: t.Mapping[str, t.Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", list(value.items()))
    for key, _value in node.value:
        if key.tag == _LITERAL and _WORD.fullmatch(key.value):
            key.tag = _TEXT
    return node


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(dict, _represent_mapping)


def yaml_lines(value: t.Any, indent: int = 0) -> list[str]:
    """The lines of a value made of dictionaries, lists, texts, numbers, booleans and nulls."""
    text = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=sys.maxsize, default_flow_style=False
    )
    return [" " * indent + line if line else "" for line in text.removesuffix("\n").split("\n")]


def comment_lines(text: str, indent: int = 0) -> list[str]:
    """A comment of one or more lines; what isn't visible is shown as an escape, so that nothing leaves the comment."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [" " * indent + f"# {_with_escapes(line)}".rstrip() for line in lines]


def _with_escapes(line: str) -> str:
    """A line with escapes in the place of what isn't visible."""
    return _INVISIBLE.sub(lambda match: ascii(match.group())[1:-1], line)
