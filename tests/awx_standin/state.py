"""What the stand-in holds: items by kind, what is associated with them, and a record of every write."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .rules import RefusalError, check

# Kinds of the API, and the type that AWX gives to an item of each.
TYPES = {
    "organizations": "organization",
    "credential_types": "credential_type",
    "credentials": "credential",
    "execution_environments": "execution_environment",
    "projects": "project",
    "inventories": "inventory",
    "inventory_sources": "inventory_source",
    "job_templates": "job_template",
    "workflow_job_templates": "workflow_job_template",
    "workflow_job_template_nodes": "workflow_job_template_node",
    "workflow_approval_templates": "workflow_approval_template",
    "schedules": "schedule",
}
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
# Fields that hold the id of another item, and the kinds in which it is looked for.
REFERENCES = {
    "organization": ("organizations",),
    "credential_type": ("credential_types",),
    "credential": ("credentials",),
    "execution_environment": ("execution_environments",),
    "project": ("projects",),
    "source_project": ("projects",),
    "inventory": ("inventories",),
    "workflow_job_template": ("workflow_job_templates",),
    "unified_job_template": UNIFIED,
}
# Texts of which AWX makes an empty one when null is sent.
EMPTIED = {"inventories": ("kind",)}
ENCRYPTED = "$encrypted$"


@dataclass(frozen=True)
class Write:
    """One request that could have changed something."""

    method: str
    path: str
    body: Any


@dataclass
class Controller:
    """Everything that AWX holds. `builtin` are credential types that it has from the start."""

    token: str = "canary-token-of-the-controller"
    builtin: tuple[str, ...] = ("Vault", "Source Control")
    writes: list[Write] = field(default_factory=list)
    items: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in TYPES})
    links: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[int, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Templates of all kinds share their ids.
        self._ids = itertools.count(1)
        for name in self.builtin:
            self._store("credential_types", {"name": name, "kind": "vault", "managed": True, "inputs": {"fields": []}})

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The only item of this name (a node's is its identifier), as it was posted."""
        (item,) = [item for item in self.items[kind].values() if name in (item.get("name"), item.get("identifier"))]
        return item

    def linked(self, kind: str, name: str, what: str) -> list[str]:
        """The names of what is associated with an item."""
        found = [self.find(number) for number in self.links.get((kind, self.one(kind, name)["id"], what), [])]
        return sorted(item.get("identifier") or item["name"] for item in found)

    def find(self, number: int) -> dict[str, Any]:
        """The item with this id, of whatever kind."""
        return next(items[number] for items in self.items.values() if number in items)

    def add(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an item, or raise RefusalError."""
        self._check(kind, body)
        same = ("name", "identifier", "organization", "workflow_job_template", "inventory")
        if any(all(item.get(name) == body.get(name) for name in same) for item in self.items[kind].values()):
            raise RefusalError(f"{TYPES[kind]} with this name already exists.")
        return self._store(kind, body)

    def change(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """Change fields of an item, or raise RefusalError."""
        item = self.items[kind][number]
        self._check(kind, {**item, **body})
        item.update(_normal(kind, body))

    def approval(self, node: int, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make the approval of a step."""
        item = self._store("workflow_approval_templates", body)
        self.items["workflow_job_template_nodes"][node]["unified_job_template"] = item["id"]
        return item

    def shown(self, kind: str, number: int) -> dict[str, Any]:
        """An item as AWX answers: secrets hidden, with addresses of what belongs to it."""
        item = self.items[kind][number]
        url = f"/api/v2/{kind}/{number}/"
        shown = {**item, "url": url, "type": TYPES[kind], "related": {"survey_spec": f"{url}survey_spec/"}, "summary_fields": {}}
        if kind == "credentials":
            fields = self.items["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {one["id"] for one in fields if one.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in item.get("inputs", {}).items()}
        if kind == "projects":
            shown["scm_revision"] = "0" * 40
            shown["summary_fields"] = {"current_update": {"id": number}}
        if kind == "workflow_job_template_nodes" and item.get("unified_job_template"):
            template = self.find(item["unified_job_template"])
            owner = next(kind for kind, items in self.items.items() if template["id"] in items)
            shown["related"]["unified_job_template"] = f"/api/v2/{owner}/{template['id']}/"
        return shown

    def _store(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        self.items[kind][number] = {**_normal(kind, body), "id": number}
        for one in self.items[kind][number].get("inputs", {}).get("fields", []) if kind == "credential_types" else []:
            one.setdefault("type", "string")
        return self.items[kind][number]

    def _check(self, kind: str, body: Mapping[str, Any]) -> None:
        check(kind, body)
        for name, kinds in REFERENCES.items():
            number = body.get(name)
            if number is not None and not any(number in self.items[one] for one in kinds):
                raise RefusalError(f'{name}: Invalid pk "{number}" - object does not exist.')


def _normal(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, **{name: "" for name in EMPTIED.get(kind, ()) if body.get(name) is None and name in body}}
