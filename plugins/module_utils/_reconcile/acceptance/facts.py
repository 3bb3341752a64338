# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Qlik documents and this collection builds on: each fact that a run meets, and where it is written."""

from __future__ import annotations

import typing as t


class Fact(t.NamedTuple):
    """A documented fact. Without a C(vital) one, a rollout would do harm or fail."""

    name: str
    text: str
    source: str
    vital: bool = False


_ALL = (
    Fact("space_create", "A space can be created and is found by its name", "qlik.dev, Spaces", vital=True),
    Fact("space_name_taken", "A second space of the same name is refused with 409", "qlik.dev, Spaces"),
    Fact("space_not_empty", "A space that holds connections is not deleted (412)", "qlik.dev, Spaces"),
    Fact("space_delete", "An empty space can be deleted", "qlik.dev, Spaces"),
    Fact("member_add", "A group becomes a member of a space", "qlik.dev, Spaces"),
    Fact("member_twice", "A second assignment of the same group is refused with 409", "qlik.dev, Spaces"),
    Fact("member_change", "The roles of a member can be replaced", "qlik.dev, Spaces"),
    Fact("member_remove", "A member can be removed", "qlik.dev, Spaces"),
    Fact("owner_unlisted", "The owner of a space isn't among its members", "qlik.dev, Spaces"),
    Fact("owner_no_member", "The owner of a space is refused as its member", "inferred"),
    Fact("source_specs", "A data source names its properties", "qlik.dev, Data sources", vital=True),
    Fact("source_settings", "The switch of a data source can be read", "qlik.dev, Data sources"),
    Fact("create_properties", "A connection is created from properties", "qlik.dev, Data connections", vital=True),
    Fact("create_statement", "A connection is created from a ready statement", "qlik.dev, Data connections"),
    Fact("create_oauth_url", "authUrlOnly gives an address and creates nothing", "qlik.dev, Data connections"),
    Fact("connector_tag", "A new connection carries a tag DcaasAPI:…", "seen in answers of tenants"),
    Fact("read_by_id", "A connection is read by its id", "qlik.dev, Data connections", vital=True),
    Fact("read_by_name", "A connection is read by its name and spaceId", "qlik.dev, Data connections"),
    Fact("unknown_id", "An unknown id is answered with 404", "qlik.dev, Data connections", vital=True),
    Fact("no_uuid", "An id that is no UUID is answered with 400", "qlik.dev, Data connections"),
    Fact("secrets_hidden", "No answer holds a secret", "qlik.dev, Data connections", vital=True),
    Fact("name_taken", "A second connection of the same name and space is refused with 409", "qlik.dev", vital=True),
    Fact("list_space", "A list with spaceId holds the connections of that space", "qlik.dev", vital=True),
    Fact("list_pages", "Pages, followed by their links, hold each connection once", "qlik.dev, Pagination", vital=True),
    Fact("list_filter", "A filter on qName finds the connection", "qlik.dev, Data connections"),
    Fact("patch_array", "PATCH takes a bare array and answers 204", "qlik.dev, changelog 134", vital=True),
    Fact("patch_data_refused", "PATCH with the older patchData is refused with 400", "qlik.dev, changelog 134"),
    Fact("patch_name", "PATCH renames a connection", "qlik.dev, changelog 157", vital=True),
    Fact("patch_space", "PATCH moves a connection into another space", "qlik.dev, changelog 157", vital=True),
    Fact("patch_tags", "PATCH sets tags", "qlik.dev, changelog 157", vital=True),
    Fact("patch_property", "PATCH changes a property", "qlik.dev, changelog 157", vital=True),
    Fact("patch_wrong_property", "A value of an impossible shape is refused with 400", "qlik.dev, changelog 157"),
    Fact("tags_bounded", "More than 40 tags are refused with 400", "qlik.dev, Data connections"),
    Fact("rule_both", "Statement and properties in one PATCH are refused with 400", "qlik.dev, changelog 236"),
    Fact("rule_statement", "A statement without credentials is refused with 400", "qlik.dev, changelog 236"),
    Fact("rule_host", "Another host without credentials is refused with 400", "qlik.dev, changelog 236"),
    Fact("rule_channels", "Credentials given in two ways are refused with 400", "qlik.dev, changelog 236"),
    Fact("host_with_secrets", "Another host with credentials is accepted", "qlik.dev, changelog 236", vital=True),
    Fact("host_dissociates", "Another host takes separate credentials away", "qlik.dev, changelog 236"),
    Fact("separate_create", "Separate credentials come with a connection", "qlik.dev, Data connections"),
    Fact("separate_attach", "Separate credentials can be attached again", "qlik.dev, changelog 236"),
    Fact("separate_stay", "Separate credentials outlive their connection", "qlik.dev, Data credentials"),
    Fact("credentials_by_name", "Credentials are read by name", "qlik.dev, Data credentials"),
    Fact("credentials_delete", "Credentials can be deleted", "qlik.dev, Data credentials"),
    Fact("batch_update", "actions/update answers 207, item by item", "qlik.dev, Data connections"),
    Fact("batch_delete", "actions/delete answers 207, item by item", "qlik.dev, Data connections"),
    Fact("duplicate", "actions/duplicate makes a second connection", "qlik.dev, Data connections"),
    Fact("delete", "A connection can be deleted, and is 404 then", "qlik.dev, Data connections", vital=True),
    Fact("name_free_again", "The name of a deleted connection is free at once", "inferred", vital=True),
    Fact("own_create", "The collection creates what is declared", "this collection", vital=True),
    Fact("own_unchanged", "A second run of it finds nothing to do", "this collection", vital=True),
    Fact("own_check", "Check mode writes nothing and foresees the repair", "this collection", vital=True),
    Fact("own_repair", "It repairs what was changed by hand", "this collection", vital=True),
    Fact("own_replace", "It replaces what has another data source now", "this collection"),
    Fact("own_prune", "It removes what isn't declared any more", "this collection"),
    Fact("own_back", "What it exported, applied again, changes nothing", "this collection"),
    Fact("own_export", "What it reads as definitions is as declared", "this collection"),
)
FACTS: t.Mapping[str, Fact] = {fact.name: fact for fact in _ALL}
