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

from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import REFUSED
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    leaf_texts,
    secrets_in_name,
    shown_name,
)

# As many problems as somebody wants to read at once.
_MOST = 10

Option = t.Mapping[str, t.Any]
Spec = t.Mapping[str, Option]

_BOOLEANS = frozenset(("y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"))
_WORDS = {"dict": "a dictionary", "int": "an integer", "bool": "true or false", "str": "a text", "path": "a path"}
_MANY = {"dict": "dictionaries", "str": "texts", "path": "paths"}


def by_any_name(spec: Spec) -> dict[str, Option]:
    """What a specification says of each option, by its name and by its aliases."""
    known = dict(spec)
    for option in spec.values():
        known.update(dict.fromkeys(option.get("aliases") or (), option))
    return known


def has_shape(value: t.Any, option: Option) -> bool:
    """Whether a value is of the kind that an option takes. The items of a list of dictionaries are looked at one by one
    elsewhere.
    """
    if value is None:
        return True
    kind = option.get("type", "str")
    if kind == "dict":
        return isinstance(value, Mapping)
    if kind == "list":
        return _is_list(value, option)
    if not _is_scalar(value):
        return False
    if "choices" in option and value not in option["choices"]:
        return False
    if kind == "bool":
        return str(value).lower() in _BOOLEANS
    if kind == "int":
        return _is_integer(value)
    return True


def _is_list(value: t.Any, option: Option) -> bool:
    """Whether Ansible can take a value for a list: a single text is one, but of dictionaries."""
    if isinstance(value, (list, tuple)):
        return option.get("elements") == "dict" or all(map(_is_scalar, value))
    return option.get("elements") != "dict" and _is_scalar(value)


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
        option = known.get(name)
        if option is None:
            # Ansible itself tells of an unknown option of a module.
            if place or _is_refused(name, known):
                problems.append(f"{place}{_unknown(str(name), known)}")
        elif value is not None:
            problems += _problems_of(value, option, f"{place}{name}")
    return problems


def _problems_of(value: t.Any, option: Option, where: str) -> list[str]:
    """What is wrong with the value of one option."""
    if not _is_convertible(value, option):
        return [f"{where} must be {_expected(option)}, but is {_kind(value)}.{_hint(value, option)}"]
    if "options" not in option:
        return _nested(value, option, where)
    problems: list[str] = []
    for number, item in enumerate(value, 1):
        if isinstance(item, Mapping):
            place = f"{where}, item {number}{_called(item, option['options'])}: "
            problems += shape_problems(item, option["options"], place)
        else:
            problem = f"{where}: item {number} must be a dictionary, but is {_kind(item)}."
            if isinstance(item, (list, tuple)):
                problem += " Is there a dash too many?"
            problems.append(problem)
    return problems


def _nested(value: t.Any, option: Option, where: str) -> list[str]:
    """What stands in a list of texts and is none, or in one of dictionaries whose members are nobody's options."""
    if option.get("type") != "list" or not isinstance(value, (list, tuple)):
        return []
    elements = option.get("elements", "str")
    expected = _WORDS[elements]
    return [
        f"{where}: item {number} must be {expected}, but is {_kind(item)}."
        for number, item in enumerate(value, 1)
        if _is_structure(item) and not (elements == "dict" and isinstance(item, Mapping))
    ]


def texts_problems(options: t.Mapping[str, t.Any], spec: Spec) -> list[str]:
    """The lists and dictionaries that stand where a text belongs, a sentence each. Ansible makes texts of them, so that
    a slip in YAML would become the name of a connection, or a tag.
    """
    if not _holds_structure(options, by_any_name(spec)):
        return []
    return shape_problems(options, spec)


def _holds_structure(options: t.Mapping[str, t.Any], known: Spec) -> bool:
    """Whether a list or dictionary stands where a text belongs: told apart quickly, for a thousand definitions."""
    for name, value in options.items():
        if not _is_structure(value):
            continue
        option = known.get(name) or {}
        if "options" in option:
            inner = by_any_name(option["options"])
            if any(_holds_structure(item, inner) for item in value if isinstance(item, Mapping)):
                return True
        elif not _is_convertible(value, option) or _nested(value, option, name):
            return True
    return False


def _is_structure(value: t.Any) -> bool:
    return not isinstance(value, str) and isinstance(value, (list, tuple, Mapping))


