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

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import normal_url, shown_url
from ansible_collections.qlikops.cloud.plugins.module_utils._session.contexts import read_context
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings

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
ORGANIZATION_URL = "https://console.qlikcloud.com"
ORGANIZATION_SCOPE = "cloud-console.tenants:read"


# What can stand in a header (RFC 9110): nothing that ends it, and nothing that has no place in it.
TOKEN = re.compile(r"[!-~]+\Z")


def resolve_settings(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str] | None = None) -> Settings:
    """Choose tenant and sign-in. An option beats the environment; at each level just one way may be given.

    Raises SignInError, saying which ways there are.
    """
    environ = os.environ if environ is None else environ
    given = {name: str(options.get(name) or "") for name in ENVIRONMENT}
    inherited = {name: environ.get(variable, "") for name, variable in ENVIRONMENT.items()}

    warnings: list[str] = []
    url = given["tenant_url"]
    sign_in = _one_way(given, inherited, "options") or _one_way(inherited, {}, "environment variables")
    if sign_in is None:
        raise SignInError(f"{shown_url(url) or 'The tenant'}: no way to sign in was given. The ways: {WAYS}.")

    if sign_in["context"]:
        context = read_context(sign_in["context"], environ, warnings)
        if url and normal_url(url) != context["tenant_url"]:
            raise SignInError(
                f"tenant_url is {url}, but the credentials of the qlik-cli context '{sign_in['context']}' belong to"
                f" {context['tenant_url']}. Leave tenant_url out, or use another way to sign in."
            )
        sign_in, url = context, context["tenant_url"]

    url = url or inherited["tenant_url"]
    if not url:
        raise SignInError(
            "No tenant was named. Set tenant_url (or QLIK_TENANT_URL), for example https://acme.eu.qlikcloud.com."
        )

    url = normal_url(url)
    if sign_in["access_token"] and not TOKEN.match(sign_in["access_token"]):
        raise SignInError(
            f"{urlsplit(url).netloc}: the access token holds a blank, a line break or a character that no token has."
        )
    return Settings(
        url=url,
        access_token=sign_in["access_token"],
        client_id=sign_in["client_id"],
        client_secret=sign_in["client_secret"],
        verify=_verification(url, options),
        timeout=float(options.get("timeout") or 30),
        max_wait=float(900 if options.get("max_wait") is None else options["max_wait"]),
        api_namespace=options.get("api_namespace") or "v1",
        warnings=tuple(warnings),
    )


def organization_settings(options: t.Mapping[str, t.Any], environ: t.Mapping[str, str] | None = None) -> Settings:
    """Where the organization API is, and the organization-level OAuth client that may ask it.

    A whole client is taken from the options or else from the environment of the modules, so that halves of two clients
    never meet. Raises SignInError. Source: qlik.dev, "Organization-level OAuth clients".
    """
    environ = os.environ if environ is None else environ
    url = normal_url(str(options.get("organization_url") or ORGANIZATION_URL), "organization_url")
    pair = [str(options.get(name) or "") for name in ("client_id", "client_secret")]
    if not any(pair):
        pair = [environ.get(ENVIRONMENT[name], "") for name in ("client_id", "client_secret")]
    if not all(pair):
        missing = " and ".join(name for name, value in zip(("client_id", "client_secret"), pair) if not value)
        raise SignInError(
            f"{urlsplit(url).netloc}: {missing} of an organization-level OAuth client must be given: as an option, or"
            " as"
            " QLIK_ORGANIZATION_CLIENT_ID and QLIK_ORGANIZATION_CLIENT_SECRET."
        )
    return Settings(
        url=url,
        client_id=pair[0],
        client_secret=pair[1],
        verify=_verification(url, options),
        timeout=float(options.get("timeout") or 30),
        max_wait=float(900 if options.get("max_wait") is None else options["max_wait"]),
        scope=ORGANIZATION_SCOPE,
        url_option="organization_url",
    )


def _verification(url: str, options: t.Mapping[str, t.Any]) -> bool | str:
    """How TLS is verified: against the usual authorities (true), against those in a file, or not at all (false)."""
    ca_path: str | None = options.get("ca_path")
    if ca_path and not os.access(ca_path, os.R_OK):
        raise SignInError(
            f"{urlsplit(url).netloc}: ca_path {ca_path} can't be read. It is a PEM file, or a folder of them."
        )
    validate_certs = options.get("validate_certs")
    return (ca_path or True) if validate_certs is None or validate_certs else False


def _one_way(level: t.Mapping[str, str], below: t.Mapping[str, str], where: str) -> dict[str, str] | None:
    """The way to sign in that this level names, None when it names none.
    Half an OAuth client is completed from below.
    """
    token, context = level["access_token"], level["context"]
    client_id, client_secret = level["client_id"], level["client_secret"]
    named = [
        name
        for name, is_named in (
            ("access_token", token),
            ("client_id and client_secret", client_id or client_secret),
            ("context", context),
        )
        if is_named
    ]
    if not named:
        return None
    if len(named) > 1:
        raise SignInError(
            f"{' and also '.join(named)} are given as {where}: keep one way to sign in. The ways: {WAYS}."
        )
    if client_id or client_secret:
        client_id = client_id or below.get("client_id", "")
        client_secret = client_secret or below.get("client_secret", "")
        if not (client_id and client_secret):
            missing = "client_secret" if client_id else "client_id"
            raise SignInError(
                f"An OAuth client needs client_id and client_secret; {missing} is missing among the {where}."
            )
    return {
        "access_token": token,
        "client_id": client_id,
        "client_secret": client_secret,
        "context": context,
        "tenant_url": level["tenant_url"],
    }
