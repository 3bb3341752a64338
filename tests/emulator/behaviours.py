"""Switches for what the public documentation leaves open: each has a default and alternatives."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

VARIABLE = "EMULATOR_BEHAVIOURS"
"""The environment variable whose JSON object sets switches everywhere, so that all tests can be run under
another reading.
"""


def _switch(doc: str, *choices: str | bool | int) -> Any:
    return field(default=choices[0], metadata={"doc": doc, "choices": choices})


def _number(doc: str, default: int) -> Any:
    return field(default=default, metadata={"doc": doc, "choices": ()})


@dataclass
class ScriptBehaviours:
    """The open points about apps, scripts, reloads and logs."""

    bot_apps: str = _switch(
        "apps in the personal space of an OAuth bot: only with the role PrivateAnalyticsContentCreator, or any bot",
        "role",
        "any",
    )
    admin_uses_connections: bool = _switch(
        "an administrator without a role in a space uses its connections in scripts", False, True
    )
    bare_names: str = _switch(
        "a name without a space in a script, in an app of a space: the app's space, or the personal one",
        "app_space",
        "personal",
    )
    odbc_opens_at: str = _switch("an ODBC connection is opened by LIB CONNECT, or by SELECT", "connect", "select")
    failed_connect: str = _switch(
        "a LIB CONNECT that fails, without DISCONNECT before: keeps the connection open that was, so that a SELECT goes"
        " there, or closes it",
        "keeps",
        "closes",
    )
    let_reads_script_error: str = _switch(
        "what a regular statement right after one that failed (LET, TRACE) reads as ScriptError: the error, or zero;"
        " a control statement always reads the error",
        "error",
        "zero",
    )
    file_list_fails: str = _switch(
        "FileList of a connection that can't be opened: is an error, or gives no file silently", "error", "silently"
    )
    equal_tables: str = _switch(
        "a table with the fields of another: is added to that one, or stands apart", "concatenate", "apart"
    )
    reload_with_errors: str = _switch(
        "a reload that went to its end after errors, with ErrorMode=0", "succeeded", "failed"
    )
    cancel_queued_status: int = _switch("cancelling a reload that is queued", 204, 202)
    cancelled_log: str = _switch(
        "script log of a reload that was cancelled or took too long: what FLUSHLOG forced out, none, or whole",
        "flushed",
        "none",
        "whole",
    )
    running_log: str = _switch(
        "script log of a reload that goes on: none, what FLUSHLOG forced out, or whole", "none", "flushed", "whole"
    )
    log_prefix: str = _switch(
        "before each line of a script log: 20260929T140501.200+0000, nothing, 2026-09-29 14:05:01, or a time and a"
        " number",
        "engine",
        "none",
        "iso",
        "numbered",
    )
    log_echo: str = _switch(
        "statements in a script log: as they were executed, as they stand in the script, or not at all",
        "expanded",
        "raw",
        "none",
    )
    log_repeats: bool = _switch("whether each line of a script log is there twice", False, True)
    log_errors: str = _switch(
        "errors in a script log: with the connector's text and the engine's number, one of them, or not at all",
        "full",
        "number",
        "text",
        "none",
    )


@dataclass
class Behaviours(ScriptBehaviours):
    """The open points of the contract. The first choice of each is the default; numbers without choices are free."""

    parse_values: str = _switch("values in connectionProperties of parseConnection", "text", "typed")
    parse_credentials: str = _switch(
        "full: parseConnection adds username, credentialsName and selectedCredentials; username: only that one",
        "full",
        "username",
        "none",
    )
    username_in_statement: bool = _switch("whether qConnectStatement shows the property username", False, True)
    patch_replace_missing: str = _switch("PATCH replace of a property that isn't there yet", "accept", "reject")
    patch_empty: str = _switch("PATCH with an empty array", "accept", "reject")
    encrypted_empty_value: str = _switch(
        "an encrypted header sent back with an empty value loses its secret, or keeps it", "clears", "keeps"
    )
    embedded_credentials_on_delete: str = _switch(
        "credentials that are embedded in a deleted connection", "delete", "keep"
    )
    owner_change_credentials: str = _switch("embedded credentials at a change of owner", "drop", "keep")
    credentials_id_shown: str = _switch(
        "qCredentialsID, which the newest types don't require: in lists and single answers, in single ones only, or"
        " never",
        "always",
        "single",
        "never",
    )
    duplicate_credentials: str = _switch("embedded credentials at actions/duplicate by the owner", "copy", "drop")
    host_change_without_secrets: str = _switch(
        "new host, server or url without credentials, on a connection that has no secret at all", "reject", "accept"
    )
    host_change_separate: str = _switch(
        "new host, server or url without credentials, on a connection with separate credentials", "accept", "reject"
    )
    patch_name_scope: str = _switch(
        "PATCH by name, which knows no spaceId, searches: every space (the tutorial patches a connection of a shared"
        " one), or the"
        " caller's personal one",
        "anywhere",
        "personal",
    )
    foreign_user_status: int = _switch("list with somebody else's userId, by a caller without an admin role", 400, 403)
    settings_status: int = _switch("PUT of data-sources settings by a caller who is no tenant administrator", 401, 403)
    gateway_scope_status: int = _switch("gateways of a source, without the scope for them", 401, 403)
    name_lookup_without_space: str = _switch("type=connectionname without spaceId searches", "personal", "anywhere")
    names_case_sensitive: bool = _switch("connection names: look-up and uniqueness", True, False)
    filter_case_sensitive: bool = _switch("comparison of strings in filters", True, False)
    credential_names_unique: str = _switch(
        "names of credentials are unique among the separate ones of the tenant, among all of their owner, or not at"
        " all",
        "separate",
        "owner",
        "no",
    )
    credential_names_case_sensitive: bool = _switch("names of credentials: look-up and uniqueness", True, False)
    credential_separated_shown: bool = _switch("qSeparated in answers about credentials", True, False)
    credential_count_shown: bool = _switch("qConnCount in answers about credentials", True, False)
    credential_patch_add: str = _switch("PATCH add on credentials", "accept", "reject")
    credential_password_alone: str = _switch(
        "PATCH of credentials with qPassword and without qUsername", "accept", "reject"
    )
    source_settings_same: str = _switch(
        "PUT of data-sources settings that changes nothing: accept, or 409 (conflict)", "accept", "conflict"
    )
    limit_out_of_range: str = _switch("limit outside its range", "reject", "clamp")
    v1_default_limit: int = _number("rows of a v1 list without limit; 0 means all", 0)
    namespaced_default_limit: int = _number("rows of a namespaced list without limit; 0 means all", 20)
    spaces_max_limit: int = _number("largest limit of the list of spaces", 100)
    assignments_max_limit: int = _number("largest limit of the assignments of a space", 100)
    assignable_roles_listed: str = _switch(
        "meta.assignableRoles in the list of spaces: as of a single space, or always empty", "shown", "empty"
    )
    assignments_read_by: str = _switch(
        "who may read the assignments of a space: its members, or only who may change them", "members", "managers"
    )
    unknown_assignee_status: int = _switch("assignment for a user or group that doesn't exist", 404, 400)
    groups_read_by: str = _switch("who may read groups: everybody, or administrators", "everybody", "admins")
    audit_events: str = _switch(
        "events that a tenant emits: those that are documented, or about data connections too", "documented", "all"
    )
    filters_with_or: str = _switch("filters of users and groups that join conditions with or", "accept", "reject")
    admin_patch_status: int = _switch("PATCH by an admin who lacks the privilege update", 403, 404)
    no_access_status: int = _switch("single connection that the caller may not see", 403, 404)
    unknown_space_status: int = _switch("create or move into a space that doesn't exist", 404, 400, 403)
    unknown_source_status: int = _switch("create with a data source that doesn't exist", 404, 400)
    disabled_source_status: int = _switch("create with a data source that is disabled", 403, 400, 404)
    disabled_source_connections: str = _switch(
        "connections of a disabled source in lists without includeDisabled", "hide", "show"
    )
    create_answer: str = _switch(
        "201 of create and duplicate: types lacks tags, datasourceID, qri, tenant, id and version, and says qLogOn as"
        " text,"
        " qCredentialsName and qReferenceKey; guide is the older tutorial's sample, which is like a GET",
        "types",
        "guide",
    )
    edge_401: str = _switch("body of a 401", "json", "html", "empty")
    unknown_query: str = _switch("query parameters that nobody documented", "ignore", "reject")
    member_names: str = _switch("JSON member names of request bodies", "any_case", "exact")
    unknown_properties: str = _switch("property names that the source's spec lacks", "keep", "drop", "reject")
    enum_check: str = _switch(
        "enum values: case refuses only a wrong letter case, strict refuses every foreign value",
        "case",
        "none",
        "strict",
    )
    admin_creates_in_spaces: bool = _switch("an admin needs no role in a space to create there", True, False)
    redirect_location: str = _switch("Location of users/me and tenants/me", "relative", "absolute")
    create_auth_code: str = _switch(
        "where create looks for the code of an OAuth source: in the header qlik-auth-code, in the property authCode"
        " (which exists"
        " then only), or in both",
        "both",
        "header",
        "property",
    )
    organization_paging: str = _switch("query parameter of the organization API's next link", "next", "offset")
    organization_filter_required: str = _switch(
        "organization list without subscriptionId in the filter", "reject", "accept"
    )
    organization_single: str = _switch("single tenant of the organization API", "bare", "wrapped")

    @classmethod
    def from_environment(cls) -> Behaviours:
        """Make switches that stand as the environment says, by default as their first choices."""
        behaviours = cls()
        behaviours.update(json.loads(os.environ.get(VARIABLE) or "{}"))
        return behaviours

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set switches by name; raise ValueError for a name or value that doesn't exist, and then change nothing."""
        known = {switch.name: switch for switch in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"behaviour {name!r} doesn't exist; there are: {', '.join(sorted(known))}")
            choices = known[name].metadata["choices"]
            allowed = any(value == choice and type(value) is type(choice) for choice in choices)
            if choices and not allowed:
                raise ValueError(f"behaviour {name} can't be {value!r}; it is one of {list(choices)}")
            if not choices and (type(value) is not int or value < 0):
                raise ValueError(f"behaviour {name} is a number of rows, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Give all switches with their present values."""
        return {switch.name: getattr(self, switch.name) for switch in fields(self)}

    @classmethod
    def described(cls) -> list[tuple[str, str, str, str]]:
        """List (name, default, alternatives, meaning), the README's table."""
        rows = []
        for switch in fields(cls):
            others = ", ".join(str(choice).lower() for choice in switch.metadata["choices"][1:]) or "any number"
            rows.append((switch.name, str(switch.default).lower(), others, switch.metadata["doc"]))
        return rows
