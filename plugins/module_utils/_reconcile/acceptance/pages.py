# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run found, as a page, as a text and for test viewers: three readings of the same outcome."""

from __future__ import annotations

import re
import typing as t
from html import escape
from xml.sax.saxutils import quoteattr

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import counted, one_line

Data = t.Mapping[str, t.Any]
# What XML 1.0 can't hold in any form.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = """
:root {
  color-scheme: light; --back: #fff; --ink: #1b1b1b; --line: #8886; --bad: #b3261e; --good: #146c2e; --soft: #595959;
}
@media (prefers-color-scheme: dark) {
  :root { color-scheme: dark; --back: #1b1b1b; --ink: #eee; --bad: #f2b8b5; --good: #7fd69a; --soft: #b5b5b5; }
}
body { background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid var(--good); padding: .5rem 1rem; }
.verdict.bad { border-color: var(--bad); }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--soft); }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .35rem .6rem; }
table { min-width: 60rem; } td { overflow-wrap: anywhere; } .wrap { overflow-x: auto; }
td.good, td.bad { overflow-wrap: normal; }
code { font-size: .9em; white-space: nowrap; }
.bad { color: var(--bad); } .good { color: var(--good); } .soft { color: var(--soft); }
"""
_HELD: t.Mapping[t.Any, tuple[str, str]] = {
    True: ("held", "good"),
    False: ("did not hold", "bad"),
    None: ("not met", "soft"),
}

_MEANINGS: t.Mapping[str, str] = {
    "works": "Nothing is to be done before a rollout.",
    "works_with_differences": (
        "Where the tenant does otherwise than is taken for likelier, the collection does with either, and was tried"
        " with it just now. Look at what did not hold and at what was not tried to its end before a rollout."
    ),
    "do_not_roll_out": "A rollout would fail or do harm. Mend what the sentence names, and run this again.",
}


def text(found: Data) -> str:
    """The outcome in some lines."""
    lines = [f"{found['tenant']}: {found['sentence']}"]
    lines += [f"Right that the client lacks: {one['right']}, needed for {one['feature']}" for one in found["lacking"]]
    seen = [point for point in found["points"] if point["seen"]]
    lines.append(f"Open points: {len(seen)} of {len(found['points'])} seen.")
    lines += [f"  {point['name']}: {shown(point['position'])} ({point['why']})" for point in seen]
    met = [fact for fact in found["facts"] if fact["held"] is not None]
    broken = [fact for fact in met if not fact["held"]]
    lines.append(f"Documented facts: {len(met) - len(broken)} of the {len(met)} that were met held.")
    lines += [f"  Did not hold: {fact['text']} ({fact['why']})" for fact in broken]
    lines.append("Could not be told:")
    lines += [f"  {point['name']}: {point['why']}" for point in found["points"] if not point["seen"]]
    return "".join(f"{one_line(line)}\n" for line in lines)


def shown(value: t.Any) -> str:
    """A position as it is written in YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def page(found: Data) -> str:
    """The outcome as a page that needs nothing but itself."""
    kind = "verdict bad" if found["verdict"] == "do_not_roll_out" else "verdict"
    title = f"Acceptance of {escape(str(found['tenant']))}"
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>",
        f'<h1>{title}</h1><p class="{kind}"><strong>{escape(str(found["sentence"]))}</strong></p>',
        f"<p>{escape(_MEANINGS[str(found['verdict'])])}</p>",
        f'<p class="soft">{escape(_requests(found))}</p>',
    ]
    if found["lacking"]:
        rows = [[_cell(one["right"]), _cell(one["feature"])] for one in found["lacking"]]
        parts.append(_table("Rights that the client lacks", ["Right", "Needed for"], rows))
    seen = [point for point in found["points"] if point["seen"]]
    parts.append(_table("What Qlik's documentation leaves open", _POINTS, [_point_row(one) for one in seen]))
    unseen = [point for point in found["points"] if not point["seen"]]
    rows = [[_name(one), _cell(one["question"]), _cell(one["why"])] for one in unseen]
    parts.append(_table("What could not be told", ["Point", "Question", "Why"], rows))
    parts.append(_table("What Qlik documents", _FACTS, [_fact_row(one) for one in found["facts"]]))
    parts.append("</main></body></html>\n")
    return "\n".join(parts)


_POINTS = ("Point", "Question", "This tenant", "Taken for likelier", "Seen by")
_FACTS = ("Fact", "Result", "What was answered", "Source")


def _requests(found: Data) -> str:
    counts = found["counts"]
    return f"{counts['reads']} requests that read, {counts['writes']} that write."


def _cell(value: t.Any, kind: str = "") -> str:
    text_shown = escape(one_line(shown(value)))
    return f'<td class="{kind}">{text_shown}</td>' if kind else f"<td>{text_shown}</td>"


def _name(point: Data) -> str:
    return f"<td><code>{escape(str(point['name']))}</code></td>"


def _point_row(point: Data) -> list[str]:
    kind = "bad" if point["differs"] else "good"
    position = _cell(point["position"], kind)
    return [_name(point), _cell(point["question"]), position, _cell(point["expected"]), _cell(point["why"])]


def _fact_row(fact: Data) -> list[str]:
    words, kind = _HELD[fact["held"]]
    return [_cell(fact["text"]), _cell(words, kind), _cell(fact["why"]), _cell(fact["source"])]


def _table(caption: str, heads: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    number = counted(len(rows), "row")
    table = f"<table><caption>{number}</caption><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
    region = f'<div class="wrap" tabindex="0" role="region" aria-label={quoteattr(caption)}>'
    return f"<h2>{escape(caption)}</h2>{region}{table}</div>"


def junit(found: Data) -> str:
    """The outcome as JUnit's XML: a case for each fact and each point, and one for the whole."""
    sentence = str(found["sentence"])
    cases = [_case("verdict", sentence, found["verdict"] == "do_not_roll_out", "", sentence)]
    for fact in found["facts"]:
        skipped = fact["why"] if fact["held"] is None else ""
        cases.append(_case("facts", fact["text"], fact["held"] is False, skipped, fact["why"]))
    for point in found["points"]:
        skipped = "" if point["seen"] else point["why"]
        cases.append(_case("points", f"{point['name']}: {shown(point['position'])}", False, skipped, ""))
    failures = sum("<failure" in case for case in cases)
    skips = sum("<skipped" in case for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skips}"'
    suite = f"  <testsuite name={_quoted(str(found['tenant']))} {counts}>\n{''.join(cases)}  </testsuite>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n{suite}</testsuites>\n'


def _case(group: str, name: str, failed: bool, skipped: str, details: str) -> str:
    inner = ""
    if failed:
        inner = f"<failure message={_quoted(details)}/>"
    elif skipped:
        inner = f"<skipped message={_quoted(skipped)}/>"
    return f"    <testcase classname={_quoted(group)} name={_quoted(name)}>{inner}</testcase>\n"


def _quoted(words: str) -> str:
    return quoteattr(_IMPOSSIBLE.sub("?", words))
