"""What the stand-in holds: items by kind, what is associated with them, and a record of every write."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .projects import Repository, Sync
from .refusals import RefusalError
from .rules import BUILTIN, UNIQUE, check, check_attached
from .surveys import missing_or_wrong, not_asked_for, variables_of

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
# A change of one of these starts a sync of the project.
SYNCED_FOR = ("scm_url", "scm_branch", "scm_type")
LINKS = ("success_nodes", "failure_nodes", "always_nodes")
ENCRYPTED = "$encrypted$"


@dataclass(frozen=True)
class Write:
    """One request that could have changed something."""

    method: str
    path: str
    body: Any


@dataclass
class Controller:
    """Everything that AWX holds. `repositories` says, by address, what lies there; elsewhere lie the playbooks of this
    collection.
    """

    token: str = "canary-token-of-the-controller"
    writes: list[Write] = field(default_factory=list)
    items: dict[str, dict[int, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in TYPES})
    links: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    surveys: dict[int, dict[str, Any]] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    syncs: dict[int, Sync] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Templates of all kinds share their ids.
        self._ids = itertools.count(1)
        for name, (kind, fields) in BUILTIN.items():
            inputs = {
                "fields": [
                    {
                        "id": one,
                        "label": one,
                        "type": "boolean" if one == "verify_ssl" else "string",
                        "secret": one in ("password", "vault_password", "token"),
                    }
                    for one in fields
                ]
            }
            self._store("credential_types", {"name": name, "kind": kind, "managed": True, "inputs": inputs})

    def one(self, kind: str, name: str, organization: str = "") -> dict[str, Any]:
        """The only item of this name (a node's is its identifier), as it was posted; of an organization, if one is
        given.
        """
        items = [item for item in self.items[kind].values() if name in (item.get("name"), item.get("identifier"))]
        if organization:
            owner = self.one("organizations", organization)["id"]
            items = [item for item in items if self._owner(item) == owner]
        (item,) = items
        return item

    def linked(self, kind: str, name: str, what: str, organization: str = "") -> list[str]:
        """The names of what is associated with an item."""
        found = [self.find(one) for one in self.links.get((kind, self.one(kind, name, organization)["id"], what), [])]
        return sorted(item.get("identifier") or item["name"] for item in found)

    def value(self, item: Mapping[str, Any], path: str) -> Any:
        """What a query asks of an item: `organization__name` is the name of its organization."""
        name, _, rest = path.partition("__")
        if not rest:
            return item.get(name)
        return self.value(self.find(item[name]), rest) if item.get(name) else None

    def find(self, number: int) -> dict[str, Any]:
        """The item with this id, of whatever kind."""
        return next(items[number] for items in self.items.values() if number in items)

    def add(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make an item, or raise RefusalError."""
        whole = self._whole(kind, body)
        self._check(kind, whole)
        if kind == "schedules":
            self._check_answers(whole)
        item = self._store(kind, whole)
        if kind == "projects":
            self.sync(item["id"])
        return item

    def change(self, kind: str, number: int, body: Mapping[str, Any]) -> None:
        """Change fields of an item, or raise RefusalError."""
        item = self.items[kind][number]
        whole = self._whole(kind, {**item, **body})
        if kind == "execution_environments" and body.get("organization") not in (None, item.get("organization")):
            raise RefusalError({"organization": ["Cannot change the organization of an execution environment"]})
        self._check(kind, whole)
        # Answers are looked at only when one is sent.
        if kind == "schedules" and "extra_data" in body:
            self._check_answers(whole)
        stale = kind == "projects" and any(item.get(name) != whole.get(name) for name in SYNCED_FOR)
        item.update(_normal(kind, whole))
        if stale:
            self.sync(number)

    def remove(self, kind: str, number: int) -> None:
        """Take an item away, with all links from it and to it."""
        del self.items[kind][number]
        self.links = {
            (of, one, what): [other for other in linked if other != number]
            for (of, one, what), linked in self.links.items()
            if one != number
        }

    def attach(self, kind: str, number: int, what: str, other: int) -> None:
        """Associate an item with another, or raise RefusalError."""
        linked = self.links.setdefault((kind, number, what), [])
        if what in LINKS:
            self._check_link(number, what, other)
        if what == "credentials":
            check_attached([self.find(one) for one in linked], self.find(other), self._lookup)
        linked.append(other)

    def _check_link(self, node: int, what: str, other: int) -> None:
        """Between two steps is one link at most, and none leads back to where it began."""
        if any(other in self._linked(node, another) for another in LINKS if another != what):
            raise RefusalError({"Error": "Relationship not allowed."})
        reached, ahead = set(), [other]
        while ahead:
            reached.add(step := ahead.pop())
            ahead += [following for name in LINKS for following in self._linked(step, name)]
        if node in reached:
            raise RefusalError({"Error": "Cycle detected."})

    def _linked(self, node: int, what: str) -> list[int]:
        return self.links.get(("workflow_job_template_nodes", node, what), [])

    def approval(self, node: int, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make the approval of a step."""
        check("workflow_approval_templates", body, self._lookup)
        item = self._store("workflow_approval_templates", body)
        self.items["workflow_job_template_nodes"][node]["unified_job_template"] = item["id"]
        return item

    def sync(self, number: int) -> Sync:
        """Sync a project, at once: what its repository holds is what it has from now on. A failed sync leaves it as it
        was.
        """
        project = self.items["projects"][number]
        repository = self.repositories.get(project["scm_url"], Repository())
        revision = "" if repository.problem else "0" * 40
        sync = Sync(next(self._ids), number, revision, repository.problem)
        self.syncs[sync.number] = sync
        project["status"] = sync.status
        if not sync.problem:
            project["playbook_files"] = list(repository.playbooks)
            project["scm_revision"] = revision
        return sync

    def launch(self, kind: str, name: str, variables: Mapping[str, Any], organization: str = "") -> dict[str, Any]:
        """The extra variables with which a launch by the API would run, or RefusalError."""
        template = self.one(kind, name, organization)
        return variables_of(template, self.surveys.get(template["id"]), variables)

    def shown(self, kind: str, number: int) -> dict[str, Any]:
        """An item as AWX answers: secrets hidden, with addresses of what belongs to it."""
        item = self.items[kind][number]
        url = f"/api/v2/{kind}/{number}/"
        shown = {
            **item,
            "url": url,
            "type": TYPES[kind],
            "related": {"survey_spec": f"{url}survey_spec/"},
            "summary_fields": {},
        }
        if kind == "credentials":
            fields = self.items["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {one["id"] for one in fields if one.get("secret")}
            shown["inputs"] = {
                name: ENCRYPTED if name in secret else value for name, value in item.get("inputs", {}).items()
            }
        if kind == "projects":
            del shown["playbook_files"]
            shown["related"]["update"] = f"{url}update/"
        if kind == "workflow_job_template_nodes":
            shown.update({what: list(self._linked(number, what)) for what in LINKS})
        if kind == "workflow_job_template_nodes" and item.get("unified_job_template"):
            template = self.find(item["unified_job_template"])
            owner = next(kind for kind, items in self.items.items() if template["id"] in items)
            shown["related"]["unified_job_template"] = f"/api/v2/{owner}/{template['id']}/"
        return shown

    def _store(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        number = next(self._ids)
        self.items[kind][number] = {**_normal(kind, body), "id": number}
        if kind == "credential_types":
            for one in self.items[kind][number].get("inputs", {}).get("fields", []):
                one.setdefault("type", "string")
        if kind == "projects":
            self.items[kind][number].update(status="never updated", scm_revision="", playbook_files=[])
        return self.items[kind][number]

    def _whole(self, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """With the organization that a job template has from its project, whatever was sent."""
        project = self.items["projects"].get(body.get("project", 0)) if kind == "job_templates" else None
        return {**body, "organization": project["organization"]} if project else dict(body)

    def _check(self, kind: str, body: Mapping[str, Any]) -> None:
        for name, kinds in REFERENCES.items():
            number = body.get(name)
            if number is not None and not any(number in self.items[one] for one in kinds):
                raise RefusalError({name: [f'Invalid pk "{number}" - object does not exist.']})
        check(kind, body, self._lookup)
        together = UNIQUE[kind]
        for item in self.items[kind].values():
            if item["id"] != body.get("id") and all(item.get(name) == body.get(name) for name in together):
                called = TYPES[kind].replace("_", " ").capitalize()
                raise RefusalError(
                    {"__all__": [f"{called} with this ({', '.join(together)}) combination already exists."]}
                )

    def _check_answers(self, schedule: Mapping[str, Any]) -> None:
        """A schedule answers a survey as a launch does, and gives nothing that isn't asked for."""
        template, given = self.find(schedule["unified_job_template"]), schedule.get("extra_data") or {}
        survey = self.surveys.get(template["id"])
        errors = missing_or_wrong(template, survey, given)
        if errors:
            raise RefusalError({"variables_needed_to_start": errors})
        unasked = not_asked_for(template, survey, given)
        if unasked:
            raise RefusalError({"extra_data": [f"Variables {', '.join(unasked)} are not allowed on launch."]})

    def _owner(self, item: Mapping[str, Any]) -> Any:
        """The organization of an item, or of the template that it belongs to."""
        above = item.get("workflow_job_template") or item.get("unified_job_template") or item.get("inventory")
        return item["organization"] if "organization" in item or not above else self._owner(self.find(above))

    def _lookup(self, kind: str, number: Any) -> dict[str, Any] | None:
        return self.items[kind].get(number)


def _normal(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # AWX keeps a name without the blanks around it.
    body = {name: value.strip() if name == "name" else value for name, value in body.items()}
    return {**body, **{name: "" for name in EMPTIED.get(kind, ()) if body.get(name) is None and name in body}}
