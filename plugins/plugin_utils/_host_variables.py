# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host variables that say what a tenant is to hold: the role qlik_connections documents them.

Read here, each variable is evaluated as it stands. As options of a task each would be an expression of its own, and
compiling twenty of them takes longer than comparing a tenant that is as declared.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._approval import NOTHING_APPROVED
from ansible_collections.qlikops.cloud.plugins.plugin_utils._layer_names import (
    DEFINITIONS,
    DEFINITIONS_FILES,
    POLICY,
    SPACES,
    declared_definitions,
    declared_spaces,
    exported_definitions,
    exported_spaces,
    policy_layers,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._plain import plain

_OF_THE_TENANT = (
    "tenant_url",
    "access_token",
    "client_id",
    "client_secret",
    "context",
    "validate_certs",
    "ca_path",
    "api_namespace",
    "timeout",
    "max_wait",
)
_OF_THE_ROLE = (
    "spaces",
    "values",
    "fingerprint_key",
    "update_secrets",
    "tags",
    "validate",
    "replace",
    "prune",
    "prune_spaces",
    "max_deletions",
    "only",
    "secrets_only",
    "put_back",
    "list_undeclared",
    "list_unchanged",
    "list_targets",
    "change_events",
    "approved_plan",
    "approved_plans",
    "when_plan_differs",
    "parallel",
    "verify",
    "verify_unknown",
    "verify_statements",
    "app_space",
    "send_refused",
    "harmless_names",
    "policy_from",
    "breaches",
)
TENANT_OPTIONS = {option: f"qlik_{option}" for option in _OF_THE_TENANT}
OPTIONS = {
    **TENANT_OPTIONS,
    **{option: f"qlik_connections_{option}" for option in _OF_THE_ROLE},
    "definitions_from": DEFINITIONS_FILES,
}

# What people type on the command line; it counts before the variable of the role.
SHORT_NAMES = {"verify_unknown": "qlik_verify_unknown"}
# What the role qlik_test calls them: who says once how connections are tried means it of this role too, unless this
# role's own variable says otherwise.
_OF_TESTS = {"verify_statements": "qlik_test_statements", "app_space": "qlik_test_app_space"}

try:
    from ansible.template import is_trusted_as_template
except ImportError:  # before ansible-core 2.19, which marks what isn't to be evaluated instead
    is_trusted_as_template = None

# How messages call the options, where no other word can be meant; part of an address or of a quotation is none. Only
# who has something to say needs these patterns.
_UNMISTAKABLE = [name for name in OPTIONS if "_" in name and name not in ("fingerprint_key", "update_secrets")]
_BEGINNINGS = "|".join(sorted((*OPTIONS, "connections"), key=len, reverse=True))
_SAID = (
    rf"(?<![\w=?&#/.'\"-])(?:{'|'.join(sorted(_UNMISTAKABLE, key=len, reverse=True))})(?![\w=])"
    rf"|^(?:{_BEGINNINGS})(?= must be |, item |: item )"
    r"|(?<= )connections(?=, item )|(?<=^- )spaces(?=: )"
    r"|\bcontext(?= \(or QLIK_CONTEXT\))|\bcontext(?= are given as options)|(?<=: )only(?= names what no )"
    r"|(?<= needs )fingerprint_key(?=[.,])|\bprune(?= needs prune_spaces| is about all )|\bvalues(?= a dictionary)"
)

_OWN = "qlik_connections_"
_KNOWN = [*(name for name in OPTIONS.values() if name.startswith(_OWN)), f"{_OWN}result"]

# From where on a variable's name is taken for a misspelt one.
_NEAR = 0.85

_LEFT_OUT = object()

_NAME_ALONE = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_]*) *\}\}")
_DEEPEST = 10


