# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tenant, and the one way to sign in to it: from options, then the environment, then a qlik-cli context.

Source: qlik.dev, "Authentication" (API keys, OAuth clients) and "Organization-level OAuth clients".
"""

from __future__ import annotations

import os
import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import LEAST
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import normal_url, shown_url
from ansible_collections.qlikops.cloud.plugins.module_utils._session.contexts import read_context
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings, SignIn

WAYS = (
    "access_token (or QLIK_API_KEY): an API key or a ready access token; "
    "client_id and client_secret (or QLIK_CLIENT_ID and QLIK_CLIENT_SECRET): an OAuth client; "
    "context (or QLIK_CONTEXT): a context of qlik-cli"
)
ENVIRONMENT = {
    "tenant_url": "QLIK_TENANT_URL",
    "access_token": "QLIK_API_KEY",
    "client_id": "QLIK_CLIENT_ID",
    "client_secret": "QLIK_CLIENT_SECRET",
    "context": "QLIK_CONTEXT",
}
_CLIENT = ("client_id", "client_secret")
ORGANIZATION_URL = "https://console.qlikcloud.com"
ORGANIZATION_SCOPE = "cloud-console.tenants:read"


# What can stand in a header (RFC 9110): nothing that ends it, and nothing that has no place in it.
TOKEN = re.compile(r"[!-~]+\Z")


def resolve_settings(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str] | None = None) -> Settings:
    """Choose tenant and sign-in. An option beats the environment; at each level just one way may be given.

    Raises SignInError, saying which ways there are; QlikError for a number that means nothing.
    """
    _check_numbers(options)
    if environ is None:
        environ = os.environ
    given = SignIn(**{name: str(options.get(name) or "") for name in ENVIRONMENT})
    inherited = SignIn(**{name: environ.get(variable, "") for name, variable in ENVIRONMENT.items()})
    warnings: list[str] = []
    sign_in = _one_way(given, inherited, "options") or _one_way(inherited, SignIn(), "environment variables")
    if sign_in is None:
        raise SignInError(
            f"{shown_url(given.tenant_url) or 'The tenant'}: no way to sign in was given. The ways: {WAYS}."
        )
    url = given.tenant_url
    if sign_in.context:
        sign_in = _of_context(sign_in.context, url, environ, warnings)
        url = sign_in.tenant_url
    url = url or inherited.tenant_url
    if not url:
        raise SignInError(
            "No tenant was named. Set tenant_url (or QLIK_TENANT_URL), for example https://acme.eu.qlikcloud.com."
        )
    url = normal_url(url)
    if sign_in.access_token and not TOKEN.match(sign_in.access_token):
        raise SignInError(
            f"{urlsplit(url).netloc}: the access token holds a blank, a line break or a character that no token has."
        )
    return Settings(
        url=url,
        access_token=sign_in.access_token,
        client_id=sign_in.client_id,
        client_secret=sign_in.client_secret,
        verify=_verification(url, options),
        timeout=_timeout(options),
        max_wait=_max_wait(options),
        api_namespace=options.get("api_namespace") or "v1",
        warnings=tuple(warnings),
    )


def _of_context(name: str, url: str, environ: t.Mapping[str, str], warnings: list[str]) -> SignIn:
    """What a qlik-cli context holds. Raises SignInError when C(url) is that of another tenant."""
    sign_in = read_context(name, environ, warnings)
    if url and normal_url(url) != sign_in.tenant_url:
        raise SignInError(
            f"tenant_url is {shown_url(url)}, but the credentials of the qlik-cli context '{name}' belong to"
            f" {sign_in.tenant_url}. Leave tenant_url out, or use another way to sign in."
        )
    return sign_in


def organization_settings(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str] | None = None) -> Settings:
    """Where the organization API is, and the organization-level OAuth client that may ask it.

    A whole client is taken from the options or else from the environment of the modules, so that halves of two clients
    never meet. Raises SignInError, QlikError. Source: qlik.dev, "Organization-level OAuth clients".
    """
    _check_numbers(options)
    if environ is None:
        environ = os.environ
    url = normal_url(str(options.get("organization_url") or ORGANIZATION_URL), "organization_url")
    client = {name: str(options.get(name) or "") for name in _CLIENT}
    if not any(client.values()):
        client = {name: environ.get(ENVIRONMENT[name], "") for name in _CLIENT}
    missing = [name for name in _CLIENT if not client[name]]
    if missing:
        raise SignInError(
            f"{urlsplit(url).netloc}: {' and '.join(missing)} of an organization-level OAuth client must be given: as"
            " an option, or as QLIK_ORGANIZATION_CLIENT_ID and QLIK_ORGANIZATION_CLIENT_SECRET."
        )
    return Settings(
        url=url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        verify=_verification(url, options),
        timeout=_timeout(options),
        max_wait=_max_wait(options),
        scope=ORGANIZATION_SCOPE,
        url_option="organization_url",
    )


def _check_numbers(options: t.Mapping[str, t.Any]) -> None:
    """Raises QlikError for numbers below the lowest that means something."""
    problems = [
        f"{name} must be {least} or more, but is {options[name]}."
        for name, least in LEAST.items()
        if options.get(name) is not None and int(options[name]) < least
    ]
    if problems:
        raise QlikError("\n".join(problems))


def _timeout(options: t.Mapping[str, t.Any]) -> float:
    return float(options.get("timeout") or 30)


def _max_wait(options: t.Mapping[str, t.Any]) -> float:
    """The seconds that a task may wait in all; none at all is as good a number as others."""
    max_wait = options.get("max_wait")
    if max_wait is None:
        return 900.0
    return float(max_wait)


def _verification(url: str, options: t.Mapping[str, t.Any]) -> bool | str:
    """How TLS is verified: against the usual authorities (true), against those in a file, or not at all (false)."""
    ca_path: str | None = options.get("ca_path")
    if ca_path and not os.access(ca_path, os.R_OK):
        raise SignInError(
            f"{urlsplit(url).netloc}: ca_path {ca_path} can't be read. It is a PEM file, or a folder of them."
        )
    validate_certs = options.get("validate_certs")
    if validate_certs is not None and not validate_certs:
        return False
    return ca_path or True


def _one_way(level: SignIn, below: SignIn, where: str) -> SignIn | None:
    """The way to sign in that this level names, None when it names none.
    Half an OAuth client is completed from below.
    """
    named = []
    if level.access_token:
        named.append("access_token")
    if level.client_id or level.client_secret:
        named.append("client_id and client_secret")
    if level.context:
        named.append("context")
    if not named:
        return None
    if len(named) > 1:
        raise SignInError(
            f"{' and also '.join(named)} are given as {where}: keep one way to sign in. The ways: {WAYS}."
        )
    if level.access_token or level.context:
        return level
    client = level._replace(
        client_id=level.client_id or below.client_id, client_secret=level.client_secret or below.client_secret
    )
    missing = [name for name in _CLIENT if not getattr(client, name)]
    if missing:
        raise SignInError(
            f"An OAuth client needs client_id and client_secret; {missing[0]} is missing among the {where}."
        )
    return client
