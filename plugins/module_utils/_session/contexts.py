# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contexts of qlik-cli: tenants and ways to sign in to them, kept in a file.

Source: the qlik-cli manual for C(~/.qlik/contexts.yml) and C(QLIK_CLI_USER_HOME_DIR).
"""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.reading import read_bounded
from ansible_collections.qlikops.cloud.plugins.module_utils._files.yaml_bounds import BoundsError
from ansible_collections.qlikops.cloud.plugins.module_utils._files.yaml_loading import (
    FOREIGN_TYPES,
    load_within_bounds,
    without_types,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import normal_url
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import SignIn

try:
    import yaml
except ImportError:  # only a qlik-cli context needs it, and ansible-core brings it on the controller
    yaml = None  # type: ignore[assignment]


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
    if not isinstance(contexts, dict):
        return path, {}
    return path, {str(name): context for name, context in contexts.items()}


def _load(text: str) -> t.Any:
    """What YAML holds, numbers and dates as the texts that they are: C(0123) may be a client id, or the name of a
    context.

    Raises YAMLError, BoundsError, and where a tag says what a text is not, ValueError or LookupError.
    """
    loader = without_types(yaml.SafeLoader, ("int", "float", *FOREIGN_TYPES))
    _loader, document = load_within_bounds(text, loader)
    return document


def read_context(name: str, environ: t.Mapping[str, str], warnings: list[str]) -> SignIn:
    """Tenant and credentials of one qlik-cli context."""
    path, contexts = read_contexts(environ, warnings, f"The qlik-cli context '{name}'")
    context = contexts.get(name)
    if not isinstance(context, dict):
        known = ", ".join(sorted(contexts)) or "none"
        raise SignInError(f"{path} has no context '{name}'. It has: {known}.")
    if context.get("insecure"):
        warnings.append(
            f"The qlik-cli context '{name}' says insecure; TLS is verified all the same (validate_certs: false turns it"
            " off)."
        )
    server = context.get("server")
    if not server or isinstance(server, (dict, list)):
        raise SignInError(f"The context '{name}' in {path} names no server.")
    client_id = str(context.get("oauth-client-id") or "")
    client_secret = str(context.get("oauth-client-secret") or "")
    if client_id and client_secret:
        return SignIn(normal_url(str(server)), client_id=client_id, client_secret=client_secret)
    token = _bearer_token(context.get("headers"))
    if not token:
        raise SignInError(f"The context '{name}' in {path} holds neither an API key nor an OAuth client.")
    return SignIn(normal_url(str(server)), access_token=token)


def _bearer_token(headers: t.Any) -> str:
    """The token in the headers that a context sends with each request; empty without one."""
    if not isinstance(headers, dict):
        return ""
    for name, value in headers.items():
        if str(name).lower() == "authorization":
            scheme, token = str(value)[: len("bearer ")], str(value)[len("bearer ") :]
            return token.strip() if scheme.lower() == "bearer " else ""
    return ""