class Evaluation:
    """What a variable holds once its templates are evaluated, without Ansible's own wrappers.

    Only texts that may be templates, and what isn't plain data (such as vaulted texts), go through C(template):
    evaluating a thousand definitions as a whole takes longer than comparing them. Of a template that is nothing but the
    name of one of C(variables), the value is taken: compiling it would take a millisecond for each host. C(omit) is
    what ansible-core 2.18 puts in the place of something that is to be left out; later ones leave it out themselves.
    """

    def __init__(
        self, template: t.Callable[[t.Any], t.Any], omit: t.Any = None, variables: t.Mapping[str, t.Any] | None = None
    ) -> None:
        self._template = template
        self._omit = omit if isinstance(omit, str) else _LEFT_OUT
        self._variables = variables or {}

    def __call__(self, value: t.Any) -> t.Any:
        """The evaluated value; null when it is to be left out."""
        found = self._evaluated(value)
        return None if found is _LEFT_OUT else found

    def _evaluated(self, value: t.Any) -> t.Any:
        if isinstance(value, (dict, list, tuple)):
            return _contents(value, self._evaluated)
        if _is_plain_data(value):
            return plain(value)
        named = self._named(value)
        if named is not None:
            return self._evaluated(named)
        return self._templated(value)

    def _named(self, value: t.Any, depth: int = 0) -> t.Any:
        """The value of the variable that a template consists of; None where that is for C(template) to say.

        A text that ansible-core 2.18 would read as a list, a dictionary or a boolean is.
        """
        name = _NAME_ALONE.fullmatch(value) if isinstance(value, str) else None
        if name is None or name[1] not in self._variables or name[1] == "omit" or not _is_template(value):
            return None
        found = self._variables[name[1]]
        if not isinstance(found, str) or depth > _DEEPEST:
            return found if isinstance(found, (bool, int, float)) else None
        if _is_plain_data(found):
            return None if found.lstrip().startswith(("[", "{")) or found in ("True", "False") else found
        return self._named(found, depth + 1)

    def _templated(self, value: t.Any) -> t.Any:
        inside = self._template([value])  # evaluated by itself, a value that is to be left out would be an error
        if not inside:
            return _LEFT_OUT
        return self._without_omitted(plain(inside[0]))

    def _without_omitted(self, value: t.Any) -> t.Any:
        if isinstance(value, (dict, list)):
            return _contents(value, self._without_omitted)
        if value == self._omit:
            return _LEFT_OUT
        return value


def _is_template(text: str) -> bool:
    """Whether Ansible would evaluate a text: what tenants or other hosts said, it doesn't."""
    if is_trusted_as_template is None:
        return not getattr(text, "__UNSAFE__", False)
    return bool(is_trusted_as_template(text))


def _is_plain_data(value: t.Any) -> bool:
    """Whether there is nothing to evaluate in a single value."""
    if isinstance(value, str):
        return "{" not in value and not value.startswith("#jinja2:")
    return value is None or isinstance(value, (bool, int, float))


def _contents(value: t.Any, work: t.Callable[[t.Any], t.Any]) -> t.Any:
    """A mapping or list of what C(work) makes of its items, as far as it doesn't leave them out."""
    if isinstance(value, dict):
        return {plain(name): found for name, item in value.items() if (found := work(item)) is not _LEFT_OUT}
    return [found for item in value if (found := work(item)) is not _LEFT_OUT]


def in_variables(message: str) -> str:
    """A message about the options as one about the variables of the role, which is what its user typed."""
    return re.sub(_SAID, lambda match: _variable(match.group()), message, flags=re.MULTILINE)


def _variable(option: str) -> str:
    """What a message calls an option: the variable that gives it, and the other that may do so instead."""
    name = OPTIONS.get(option, f"{DEFINITIONS}…")
    return f"{name} (or {_OF_TESTS[option]})" if option in _OF_TESTS else name


def in_tenant_variables(message: str) -> str:
    """The same where only the tenant's options come from variables: all others are those that the task names."""
    return re.sub(_SAID, lambda match: TENANT_OPTIONS.get(match.group(), match.group()), message, flags=re.MULTILINE)


_OF_THE_TEST = ("test_timeout", "per_reload", "fail_on", "app_space", "statements", "connections", "managed", "space")
_TEST_VARIABLES = {option: f"qlik_test_{option.removeprefix('test_')}" for option in _OF_THE_TEST}
_SAID_OF_A_TEST = (
    r"(?<![\w=?&#/.'\"-])(?:test_timeout|per_reload|fail_on|app_space)(?![\w=])"
    r"|(?:(?<=^)|(?<=: ))(?:statements|connections|managed|space)"
    r"(?= must be |: item | names what isn't | can't be used )"
    r"|(?<=\()statements(?=\))"
)


def in_test_variables(message: str) -> str:
    """A message about the options of a test as one about the variables of the role qlik_test."""
    said = in_tenant_variables(message)
    return re.sub(_SAID_OF_A_TEST, lambda match: _TEST_VARIABLES[match.group()], said, flags=re.MULTILINE)


def say_variables(result: dict[str, t.Any], rename: t.Callable[[str], str]) -> None:
    """Have what a person reads of a result name variables, as C(rename) does."""
    if isinstance(result.get("msg"), str):
        result["msg"] = rename(result["msg"])
    if result.get("warnings"):
        result["warnings"] = [rename(str(warning)) for warning in result["warnings"]]


