"""connectionProperties as they are sent, split into what a statement shows and what is kept secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .behaviours import Behaviours
from .errors import ApiError
from .sources import SourceSpec
from .statements import as_text

CREDENTIAL_NAMES = ("separateCredentials", "selectedCredentials", "credentialsName")


@dataclass
class Split:
    """The parts of a body's connectionProperties."""

    public: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    username: str | None = None
    separate: bool = False
    selected_credentials: str | None = None
    credentials_name: str | None = None


def split(source: SourceSpec, properties: dict[str, Any], behaviours: Behaviours) -> Split:
    """Tell public values, secrets and files apart. Values become text. The server's defaults are added."""
    parts = Split()
    public: dict[str, Any] = {}
    for name, value in properties.items():
        spec = source.properties.get(name)
        if name in CREDENTIAL_NAMES:
            _take_credentials(parts, name, as_text(value))
        elif name == "username":
            parts.username = as_text(value)
        elif spec is not None and spec.secret:
            parts.secrets[name] = value
        elif isinstance(value, list):
            public[name] = _public_items(parts, name, value, files=spec is not None and spec.shape == "files")
        elif spec is not None and spec.shape != "text":
            public[name] = [] if value in (None, "") else value
        else:
            public[name] = as_text(value)
        if name == "username" and behaviours.username_in_statement:
            public[name] = as_text(value)
    ordered = {name: public.pop(name, default) for name, default in source.defaults.items()}
    order = [name for name in source.properties if name in public or name in ordered]
    parts.public = {name: public.pop(name) if name in public else ordered[name] for name in order}
    parts.public |= public
    return parts


def _take_credentials(parts: Split, name: str, text: str) -> None:
    if name == "separateCredentials":
        parts.separate = text.lower() == "true"
    elif name == "selectedCredentials":
        parts.selected_credentials = text or None
    else:
        parts.credentials_name = text or None


def _public_items(parts: Split, name: str, items: list[Any], *, files: bool) -> list[dict[str, Any]]:
    if files:
        parts.files[name] = [dict(item) for item in items]
        return [{"name": as_text(item.get("name"))} for item in items]
    shown: list[dict[str, Any]] = []
    hidden: dict[str, str] = {}
    for item in items:
        entry: dict[str, Any] = {"name": as_text(item.get("name")), "value": as_text(item.get("value"))}
        if as_text(item.get("encrypt", False)).lower() == "true":
            hidden[entry["name"]] = entry["value"]
            entry |= {"value": "", "encrypt": True}
        shown.append(entry)
    if hidden:
        parts.secrets[name] = hidden
    return shown


def joined(
    source: SourceSpec, public: dict[str, Any], secrets: dict[str, Any], files: dict[str, Any]
) -> dict[str, Any]:
    """Undo `split`: the properties as if they were sent again, secrets included."""
    whole: dict[str, Any] = {}
    for name, value in public.items():
        hidden = secrets.get(name)
        if name in files:
            whole[name] = [dict(item) for item in files[name]]
        elif isinstance(value, list):
            known = hidden if isinstance(hidden, dict) else {}
            whole[name] = [
                item | ({"value": known.get(item["name"], "")} if item.get("encrypt") else {}) for item in value
            ]
        else:
            whole[name] = value
    return whole | {name: value for name, value in secrets.items() if name in source.secret_names}


def check(source: SourceSpec, properties: dict[str, Any], behaviours: Behaviours) -> dict[str, Any]:
    """Refuse values of an impossible shape; give the properties with unknown names kept or dropped as switched."""
    accepted: dict[str, Any] = {}
    for name, value in properties.items():
        spec = source.properties.get(name)
        if spec is None and behaviours.unknown_properties != "keep":
            if behaviours.unknown_properties == "reject":
                raise ApiError(400, "Invalid property", f"{source.id} has no property {name}")
            continue
        if isinstance(value, dict) or (spec is not None and spec.shape == "text" and isinstance(value, list)):
            raise ApiError(400, "Invalid property value", f"{name} must be a single value")
        if isinstance(value, list) and not all(isinstance(item, dict) and "name" in item for item in value):
            raise ApiError(400, "Invalid property value", f"{name} must be a list of objects with name and value")
        if spec is not None and spec.shape != "text" and value not in (None, "") and not isinstance(value, list):
            raise ApiError(400, "Invalid property value", f"{name} must be an array")
        if spec is not None and spec.enum:
            _check_enum(spec.name, spec.enum, as_text(value), behaviours.enum_check)
        accepted[name] = value
    return accepted


def _check_enum(name: str, enum: tuple[str, ...], text: str, how: str) -> None:
    if how == "none" or text in enum or text == "":
        return
    if how == "strict" or text.lower() in {choice.lower() for choice in enum}:
        raise ApiError(400, "Invalid property value", f"{name} must be one of {', '.join(enum)}")