def first_of(problems: t.Sequence[str]) -> str:
    """The problems as one message; not all when there are many."""
    lines = list(problems[:_MOST])
    if len(problems) > _MOST:
        lines.append(f"And {len(problems) - _MOST} more.")
    return "\n".join(lines)


def _is_refused(name: t.Any, known: t.Container[str]) -> bool:
    """Whether an option is one of Qlik's that a connection of ours can't have."""
    return name in REFUSED and "connect_statement" in known


def _unknown(name: str, known: t.Collection[str]) -> str:
    """What is said of a name that no option has."""
    if _is_refused(name, known):
        return f"{name} can't be given. {REFUSED[name]}"
    hint = f"The options: {', '.join(sorted(known))}."
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        hint = f"Did you mean '{near[0]}'?"
    return f"there is no option '{one_line(shown_name(name))}'. {hint}"


def _called(item: t.Mapping[str, t.Any], spec: Spec) -> str:
    """The name of an item, where it has one that may be said."""
    for spelling in ("name", *(spec.get("name", {}).get("aliases") or ())):
        name = item.get(spelling)
        if isinstance(name, str) and name:
            return f" ('{one_line(name)}')"
    return ""


def _is_convertible(value: t.Any, option: Option) -> bool:
    """Whether it can be taken for what was meant: Ansible reads dictionaries from texts. It would make a text of
    anything; of a list or a dictionary nobody wants one.
    """
    kind = option.get("type", "str")
    if kind == "dict":
        return isinstance(value, Mapping) or (isinstance(value, str) and _is_written_out(value))
    if kind in ("str", "path") and "choices" not in option:
        return not _is_structure(value)
    if kind == "list" and option.get("elements") != "dict":
        return _is_scalar(value) or isinstance(value, (list, tuple))
    if kind == "bool" and "choices" in option:
        return True
    return has_shape(value, option)


def _is_written_out(text: str) -> bool:
    """Whether Ansible reads a dictionary from a text: JSON, or key=value."""
    try:
        check_type_dict(text)
    except TypeError:
        return False
    return True


def _expected(option: Option) -> str:
    if "choices" in option:
        return "one of: " + ", ".join(map(str, option["choices"]))
    if option.get("type") == "list":
        return f"a list of {_MANY[option.get('elements', 'str')]}"
    return _WORDS[option.get("type", "str")]


def _kind(value: t.Any) -> str:
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, str):
        return "another text"
    return "another value"


def _hint(value: t.Any, option: Option) -> str:
    """What was meant, where that is near enough to be no secret."""
    choices = list(map(str, option.get("choices") or ()))
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.7)
    if not near:
        return ""
    return f" Did you mean '{near[0]}'?"


def strange_values(options: t.Any, spec: Spec) -> set[str]:
    """The texts of all that isn't known, or not of its shape: an error may quote them.
    Short ones would mask too much.
    """
    return _telling(_strange(options, by_any_name(spec)))


def _strange(options: t.Mapping[t.Any, t.Any], known: Spec) -> set[str]:
    found: set[str] = set()
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            found |= secrets_in_name(name) | leaf_texts(value)
        elif not has_shape(value, option):
            found |= leaf_texts(value)
        elif "options" in option:
            found |= _inside(value or (), option["options"], _strange)
    return found


def misplaced_values(options: t.Mapping[str, t.Any], spec: Spec) -> set[str]:
    """The texts inside lists and dictionaries that stand where a text belongs: Ansible takes them, and makes a text of
    the whole.
    """
    return _telling(_misplaced(options, by_any_name(spec)))


def _misplaced(options: t.Mapping[str, t.Any], known: Spec) -> set[str]:
    found: set[str] = set()
    for name, value in options.items():
        option = known.get(name)
        if option is None or not _is_structure(value):
            continue
        if "options" in option and isinstance(value, (list, tuple)):
            found |= _inside(value, option["options"], _misplaced)
        elif not has_shape(value, option):
            found |= leaf_texts(value)
    return found


def _inside(items: t.Iterable[t.Any], spec: Spec, look: t.Callable[[t.Any, Spec], set[str]]) -> set[str]:
    """What C(look) finds in the dictionaries of a list; all that is in what is none."""
    found: set[str] = set()
    known = by_any_name(spec)
    for item in items:
        found |= look(item, known) if isinstance(item, Mapping) else leaf_texts(item)
    return found


def _telling(texts: t.Iterable[str]) -> set[str]:
    return {text for text in texts if len(text) >= TELLING_LENGTH}