def host_options(variables: t.Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    """The options that a host's variables give. What is null counts as left out."""
    found = {}
    for names in (_OF_TESTS, OPTIONS, SHORT_NAMES):
        found.update(_options_in(variables, names, evaluate))
    return found


def tenant_options(variables: t.Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    """Those of them that say which tenant is meant, how to sign in, and how long to wait: all modules have these."""
    return _options_in(variables, TENANT_OPTIONS, evaluate)


def _options_in(
    variables: t.Mapping[str, t.Any], names: t.Mapping[str, str], evaluate: t.Callable[[t.Any], t.Any]
) -> dict[str, t.Any]:
    found = {}
    for option, name in names.items():
        value = variables.get(name)
        if value is not None:
            value = evaluate(value)
        if value is not None:
            found[option] = value
    return found


class HostLayers(t.NamedTuple):
    """The layers among a host's variables, each with its name, in the order in which they count."""

    exported_definitions: list[tuple[str, t.Any]]
    exported_spaces: list[tuple[str, t.Any]]
    definitions: list[tuple[str, t.Any]]
    spaces: list[tuple[str, t.Any]]


def host_layers(variables: t.Mapping[str, t.Any], evaluate: t.Callable[[t.Any], t.Any]) -> HostLayers:
    """The layers of definitions and of spaces, those of exports apart from those that people wrote."""

    def layers(names: t.Iterable[str]) -> list[tuple[str, t.Any]]:
        return [(name, evaluate(variables[name])) for name in names]

    return HostLayers(
        exported_definitions=layers(exported_definitions(variables)),
        exported_spaces=layers(exported_spaces(variables)),
        definitions=layers(declared_definitions(variables)),
        spaces=layers(declared_spaces(variables)),
    )


def host_policy(variables: t.Mapping[str, t.Any]) -> list[tuple[str, t.Any]]:
    """The layers of the policy among a host's variables. Rules are data: nothing in them is evaluated."""
    return [(name, plain(variables[name])) for name in policy_layers(variables)]


def misspelt_options(variables: t.Collection[str]) -> list[str]:
    """A warning about each variable that was probably meant to be one of the role's, and isn't."""
    warnings = []
    own = {name for name in variables if name.startswith(_OWN)}
    for name in sorted(own.difference(_KNOWN, policy_layers(own))):
        if name.startswith((DEFINITIONS, SPACES, f"{_OWN}_")):
            continue
        near = get_close_matches(name, _KNOWN, n=1, cutoff=_NEAR)
        if near:
            warnings.append(
                f"There is no variable {name}, so it does nothing. Did you mean {near[0]}? If it is one of your own,"
                " give it another name."
            )
    rules = nearly_policies(variables)
    if rules:
        warnings.append(
            f"These variables look like rules of a policy, and aren't called {POLICY}…, so that none of their rules"
            f" counts: {', '.join(rules)}."
        )
    return warnings


def nearly_layers(variables: t.Iterable[str]) -> list[str]:
    """The names of variables that look as if they were meant to be layers of definitions."""
    return sorted(filter(_is_nearly_a_layer, variables))


def nearly_policies(variables: t.Iterable[str]) -> list[str]:
    """The names of variables that look as if they were meant to be layers of a policy."""
    return sorted(filter(_is_nearly_a_policy, variables))


def _is_nearly_a_policy(name: str) -> bool:
    if not name.startswith("qlik") or "pol" not in name or name.startswith(POLICY):
        return False
    return SequenceMatcher(None, name[: len(POLICY)], POLICY).ratio() >= _NEAR


def _is_nearly_a_layer(name: str) -> bool:
    if not name.startswith("qlik") or name.startswith(DEFINITIONS):
        return False
    return SequenceMatcher(None, name[: len(DEFINITIONS)], DEFINITIONS).ratio() >= _NEAR


def approved_plan(name: str, variables: t.Mapping[str, t.Any]) -> str:
    """The digest that a variable has for this host: empty if no approval is needed, NOTHING_APPROVED if it has none.
    Raises QlikError.

    The variable is looked at as it is: evaluating the digests of all hosts for each of them would take squared time.
    """
    plans = variables.get(name)
    if plans is False:
        return ""
    if not isinstance(plans, Mapping):
        raise QlikError(
            f"Nothing was done: approved_plans names the variable {name}, which must hold digests of plans by host"
            " name, or false."
            " The first task of a wave sets it for the playbooks of this collection: run them as a whole, without"
            " --start-at-task."
        )
    return str(plans.get(variables.get("inventory_hostname")) or NOTHING_APPROVED)
