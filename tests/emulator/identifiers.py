"""Identifiers and times in the shapes that Qlik Cloud gives them, repeatable from names."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime


def _digest(parts: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def hex24(*parts: str) -> str:
    """Give the 24 hexadecimal digits that spaces, users and OAuth clients are known by."""
    return _digest(parts).hex()[:24]


def uuid_from(*parts: str) -> str:
    """Give the UUID that connections and credentials are known by."""
    return str(uuid.UUID(bytes=_digest(parts)[:16], version=4))


def is_uuid(text: str) -> bool:
    """Tell whether `text` could be the id of a connection."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def rfc3339(epoch: float) -> str:
    """Write seconds since 1970 as RFC 3339 in UTC; trailing zeros of the milliseconds are cut, as the API does."""
    moment = datetime.fromtimestamp(round(epoch, 3), UTC)
    milliseconds = f".{moment.microsecond // 1000:03d}".rstrip("0").rstrip(".")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + milliseconds + "Z"


def epoch_of(text: str) -> float:
    """Read an RFC 3339 time; raise ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
