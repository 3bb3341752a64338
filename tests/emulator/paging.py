"""Pages of lists: limits, opaque cursors, links."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from .errors import ApiError
from .exchange import Call

Row = TypeVar("Row")


def limit_of(call: Call, *, default: int, maximum: int, clamp: bool, minimum: int = 1) -> int:
    """Read `limit`; 0 as the default means all. Raise ApiError 400 outside the range unless `clamp`."""
    text = call.query.get("limit")
    if text is None:
        return default
    try:
        limit = int(text)
    except ValueError:
        raise ApiError(400, "Invalid query parameter", "limit must be a number") from None
    if minimum <= limit <= maximum:
        return limit
    if clamp:
        return min(max(limit, minimum), maximum)
    raise ApiError(400, "Invalid query parameter", f"limit must be between {minimum} and {maximum}")


def encode_cursor(data: Any) -> str:
    """Make an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Any:
    """Read a cursor; raise ApiError 400 when it isn't one of ours."""
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise ApiError(400, "Invalid query parameter", "the page cursor is not valid") from None


def link(call: Call, **changes: str | None) -> dict[str, str]:
    """Give a link to the same path with some query parameters replaced (None: removed)."""
    query = [(key, value) for key, value in call.query.multi_items() if key not in changes]
    query += [(key, value) for key, value in changes.items() if value is not None]
    return {"href": f"{call.origin}{call.path}" + (f"?{urlencode(query)}" if query else "")}


def simple_page(
    call: Call, rows: Sequence[Row], limit: int, identity: Any, *, names: tuple[str, str] = ("next", "prev")
) -> tuple[list[Row], dict[str, Any]]:
    """Cut a page by the id of the last row seen; give it and its links. `identity` maps a row to its id."""
    after, before = call.query.get(names[0]), call.query.get(names[1])
    ids = [identity(row) for row in rows]
    start = 0
    if after:
        start = _position(ids, after) + 1
    elif before:
        start = max(0, _position(ids, before) - limit)
    page = list(rows[start : start + limit]) if limit else list(rows[start:])
    links: dict[str, Any] = {"self": link(call)}
    if page and start + len(page) < len(rows):
        links["next"] = link(call, **{names[0]: encode_cursor(identity(page[-1])), names[1]: None})
    if page and start > 0:
        links["prev"] = link(call, **{names[1]: encode_cursor(identity(page[0])), names[0]: None})
    return page, links


def _position(ids: list[Any], cursor: str) -> int:
    wanted = decode_cursor(cursor)
    try:
        return ids.index(wanted)
    except ValueError:
        raise ApiError(400, "Invalid query parameter", "the page cursor is not valid") from None
