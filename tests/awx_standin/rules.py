"""What AWX refuses of an item alone or by what it refers to. Each function raises RefusalError with the body of an
answer 400.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .refusals import RefusalError
from .texts import MOST_OF_A_NUMBER, problem_of_address, problem_of_image, problems_of_rule

INPUT_KEYS = {
    "type",
    "format",
    "choices",
    "id",
    "label",
    "help_text",
    "multiline",
    "secret",
    "ask_at_runtime",
    "default",
}
REQUIRED = {
    "organizations": ["name"],
    "credential_types": ["name", "kind"],
    "credentials": ["name", "credential_type"],
    "execution_environments": ["name", "image"],
    "projects": ["name", "organization"],
    "inventories": ["name", "organization"],
    "inventory_sources": ["name", "inventory", "source"],
    "job_templates": ["name", "project", "playbook", "inventory"],
    "workflow_job_templates": ["name"],
    "workflow_job_template_nodes": ["workflow_job_template"],
    "schedules": ["name", "rrule", "unified_job_template"],
    "workflow_approval_templates": ["name"],
}
# What no two items of a kind have in common. Names of organizations and execution environments are unique in all of
# AWX.
UNIQUE: dict[str, tuple[str, ...]] = {
    "organizations": ("name",),
    "execution_environments": ("name",),
    "credential_types": ("name", "kind"),
    "credentials": ("organization", "name", "credential_type"),
    "projects": ("name", "organization"),
    "inventories": ("name", "organization"),
    "inventory_sources": ("name", "inventory"),
    "job_templates": ("name", "organization"),
    "workflow_job_templates": ("name", "organization"),
    "workflow_job_template_nodes": ("identifier", "workflow_job_template"),
    "schedules": ("unified_job_template", "name"),
}
LONGEST = {"name": 512, "image": 1024, "scm_url": 1024, "scm_branch": 256, "source_path": 1024}
# The kinds of credentials that a job can have.
OF_JOBS = ("ssh", "vault", "cloud", "net", "kubernetes")
# The credential types that AWX has from the start: kind, and the fields of their inputs.
BUILTIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "Machine": ("ssh", ("username", "password", "ssh_key_data")),
    "Source Control": ("scm", ("username", "password", "ssh_key_data", "ssh_key_unlock")),
    "Vault": ("vault", ("vault_password", "vault_id")),
    "Container Registry": ("registry", ("host", "username", "password", "verify_ssl")),
    "Ansible Galaxy/Automation Hub API Token": ("galaxy", ("url", "auth_url", "token")),
}
Item = Mapping[str, Any]
Find = Callable[[str, Any], Item | None]


def check(kind: str, item: Item, find: Find) -> None:
    """Refuse an item that AWX wouldn't take. `find` gives an item that it refers to, by kind and id."""
    missing = {name: ["This field is required."] for name in REQUIRED[kind] if _empty(item.get(name))}
    if missing:
        raise RefusalError(missing)
    for name, most in LONGEST.items():
        if len(item.get(name) or "") > most:
            raise RefusalError({name: [f"Ensure this field has no more than {most} characters."]})
    if kind in ALONE:
        ALONE[kind](item)
    if kind in REFERRING:
        REFERRING[kind](item, find)


def check_credential_type(item: Item) -> None:
    """The form of inputs and injectors; injectors may use the inputs only, and set no variable of Ansible's own."""
    if item["kind"] not in ("net", "cloud"):
        raise RefusalError({"kind": ["Must be 'cloud' or 'net'."]})
    inputs, injectors = item.get("inputs", {}), item.get("injectors", {})
    fields = inputs.get("fields", [])
    for field in fields:
        if not {"id", "label"} <= field.keys() <= INPUT_KEYS or not re.fullmatch(
            "[a-zA-Z_]+[a-zA-Z0-9_]*", field["id"]
        ):
            raise RefusalError({"inputs": [f"{field} has not the form of a field."]})
    names = {field["id"] for field in fields}
    if (
        not set(inputs.get("required", [])) <= names
        or len(names) < len(fields)
        or inputs.keys() - {"fields", "required"}
    ):
        raise RefusalError({"inputs": ["Additional, repeated or undefined fields."]})
    if injectors.keys() - {"env", "extra_vars", "file"}:
        raise RefusalError({"injectors": ["Additional properties are not allowed."]})
    templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for where, values in injectors.items():
        for name, template in values.items():
            if where == "env" and name.startswith("ANSIBLE_"):
                raise RefusalError({"injectors": [f"{name} is not allowed in credentials."]})
            try:
                templates.from_string(template).render(dict.fromkeys(names, "EXAMPLE"))
            except TemplateError as error:
                raise RefusalError({"injectors": [f"{name} uses an undefined field ({error})."]}) from error


def check_variables(item: Item) -> None:
    """Extra variables are a JSON text of an object."""
    if not isinstance(json.loads(item.get("extra_vars", "{}")), dict):
        raise RefusalError({"extra_vars": ["Must be an object."]})


