# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules, said once. Qlik's own spellings are aliases, so that a body from its documentation works
unchanged.
"""

from __future__ import annotations

import typing as t

Spec = t.Dict[str, t.Dict[str, t.Any]]

# What an option can be where it is one of a few words, for the types of what is made of options.
State = t.Literal["present", "absent"]
UpdateSecrets = t.Literal["on_change", "on_create", "always"]
TagsMode = t.Literal["merge", "exact"]
MembersMode = t.Literal["merge", "exact"]
Replace = t.Literal["never", "when_required"]
SharedSpaceType = t.Literal["shared", "managed", "data"]
SpaceType = t.Literal["personal", "shared", "managed", "data"]
Managed = t.Literal["yes", "no", "any"]
ApiNamespace = t.Literal["v1", "connectivity"]


def _choices(words: t.Any) -> list[str]:
    return list(t.get_args(words))


def tenant_options() -> Spec:
    """What every module shares: which tenant, how to sign in, how long to wait. The environment is read by the
    settings.
    """
    return {
        "tenant_variables": {"type": "bool", "default": False},
        "tenant_url": {"type": "str"},
        "access_token": {"type": "str", "aliases": ["api_key"], "no_log": True},
        "client_id": {"type": "str"},
        "client_secret": {"type": "str", "no_log": True},
        "context": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "timeout": {"type": "int", "default": 30},
        "max_wait": {"type": "int", "default": 900},
        "api_namespace": {"type": "str", "choices": _choices(ApiNamespace), "default": "v1"},
    }


# Names in Qlik's bodies that none of our options can be, and why.
REFUSED = {
    "ownerId": "In a body that creates a connection, this is the id of an app, whose own connection it would be: leave"
    " it out. To say which"
    " user is to own the connection, use owner.",
}


# The lowest number that means something. Below it a task would wait for ever, or for nothing.
LEAST = {
    "timeout": 1,
    "max_wait": 0,
    "parallel": 1,
    "max_deletions": 0,
    "test_timeout": 1,
    "per_reload": 1,
}


def definition_options() -> Spec:
    """One connection, without defaults: a list of them has its defaults on the task."""
    return {
        "name": {"type": "str", "aliases": ["qName", "connectionName"]},
        "id": {"type": "str"},
        "space": {"type": "str", "aliases": ["spaceId", "space_id"]},
        "space_type": {"type": "str", "choices": _choices(SpaceType), "aliases": ["spaceType"]},
        "state": {"type": "str", "choices": _choices(State), "default": "present"},
        "data_source": {"type": "str", "aliases": ["data_source_id", "dataSourceId", "datasourceID"]},
        "type": {"type": "str", "aliases": ["qType"]},
        "properties": {"type": "dict", "aliases": ["connectionProperties", "connection_properties"]},
        "secrets": {"type": "dict", "no_log": True},
        "secrets_previous": {"type": "dict", "no_log": True},
        "update_secrets": {"type": "str", "choices": _choices(UpdateSecrets), "no_log": False},
        "fingerprint_key": {"type": "str", "no_log": True},
        "secrets_version": {"type": "str", "no_log": False},
        "expires": {"type": "str"},
        "expires_after": {"type": "str"},
        "tags": {"type": "list", "elements": "str"},
        "tags_mode": {"type": "str", "choices": _choices(TagsMode), "default": "merge"},
        "previous_name": {"type": "str"},
        "previous_space": {"type": "str"},
        "connect_statement": {"type": "str", "aliases": ["qConnectStatement"]},
        "username": {"type": "str", "aliases": ["qUsername"]},
        "password": {"type": "str", "aliases": ["qPassword"], "no_log": True},
        "separate_credentials": {"type": "bool", "aliases": ["qSeparateCredentials"], "no_log": False},
        "credentials": {"type": "str", "no_log": False},
        "auth_code": {"type": "str", "no_log": True},
        "auth_url_only": {"type": "bool", "default": False, "aliases": ["authUrlOnly"]},
        "owner": {"type": "str", "aliases": ["owner_id"]},
        "replace": {"type": "str", "choices": _choices(Replace)},
    }


def member_options() -> Spec:
    """One member of a space."""
    return {
        "user": {"type": "str"},
        "group": {"type": "str"},
        "bot": {"type": "str"},
        "roles": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": _choices(State), "default": "present"},
    }


def space_options() -> Spec:
    """One space."""
    return {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": _choices(SharedSpaceType)},
        "description": {"type": "str"},
        "owner": {"type": "str"},
        "state": {"type": "str", "choices": _choices(State), "default": "present"},
        "members": {"type": "list", "elements": "dict", "options": member_options()},
        "members_mode": {"type": "str", "choices": _choices(MembersMode), "default": "merge"},
        "max_member_removals": {"type": "int", "default": 10},
    }


def verify_options() -> Spec:
    """Whether what was written is tried, and what of it counts."""
    return {
        "verify": {"type": "str", "choices": ["never", "changed", "all"], "default": "never"},
        "verify_unknown": {"type": "str", "choices": ["warn", "fail"]},
        "verify_statements": {"type": "dict"},
        "app_space": {"type": "str"},
        "send_refused": {"type": "bool", "default": False},
    }


def data_connection_spec() -> Spec:
    """Options of qlik_data_connection."""
    spec = {**tenant_options(), **definition_options()}
    spec["update_secrets"]["default"] = "on_change"
    spec["replace"]["default"] = "never"
    spec["harmless_names"] = {"type": "list", "elements": "str"}
    return {**spec, **verify_options()}


def data_connections_spec() -> Spec:
    """Options of qlik_data_connections."""
    return {
        **tenant_options(),
        "connections": {"type": "list", "elements": "dict", "default": [], "options": definition_options()},
        "spaces": {"type": "list", "elements": "dict", "default": [], "options": space_options()},
        "host_variables": {"type": "bool", "default": False},
        "definitions_from": {"type": "list", "elements": "path", "default": []},
        # The action reads the files; what it leaves of the values is what must not be shown.
        "values": {"type": "dict", "default": {}, "no_log": True},
        "update_secrets": {
            "type": "str",
            "choices": _choices(UpdateSecrets),
            "default": "on_change",
            "no_log": False,
        },
        "fingerprint_key": {"type": "str", "no_log": True},
        "tags": {"type": "list", "elements": "str"},
        "replace": {"type": "str", "choices": _choices(Replace), "default": "never"},
        "prune": {"type": "bool", "default": False},
        "prune_spaces": {"type": "list", "elements": "str", "default": []},
        "max_deletions": {"type": "int", "default": 10},
        "validate": {"type": "bool", "default": True},
        "only": {"type": "list", "elements": "str"},
        "secrets_only": {"type": "bool", "default": False, "no_log": False},
        "put_back": {"type": "bool", "default": False},
        "list_undeclared": {"type": "str", "choices": ["none", "spaces", "all"], "default": "none"},
        "list_unchanged": {"type": "bool", "default": True},
        "list_targets": {"type": "bool", "default": False},
        "change_events": {"type": "bool", "default": False},
        "approved_plan": {"type": "str"},
        "approved_plans": {"type": "str"},
        "when_plan_differs": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
        "parallel": {"type": "int", "default": 8},
        # The rules are read by _declared.policy, which says what may be meant by a misspelt key.
        "policy": {"type": "list", "elements": "dict", "default": []},
        "policy_from": {"type": "list", "elements": "path", "default": []},
        "breaches": {"type": "str", "choices": ["fail", "list"], "default": "fail"},
        **verify_options(),
        "harmless_names": {"type": "list", "elements": "str"},
    }


def data_connection_info_spec() -> Spec:
    """Options of qlik_data_connection_info."""
    return {
        **tenant_options(),
        "name": {"type": "str", "aliases": ["qName", "connectionName"]},
        "id": {"type": "str"},
        "space": {"type": "str", "aliases": ["spaceId", "space_id"]},
        "data_source": {"type": "str", "aliases": ["data_source_id", "dataSourceId", "datasourceID"]},
        "tags": {"type": "list", "elements": "str"},
        "owner": {"type": "str"},
        "managed": {"type": "str", "choices": _choices(Managed), "default": "any"},
        "definitions": {"type": "bool", "default": False},
        "members": {"type": "bool", "default": False},
        "harmless_names": {"type": "list", "elements": "str"},
    }


def data_connection_test_spec() -> Spec:
    """Options of qlik_data_connection_test."""
    narrowing = data_connection_info_spec()
    for name in ("definitions", "members", "harmless_names"):
        del narrowing[name]
    return {
        **narrowing,
        "connections": {"type": "list", "elements": "str"},
        "statements": {"type": "dict", "default": {}},
        "app_space": {"type": "str"},
        "test_timeout": {"type": "int", "default": 60},
        "per_reload": {"type": "int", "default": 50},
        "fail_on": {"type": "str", "choices": ["failed", "unknown", "never"], "default": "failed"},
    }


def acceptance_spec() -> Spec:
    """Options of qlik_acceptance."""
    return {
        **tenant_options(),
        "directory": {"type": "path", "required": True},
        "owner": {"type": "str"},
        "group": {"type": "str"},
        "reload": {"type": "bool", "default": False},
        "record": {"type": "bool", "default": False},
        "cleanup": {"type": "bool", "default": False},
        "time_limit": {"type": "int", "default": 600},
    }


def data_source_info_spec() -> Spec:
    """Options of qlik_data_source_info."""
    return {
        **tenant_options(),
        "data_source": {"type": "str", "aliases": ["data_source_id", "dataSourceId", "datasourceID"]},
        "search": {"type": "str"},
        "specs": {"type": "bool", "default": False},
        "gateways": {"type": "bool", "default": False},
        "include_disabled": {"type": "bool", "default": False},
    }


def data_source_spec() -> Spec:
    """Options of qlik_data_source."""
    return {
        **tenant_options(),
        "data_source": {"type": "str", "required": True, "aliases": ["data_source_id", "dataSourceId", "datasourceID"]},
        "enabled": {"type": "bool", "required": True},
    }


def data_credential_spec() -> Spec:
    """Options of qlik_data_credential."""
    return {
        **tenant_options(),
        "name": {"type": "str", "aliases": ["qName"]},
        "id": {"type": "str", "aliases": ["qID"]},
        "new_name": {"type": "str"},
        "username": {"type": "str", "aliases": ["qUsername"]},
        "password": {"type": "str", "aliases": ["qPassword"], "no_log": True},
        "rotate": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": _choices(State), "default": "present"},
        "force": {"type": "bool", "default": False},
        "orphaned": {"type": "bool", "default": False},
    }


def data_credential_info_spec() -> Spec:
    """Options of qlik_data_credential_info."""
    return {
        **tenant_options(),
        "name": {"type": "str", "aliases": ["qName"]},
        "id": {"type": "str", "aliases": ["qID"]},
        "orphans": {"type": "bool", "default": False},
        "data_source": {"type": "str", "aliases": ["data_source_id", "dataSourceId", "datasourceID"]},
        "separated": {"type": "bool"},
        "owner": {"type": "str"},
    }


def space_spec() -> Spec:
    """Options of qlik_space."""
    return {**tenant_options(), **space_options()}


def tenant_info_spec() -> Spec:
    """Options of qlik_tenant_info."""
    return tenant_options()
