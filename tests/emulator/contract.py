"""The contract with Qlik as JSON Schema: what bodies must look like, both ways. contract.yml holds it, and says where
it is from.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema
import yaml

from .errors import ApiError
from .exchange import Answer, Call, Route

_FORMS = ("/api/v1", "/api/connectivity")
# What the edge in front of every service may answer, whatever was asked.
_EDGE = frozenset((401, 429))


@functools.cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("contract.yml").read_text(encoding="utf-8"))
    return document


@functools.cache
def _validator(schema: str) -> Callable[[Any], Any]:
    document = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$ref": f"#/schemas/{schema}",
        "schemas": _document()["schemas"],
    }
    validate: Callable[[Any], Any] = fastjsonschema.compile(document, use_default=False, use_formats=False)
    return validate


def fault_of(schema: str, value: Any) -> str:
    """Say how a value breaks a schema; empty when it doesn't."""
    try:
        _validator(schema)(value)
    except fastjsonschema.JsonSchemaException as error:
        return str(error)[:300]
    return ""


def check_body(schema: str, body: Any) -> None:
    """Raise ApiError 400 for a request body that breaks its schema."""
    fault = fault_of(schema, body)
    if fault:
        raise ApiError(400, "Invalid request body", fault.replace("data", "the body", 1))


def exchange_of(route: Route) -> dict[str, Any] | None:
    """Give what the contract says of a route; None when it says nothing."""
    path = route.path
    for form in _FORMS:
        path = path.removeprefix(form)
    found: dict[str, Any] | None = _document()["exchanges"].get(f"{route.method} {path}")
    return found


def breach_of(route: Route, call: Call, answer: Answer, *, all_defaults: bool) -> str:
    """Say how an answer breaks the contract; empty when it doesn't.

    Which statuses are documented counts only while every switch is at its default: switches are about just that.
    """
    said = exchange_of(route)
    what = f"{call.method} {call.path} answered {answer.status}"
    if said is None:
        return f"{what}, and the contract doesn't know this endpoint"
    if answer.status >= 400:
        if all_defaults and answer.status not in {*said["errors"], *_EDGE}:
            return f"{what}, which is not documented"
        return _fault_of_answer(what, "Refusal", answer)
    if answer.status not in said["answers"]:
        return f"{what}, which is not documented"
    answers = said["answers"] if all_defaults else said["answers"] | said.get("switched", {})
    schema = answers[answer.status]
    if schema is None:
        return f"{what} with a body" if answer.content() else ""
    return _fault_of_answer(what, schema, answer)


def _fault_of_answer(what: str, schema: str, answer: Answer) -> str:
    if answer.content_type != "application/json":
        return ""  # an edge's page instead of JSON, on purpose
    fault = _fault_of_text(schema, answer.content())
    return f"{what}: {fault}" if fault else ""


@functools.lru_cache(maxsize=500)
def _fault_of_text(schema: str, text: bytes) -> str:
    """The same list of data sources is a tenth of all that the tests are answered."""
    return fault_of(schema, json.loads(text))
