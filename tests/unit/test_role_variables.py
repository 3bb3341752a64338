"""Where options come from the variables of a host, messages name what its user typed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    resolve_settings,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import (
    OPTIONS,
    Evaluation,
    in_tenant_variables,
    in_test_variables,
    in_variables,
    misspelt_options,
    say_variables,
)

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # before ansible-core 2.19 every text is a template that isn't marked otherwise

    def trusted(value: str) -> str:
        return value


SAID = {
    "spaces: item 1 must be a dictionary.": "qlik_connections_spaces: item 1 must be a dictionary.",
    "connections, item 2 ('Orders'): no option 'nam'.": "qlik_connections_definitions…, item 2 ('Orders'): no option"
    " 'nam'.",
    "acme: space 'Sales': connections, item 2: no name": "acme: space 'Sales': qlik_connections_definitions…, item 2:"
    " no name",
    "timeout must be an integer, but is another text.": "qlik_timeout must be an integer, but is another text.",
    "acme: prune needs prune_spaces: name the spaces": "acme: qlik_connections_prune needs"
    " qlik_connections_prune_spaces: name the spaces",
    "acme: verify_statements can't be used as they are:": "acme: qlik_connections_verify_statements"
    " (or qlik_test_statements) can't be used as they are:",
    "acme: app_space 'X' doesn't exist": "acme: qlik_connections_app_space (or qlik_test_app_space) 'X' doesn't exist",
    "acme: put_back (qlik_rotate_verify) needs fingerprint_key. Only": "acme: qlik_connections_put_back"
    " (qlik_rotate_verify) needs qlik_connections_fingerprint_key. Only",
    "acme: only names what no definition declares:": "acme: qlik_connections_only names what no definition declares:",
    "and max_deletions allows 10": "and qlik_connections_max_deletions allows 10",
    "Check tenant_url and the network.": "Check qlik_tenant_url and the network.",
    "Set qlik_tenant_url.": "Set qlik_tenant_url.",
    "37 connections must be read; values, only these, and context": "37 connections must be read; values, only these,"
    " and context",
    "url is 'https://x.example/?access_token=********'": "url is 'https://x.example/?access_token=********'",
    "a connection named 'client_id' is there": "a connection named 'client_id' is there",
    "without fingerprint_key or secrets_version": "without fingerprint_key or secrets_version",
}


@pytest.mark.parametrize("message", SAID)
def test_options_are_called_as_variables(message: str) -> None:
    assert in_variables(message) == SAID[message]


OF_A_TEST = {
    "test_timeout must be at least 1.": "qlik_test_timeout must be at least 1.",
    "acme: app_space 'X' doesn't exist": "acme: qlik_test_app_space 'X' doesn't exist",
    "acme: connections names what isn't there": "acme: qlik_test_connections names what isn't there",
    "acme: statements can't be used as they are:": "acme: qlik_test_statements can't be used as they are:",
    "Name a statement, or an empty one to count that (statements)": "Name a statement, or an empty one to count that"
    " (qlik_test_statements)",
    "no statements were told": "no statements were told",
    "timeout must be an integer": "qlik_timeout must be an integer",
    "1 of 3 connections doesn't connect:": "1 of 3 connections doesn't connect:",
    "see https://x.example/?fail_on=1": "see https://x.example/?fail_on=1",
}


@pytest.mark.parametrize("message", OF_A_TEST)
def test_options_of_a_test_are_called_as_variables_of_its_role(message: str) -> None:
    assert in_test_variables(message) == OF_A_TEST[message]


def test_the_ways_to_sign_in_are_variables() -> None:
    with pytest.raises(SignInError) as caught:
        resolve_settings({"tenant_url": "https://acme.eu.qlikcloud.com"}, {})
    said = in_variables(str(caught.value))
    for name in (
        "qlik_access_token (or QLIK_API_KEY)",
        "qlik_client_id and qlik_client_secret (or",
        "qlik_context (or QLIK_CONTEXT)",
    ):
        assert name in said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No tenant was named. Set tenant_url (or", "No tenant was named. Set qlik_tenant_url (or"),
        ("timeout must be 1 or more, but is 0.", "qlik_timeout must be 1 or more, but is 0."),
        ("test_timeout must be 1 or more, but is 0.", "test_timeout must be 1 or more, but is 0."),
        ("acme: app_space 'nix' doesn't exist", "acme: app_space 'nix' doesn't exist"),
        ("Set qlik_tenant_url.", "Set qlik_tenant_url."),
    ],
)
def test_a_task_with_the_tenants_variables_names_those_only(message: str, said: str) -> None:
    result = {"msg": message, "warnings": [message]}
    say_variables(result, in_tenant_variables)
    assert result == {"msg": said, "warnings": [said]}


def test_a_misspelt_variable_of_the_role_is_told_with_what_was_meant() -> None:
    variables = [
        "qlik_connections_prune_space",
        "qlik_connections_max_deletion",
        "qlik_connections_prune_spaces",
        "qlik_connections_definitions_00_all",
        "qlik_connections_spaces_000_held_export_all",
        "qlik_connections_result",
        "qlik_connections_owners_of_ours",
        "qlik_tenant_urll",
    ]
    said = misspelt_options(variables)
    assert [line.split(",")[0] for line in said] == [
        "There is no variable qlik_connections_max_deletion",
        "There is no variable qlik_connections_prune_space",
    ]
    assert "Did you mean qlik_connections_max_deletions?" in said[0]
    assert misspelt_options(OPTIONS.values()) == []


@pytest.mark.parametrize(
    ("value", "compiled"),
    [
        ("{{ token }}", False),
        ("{{ through }}", False),
        ("{{ flag }}", False),
        ("{{ token | upper }}", True),
        ("{{ as_list }}", True),
        ("{{ nobody }}", True),
        ("{{ omit }}", True),
        ("{{ circle }}", True),
    ],
)
def test_a_name_alone_is_looked_up_instead_of_compiled(value: str, compiled: bool) -> None:
    asked: list[object] = []

    def template(given: object) -> object:
        asked.append(given)
        return ["compiled"]

    variables = {
        "token": "secret",
        "through": trusted("{{ token }}"),
        "flag": False,
        # ansible-core 2.18 would make a list of it.
        "as_list": "['x']",
        "circle": trusted("{{ circle }}"),
        "omit": "__omit_place_holder__1",
    }
    found = Evaluation(template, None, variables)(trusted(value))
    assert bool(asked) is compiled
    assert found == ("compiled" if compiled else variables["flag" if "flag" in value else "token"])


def test_a_name_that_a_tenant_said_is_a_text() -> None:
    """What isn't to be evaluated goes to Ansible, which leaves it as it is."""
    untrusted: Any = wrap_var("{{ token }}") if hasattr(wrap_var("x"), "__UNSAFE__") else "{{ token }}"
    assert Evaluation(lambda given: given, None, {"token": "secret"})(untrusted) == "{{ token }}"
