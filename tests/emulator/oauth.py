"""The token endpoint: OAuth client credentials and impersonation (qlik.dev, authenticate, OAuth)."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl

from .contract import check_body
from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route
from .identifiers import rfc3339
from .records import Grant, OAuthClient, User
from .site import Site
from .state import Tenant

IMPERSONATION = "urn:qlik:oauth:user-impersonation"


def read_token_request(call: Call) -> dict[str, Any]:
    """Read a JSON or form body; the client's id and secret may come as HTTP Basic instead."""
    if "x-www-form-urlencoded" in call.headers.get("content-type", ""):
        request: dict[str, Any] = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    else:
        request = call.json_object()
        check_body("TokenRequest", request)
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise ApiError(400, "Invalid request", "the Authorization header is no HTTP Basic") from None
        request = {"client_id": client_id, "client_secret": secret, **request}
    return request


def authenticate_client(clients: dict[str, OAuthClient], request: dict[str, Any]) -> OAuthClient:
    """Give the client whose secret the request carries; raise ApiError 401."""
    client = clients.get(str(request.get("client_id")))
    if client is None or client.client_secret != request.get("client_secret"):
        raise ApiError(401, "Unauthorized client", "client_id or client_secret is wrong")
    return client


def granted_scopes(client: OAuthClient, request: dict[str, Any]) -> list[str]:
    """Give the scopes of a token: those asked for, which the client must have; all when none are asked for."""
    wanted = str(request.get("scope") or "").split()
    foreign = sorted(set(wanted) - set(client.scopes))
    if foreign:
        raise ApiError(400, "Invalid scope", f"the client doesn't have the scope {', '.join(foreign)}")
    return wanted or list(client.scopes)


def token_answer(site: Site, user_id: str, scopes: list[str]) -> Answer:
    """Hand out a token."""
    expires = time.time() + site.token_lifetime
    token = f"eyJ{secrets.token_urlsafe(48)}"
    site.grants[token] = Grant(user_id, frozenset(scopes), expires)
    return Answer(
        200,
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_at": rfc3339(expires),
            "expires_in": int(site.token_lifetime),
            "scope": " ".join(scopes),
        },
    )


def _bot(tenant: Tenant, client_id: str) -> User:
    name = f"qlikbot\\{client_id}"
    for user in tenant.users.values():
        if user.subject == name:
            return user
    return tenant.add_user(name, "", ["TenantAdmin"], subject=name)


def create_token(tenant: Tenant, call: Call) -> Answer:
    """Answer POST oauth/token. The first token of a client makes its bot user."""
    request = read_token_request(call)
    tenant.limits.count(f"client:{request.get('client_id')}", 2)
    grant_type = request.get("grant_type")
    if grant_type not in ("client_credentials", IMPERSONATION):
        raise ApiError(400, "Unsupported grant type", f"grant_type {grant_type} isn't supported")
    client = authenticate_client(tenant.oauth_clients, request)
    scopes = granted_scopes(client, request)
    if grant_type == IMPERSONATION:
        user = _impersonated(tenant, request)
    else:
        user = _bot(tenant, client.client_id)
    if user.status != "active":
        raise ApiError(403, "Forbidden", f"user {user.id} is disabled")
    return token_answer(tenant, user.id, scopes)


def _impersonated(tenant: Tenant, request: dict[str, Any]) -> User:
    lookup = request.get("user_lookup")
    if not isinstance(lookup, dict) or lookup.get("field") not in ("subject", "userId"):
        raise ApiError(400, "Invalid request", "user_lookup must name subject or userId")
    for user in tenant.users.values():
        if lookup.get("value") == (user.id if lookup["field"] == "userId" else user.subject):
            return user
    raise ApiError(400, "Invalid request", "user_lookup finds nobody")


ROUTES = [Route("POST", "/oauth/token", create_token, Dialect.OAUTH, tier=2, needs_sign_in=False)]
