# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as a person would write it, that Ansible reads back as exactly the same data."""

from __future__ import annotations

import re
import sys
import typing as t

import yaml

_TEXT = "tag:yaml.org,2002:str"
# Keeps Ansible from taking braces inside a text for a template.
_LITERAL = "!unsafe"
_TEMPLATE_MARKS = ("{{", "{%", "{#")
_VISIBLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
# Lines that a block can show: what is at their ends would be invisible, so that somebody's editor might take it away.
_BLOCK = re.compile(rf"(?! )(?:(?:{_VISIBLE}*(?! ){_VISIBLE})?\n)*{_VISIBLE}*(?! ){_VISIBLE}\n?")
_LINE = re.compile(rf"{_VISIBLE}*")


class _Dumper(yaml.SafeDumper):
    """Without anchors, and with lists indented below their key."""

    def ignore_aliases(self, _data: t.Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - the emitter's own name
        super().increase_indent(flow, False)


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    tag = _LITERAL if any(mark in value for mark in _TEMPLATE_MARKS) else _TEXT
    style = None
    if not _LINE.fullmatch(value):
        style = "|" if _BLOCK.fullmatch(value) else '"'
    return dumper.represent_scalar(tag, value, style)


def _represent_mapping(dumper: _Dumper, value: t.Mapping[str, t.Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", list(value.items()))
    for key, _value in node.value:
        if key.tag == _LITERAL:
            key.tag = _TEXT  # Ansible evaluates values only
    return node


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(dict, _represent_mapping)


def yaml_lines(value: t.Any, indent: int = 0) -> list[str]:
    """The lines of a value made of dictionaries, lists, texts, numbers, booleans and nulls."""
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=sys.maxsize, default_flow_style=False)
    return [" " * indent + line if line else "" for line in text.removesuffix("\n").split("\n")]


def comment_lines(text: str, indent: int = 0) -> list[str]:
    """A comment of one or more lines; what isn't visible is shown as an escape, so that nothing leaves the comment."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [" " * indent + f"# {_shown(line)}".rstrip() for line in lines]


def _shown(line: str) -> str:
    return "".join(sign if re.fullmatch(_VISIBLE, sign) else ascii(sign)[1:-1] for sign in line)
