# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading YAML that somebody wrote as plain data, within bounds and without the types that JSON hasn't got.

PyYAML need not be there to import this: ansible-core brings it where it is used.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._files.yaml_bounds import check_nodes, check_text

# A date is a text, and the others have no place in plain data.
FOREIGN_TYPES = ("timestamp", "binary", "omap", "pairs", "set")


def without_types(loader: t.Any, types: t.Sequence[str]) -> t.Any:
    """A subclass of a loader of PyYAML's that doesn't know some types: what looks like one is a text, and a tag that
    names one is unknown.
    """
    resolvers = {}
    for character, resolvers_of_it in loader.yaml_implicit_resolvers.items():
        resolvers[character] = [(tag, pattern) for tag, pattern in resolvers_of_it if _type_of(tag) not in types]
    known_tags = loader.yaml_constructors
    constructors = {tag: known_tags[tag] for tag in known_tags if _type_of(tag) not in types}
    members = {"yaml_implicit_resolvers": resolvers, "yaml_constructors": constructors}
    return type("PlainLoader", (loader,), members)


def _type_of(tag: t.Any) -> str:
    return str(tag).rpartition(":")[2]


def load_within_bounds(text: str, make_loader: t.Callable[[str], t.Any]) -> tuple[t.Any, t.Any]:
    """The loader that read a document, for what it noted, and the data of the document.

    C(make_loader) gives a loader of PyYAML's for a text. Raises YAMLError, BoundsError, and what constructors raise.
    """
    check_text(text)
    loader = make_loader(text)
    try:
        root = loader.get_single_node()
        check_nodes(root)
        if root is None:
            return loader, None
        return loader, loader.construct_document(root)
    finally:
        loader.dispose()
