"""Rules of a policy as people write them: what is taken, what is refused and how, and what layers may do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import (
    MOST_RULES,
    merge_policies,
    read_policy,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError

RULE = {"name": "no-evil", "hosts": {"deny": ["*.evil.example"]}, "message": "Ask the platform team."}


def refused(*rules: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        read_policy(list(rules))
    return "\n".join(caught.value.problems)


def test_a_policy_without_rules_is_none() -> None:
    empties: tuple[Any, ...] = (None, [], ())
    for empty in empties:
        assert not read_policy(empty)
        assert read_policy(empty).digest == ""


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"nam": "x", "tls": "required"}, "unknown key 'nam'. Did you mean 'name'"),
        ({"name": "x", "host": {"deny": ["a"]}}, "unknown key 'host'. Did you mean 'hosts'?"),
        ({"name": "x", "hosts": {"denny": ["a"]}}, "unknown key 'denny'. Did you mean 'deny'?"),
        ({"name": "x", "where": {"space": ["a"]}, "tls": "required"}, "unknown key 'space'. Did you mean 'spaces'?"),
        ({"name": "x", "tls": True}, "tls must be 'required', but is a boolean."),
        ({"name": "x", "tls": "require"}, "tls must be 'required', but is 'require'."),
        ({"name": "x", "tls": "required", "severity": "wran"}, "Did you mean 'warn'?"),
        ({"name": "x"}, "it has no condition. There are: data_sources,"),
        ({"tls": "required"}, "it has no name"),
        ({"name": "x", "spaces": ["Prod*"]}, "use where."),
        ({"name": "x", "hosts": {"deny": []}}, "but is empty"),
        ({"name": "x", "hosts": {"deny": "a"}}, "must be a list of patterns, but is 'a'"),
        ({"name": "x", "hosts": {"deny": ["10.0.0.0/33"]}}, "neither a network"),
        ({"name": "x", "hosts": {"deny": ["https://a.example"]}}, "neither a network"),
        ({"name": "x", "hosts": {"deny": ["a.example:5432"]}}, "names a port"),
        ({"name": "x", "hosts": {"deny": ["[abc"]}}, "has a [ without its ]"),
        ({"name": "x", "names": {"allow": ["[z-a]*"]}}, "a range that holds nothing"),
        ({"name": "x", "names": {"allow": ["a" * 257]}}, "at most 256 characters"),
        ({"name": "x", "names": {"allow": [3]}}, "a pattern must be a text"),
        ({"name": "x", "owners": {"allow": ["*@example.com"]}}, "must be whole"),
        ({"name": "x", "tags": []}, "Say 'required'"),
        ({"name": "x", "tls": "required", "message": "{{ lookup('pipe', 'id') }}"}, "Rules are data"),
        ({"name": "x", "hosts": {"deny": ["{% raw %}"]}}, "Rules are data"),
        ("x", "it must be a mapping"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(rule: Any, said: str) -> None:
    assert said in refused(rule)


def test_all_problems_are_said_at_once_each_with_its_place() -> None:
    said = refused({"name": "one", "tsl": "required"}, {"hosts": {}})
    assert "policy: rule 'one': unknown key 'tsl'. Did you mean 'tls'?" in said
    assert "policy: rule 2: it has no name" in said


def test_layers_add_rules_and_change_none() -> None:
    other = {"name": "tagged", "tags": "required"}
    assert merge_policies([("fleet", [RULE]), ("host", [other, dict(RULE)])]) == [RULE, other]
    weaker = {**RULE, "severity": "warn"}
    with pytest.raises(DefinitionError) as caught:
        merge_policies([("qlik_connections_policy_00_all", [RULE]), ("qlik_connections_policy_90_host", [weaker])])
    assert "qlik_connections_policy_90_host: rule 'no-evil': qlik_connections_policy_00_all has another rule" in str(
        caught.value
    )
    assert "except" in str(caught.value)


def test_a_name_is_that_of_one_rule() -> None:
    assert "two rules of this name" in refused(RULE, dict(RULE))


def test_there_is_a_bound() -> None:
    assert "at most 1000" in refused(*({**RULE, "name": f"r{number}"} for number in range(MOST_RULES + 1)))


def test_the_digest_is_that_of_what_the_rules_say() -> None:
    other = {"name": "tagged", "tags": "required"}
    assert read_policy([RULE, other]).digest == read_policy([other, dict(reversed(RULE.items()))]).digest
    assert read_policy([RULE]).digest != read_policy([{**RULE, "severity": "warn"}]).digest
