# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that aren't known, or not of their shape: what is wrong with them, in words that quote no value.

A definition that lies one level too deep, or under a misspelt name, brings its password along. Ansible's own errors
quote values.
"""

from __future__ import annotations

import difflib
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import REFUSED
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    TELLING_LENGTH,
    leaf_texts,
    secrets_in_name,
    shown_name,
)

# As many problems as somebody wants to read at once.
_MOST = 10

Spec = t.Mapping[str, t.Mapping[str, t.Any]]

_BOOLEANS = frozenset(("y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"))
_WORDS = {"dict": "a dictionary", "int": "an integer", "bool": "true or false", "str": "a text", "path": "a path"}
_MANY = {"dict": "dictionaries", "str": "texts", "path": "paths"}


def by_any_name(spec: Spec) -> dict[str, t.Mapping[str, t.Any]]:
    """What a specification says of each option, by its name and by its aliases."""
    known = dict(spec)
    for said in spec.values():
        known.update(dict.fromkeys(said.get("aliases") or (), said))
    return known


def has_shape(value: t.Any, said: t.Mapping[str, t.Any]) -> bool:
    """Whether a value is of the kind that an option takes. The items of a list of dictionaries are looked at one by one
    elsewhere.
    """
    if value is None:
        return True
    kind = said.get("type", "str")
    if kind == "dict":
        return isinstance(value, Mapping)
    if kind == "list":
        if said.get("elements") == "dict":
            return isinstance(value, (list, tuple))
        return _is_scalar(value) or (isinstance(value, (list, tuple)) and all(map(_is_scalar, value)))
    if not _is_scalar(value):
        return False
    if "choices" in said and value not in said["choices"]:
        return False
    if kind == "bool":
        return str(value).lower() in _BOOLEANS
    return kind != "int" or _is_integer(value)


def _is_scalar(value: t.Any) -> bool:
    return isinstance(value, (str, int, float))


def _is_integer(value: t.Any) -> bool:
    try:
        return float(value) == int(float(value))
    except (ValueError, OverflowError):
        return False


def shape_problems(options: t.Any, spec: Spec, place: str = "") -> list[str]:
    """What can't be taken for what it was meant to be, a sentence each; nothing about what Ansible can convert."""
    problems: list[str] = []
    known = by_any_name(spec)
    for name, value in options.items():
        said = known.get(name)
        if said is None and (place or (name in REFUSED and "connect_statement" in known)):
            problems.append(f"{place}{_unknown(str(name), known)}")
        if said is None or value is None:
            continue
        where = f"{place}{name}"
        if not _is_convertible(value, said):
            problems.append(f"{where} must be {_expected(said)}, but is {_kind(value)}.{_hint(value, said)}")
        elif "options" in said:
            for number, item in enumerate(value, 1):
                if isinstance(item, Mapping):
                    problems += shape_problems(
                        item, said["options"], f"{where}, item {number}{_called(item, said['options'])}: "
                    )
                else:
                    dash = " Is there a dash too many?" if isinstance(item, (list, tuple)) else ""
                    problems.append(f"{where}: item {number} must be a dictionary, but is {_kind(item)}.{dash}")
    return problems


def first_of(problems: t.Sequence[str]) -> str:
    """The problems as one message; not all when there are many."""
    more = len(problems) - _MOST
    return "\n".join([*problems[:_MOST], *([f"And {more} more."] if more > 0 else [])])


def _unknown(name: str, known: t.Iterable[str]) -> str:
    """What is said of a name that no option has."""
    if name in REFUSED and "connect_statement" in known:
        return f"{name} can't be given. {REFUSED[name]}"
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"The options: {', '.join(sorted(known))}."
    return f"there is no option '{one_line(shown_name(name))}'. {hint}"


def _called(item: t.Mapping[str, t.Any], spec: Spec) -> str:
    """The name of an item, where it has one that may be said."""
    spellings = ("name", *(spec.get("name", {}).get("aliases") or ()))
    name = next((item[one] for one in spellings if isinstance(item.get(one), str) and item[one]), "")
    return f" ('{one_line(name)}')" if name else ""


def _is_convertible(value: t.Any, said: t.Mapping[str, t.Any]) -> bool:
    """Whether Ansible would take it: it reads dictionaries from texts, and makes a text of anything."""
    kind = said.get("type", "str")
    if kind == "dict":
        return isinstance(value, (Mapping, str))
    if kind in ("str", "path") and "choices" not in said:
        return True
    if kind == "list" and said.get("elements") != "dict":
        return _is_scalar(value) or isinstance(value, (list, tuple))
    if kind == "bool" and "choices" in said:
        return True
    return has_shape(value, said)


def _expected(said: t.Mapping[str, t.Any]) -> str:
    if "choices" in said:
        return "one of: " + ", ".join(str(choice) for choice in said["choices"])
    if said.get("type") == "list":
        return f"a list of {_MANY[said.get('elements', 'str')]}"
    return _WORDS[said.get("type", "str")]


def _kind(value: t.Any) -> str:
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "another text" if isinstance(value, str) else "another value"


def _hint(value: t.Any, said: t.Mapping[str, t.Any]) -> str:
    """What was meant, where that is near enough to be no secret."""
    near = difflib.get_close_matches(str(value), [str(choice) for choice in said.get("choices") or ()], n=1, cutoff=0.7)
    return f" Did you mean '{near[0]}'?" if near else ""


def strange_values(options: t.Any, spec: Spec) -> set[str]:
    """The texts of all that isn't known, or not of its shape: an error may quote them.
    Short ones would mask too much.
    """
    found: set[str] = set()
    known = by_any_name(spec)
    for name, value in options.items():
        said = known.get(name)
        if said is None:
            found |= secrets_in_name(name)
        if said is None or not has_shape(value, said):
            found |= leaf_texts(value)
        elif "options" in said:
            for item in value or ():
                found |= strange_values(item, said["options"]) if isinstance(item, Mapping) else leaf_texts(item)
    return {text for text in found if len(text) >= TELLING_LENGTH}


def misplaced_values(options: t.Mapping[str, t.Any], spec: Spec) -> set[str]:
    """The texts inside lists and dictionaries that stand where a text belongs: Ansible takes them, and makes a text of
    the whole.
    """
    return {text for text in _misplaced(options, by_any_name(spec)) if len(text) >= TELLING_LENGTH}


def _misplaced(options: t.Mapping[str, t.Any], known: Spec) -> set[str]:
    found: set[str] = set()
    for name, value in options.items():
        said = known.get(name) if isinstance(value, (Mapping, list, tuple)) else None
        if said is None:
            continue
        if "options" in said and isinstance(value, (list, tuple)):
            inside = by_any_name(said["options"])
            for item in value:
                found |= _misplaced(item, inside) if isinstance(item, Mapping) else leaf_texts(item)
        elif not has_shape(value, said):
            found |= leaf_texts(value)
    return found
