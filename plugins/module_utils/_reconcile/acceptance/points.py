# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Qlik's documentation leaves open, each point with the answers that it may have: the one registry of them.

The names are those by which the project's emulated tenant can be told to answer so, and a profile of a tenant is a
mapping from these names to positions. The first position of a point is what this collection takes for likelier; it does
with either.
"""

from __future__ import annotations

import typing as t

Position = t.Union[str, int, bool]

_RELOAD = "qlik_acceptance_reload, for an app in a space of the run and two reloads of it"
_ORGANIZATION = "It is about the organization's API at console.qlikcloud.com, which no tenant answers for."
_SWITCHING = "It shows only when the switch of a data source is set, which would be a change for everybody."


class Point(t.NamedTuple):
    """One open point. C(positions) is empty where any number may be the answer; C(unseen) says why a run can't see it.

    C(needs) is what has to be there for it to be seen, for a run in which it wasn't.
    """

    name: str
    question: str
    positions: tuple[Position, ...] = ()
    needs: str = ""
    unseen: str = ""
    expected_number: int = 0

    @property
    def expected(self) -> Position:
        """What this collection takes for likelier."""
        return self.positions[0] if self.positions else self.expected_number


_CONNECTIONS = (
    Point("parse_values", "Values in connectionProperties of parseConnection", ("text", "typed")),
    Point(
        "parse_credentials",
        "What parseConnection shows of credentials: user name, credentialsName and selectedCredentials; the user name;"
        " or nothing",
        ("full", "username", "none"),
    ),
    Point("username_in_statement", "Whether qConnectStatement shows the property username", (False, True)),
    Point("patch_replace_missing", "PATCH replace of a property that isn't there yet", ("accept", "reject")),
    Point("patch_empty", "PATCH with an empty array", ("accept", "reject")),
    Point(
        "encrypted_empty_value",
        "An encrypted header that is sent back with an empty value: loses its secret, or keeps it",
        ("clears", "keeps"),
        unseen="Qlik shows neither a secret nor whether there is one: only who gets the header would know.",
    ),
    Point(
        "embedded_credentials_on_delete",
        "Credentials that are embedded in a deleted connection: go with it, or stay",
        ("delete", "keep"),
        needs="the id or the name of embedded credentials",
    ),
    Point(
        "owner_change_credentials",
        "Embedded credentials at a change of owner: are dropped, or stay",
        ("drop", "keep"),
        needs="qlik_acceptance_owner, and an administrator's rights",
    ),
    Point(
        "credentials_id_shown",
        "Where qCredentialsID is shown: in lists and single answers, in single ones only, or never",
        ("always", "single", "never"),
    ),
    Point(
        "duplicate_credentials",
        "Embedded credentials of a connection that its owner duplicates: are copied, or dropped",
        ("copy", "drop"),
        needs="that parseConnection shows the user name",
    ),
    Point(
        "host_change_without_secrets",
        "Another host, server or url without credentials, on a connection that has no secret: refused, or accepted",
        ("reject", "accept"),
    ),
    Point(
        "host_change_separate",
        "Another host, server or url without credentials, on a connection with separate credentials",
        ("accept", "reject"),
    ),
    Point(
        "patch_name_scope",
        "Where PATCH by name searches: in every space, or in the caller's personal one",
        ("anywhere", "personal"),
    ),
    Point(
        "name_lookup_without_space",
        "Where a look-up by name without a space searches: in the caller's personal space, or everywhere",
        ("personal", "anywhere"),
    ),
    Point("names_case_sensitive", "Whether names of connections differ by letter case", (True, False)),
    Point("filter_case_sensitive", "Whether texts in filters differ by letter case", (True, False)),
    Point(
        "disabled_source_connections",
        "Connections of a disabled source in lists without includeDisabled: hidden, or shown",
        ("hide", "show"),
        needs="a connection of a disabled source",
    ),
    Point(
        "create_answer",
        "The answer to a creation: as the newest types say, without tags, datasourceID, qri, tenant, id and version; or"
        " as the older tutorial shows it",
        ("types", "guide"),
    ),
    Point("unknown_properties", "Properties that the source doesn't have", ("keep", "drop", "reject")),
    Point(
        "enum_check",
        "Values of enumerations: a wrong letter case is refused, nothing is, or every foreign value is",
        ("case", "none", "strict"),
    ),
    Point(
        "create_auth_code",
        "Where a creation looks for the code of an OAuth source: in the header and in the property authCode, or in one"
        " of them",
        ("both", "header", "property"),
        needs="an enabled source that signs in by OAuth",
    ),
    Point("member_names", "Names of members in bodies: with any letter case, or exactly", ("any_case", "exact")),
)
_CREDENTIALS = (
    Point(
        "credential_names_unique",
        "Names of credentials are unique among separate ones, among all of their owner, or not at all",
        ("separate", "owner", "no"),
        needs="the name of embedded credentials",
    ),
    Point("credential_names_case_sensitive", "Whether names of credentials differ by letter case", (True, False)),
    Point("credential_separated_shown", "Whether answers about credentials show qSeparated", (True, False)),
    Point("credential_count_shown", "Whether answers about credentials show qConnCount", (True, False)),
    Point("credential_patch_add", "PATCH add on credentials", ("accept", "reject")),
    Point("credential_password_alone", "PATCH of credentials with qPassword alone", ("accept", "reject")),
)
_STATUSES = (
    Point(
        "foreign_user_status",
        "A list with somebody else's userId, by a caller without an administrator's role",
        (400, 403),
        needs="a caller who is no administrator",
    ),
    Point(
        "settings_status",
        "Setting the switch of a source, by a caller who is no tenant administrator",
        (401, 403),
        unseen=_SWITCHING,
    ),
    Point(
        "gateway_scope_status",
        "Gateways of a source, without the scope for them",
        (401, 403),
        needs="an OAuth client without the scope direct-access-gateways:consume_data",
    ),
    Point(
        "source_settings_same",
        "Setting the switch of a source to what it is",
        ("accept", "conflict"),
        unseen=_SWITCHING,
    ),
    Point(
        "admin_patch_status",
        "PATCH by an administrator who lacks the privilege update",
        (403, 404),
        needs="qlik_acceptance_owner, and an administrator's rights",
    ),
    Point(
        "no_access_status",
        "A single connection that the caller may not see",
        (403, 404),
        unseen="The run knows no connection that its caller may not see, and asks for none of somebody else.",
    ),
    Point("unknown_space_status", "A move into a space that doesn't exist", (404, 400, 403)),
    Point("unknown_source_status", "A creation with a data source that doesn't exist", (404, 400)),
    Point(
        "disabled_source_status",
        "A creation with a disabled data source",
        (403, 400, 404),
        needs="a disabled data source",
    ),
    Point("edge_401", "The body of an answer with the status 401", ("json", "html", "empty")),
    Point(
        "admin_creates_in_spaces",
        "Whether an administrator needs no role in a space to create there",
        (True, False),
        unseen="The run creates only in spaces of its own, and their owner holds every role.",
    ),
)
_LISTS = (
    Point("limit_out_of_range", "A limit outside its range: refused, or brought into it", ("reject", "clamp")),
    Point("v1_default_limit", "Rows of a v1 list without limit; 0 means all"),
    Point("namespaced_default_limit", "Rows of a namespaced list without limit; 0 means all", expected_number=20),
    Point(
        "spaces_max_limit",
        "The largest limit of the list of spaces; 0 means none",
        expected_number=100,
        needs="a tenant that refuses a limit out of its range, or one with more spaces than it gives at once",
    ),
    Point("assignments_max_limit", "The largest limit of the members of a space; 0 means none", expected_number=100),
    Point(
        "filters_with_or",
        "Filters of users and groups that join conditions with or: accepted, or refused",
        ("accept", "reject"),
    ),
    Point(
        "audit_events",
        "Events that a tenant emits: those that are documented, or about data connections too",
        ("documented", "all"),
        needs="an administrator's rights, and an event about a data connection within the last days",
    ),
    Point("unknown_query", "Query parameters that nobody documented", ("ignore", "reject")),
    Point("redirect_location", "Where users/me leads: to a relative, or an absolute address", ("relative", "absolute")),
    Point("organization_paging", "The query parameter of its next link", ("next", "offset"), unseen=_ORGANIZATION),
    Point(
        "organization_filter_required",
        "Its list without subscriptionId in the filter",
        ("reject", "accept"),
        unseen=_ORGANIZATION,
    ),
    Point("organization_single", "A single tenant of it", ("bare", "wrapped"), unseen=_ORGANIZATION),
)
_SCRIPTS = (
    Point(
        "bot_apps",
        "Apps in the personal space of an OAuth client",
        ("role", "any"),
        unseen="The run makes its app in a space of its own, not in a personal one.",
    ),
    Point(
        "admin_uses_connections",
        "Whether an administrator without a role in a space uses its connections in scripts",
        (False, True),
        unseen="Whoever runs this owns the spaces of the run, and holds every role in them.",
    ),
    Point("bare_names", "What a name without a space means in a script", ("app_space", "personal"), needs=_RELOAD),
    Point("odbc_opens_at", "When a database is opened", ("connect", "select"), needs=_RELOAD),
    Point(
        "failed_connect",
        "What a LIB CONNECT that fails leaves open",
        ("keeps", "closes"),
        unseen="It takes a connection that works, and the run connects to nothing that exists.",
    ),
    Point("let_reads_script_error", "What LET reads as ScriptError", ("error", "zero"), needs=_RELOAD),
    Point("file_list_fails", "FileList of what can't be opened", ("error", "silently"), needs=_RELOAD),
    Point(
        "equal_tables",
        "A table with the fields of another",
        ("concatenate", "apart"),
        unseen="It takes tables that were loaded, and the run connects to nothing that exists.",
    ),
    Point("reload_with_errors", "A reload that went to its end", ("succeeded", "failed"), needs=_RELOAD),
    Point(
        "cancel_queued_status",
        "Cancelling a reload that is queued",
        (204, 202),
        unseen="A run can't make a reload wait, since other reloads aren't its own.",
    ),
    Point("cancelled_log", "The log of a cancelled reload", ("flushed", "none", "whole"), needs=_RELOAD),
    Point("running_log", "The log of a reload that goes on", ("none", "flushed", "whole"), needs=_RELOAD),
    Point("log_prefix", "What each line of a log begins with", ("engine", "none", "iso", "numbered"), needs=_RELOAD),
    Point("log_echo", "Statements in a log", ("expanded", "raw", "none"), needs=_RELOAD),
    Point("log_repeats", "Whether each line of a log is there twice", (False, True), needs=_RELOAD),
    Point("log_errors", "Errors in a log", ("full", "number", "text", "none"), needs=_RELOAD),
)
_MEMBERS = (
    Point(
        "assignable_roles_listed",
        "Roles that a space can give, in the list of spaces: as of a single space, or always empty",
        ("shown", "empty"),
    ),
    Point(
        "assignments_read_by",
        "Who may read the members of a space: its members, or only who may change them",
        ("members", "managers"),
        unseen="The caller may change the members of the run's spaces, and those of others aren't read.",
    ),
    Point("unknown_assignee_status", "A member that doesn't exist", (404, 400)),
    Point(
        "groups_read_by",
        "Who may read groups: everybody, or administrators",
        ("everybody", "admins"),
        needs="a caller who is no administrator",
    ),
)
POINTS: t.Mapping[str, Point] = {
    point.name: point
    for group in (_CONNECTIONS, _CREDENTIALS, _STATUSES, _LISTS, _MEMBERS, _SCRIPTS)
    for point in group
}
