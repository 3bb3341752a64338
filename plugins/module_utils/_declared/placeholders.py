# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(${name}) in definitions that come from files: filled from values, and nothing else is evaluated.

Nothing here quotes a value: it may be a secret.
"""

from __future__ import annotations

import difflib
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import statement_text
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name

# An escaped opening, a placeholder, or an opening that nothing closes.
_TOKEN = re.compile(r"\$(?P<escaped>\$\{)|\$\{(?P<name>[^${}]*)\}|\$\{")

Path = t.Tuple[t.Union[str, int], ...]


class Verbatim(str):
    """A text in which nothing is to be filled, such as a decrypted one, or one that a tenant said."""

    __slots__ = ()


class Problem(t.NamedTuple):
    """What is wrong with a placeholder, and the keys and positions that lead to the text that holds it."""

    path: Path
    text: str


def fill(value: t.Any, values: t.Mapping[str, t.Any], problems: list[Problem], path: Path = ()) -> t.Any:
    """The same data with every placeholder in its texts (not in keys) filled.

    A placeholder that is a whole text becomes the value itself, of whatever type. Inside a text, numbers and booleans
    are written as YAML does. What is filled in is not looked at again. C($${) stands for C(${). A text with a problem
    stays as it is, and the problem is added to C(problems).
    """
    if isinstance(value, Verbatim):
        return str(value)
    if isinstance(value, str):
        if "${" not in value:
            return value
        return _fill_text(value, values, problems, path)
    if isinstance(value, dict):
        return {_plain(name): fill(item, values, problems, (*path, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values, problems, (*path, position)) for position, item in enumerate(value)]
    return value


def _plain(name: t.Any) -> t.Any:
    if isinstance(name, Verbatim):
        return str(name)
    return name


def escape(text: str) -> str:
    """The text that C(fill) makes this one of."""
    return text.replace("${", "$${")


def _fill_text(text: str, values: t.Mapping[str, t.Any], problems: list[Problem], path: Path) -> t.Any:
    whole = _TOKEN.fullmatch(text)
    try:
        if whole and whole["name"] is not None:
            return _value_of(whole["name"], values)
        return _TOKEN.sub(lambda token: _replacement(token, values), text)
    except ValueError as problem:
        problems.append(Problem(path, str(problem)))
        return text


def _replacement(token: re.Match[str], values: t.Mapping[str, t.Any]) -> str:
    """What stands for a placeholder inside a text. Raises ValueError."""
    if token["escaped"]:
        return "${"
    if token["name"] is None:
        raise ValueError("a ${ is never closed. Write $${ for these characters themselves.")
    value = _value_of(token["name"], values)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list)):
        raise ValueError(
            f"the value of {token.group()} is {kind_of(value)}, so the placeholder must be the whole text, not a part"
            " of it."
        )
    return statement_text(value)


def _value_of(name: str, values: t.Mapping[str, t.Any]) -> t.Any:
    """The value of a name, whose dots lead into nested mappings. Raises ValueError."""
    key = name.strip()
    if key in values:
        return values[key]
    found: t.Any = values
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise ValueError(_unknown(name, values))
        found = found[part]
    return found


def _unknown(name: str, values: t.Mapping[str, t.Any]) -> str:
    advice = "Declare it in values, or write $${ for these characters themselves."
    near = difflib.get_close_matches(name.strip(), _names(values), n=1)
    if near:
        advice = f"Did you mean '{near[0]}'?"
    return f"there is no value for ${{{name}}}. {advice}"


def _names(values: t.Mapping[str, t.Any], prefix: str = "") -> list[str]:
    """Every name that a placeholder may have."""
    found = []
    for name, value in values.items():
        found.append(f"{prefix}{name}")
        if isinstance(value, Mapping):
            found += _names(value, f"{prefix}{name}.")
    return found


def secret_values(values: t.Any, inside_secret: bool = False) -> t.Any:
    """The same values with null for each that isn't a secret by its name or by that of what it is in.

    So an option can carry what is to be hidden wherever it shows. Short texts are left out: hiding them would mask too
    much.
    """
    if isinstance(values, Mapping):
        kept = {}
        for name, value in values.items():
            kept[name] = secret_values(value, inside_secret or is_secret_name(str(name)))
        return kept
    if isinstance(values, list):
        return [secret_values(value, inside_secret) for value in values]
    if inside_secret and isinstance(values, str) and len(values) >= TELLING_LENGTH:
        return values
    return None