def check_job_template(item: Item) -> None:
    """Variables and counts; none is negative, and no slices at all is a count like any other."""
    check_variables(item)
    _check_numbers(item, ("job_slice_count", "forks"))


def check_rule(item: Item) -> None:
    """The rule of a schedule."""
    errors = problems_of_rule(item["rrule"])
    if errors:
        raise RefusalError({"rrule": errors})


def check_approval(item: Item) -> None:
    """How long it waits."""
    _check_numbers(item, ("timeout",))


def _check_numbers(item: Item, names: tuple[str, ...]) -> None:
    for name in names:
        if item.get(name, 0) < 0:
            raise RefusalError({name: ["Ensure this value is greater than or equal to 0."]})
        if item.get(name, 0) > MOST_OF_A_NUMBER:
            raise RefusalError({name: [f"Ensure this value is less than or equal to {MOST_OF_A_NUMBER}."]})


def check_credential(item: Item, find: Find) -> None:
    """Inputs are fields of the type."""
    fields = (find("credential_types", item["credential_type"]) or {}).get("inputs", {}).get("fields", [])
    unknown = set(item.get("inputs", {})) - {field["id"] for field in fields}
    if unknown:
        raise RefusalError(
            {"inputs": [f"Additional properties are not allowed ({', '.join(sorted(unknown))} was unexpected)"]}
        )
    for field in fields:
        kind = bool if field.get("type") == "boolean" else str
        value = item.get("inputs", {}).get(field["id"])
        if value is not None and not isinstance(value, kind):
            raise RefusalError({"inputs": {field["id"]: [f"{value} is not of type '{field.get('type', 'string')}'"]}})


def check_project(item: Item, find: Find) -> None:
    """An address that Git may take; the credential is one for source control."""
    problem = problem_of_address(item.get("scm_url") or "") if item.get("scm_type") else ""
    if problem:
        raise RefusalError({"scm_url": [problem]})
    if item.get("credential") and kind_of(item["credential"], find) != "scm":
        raise RefusalError({"credential": ["Credential kind must be 'scm'."]})


def check_environment(item: Item, find: Find) -> None:
    """The image has the form of a name; the credential is one for a registry."""
    if problem_of_image(item["image"]):
        raise RefusalError({"image": [problem_of_image(item["image"])]})
    if item.get("credential") and kind_of(item["credential"], find) != "registry":
        raise RefusalError(
            {"credential": ["Only Container Registry credentials can be associated with an Execution Environment"]}
        )


def check_source(item: Item, find: Find) -> None:
    """A source needs its project; credentials of some kinds are for something else."""
    if item["source"] == "scm" and not item.get("source_project"):
        raise RefusalError({"source_project": ["Project required for scm type sources."]})
    if item.get("credential") and kind_of(item["credential"], find) in ("insights", "vault"):
        raise RefusalError(
            {"detail": "Credentials of type insights and vault are disallowed for scm inventory sources."}
        )


def check_playbook(item: Item, find: Find) -> None:
    """The playbook is in the project, as it was synced last."""
    project = find("projects", item["project"]) or {}
    if item["playbook"] not in project.get("playbook_files", []):
        raise RefusalError({"playbook": ["Playbook not found for project."]})


def check_attached(attached: list[Item], new: Item, find: Find) -> None:
    """Of the credentials of a job template, no two have the same type (of Vault: the same id), and all are for jobs."""
    kind = find("credential_types", new["credential_type"]) or {}
    if any(_exclusive(one, find) == _exclusive(new, find) for one in attached):
        vault_id = new.get("inputs", {}).get("vault_id") if kind["kind"] == "vault" else None
        called = f"{kind['name']} (id={vault_id})" if vault_id else kind["name"]
        raise RefusalError({"error": f"Cannot assign multiple {called} credentials."})
    if kind["kind"] not in OF_JOBS:
        raise RefusalError({"error": f"Cannot assign a Credential of kind `{kind['kind']}`."})


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def kind_of(credential: int, find: Find) -> str:
    """The kind of a credential's type."""
    item = find("credentials", credential) or {}
    return str((find("credential_types", item.get("credential_type")) or {}).get("kind"))


def _exclusive(credential: Item, find: Find) -> tuple[int, str]:
    kind = (find("credential_types", credential["credential_type"]) or {}).get("kind")
    return credential["credential_type"], credential.get("inputs", {}).get("vault_id") or "" if kind == "vault" else ""


ALONE: dict[str, Callable[[Item], None]] = {
    "credential_types": check_credential_type,
    "job_templates": check_job_template,
    "workflow_job_templates": check_variables,
    "schedules": check_rule,
    "workflow_approval_templates": check_approval,
}
REFERRING: dict[str, Callable[[Item, Find], None]] = {
    "credentials": check_credential,
    "projects": check_project,
    "execution_environments": check_environment,
    "inventory_sources": check_source,
    "job_templates": check_playbook,
}
