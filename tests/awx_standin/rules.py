"""What AWX refuses: each function raises RefusalError with the text for an answer 400."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

INPUT_KEYS = {"type", "format", "choices", "id", "label", "help_text", "multiline", "secret", "ask_at_runtime", "default"}
# The types of answers to a survey, and the type that a default answer must have.
ANSWERS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
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
}


class RefusalError(Exception):
    """AWX would answer 400 with this text."""


def check(kind: str, item: Mapping[str, Any]) -> None:
    """Refuse an item that AWX wouldn't take."""
    for field in REQUIRED[kind]:
        if item.get(field) in (None, ""):
            raise RefusalError(f"{field}: This field is required.")
    if kind in CHECKS:
        CHECKS[kind](item)


def check_credential_type(item: Mapping[str, Any]) -> None:
    """The form of inputs and injectors; injectors may use the inputs only, and set no variable of Ansible's own."""
    if item["kind"] not in ("net", "cloud"):
        raise RefusalError("kind: Must be 'cloud' or 'net'.")
    inputs, injectors = item.get("inputs", {}), item.get("injectors", {})
    fields = inputs.get("fields", [])
    for field in fields:
        if not {"id", "label"} <= field.keys() <= INPUT_KEYS or not re.fullmatch("[a-zA-Z_]+[a-zA-Z0-9_]*", field["id"]):
            raise RefusalError(f"inputs: {field} has not the form of a field.")
    names = {field["id"] for field in fields}
    if not set(inputs.get("required", [])) <= names or len(names) < len(fields) or inputs.keys() - {"fields", "required"}:
        raise RefusalError("inputs: Additional, repeated or undefined fields.")
    if injectors.keys() - {"env", "extra_vars", "file"}:
        raise RefusalError("injectors: Additional properties are not allowed.")
    templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for where, values in injectors.items():
        for name, template in values.items():
            if where == "env" and name.startswith("ANSIBLE_"):
                raise RefusalError(f"injectors: {name} is not allowed in credentials.")
            try:
                templates.from_string(template).render(dict.fromkeys(names, "EXAMPLE"))
            except TemplateError as error:
                raise RefusalError(f"injectors: {name} uses an undefined field ({error}).") from error


def check_job_template(item: Mapping[str, Any]) -> None:
    """Variables are a JSON text of an object; counts are at least one."""
    if not isinstance(json.loads(item.get("extra_vars", "{}")), dict):
        raise RefusalError("extra_vars: Must be an object.")
    if item.get("job_slice_count", 1) < 1:
        raise RefusalError("job_slice_count: Must be at least 1.")


def check_schedule(item: Mapping[str, Any]) -> None:
    """A rule has one start with a time zone, and an interval."""
    rule = item["rrule"]
    if len(re.findall(r"DTSTART(?:;TZID=[^:]+:\d{8}T\d{6}|:\d{8}T\d{6}Z)", rule)) != 1:
        raise RefusalError("rrule: One DTSTART with a time zone required.")
    if not re.search(r" RRULE:FREQ=(MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY);\S*INTERVAL=\d+", rule):
        raise RefusalError("rrule: One RRULE with FREQ and INTERVAL required.")


def check_survey(survey: Mapping[str, Any]) -> None:
    """The form of a survey; a default answer has the type of its question."""
    if not all(isinstance(survey.get(field), str) for field in ("name", "description")) or not survey.get("spec"):
        raise RefusalError("A survey needs name, description and spec.")
    for question in survey["spec"]:
        if not {"type", "question_name", "variable", "required"} <= question.keys():
            raise RefusalError(f"{question} misses what a question needs.")
        if question["type"] not in ANSWERS or not isinstance(question["required"], bool):
            raise RefusalError(f"{question['variable']} has no type of question.")
        if not isinstance(question.get("default", ""), (ANSWERS[question["type"]], str)):
            raise RefusalError(f"{question['variable']} has a default of another type.")


CHECKS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "credential_types": check_credential_type,
    "job_templates": check_job_template,
    "schedules": check_schedule,
}
