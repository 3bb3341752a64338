# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The URLs of a tenant: of its resources, and those that it names itself, which must lie in its own origin.

Source: qlik.dev, "Versioning" (both forms of a path) and "Pagination".
"""

from __future__ import annotations

import typing as t
from urllib.parse import urljoin, urlsplit, urlunsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.json_members import member
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)


class Resources(t.NamedTuple):
    """What a session is told of the API's resources, by their names: the first parts of their paths.

    C(namespaces): the namespace under which a resource exists beside v1. C(unversioned): those whose paths have neither
    form. C(reading_posts): the paths that are asked by a POST, which changes nothing.
    """

    namespaces: t.Mapping[str, str] = {}
    unversioned: frozenset[str] = frozenset()
    reading_posts: frozenset[str] = frozenset()


def origin_of(link: str) -> str:
    """Scheme and host of a link, for a message: the rest may hold a secret. Empty for one that names no host."""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return ""
    if not host:
        return ""
    return one_line(f"{parts.scheme}://{host}"[:200])


class Addresses:
    """The addresses inside one tenant's origin."""

    def __init__(self, settings: Settings, resources: Resources | None = None) -> None:
        self._settings = settings
        self._resources = resources or Resources()

    def of(self, path: str) -> str:
        """The URL of a resource's path."""
        return self.in_form(path, self._settings.api_namespace)

    def in_form(self, path: str, form: str) -> str:
        """The URL in one of the two forms, C(v1) or C(connectivity), whichever the user chose."""
        name = path.split("/", 1)[0]
        if name in self._resources.unversioned:
            return f"{self._settings.url}/api/{path}"
        namespace = "v1"
        if form != "v1":
            namespace = self._resources.namespaces.get(name, "v1")
        return f"{self._settings.url}/api/{namespace}/{path}"

    def next_page(self, page: t.Mapping[str, t.Any], path: str) -> str:
        """Where a list goes on after this page; empty at its end."""
        href = member(page, "links", "next", "href")
        if not href:
            return ""
        return self.inside(self.of(path), str(href), "continues a list")

    def inside(self, base: str, href: str, does: str) -> str:
        """Where a link leads, when that lies in the tenant's own origin: the token goes nowhere else."""
        own = urlsplit(self._settings.url)
        try:
            parts = urlsplit(urljoin(base, href))
            same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        except ValueError:
            raise AnswerError(f"{self._settings.tenant} {does} at what is no address.") from None
        if not same or parts.username is not None:
            where = origin_of(href)
            raise AnswerError(
                f"{self._settings.tenant} {does} at another address ({where}). If it moved, set"
                f" {self._settings.url_option} to that."
            )
        # Put together anew, it can't be read as another host's by the library that sends it.
        return urlunsplit((own.scheme, own.netloc, parts.path or "/", parts.query, ""))
