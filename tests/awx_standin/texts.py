"""What AWX refuses of texts: addresses, images, rules of schedules. Each function gives what AWX says, or nothing."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MOST_OF_A_NUMBER = 2147483647
SCHEMES = ("ssh", "git", "http", "https", "ftp", "ftps", "file")
# The grammar of a reference to an image, as the registries have it.
IMAGE = re.compile(
    r"([a-zA-Z0-9.\[\]:-]+/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:\w[\w.-]{0,127})?(@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?"
)
DAY = r"([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)"
NUMBERS = r"[+-]?\d+(,[+-]?\d+)*"
# The parts of a rule that dateutil reads.
PARTS = {
    "FREQ": "YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY|MINUTELY|SECONDLY",
    "INTERVAL": r"\d+",
    "COUNT": r"\d+",
    "UNTIL": r"\d{8}(T\d{6}Z?)?",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
    "BYDAY": f"{DAY}(,{DAY})*",
    **{f"BY{name}": NUMBERS for name in ("SETPOS", "MONTH", "MONTHDAY", "YEARDAY", "WEEKNO", "EASTER")},
    **{f"BY{name}": NUMBERS for name in ("HOUR", "MINUTE", "SECOND")},
}


def problem_of_address(address: str) -> str:
    """Of the address of a Git repository: it may name a host, as ssh has it, or a folder."""
    if not address.strip():
        return "SCM URL is required."
    if "://" not in address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in SCHEMES:
        return "Unsupported git URL"
    if parts.scheme == "file":
        unknown = parts.netloc not in ("", "localhost")
        return f'Unsupported host "{parts.netloc}" for file:// URL' if unknown else ""
    return "" if parts.netloc else f"Host is required for {parts.scheme} URL"


def problem_of_image(image: str) -> str:
    """Of the name of an image."""
    return "" if IMAGE.fullmatch(image) else "Enter a valid value."


def problems_of_rule(rule: str) -> list[str]:
    """Of a schedule: one start with a time zone, and rules, each with an interval of a minute or more."""
    starts = re.findall(r"DTSTART(?:;[^:]+)?:[0-9]+T[0-9]+Z?", rule)
    errors = []
    if not starts:
        errors.append("Valid DTSTART required in rrule. Value should start with: DTSTART:YYYYMMDDTHHMMSSZ")
    if re.search(r"DTSTART:[0-9]+T[0-9]+ ", rule):
        errors.append("DTSTART cannot be a naive datetime.  Specify ;TZINFO= or YYYYMMDDTHHMMSSZZ.")
    if len(starts) > 1:
        errors.append("Multiple DTSTART is not supported.")
    if "rrule:" not in rule.lower():
        errors.append("One or more rule required in rrule.")
    errors += [f"{name} not allowed in rrule." for name in ("EXDATE", "RDATE") if f"{name.lower()}:" in rule.lower()]
    for one in re.findall(r"RULE:\S*", rule):
        errors += _problems_of_one(one)
    if not errors:
        errors += [f"rrule parsing failed validation: {problem}" for problem in _not_parsed(rule)]
    return errors


def _problems_of_one(rule: str) -> list[str]:
    errors = []
    if "interval" not in rule.lower():
        errors.append(f"INTERVAL required in rrule: {rule}")
    elif "secondly" in rule.lower():
        errors.append(f"SECONDLY is not supported: {rule}")
    if re.match(r".*?BYDAY[:=]+[0-9]+[a-zA-Z]{2}", rule):
        errors.append(f"BYDAY with numeric prefix not supported: {rule}")
    if "COUNT" in rule and "UNTIL" in rule:
        errors.append(f"RRULE may not contain both COUNT and UNTIL: {rule}")
    if any(int(count) > 999 for count in re.findall("COUNT=([0-9]+)", rule)[:1]):
        errors.append(f"COUNT > 999 is unsupported: {rule}")
    return errors


def _not_parsed(rule: str) -> list[str]:
    """What dateutil would say, in fewer words."""
    problems = []
    for word in rule.upper().split():
        name, _, value = word.partition(":")
        if name.split(";")[0] == "DTSTART":
            if not re.fullmatch(r"\d{8}T\d{6}Z?", value) or not _is_moment(value):
                problems.append(f"Unknown string format: {value}")
        elif name not in ("RRULE", "EXRULE"):
            problems.append(f"unsupported property: {name}")
        else:
            problems += [f"invalid '{part}'" for part in value.split(";") if not _is_part(part)]
            problems += [] if "FREQ=" in value else ["missing FREQ"]
    return problems


def _is_part(part: str) -> bool:
    name, _, value = part.partition("=")
    return name in PARTS and re.fullmatch(PARTS[name], value) is not None


def _is_moment(value: str) -> bool:
    month, day, hour = int(value[4:6]), int(value[6:8]), int(value[9:11])
    return 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and int(value[11:13]) < 60 and int(value[13:15]) < 60
