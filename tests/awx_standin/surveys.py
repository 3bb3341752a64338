"""Surveys as AWX takes them, and what it does with the answers of a launch or a schedule.

Source: AWX 24.6.1, `SurveyJobTemplateMixin` and `JobTemplateSurveySpec`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .refusals import RefusalError

# The types of answers, and the type that a default answer must have.
ANSWERS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}
TEXTS = ("text", "textarea", "password")


def check_survey(survey: Mapping[str, Any]) -> None:
    """The form of a survey: each question has what it needs, and a default answer of its own type.
    Raises RefusalError.
    """
    for name, kind, called in (
        ("name", str, "string"),
        ("description", str, "string"),
        ("spec", list, "list of items"),
    ):
        if name not in survey:
            raise RefusalError({"error": f"Field '{name}' is missing from survey spec."})
        if not isinstance(survey[name], kind):
            raise RefusalError(
                {"error": f"Expected {called} for field '{name}', received {type(survey[name]).__name__} type."}
            )
    if not survey["spec"]:
        raise RefusalError({"error": "'spec' doesn't contain any items."})
    seen: set[str] = set()
    for number, question in enumerate(survey["spec"]):
        _check_question(number, question)
        if question["variable"] in seen:
            raise RefusalError(
                {"error": f"'variable' '{question['variable']}' duplicated in survey question {number}."}
            )
        seen.add(question["variable"])


def _check_question(number: int, question: Mapping[str, Any]) -> None:
    for name in ("type", "question_name", "variable", "required"):
        if name not in question:
            raise RefusalError({"error": f"'{name}' missing from survey question {number}"})
        expected = bool if name == "required" else str
        if not isinstance(question[name], expected):
            raise RefusalError({"error": f"'{name}' in survey question {number} expected to be {expected.__name__}."})
    kind = question["type"]
    if kind not in ANSWERS:
        raise RefusalError(
            {
                "error": f"'{kind}' in survey question {number} is not one of '{', '.join(ANSWERS)}' allowed question"
                " types."
            }
        )
    default = question.get("default", "")
    if default != "" and not isinstance(default, ANSWERS[kind]):
        raise RefusalError({"error": f"Default value {default} in survey question {number} expected to be {kind}."})
    for name in ("min", "max"):
        if not isinstance(question.get(name), (int, type(None))):
            raise RefusalError({"error": f"The {name} limit in survey question {number} expected to be integer."})
    if kind in ("multiplechoice", "multiselect") and "choices" not in question:
        raise RefusalError({"error": f"Survey question {number} of type {kind} must specify choices."})


def variables_of(
    template: Mapping[str, Any], survey: Mapping[str, Any] | None, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The extra variables of a launch with these: the template's own, then default answers, then what was given.

    What the template doesn't ask for is dropped without a word. Raises RefusalError for answers that are missing or
    don't fit.
    """
    questions = _asked(template, survey)
    errors = missing_or_wrong(template, survey, given)
    if errors:
        raise RefusalError({"variables_needed_to_start": errors})
    variables = json.loads(template.get("extra_vars") or "{}")
    for question in questions:
        default = question.get("default")
        if default is not None and not _problem(question, {question["variable"]: default}):
            variables[question["variable"]] = default
    taken = {question["variable"] for question in questions}
    everything = template.get("ask_variables_on_launch", False)
    variables.update({name: value for name, value in given.items() if everything or name in taken})
    return dict(variables)


def missing_or_wrong(
    template: Mapping[str, Any], survey: Mapping[str, Any] | None, given: Mapping[str, Any]
) -> list[str]:
    """What AWX says about the answers: a required question needs one, whether or not it has a default."""
    return [problem for question in _asked(template, survey) if (problem := _problem(question, given))]


def not_asked_for(template: Mapping[str, Any], survey: Mapping[str, Any] | None, given: Mapping[str, Any]) -> list[str]:
    """The given variables that the template has no question for."""
    taken = {question["variable"] for question in _asked(template, survey)}
    return [] if template.get("ask_variables_on_launch") else [name for name in given if name not in taken]


def _asked(template: Mapping[str, Any], survey: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    return survey["spec"] if survey and template.get("survey_enabled") else []


def _problem(question: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    name = question["variable"]
    if name not in given:
        return f"'{name}' value missing" if question["required"] else ""
    value = given[name]
    if question["type"] in TEXTS:
        if not isinstance(value, str):
            return f"Value {value} for '{name}' expected to be a string."
        return _out_of_bounds(question, value, len(value), f" (length is {len(value)}")
    if question["type"] == "integer":
        if type(value) is not int:
            return f"Value {value} for '{name}' expected to be an integer."
        return _out_of_bounds(question, value, value, " (")
    return ""


def _out_of_bounds(question: Mapping[str, Any], value: Any, size: int, how: str) -> str:
    least, most = question.get("min"), question.get("max")
    if least is not None and size < least:
        return f"'{question['variable']}' value {value} is too small{how} must be at least {least})."
    if most is not None and size > most:
        return f"'{question['variable']}' value {value} is too large{how} must be no more than {most})."
    return ""
