"""A tenant's profile, which an acceptance run writes: positions of switches, and how its errors are worded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .site import Site

FORMAT = 1


class ProfileError(ValueError):
    """A profile that can't be used."""


def read_profile(path: str | Path) -> dict[str, Any]:
    """Read a profile.json."""
    try:
        profile = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise ProfileError(f"{path}: {error}") from None
    if not isinstance(profile, dict) or profile.get("format") is True or profile.get("format") != FORMAT:
        raise ProfileError(f"{path}: it is no profile of format {FORMAT}")
    for name in ("behaviours", "errors"):
        if not isinstance(profile.get(name, {}), dict):
            raise ProfileError(f"{path}: {name} is no mapping")
    for key, errors in profile.get("errors", {}).items():
        if not isinstance(errors, list) or not errors or not all(isinstance(one, dict) for one in errors):
            raise ProfileError(f"{path}: errors: {key} is no list of errors")
    return profile


def make_like(site: Site, profile: Mapping[str, Any]) -> None:
    """Let an origin answer as the tenant of a profile does, as far as that is known."""
    try:
        site.set_behaviours(**profile.get("behaviours", {}))
    except ValueError as error:
        raise ProfileError(str(error)) from None
    site.errors_like = {}
    for key, errors in profile.get("errors", {}).items():
        site.errors_like[key] = [dict(error) for error in errors]
