"""The organization API: the tenants of a subscription, at its own origin (qlik.dev, changelog 207)."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from .errors import ApiError, Dialect
from .exchange import Answer, Call, Route, Router
from .identifiers import epoch_of, hex24, rfc3339
from .oauth import authenticate_client, granted_scopes, read_token_request, token_answer
from .paging import decode_cursor, encode_cursor, limit_of, link
from .privileges import Identity
from .records import Grant, OAuthClient, User
from .scim import compile_filter
from .site import Site
from .state import SEED_TIME

SCOPE = "cloud-console.tenants:read"
EQUAL = frozenset({"eq"})
EQUAL_OR_NOT = frozenset({"eq", "ne"})
OTHERS = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "co"})
TEXT_FIELDS = ("subscriptionId", "regionCode", "countryCode", "name", "hostnames", "id", "status", "originalId")
FIELDS: dict[str, Callable[[Any], Any]] = {
    **{name: itemgetter(name) for name in TEXT_FIELDS},
    "createdAt": lambda row: epoch_of(row["createdAt"]),
    "updatedAt": lambda row: epoch_of(row["updatedAt"]),
}
OPERATORS = dict.fromkeys(("subscriptionId", "name", "hostnames", "id", "originalId"), EQUAL) | dict.fromkeys(
    ("regionCode", "status"), EQUAL_OR_NOT
)
OPERATORS |= dict.fromkeys(("countryCode", "createdAt", "updatedAt"), OTHERS)
SORTS = ("name", "regionCode", "countryCode", "hostnames", "createdAt", "updatedAt", "status", "subscriptionId")


class Organization(Site):
    """The console of an organization. `tenants` gives its rows; `oauth_clients` may read them."""

    def __init__(self, tenants: Callable[[], list[dict[str, Any]]]) -> None:
        self.served = tenants
        super().__init__("organization", Router(ROUTES))
        self.clear()

    def clear(self) -> None:
        """Forget everything but the address."""
        super().clear()
        self.oauth_clients: dict[str, OAuthClient] = {}
        self.subscriptions: set[str] = set()
        self.others: list[dict[str, Any]] = []

    def rows(self) -> list[dict[str, Any]]:
        """Give the items of all tenants, served or only listed."""
        return [*self.served(), *(organization_item(**other) for other in self.others)]

    def add_oauth_client(self, client_id: str, client_secret: str, scopes: list[str] | None = None) -> OAuthClient:
        """Register an organization-level client."""
        self.oauth_clients[client_id] = OAuthClient(client_id, client_secret, scopes or [SCOPE], may_impersonate=False)
        return self.oauth_clients[client_id]

    def identify(self, grant: Grant) -> Identity | None:
        """Give the client of a token in the guise of a user."""
        return Identity(User(grant.user_id, grant.user_id, "", grant.user_id, []), grant.scopes)


def organization_item(
    *,
    name: str,
    hostnames: list[str],
    subscription: str,
    region: str = "eu",
    country: str = "DE",
    status: str = "active",
    id: str | None = None,  # noqa: A002
    created: str | None = None,
) -> dict[str, Any]:
    """Give the row of one tenant."""
    made = created or rfc3339(SEED_TIME)
    return {
        "id": id or hex24(name, "tenant"),
        "originalId": None,
        "name": name,
        "hostnames": hostnames,
        "regionCode": region,
        "countryCode": country,
        "status": status,
        "createdBy": hex24("organization", "owner"),
        "createdAt": made,
        "updatedAt": made,
        "licenseNumber": f"{int(hex24(subscription, 'license')[:13], 16):016d}",
        "subscriptionId": subscription,
        "licenseStartsAt": made,
        "licenseEndsAt": "2030-12-31T00:00:00Z",
        "deletionStartsAt": None,
    }


def _token(site: Organization, call: Call) -> Answer:
    request = read_token_request(call)
    if request.get("grant_type") != "client_credentials":
        raise ApiError(400, "Unsupported grant type", "grant_type must be client_credentials")
    client = authenticate_client(site.oauth_clients, request)
    return token_answer(site, client.client_id, granted_scopes(client, request))


def _readable(call: Call) -> None:
    if not call.identity.has_scope(SCOPE):
        raise ApiError(403, "Forbidden", f"scope {SCOPE} is missing")


def _filtered(site: Organization, expression: str | None) -> list[dict[str, Any]]:
    rows = site.rows()
    if not expression:
        if site.behaviours.organization_filter_required == "reject":
            raise ApiError(400, "Invalid filter", "filter must name a subscriptionId")
        return rows
    asked: list[str] = []
    if "subscriptionid" not in expression.lower() and site.behaviours.organization_filter_required == "reject":
        raise ApiError(400, "Invalid filter", "filter must name a subscriptionId")
    words = expression.replace("(", " ").replace(")", " ").split()
    for index, word in enumerate(words[:-2]):
        if word.lower() == "subscriptionid":
            asked.append(words[index + 2].strip('"'))
    known = site.subscriptions | {row["subscriptionId"] for row in rows}
    if any(name not in known for name in asked):
        raise ApiError(403, "Forbidden", "The subscription belongs to another organization")
    predicate = compile_filter(
        expression, FIELDS, times=frozenset({"createdAt", "updatedAt"}), allowed=OPERATORS, exact=True
    )
    return [row for row in rows if predicate(row)]


def _linked(row: dict[str, Any], call: Call) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name != "originalId"}
    return shown | {"links": {"self": {"href": f"{call.origin}/api/core/tenants/{row['id']}"}}}


def _page(site: Organization, call: Call, expression: str | None) -> Answer:
    _readable(call)
    clamp = site.behaviours.limit_out_of_range == "clamp"
    limit = limit_of(call, default=20, maximum=100, clamp=clamp, minimum=0)
    rows = _filtered(site, expression)
    sort = call.query.get("sort", "+createdAt")
    if sort.lstrip("+- ") not in SORTS:
        raise ApiError(400, "Invalid query parameter", f"sort must be one of {', '.join(SORTS)}")
    rows.sort(key=lambda row: (str(row[sort.lstrip("+- ")]), row["id"]), reverse=sort.startswith("-"))
    spelling = site.behaviours.organization_paging
    start = 0
    for name in ("next", "offset"):
        if name in call.query:
            start = int(decode_cursor(call.query[name]))
    if "prev" in call.query:
        start = max(0, int(decode_cursor(call.query["prev"])) - limit)
    page = rows[start : start + limit]
    links: dict[str, Any] = {"self": link(call)}
    gone: dict[str, None] = {"next": None, "offset": None, "prev": None}
    if limit and start + limit < len(rows):
        links["next"] = link(call, **(gone | {spelling: encode_cursor(start + limit)}))
    if start > 0:
        links["prev"] = link(call, **(gone | {"prev": encode_cursor(start)}))
    payload: dict[str, Any] = {"data": [_linked(row, call) for row in page], "links": links}
    if call.query.get("totalResults") == "true":
        payload["totalResults"] = len(rows)
    return Answer(200, payload)


def _list(site: Organization, call: Call) -> Answer:
    return _page(site, call, call.query.get("filter"))


def _post_filter(site: Organization, call: Call) -> Answer:
    expression = call.json_object().get("filter")
    if expression is not None and not isinstance(expression, str):
        raise ApiError(400, "Invalid request body", "filter must be a string")
    return _page(site, call, expression)


def _count(site: Organization, call: Call) -> Answer:
    _readable(call)
    return Answer(200, {"total": len(_filtered(site, call.query.get("filter")))})


def _single(site: Organization, call: Call) -> Answer:
    _readable(call)
    for row in site.rows():
        if row["id"] == call.parameters["id"]:
            item = _linked(row, call)
            return Answer(200, item if site.behaviours.organization_single == "bare" else {"data": [item]})
    raise ApiError(404, "Tenant not found", f"tenant {call.parameters['id']} doesn't exist")


ROUTES = [
    Route("POST", "/oauth/token", _token, Dialect.OAUTH, tier=2, needs_sign_in=False),
    Route("GET", "/api/core/tenants", _list, Dialect.TENANTS, ("filter", "totalResults", "offset")),
    Route("GET", "/api/core/tenants/actions/count", _count, Dialect.TENANTS, ("filter",)),
    Route("POST", "/api/core/tenants/actions/filter", _post_filter, Dialect.TENANTS, ("offset",)),
    Route("GET", "/api/core/tenants/{id}", _single, Dialect.TENANTS),
]
