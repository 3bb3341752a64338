# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy: rules that connections must obey, read from plain data. docs/policy.md says what they mean.

Rules are data. Nothing in them is evaluated, and nothing of a tenant is: patterns are compared, and that is all.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check import suggest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import (
    Network,
    read_host,
    read_network,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.wildcards import Pattern, pattern_problem

Severity = str
FAIL, WARN, IGNORE = "fail", "warn", "ignore"

# What a rule may pick connections out by, or except.
SELECTORS = ("tenants", "spaces", "names", "data_sources", "tags")
# What may be allowed or denied by patterns, and what may only be required.
LISTS = ("data_sources", "spaces", "names", "hosts", "owners")
REQUIRED = ("gateway", "separate_credentials", "tls")
_CHOICES = {"severity": (FAIL, WARN), "undeclared": (FAIL, WARN, IGNORE), "when_unknown": (FAIL, WARN)}
KEYS = ("name", "message", "where", "except", *LISTS, "tags", *REQUIRED, *_CHOICES)
MOST_RULES = 1000
_MOST_PATTERNS = 10000
_TEMPLATE = ("{{", "{%")
# An IPv6 address, or a pattern of such, has more than one colon, and digits.
_WITH_PORT = re.compile(r"\A[^:]*:(?:[0-9]+|[*])\Z|\]:[0-9*]+\Z")
_IN_BRACKETS = re.compile(r"\[[0-9a-f]*:[0-9a-f:.]*\]\Z", re.IGNORECASE)
_NO_HOST = re.compile(r"[\s\\%#&=,;|<>\"'(){}]")


class Wanted(t.NamedTuple):
    """What is allowed, and what is denied; C(allow) is None where all is that isn't denied. A network is no pattern."""

    allow: tuple[Pattern, ...] | None = None
    deny: tuple[Pattern, ...] = ()
    allowed_networks: tuple[Network, ...] = ()
    denied_networks: tuple[Network, ...] = ()


class Rule(t.NamedTuple):
    """One rule. C(tags) is empty when none are asked for, and C(any_tag) when any one will do."""

    name: str
    message: str = ""
    severity: Severity = FAIL
    undeclared: Severity = ""
    when_unknown: Severity = ""
    where: Mapping[str, tuple[Pattern, ...]] = {}
    exceptions: Mapping[str, tuple[Pattern, ...]] = {}
    lists: Mapping[str, Wanted] = {}
    required: tuple[str, ...] = ()
    tags: tuple[Pattern, ...] = ()
    any_tag: bool = False


class Policy(t.NamedTuple):
    """All rules. C(digest) tells it from others; empty when there is no rule."""

    rules: tuple[Rule, ...] = ()
    digest: str = ""

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def emails(self) -> list[str]:
        """The e-mail addresses by which rules name owners."""
        found = set()
        for rule in self.rules:
            wanted = rule.lists.get("owners", Wanted())
            found |= {pattern.text for pattern in (*(wanted.allow or ()), *wanted.deny) if "@" in pattern.text}
        return sorted(found)

    def asks_for(self, condition: str) -> bool:
        """Whether a rule says which of these (C(owners), ...) are allowed."""
        return any(condition in rule.lists for rule in self.rules)


def read_policy(rules: t.Any) -> Policy:
    """The policy of one list of rules. Raises DefinitionError with every problem there is."""
    merged = merge_policies([("policy", rules)])
    text = json.dumps(sorted(merged, key=lambda rule: str(rule["name"])), sort_keys=True)
    if not merged:
        return Policy()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Policy(tuple(map(_rule, merged)), digest)


def merge_policies(layers: t.Iterable[tuple[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The rules of all layers, each with what errors call it. Raises DefinitionError with every problem there is.

    A layer adds rules. None changes or takes away a rule of another: otherwise what one tenant's variables say would
    undo what holds for the fleet. The same rule may stand in several.
    """
    problems: list[str] = []
    merged: dict[str, tuple[str, dict[str, t.Any]]] = {}
    for label, layer in layers:
        for position, item in enumerate(_items(label, layer, problems), start=1):
            found = _problems(item)
            where = f"{label}: {_called(item, position)}"
            problems += [f"{where}: {problem}" for problem in found]
            if found:
                continue
            name = str(item["name"])
            first_layer, first_item = merged.setdefault(name, (label, item))
            if first_item is not item and (first_layer == label or first_item != item):
                problems.append(f"{where}: {_twice(first_layer, label)}")
    if len(merged) > MOST_RULES:
        problems.append(f"there are {len(merged)} rules, and a policy has at most {MOST_RULES}.")
    if problems:
        raise DefinitionError(problems)
    return [item for _label, item in merged.values()]


def _twice(first_layer: str, label: str) -> str:
    if first_layer == label:
        return "there are two rules of this name. Give one of them another name."
    return (
        f"{first_layer} has another rule of this name. A layer adds rules, and changes none: give it another name, or"
        f" change the rule in {first_layer}, which may have exceptions (except)."
    )


def _items(label: str, layer: t.Any, problems: list[str]) -> t.Sequence[t.Any]:
    if layer is None:
        return ()
    if isinstance(layer, (list, tuple)):
        return layer
    hint = ""
    if _holds_template(layer):
        hint = " Rules are data, and no template is evaluated: policy_from names files that hold them."
    problems.append(f"{label}: it must be a list of rules, but is {kind_of(layer)}.{hint}")
    return ()


def _called(item: t.Any, position: int) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"rule '{one_line(name)}'" if isinstance(name, str) and name else f"rule {position}"


def _problems(item: t.Any) -> list[str]:
    """What is wrong with one rule."""
    if not isinstance(item, Mapping):
        return [f"it must be a mapping with at least a name and a condition, but is {kind_of(item)}."]
    found = list(_key_problems(item))
    for key in ("where", "except"):
        if key in item:
            found += _selector_problems(key, item[key])
    for key in LISTS:
        if key in item:
            found += _list_problems(key, item[key])
    if "tags" in item and item["tags"] != "required":
        found += _pattern_problems("tags", item["tags"], " Say 'required' where any tag will do.")
    if not any(key in item for key in (*LISTS, *REQUIRED, "tags")):
        found.append(f"it has no condition. There are: {', '.join((*LISTS, 'tags', *REQUIRED))}.")
    if _holds_template(item):
        found.append("it holds a template ({{ or {%). Rules are data, and nothing in them is evaluated.")
    return found


def _key_problems(item: Mapping[t.Any, t.Any]) -> t.Iterator[str]:
    """What is wrong with its keys, and with those that hold a single word or text."""
    for key in item:
        if key not in KEYS:
            yield f"unknown key '{one_line(str(key))}'.{suggest(str(key), KEYS)}"
    if not isinstance(item.get("name"), str) or not item["name"].strip():
        yield "it has no name, by which a breach of it is called."
    if not isinstance(item.get("message", ""), str):
        yield f"message must be a text, but is {kind_of(item['message'])}."
    for key, choices in _CHOICES.items():
        if key in item and item[key] not in choices:
            yield f"{key} must be {_or(choices)}, but is {_quoted(item[key])}.{_near(item[key], choices)}"
    for key in REQUIRED:
        if key in item and item[key] != "required":
            yield f"{key} must be 'required', but is {_quoted(item[key])}. Where it isn't, leave it out."


def _selector_problems(key: str, value: t.Any) -> t.Iterator[str]:
    if not isinstance(value, Mapping) or not value:
        yield f"{key} must be a mapping of {_or(SELECTORS)} to lists of patterns, but is {_quoted(value)}."
        return
    for name, patterns in value.items():
        if name not in SELECTORS:
            yield f"{key}: unknown key '{one_line(str(name))}'.{suggest(str(name), SELECTORS)}"
        else:
            yield from _pattern_problems(f"{key}: {name}", patterns)


def _list_problems(key: str, value: t.Any) -> t.Iterator[str]:
    if not isinstance(value, Mapping) or not value:
        hint = " To pick out the connections that a rule is about, use where." if key in SELECTORS else ""
        yield f"{key} must be a mapping with allow, deny, or both, lists of patterns, but is {_quoted(value)}.{hint}"
        return
    for name, patterns in value.items():
        if name not in ("allow", "deny"):
            yield f"{key}: unknown key '{one_line(str(name))}'.{suggest(str(name), ('allow', 'deny'))}"
            continue
        yield from _pattern_problems(f"{key}: {name}", patterns)
        special = _SPECIAL.get(key)
        if special is not None and isinstance(patterns, (list, tuple)):
            texts = [pattern for pattern in patterns if isinstance(pattern, str)]
            yield from (f"{key}: {name}: '{one_line(text)}'{problem}" for text, problem in special(texts))


def _owner_problems(patterns: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    for pattern in patterns:
        if "@" in pattern and any(mark in pattern for mark in "*?["):
            yield pattern, ": an e-mail address must be whole; patterns are for ids of users."


def _host_problems(patterns: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    """Those that no host would ever be of."""
    for pattern in patterns:
        if is_network(pattern):
            continue
        if "/" in pattern or "@" in pattern:
            yield pattern, " is neither a network, such as 10.0.0.0/8, nor the name of a host: leave out all else."
        elif _WITH_PORT.search(pattern):
            yield pattern, " names a port, and hosts are compared without theirs: leave it out."
        elif _IN_BRACKETS.match(pattern):
            yield pattern, " would be one character of some: write an IPv6 address without brackets."
        elif pattern.startswith("."):
            yield pattern, f" is what no name begins with: '*{pattern}' is for all names inside that domain."
        elif read_host(pattern).addresses:
            yield pattern, " is an address in an unusual form: write it as 10.0.0.1, without zeros in front."
        elif _NO_HOST.search(pattern):
            yield pattern, " holds a character that no host name has."


_SPECIAL = {"owners": _owner_problems, "hosts": _host_problems}


def _pattern_problems(where: str, patterns: t.Any, hint: str = "") -> t.Iterator[str]:
    if not isinstance(patterns, (list, tuple)) or not patterns:
        yield f"{where} must be a list of patterns, but is {_quoted(patterns)}.{hint}"
        return
    if len(patterns) > _MOST_PATTERNS:
        yield f"{where}: there are {len(patterns)} patterns, and a list has at most {_MOST_PATTERNS}."
    for pattern in patterns:
        problem = "" if is_network(pattern) else pattern_problem(pattern)
        if problem:
            yield f"{where}: {one_line(problem)}."


def is_network(pattern: t.Any) -> bool:
    """Whether a pattern is a network or an address, which are compared as such where hosts are."""
    return isinstance(pattern, str) and len(pattern) <= 64 and read_network(pattern) is not None


def _holds_template(value: t.Any) -> bool:
    if isinstance(value, str):
        return any(mark in value for mark in _TEMPLATE)
    if isinstance(value, Mapping):
        return any(map(_holds_template, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_holds_template, value))


def _or(words: t.Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _quoted(value: t.Any) -> str:
    if isinstance(value, str):
        return f"'{one_line(value[:80])}'"
    if isinstance(value, (Mapping, list, tuple)) and not value:
        return "empty"
    return kind_of(value)


def _near(value: t.Any, choices: t.Sequence[str]) -> str:
    """A hint at the word that may be meant, if one comes near."""
    hint = suggest(value, choices) if isinstance(value, str) else ""
    return hint if "Did you mean" in hint else ""


def _rule(item: Mapping[str, t.Any]) -> Rule:
    tags = item.get("tags", ())
    return Rule(
        name=item["name"],
        message=item.get("message", ""),
        severity=item.get("severity", FAIL),
        undeclared=item.get("undeclared", ""),
        when_unknown=item.get("when_unknown", ""),
        where=_selection(item.get("where"), alike=True),
        exceptions=_selection(item.get("except"), alike=False),
        lists={name: _wanted(name, item[name]) for name in LISTS if name in item},
        required=tuple(name for name in REQUIRED if name in item),
        tags=() if tags == "required" else _patterns(tags, alike=False),
        any_tag=tags == "required",
    )


def _selection(given: t.Any, *, alike: bool) -> dict[str, tuple[Pattern, ...]]:
    """What picks connections out: rather too many where they must obey, rather too few where they needn't."""
    return {name: _patterns(patterns, alike=alike) for name, patterns in (given or {}).items()}


def _wanted(name: str, given: Mapping[str, t.Any]) -> Wanted:
    allowed, denied = list(given.get("allow", ())), list(given.get("deny", ()))
    networks: dict[str, tuple[Network, ...]] = {}
    if name == "hosts":
        networks = {"allowed_networks": _networks(allowed), "denied_networks": _networks(denied)}
        allowed = [pattern for pattern in allowed if not is_network(pattern)]
        denied = [pattern for pattern in denied if not is_network(pattern)]
        allowed, denied = [one.rstrip(".") for one in allowed], [one.rstrip(".") for one in denied]
    # Case makes no difference in hosts and in the ids of sources.
    alike = name in ("hosts", "data_sources")
    return Wanted(
        allow=_patterns(allowed, alike=alike) if "allow" in given else None,
        deny=_patterns(denied, alike=True),
        **networks,
    )


def _networks(patterns: t.Iterable[str]) -> tuple[Network, ...]:
    found = map(read_network, patterns)
    return tuple(network for network in found if network is not None)


def _patterns(patterns: t.Iterable[str], *, alike: bool) -> tuple[Pattern, ...]:
    return tuple(Pattern(pattern, alike=alike) for pattern in patterns)
