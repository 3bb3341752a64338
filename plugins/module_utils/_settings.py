# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tenant, and the one way to sign in to it: from options, then the environment, then a qlik-cli context.

Sources: qlik.dev, "Authentication" (API keys, OAuth clients); the qlik-cli manual for C(~/.qlik/contexts.yml) and
C(QLIK_CLI_USER_HOME_DIR).
"""

from __future__ import annotations

import os
import re
import stat
import typing as t
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ansible_collections.qlikops.cloud.plugins.module_utils._address import normal_url, shown_url
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.yaml_bounds import (
    BoundsError,
    check_nodes,
    check_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reading import read_bounded

try:
    import yaml
except ImportError:  # only a qlik-cli context needs it, and ansible-core brings it on the controller
    yaml = None  # type: ignore[assignment]

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
# What of it is secret, whichever way to sign in is chosen in the end.
_SECRET_ENVIRONMENT = ("QLIK_API_KEY", "QLIK_CLIENT_SECRET", "QLIK_ORGANIZATION_CLIENT_SECRET")
ORGANIZATION_URL = "https://console.qlikcloud.com"
ORGANIZATION_SCOPE = "cloud-console.tenants:read"


# What can stand in a header (RFC 9110): nothing that ends it, and nothing that has no place in it.
TOKEN = re.compile(r"[!-~]+\Z")


@dataclass(frozen=True)
class Settings:
    """Everything that a session needs to know before its first request. Times are seconds.

    C(scope) is what the OAuth client asks for, all that it may have if empty; C(url_option) the option that C(url) came
    from.
    """

    url: str
    access_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    verify: bool | str = True
    timeout: float = 30.0
    max_wait: float = 900.0
    api_namespace: str = "v1"
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
    environ = os.environ if environ is None else environ
    return {environ[name] for name in _SECRET_ENVIRONMENT if environ.get(name)}


def proxy_secrets(environ: t.Mapping[str, str] | None = None) -> set[str]:
    """The passwords in the addresses of proxies, as they stand there and as they are sent: a proxy's error may quote
    them.
    """
    environ = os.environ if environ is None else environ
    found = set()
    for name, address in environ.items():
        if name.lower().endswith("_proxy"):
            password = address.rpartition("@")[0].rpartition("//")[2].partition(":")[2]
            found |= {password, unquote(password)}
    return found - {""}


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


def contexts_file(environ: t.Mapping[str, str]) -> str:
    """Where qlik-cli keeps its contexts."""
    home = environ.get("QLIK_CLI_USER_HOME_DIR") or os.path.expanduser("~")
    return os.path.join(home, ".qlik", "contexts.yml")


def read_contexts(environ: t.Mapping[str, str], warnings: list[str], what: str) -> tuple[str, dict[str, t.Any]]:
    """The file of qlik-cli's contexts, and all of them as they stand there, by name. C(what) is how messages call what
    is read.
    """
    path = contexts_file(environ)
    if yaml is None:
        raise SignInError(f"{what} can't be read: the Python library PyYAML is not installed.")
    try:
        document = _load(read_bounded(path).decode("utf-8"))
        mode = os.stat(path).st_mode
    except OSError as error:
        raise SignInError(f"{what} can't be read: {path}: {error.strerror}.") from None
    except BoundsError as error:
        raise SignInError(f"{what} can't be read: {path}: {error}.") from None
    except (yaml.YAMLError, ValueError, LookupError, RecursionError):
        raise SignInError(f"{what} can't be read: {path} is not valid YAML.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.append(f"{path} holds credentials and can be read by others: chmod 600 {path}")
    contexts = document.get("contexts") if isinstance(document, dict) else None
    return path, {str(name): context for name, context in contexts.items()} if isinstance(contexts, dict) else {}


def _load(text: str) -> t.Any:
    """What YAML holds, numbers and dates as the texts that they are: C(0123) may be a client id, or the name of a
    context.

    Raises YAMLError, BoundsError, and where a tag says what a text is not, ValueError or LookupError.
    """
    foreign = ("int", "float", "timestamp", "binary", "omap", "pairs", "set")

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {
            first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in foreign]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }
        yaml_constructors = {
            tag: constructor
            for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
            if str(tag).rpartition(":")[2] not in foreign
        }

    check_text(text)
    loader = Loader(text)
    try:
        root = loader.get_single_node()
        check_nodes(root)
        return None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def read_context(name: str, environ: t.Mapping[str, str], warnings: list[str]) -> dict[str, str]:
    """Tenant and credentials of one qlik-cli context, in the words of the modules' options."""
    path, contexts = read_contexts(environ, warnings, f"The qlik-cli context '{name}'")
    context = contexts.get(name)
    if not isinstance(context, dict):
        known = ", ".join(sorted(str(key) for key in contexts)) or "none"
        raise SignInError(f"{path} has no context '{name}'. It has: {known}.")
    if context.get("insecure"):
        warnings.append(
            f"The qlik-cli context '{name}' says insecure; TLS is verified all the same (validate_certs: false turns it"
            " off)."
        )

    headers = context.get("headers")
    authorization = next(
        (
            str(value)
            for key, value in (headers.items() if isinstance(headers, dict) else ())
            if str(key).lower() == "authorization"
        ),
        "",
    )
    token = authorization[len("bearer ") :].strip() if authorization.lower().startswith("bearer ") else ""
    client_id = str(context.get("oauth-client-id") or "")
    client_secret = str(context.get("oauth-client-secret") or "")
    if not context.get("server") or isinstance(context["server"], (dict, list)):
        raise SignInError(f"The context '{name}' in {path} names no server.")
    if client_id and client_secret:
        token = ""
    elif not token:
        raise SignInError(f"The context '{name}' in {path} holds neither an API key nor an OAuth client.")
    else:
        client_id = client_secret = ""
    return {
        "tenant_url": normal_url(str(context["server"])),
        "access_token": token,
        "client_id": client_id,
        "client_secret": client_secret,
        "context": "",
    }
