# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers of errors say of a connection: that it works, that it doesn't, or nothing. Pure.

Sources: the error numbers of Qlik's engine, and ODBC's states (28: sign-in, 08: network). Texts decide nothing. A
number that is about Qlik, about rights or about the script says nothing of the connection: better unknown than dead.
"""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import TELLING_LENGTH
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import Reading
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_script import NOT_REACHED
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_texts import masked_text, secrets_in
from ansible_collections.qlikops.cloud.plugins.module_utils._model.ways_to_try import Way

LONGEST_MESSAGE = 300
# Smaller ones are those of ScriptError: which kind of statement failed, and not why.
_LEAST_CODE = 17

_CONNECTORS_OWN = frozenset((11042, 11043))
_FAILED = frozenset(
    (
        *(401, 403, 404, 408, 700),
        *(11033, 11034, 11035, 11036, 11037, 11038, 11042, 11043),
        *(30002, 30003, 30012, 30015, 30020, 30026, 30031, 30034),
    )
)
_PASSING = frozenset((18, 500, 501, 502, 503, 504))
_OUR_MISTAKE = range(11001, 11015)
_REASONS = {
    **dict.fromkeys((3003, 11020), "the file or folder isn't there, which says nothing of the connection"),
    **dict.fromkeys(
        (2001, 11015, 11024),
        "Qlik doesn't find the connection, or the caller may not use it: the role dataconsumer in its space is needed",
    ),
    **dict.fromkeys((2005, 10000), "the caller has no credentials for it, or no right to use them"),
    **dict.fromkeys(
        (11025, 11030, 11040, 11041, 11044, 11048),
        "Qlik's connector isn't there, doesn't answer, or is blocked by the tenant's entitlement",
    ),
    **dict.fromkeys((6, 10, 19, 11000), "Qlik's engine was in trouble itself"),
}
_REFUSED_STATEMENT = "it connects, and the statement was refused. Name another"
_LOGIN_OR_NETWORK = ("28", "08")
_GENERAL = ("S1", "HY")
# Of a statement that worked a moment ago with other credentials, it isn't the syntax.
_SYNTAX_OR_RIGHT = "42"


class Verdict(t.NamedTuple):
    """C(works) is None when it could not be told. C(again): it is worth trying once more."""

    works: bool | None
    message: str = ""
    again: bool = False


def verdict(reading: Reading, way: Way, hide: t.Callable[[str], str], option: str = "statements") -> Verdict:
    """What a reading says. C(hide) takes known secrets out of a text; C(option) has the user's own statements."""
    if reading.connect or _failed_to_read(reading) or reading.counted:
        return _of_error(reading, way, hide, option)
    if reading.codes and not reading.found:
        if way.kind == "files":
            return _of_error(reading, way, hide, option)
        return Verdict(None, "the log tells of an error, and the script saw none", again=True)
    if reading.read == NOT_REACHED:
        return Verdict(None, "its statement wasn't run", again=True)
    doubt = _doubt(reading, way, option)
    return Verdict(None, doubt) if doubt else Verdict(True)


def _doubt(reading: Reading, way: Way, option: str) -> str:
    """Why a trial without an error proves nothing; empty when it does."""
    if way.kind == "files" and not reading.found:
        return "there is no file, and no error: Qlik doesn't say whether it could look"
    if way.needs_row and not reading.found:
        return "it signs in, but the statement gave no row, which may be for want of a right"
    if not way.opens:
        return (
            "LIB CONNECT succeeds, and nothing shows that it reaches such a source. Name a statement, or an empty one"
            f" to count that ({option})"
        )
    return ""


def unfinished(reading: Reading, hide: t.Callable[[str], str]) -> str:
    """What was said of a connection before its reload ended, for a person."""
    return shown(reading.text, hide)


def shown(text: str, hide: t.Callable[[str], str]) -> str:
    """What somebody else said, on one line, without secrets and not too long."""
    safe = hide(text)
    # What is called a secret at one place of a text is one at every place of it.
    for secret in sorted(secrets_in(safe), key=len, reverse=True):
        if len(secret) >= TELLING_LENGTH:
            safe = safe.replace(secret, MASK)
    safe = masked_text(safe, MASK)
    return one_line(" ".join(safe.split()))[:LONGEST_MESSAGE]


def _failed_to_read(reading: Reading) -> bool:
    return reading.read not in (0, NOT_REACHED)


def _of_error(reading: Reading, way: Way, hide: t.Callable[[str], str], option: str) -> Verdict:
    message = shown(reading.text, hide)
    if not reading.whole:
        return Verdict(None, _after_reason("there was an error, and the log is cut", message), again=True)
    codes = _codes(reading)
    if not codes:
        return _by_state(reading, message)
    # Several may stand in one message: only what all of them say is sure.
    if all(code in _PASSING for code in codes):
        return Verdict(False, _numbered(message, codes), again=True)
    if not all(code in _FAILED or code in _PASSING for code in codes):
        return Verdict(None, _after_reason(_reason(codes), _numbered(message, codes)))
    if _is_about_the_statement(reading, way, codes):
        return Verdict(None, _after_reason(f"{_REFUSED_STATEMENT} ({option})", _numbered(message, codes)))
    return Verdict(False, _numbered(message, codes))


def _codes(reading: Reading) -> tuple[int, ...]:
    """Qlik's numbers of the errors: those in the log, else those of the script itself, where they are Qlik's."""
    if reading.codes:
        return reading.codes
    own = (reading.connect, reading.read if _failed_to_read(reading) else 0)
    return tuple(dict.fromkeys(code for code in own if code > _LEAST_CODE))


def _by_state(reading: Reading, message: str) -> Verdict:
    """Without a number of Qlik's: ODBC's states of a sign-in and of the network are clear, others aren't."""
    if reading.states and all(state.startswith(_LOGIN_OR_NETWORK) for state in reading.states):
        return Verdict(False, message or f"SqlState {', '.join(reading.states)}")
    return Verdict(
        None, _after_reason("there was an error, and Qlik gave no number by which it could be judged", message)
    )


def _is_about_the_statement(reading: Reading, way: Way, codes: t.Sequence[int]) -> bool:
    """Whether the connector may have refused just the statement: LIB CONNECT had succeeded, and neither ODBC's state
    nor the plainness of the statement says otherwise.
    """
    if reading.connect or reading.read == NOT_REACHED or way.kind != "statement":
        return False
    if not _CONNECTORS_OWN.issuperset(codes):
        return False
    if any(state.startswith(_LOGIN_OR_NETWORK) for state in reading.states):
        return False
    if way.proven and all(state.startswith((*_GENERAL, _SYNTAX_OR_RIGHT)) for state in reading.states):
        return False
    if all(state.startswith(_GENERAL) for state in reading.states):
        return not way.tells
    return True


def _reason(codes: t.Sequence[int]) -> str:
    for code in codes:
        if code in _REASONS:
            return _REASONS[code]
    if any(code in _OUR_MISTAKE for code in codes):
        return "the script was wrong, not the connection. Unless the statement is yours, please report it"
    return "its error says nothing of the connection that is known"


def _numbered(message: str, codes: t.Sequence[int]) -> str:
    numbers = f"Qlik's error {', '.join(str(code) for code in codes[:3])}"
    return f"{message} ({numbers})" if message else numbers


def _after_reason(reason: str, message: str) -> str:
    return f"{reason}: {message}" if message else reason
