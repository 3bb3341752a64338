# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that people take for one another, or for ids.

Qlik compares names of spaces and connections exactly (qlik.dev, and the help about spaces), so that C(Sales) and
C(sales) may stand side by side, and even two names that look the same: Unicode writes an accented letter as one
character or as two.
"""

from __future__ import annotations

import re
import unicodedata

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import one_line

_CONTROL_CHARACTER = re.compile("[\0-\x1f]")
_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def same_form(name: str) -> str:
    """A name without what nobody sees: which of Unicode's forms it is written in, and how its blanks are."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


def likeness(name: str) -> str:
    """A name without case, too: equal for names of which one is probably meant for the other."""
    folded = unicodedata.normalize("NFD", same_form(name)).casefold()
    return unicodedata.normalize("NFC", folded)


def difference(first: str, second: str) -> str:
    """How two names of the same likeness differ, for a message."""
    if unicodedata.normalize("NFC", first) == unicodedata.normalize("NFC", second):
        return "which looks the same and differs in the form of its Unicode characters only"
    return "which differs by case or blanks only"


def has_control_characters(text: str) -> bool:
    """Whether a text holds a line break or another character that no name has."""
    return not text.isprintable() and bool(_CONTROL_CHARACTER.search(text))


def id_problem(text: str, kind: str = "connection") -> str:
    """Why a text can't be the id of a connection or a credential; empty when it can. Qlik would answer with 400."""
    if _ID.fullmatch(text):
        return ""
    return (
        f"id is '{one_line(text)}', and the id of a {kind} is a UUID, such as 8a3d2c0e-6b1f-4c55-9a57-0f6f2f1f7e11. To"
        " say its name, use"
        " name."
    )
