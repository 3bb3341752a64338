# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session to a tenant needs to know, and the secrets that this machine's environment holds."""

from __future__ import annotations

import os
import typing as t
from urllib.parse import unquote, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import ApiNamespace
from ansible_collections.qlikops.cloud.plugins.module_utils._record import member_with, record

# What of it is secret, whichever way to sign in is chosen in the end.
_SECRET_ENVIRONMENT = ("QLIK_API_KEY", "QLIK_CLIENT_SECRET", "QLIK_ORGANIZATION_CLIENT_SECRET")


class SignIn(t.NamedTuple):
    """A way to sign in: a token, an OAuth client, or the name of a qlik-cli context. What isn't part of it is empty.

    C(tenant_url) is the tenant that it is named together with.
    """

    tenant_url: str = ""
    access_token: str = ""
    client_id: str = ""
    client_secret: str = ""
    context: str = ""


@record
class Settings:
    """Everything that a session needs to know before its first request. Times are seconds.

    C(scope) is what the OAuth client asks for, all that it may have if empty; C(url_option) the option that C(url) came
    from.
    """

    url: str
    access_token: str = member_with(default="", repr=False)
    client_id: str = ""
    client_secret: str = member_with(default="", repr=False)
    verify: bool | str = True
    timeout: float = 30.0
    max_wait: float = 900.0
    api_namespace: ApiNamespace = "v1"
    scope: str = ""
    url_option: str = "tenant_url"
    warnings: tuple[str, ...] = ()

    @property
    def tenant(self) -> str:
        """The host name (and port, if unusual): how messages call the tenant."""
        return urlsplit(self.url).netloc

    @property
    def hidden(self) -> set[str]:
        """The values that no output may show."""
        return {value for value in (self.access_token, self.client_secret) if value}


def environment_secrets(environ: t.Mapping[str, str] | None = None) -> set[str]:
    """The secrets that the environment holds, also where they aren't used, or no way to sign in could be chosen."""
    if environ is None:
        environ = os.environ
    return {environ[name] for name in _SECRET_ENVIRONMENT if environ.get(name)}


def proxy_secrets(environ: t.Mapping[str, str] | None = None) -> set[str]:
    """The passwords in the addresses of proxies, as they stand there and as they are sent: a proxy's error may quote
    them.
    """
    if environ is None:
        environ = os.environ
    found = set()
    for name, address in environ.items():
        if name.lower().endswith("_proxy"):
            password = address.rpartition("@")[0].rpartition("//")[2].partition(":")[2]
            found |= {password, unquote(password)}
    return found - {""}
