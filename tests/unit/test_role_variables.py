"""Where options come from the variables of a host, messages name what its user typed."""

from __future__ import annotations

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    resolve_settings,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._host_variables import (
    in_tenant_variables,
    in_test_variables,
    in_variables,
    say_variables,
)

SAID = {
    "spaces: item 1 must be a dictionary.": "qlik_connections_spaces: item 1 must be a dictionary.",
    "connections, item 2 ('Orders'): no option 'nam'.": "qlik_connections_definitions…, item 2 ('Orders'): no option"
    " 'nam'.",
    "acme: space 'Sales': connections, item 2: no name": "acme: space 'Sales': qlik_connections_definitions…, item 2:"
    " no name",
    "timeout must be an integer, but is another text.": "qlik_timeout must be an integer, but is another text.",
    "acme: prune needs prune_spaces: name the spaces": "acme: qlik_connections_prune needs"
    " qlik_connections_prune_spaces: name the spaces",
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
