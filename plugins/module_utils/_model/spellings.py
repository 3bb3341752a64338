# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a text whose parts may be escaped, for whatever it passed through, without losing where each character stood.

A server quotes a value as JSON, HTML, XML, a URL, a connect statement, a Python literal or base64, or as one inside
another. Which of them it was isn't told, so a text is read in all ways, level by level, until nothing in it looks
escaped any more.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import typing as t
import unicodedata
from itertools import islice

# A text that is escaped more often than this was made to be.
LEVELS = 8
# And one of which more can be read; of a long text less is, since each reading takes memory.
_READINGS = 32
_CHARACTERS = 262_144

_BACKSLASHES = (
    r"|(?P<long>\\U[0-9A-Fa-f]{8}|\\u\{[0-9A-Fa-f]{1,8}\})"
    r"|(?P<bytes>(?:\\x[0-9A-Fa-f]{2})+)"
    r"|(?P<octal>(?:\\[0-3][0-7]{2})+)"
)
_PERCENTS = r"(?P<percents>(?:%[0-9A-Fa-f]{2})+)"
_ENTITY = r"(?P<entity>&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};))"
_ESCAPE = re.compile(
    rf"{_PERCENTS}|(?P<percent>%%)|{_ENTITY}"
    r"|(?P<halves>(?:[\\%]u[0-9A-Fa-f]{4})+)"
    # Before a sign with which other spellings begin, a backslash is most often one itself.
    f"{_BACKSLASHES}|(?P<slash>\\\\[^%&])"
)
# What one writer escapes, and nothing else.
_AS_ENTITIES = re.compile(_ENTITY)
_AS_PERCENTS = re.compile(_PERCENTS)
_AS_BACKSLASHES = re.compile(rf"(?P<halves>(?:\\u[0-9A-Fa-f]{{4}})+){_BACKSLASHES}|(?P<slash>\\[\s\S])")
# A connect statement: see compare.decoded_url.
_AS_VALUE = re.compile("(?P<equals>%2)|(?P<percent>%%)")
# How ODBC writes what it puts in braces, and databases what they put in brackets.
_DOUBLED = tuple(re.compile(rf"(?P<doubled>{signs})") for signs in (r"\}\}|\{\{", r"\]\]|\[\[", r"\}\}", r"\]\]"))
# A form.
_AS_BLANKS = re.compile(r"(?P<blank>\+)")
_UNSEEN = re.compile("(?P<nothing>[\u00ad\u200b-\u200d\u2060\ufeff])")
# What may be meant as well, since nothing tells: the escapes of one writer alone among them.
_WAYS = (_AS_ENTITIES, _AS_PERCENTS, _AS_BACKSLASHES, _AS_VALUE, *_DOUBLED, _AS_BLANKS, _UNSEEN)
# A form and a URL may stand in a connect statement.
_URL = rf"{_PERCENTS}|(?P<halves>(?:%u[0-9A-Fa-f]{{4}})+)"
_AS_URL, _AS_FORM = re.compile(_URL), re.compile(rf"{_URL}|(?P<blank>\+)")
# What ends an item is no part of an escape behind it.
_AS_STATEMENT = re.compile("(?P<equals>%2)|(?P<item>%1)|(?P<percent>%%)")
# What usual writers escape, each with nothing else: one pattern after the other.
_USUAL_WAYS = (
    (_AS_ENTITIES,),
    (_AS_BACKSLASHES,),
    (_AS_VALUE,),
    *((signs,) for signs in _DOUBLED),
    (_AS_BLANKS,),
    (_AS_URL,),
    (_AS_FORM,),
    (_AS_STATEMENT, _AS_URL),
    (_AS_STATEMENT, _AS_FORM),
    # Signs alone: who escapes only these may leave a percent sign that is one.
    (re.compile("(?P<percents>%(?:2[0-9A-F]|3[A-F]|40|5[B-F]|60|7[B-F]))", re.IGNORECASE),),
    (re.compile(r"(?P<doubled>\}\}|\]\])"),),
    (re.compile(r"(?P<doubled>\{\{|\}\}|\[\[|\]\])"),),
)
# What stands for a quotation mark before a name and behind it, as those who put JSON in quotes write it.
_QUOTED_NAME = re.compile(r'(\\{0,3}(?:%[3-9]){1,2}|&quot%[3-9]|"")[A-Za-z_$][\w.$-]{0,99}?\1[ \t]{0,8}:')
# Whoever writes JSON writes it with one sign; of a text that has many, few are tried.
_MARKED_NAMES = 3
_MEANINGS = {"quote": '"', "percent": "%", "equals": "=", "item": "\n", "blank": " ", "nothing": ""}
# Nothing else can be read in a text without one of these.
_MARKS = ("%", "&", "\\", "+", "}}", "]]", "{{", "[[", *"\u00ad\u200b\u200c\u200d\u2060\ufeff")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0"}
_BASE64 = re.compile("[A-Za-z0-9+/_-]{8,}")
_HEX = re.compile("[0-9A-Fa-f]{12,}")
# Bytes one by one, as numbers: 43:61:6e, 0x43 0x61, [67, 97].
_HEX_APART = re.compile("(?:0x)?[0-9A-Fa-f]{2}(?:[:, -]{1,3}(?:0x)?[0-9A-Fa-f]{2}){5,}")
_HEX_BYTE = re.compile("(?:0x)?([0-9A-Fa-f]{2})")
_NUMBERS = re.compile(r"[0-9]{1,3}(?:\s{0,3},\s{0,3}[0-9]{1,3}){5,}")
_NUMBER = re.compile("([0-9]{1,3})")
# What writers of texts add, fold or double without changing what is meant; nothing of the second line is seen at all.
_LOOSE = frozenset("\"'\\" + "\0\u00ad\u200b\u200c\u200d\u2060\ufeff")
# These too, in some spellings: see _WAYS.
LOOSER = "+{}[]"
_TAG = re.compile(
    r"</?(?:a|b|br|code|div|em|font|i|li|mark|p|pre|span|strong|td|tt|wbr)(?:[\s/][^<>]{0,100})?>", re.IGNORECASE
)


class View:
    """One reading of a text: what is read, and for each character of it the span of the original that it stands for."""

    __slots__ = ("ends", "starts", "text")

    def __init__(self, text: str, starts: t.Sequence[int], ends: t.Sequence[int]) -> None:
        self.text = text
        self.starts = starts
        self.ends = ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where characters of this reading stand in the original text."""
        return self.starts[start], self.ends[end - 1]


def as_written(text: str) -> View:
    """The text as it is."""
    return View(text, range(len(text)), range(1, len(text) + 1))


def levels(text: str) -> list[View]:
    """The text as it is, and read once, twice and so on, as long as that gives something else."""
    return levels_of(as_written(text))


def levels_of(view: View) -> list[View]:
    """The same for what was read from a text."""
    found = [view]
    while len(found) <= LEVELS:
        read = _unescaped(found[-1])
        if read is None:
            break
        found.append(read)
    return found


def as_json(views: t.Iterable[View]) -> t.Iterator[View]:
    """What can be read in addition in a text where signs stand for the quotation marks of JSON, or plus signs for its
    blanks: in the first reading that has such. In another one, what follows one may pass for a part of it.
    """
    for view in views:
        marks = sorted({match.group(1) for match in islice(_QUOTED_NAME.finditer(view.text), _MARKED_NAMES)})
        ways = [re.compile(f"(?P<percent>%%)|(?P<quote>{re.escape(mark)})") for mark in marks]
        if '":+' in view.text:
            ways.append(_AS_BLANKS)
        for way in ways:
            read = _unescaped(view, way)
            if read:
                yield from levels_of(read)
        if ways:
            return


def is_spelt(text: str) -> bool:
    """Whether anything else can be read in a text than what it is."""
    return any(mark in text for mark in _MARKS)


def readings(text: str) -> list[View]:
    """The levels of a text, and then those of whatever else may be meant at one."""
    if not is_spelt(text):
        return [as_written(text)]
    found = levels(text)
    most = min(_READINGS, _CHARACTERS // len(text))
    seen = {view.text for view in found}
    for view in found:  # which grows meanwhile
        for way in _WAYS:
            if len(found) >= most:
                return found
            other = _unescaped(view, way)
            if other is None or other.text in seen:
                continue
            new = [one for one in levels_of(other) if one.text not in seen]
            seen.update(one.text for one in new)
            found += new
    return found


def usual_readings(text: str) -> t.Iterator[View]:
    """What else can be read in a text by one who takes it for what a usual writer of one kind wrote."""
    for ways in _usual_texts(text).values():
        view = as_written(text)
        for way in ways:
            view = _unescaped(view, way) or view
        yield view


def usual_texts(text: str) -> t.Iterable[str]:
    """The same without where anything stood, for texts of any length."""
    return _usual_texts(text).keys()


def _usual_texts(text: str) -> dict[str, tuple[re.Pattern[str], ...]]:
    """What else can be read, and one of the ways in which it is."""
    found: dict[str, tuple[re.Pattern[str], ...]] = {}
    if is_spelt(text):
        for ways in _USUAL_WAYS:
            read = text
            for way in ways:
                read = way.sub(_meant, read)
            if read != text:
                found.setdefault(read, ways)
    return found


def _meant(match: re.Match[str]) -> str:
    return "".join([meant for meant, _length in _characters_of(match)])


def _unescaped(view: View, escape: re.Pattern[str] = _ESCAPE) -> View | None:
    """The reading with its escapes taken for what they mean; None when it has none."""
    text = view.text
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in escape.finditer(text):
        pieces.append(text[position : match.start()])
        starts += view.starts[position : match.start()]
        ends += view.ends[position : match.start()]
        position = match.end()
        begin = match.start()
        for meant, length in _characters_of(match):
            pieces.append(meant)
            first, last = view.span(begin, begin + length)
            starts += [first] * len(meant)
            ends += [last] * len(meant)
            begin += length
    if position == 0:
        return None
    pieces.append(text[position:])
    starts += view.starts[position:]
    ends += view.ends[position:]
    whole = "".join(pieces)
    if whole == text:
        return None
    return View(whole, starts, ends)


def _characters_of(match: re.Match[str]) -> t.Iterator[tuple[str, int]]:
    """What an escape means, character by character, and how many characters of the text each takes."""
    kind, token = match.lastgroup, match.group()
    if kind == "percents":
        yield from _of_bytes(token.replace("%", ""), 3)
    elif kind == "bytes":
        yield from _of_bytes(token.replace("\\x", ""), 4)
    elif kind == "octal":
        yield from _of_bytes("".join(f"{int(digits, 8):02x}" for digits in token.split("\\")[1:]), 4)
    elif kind == "halves":
        units = bytes.fromhex(token.replace("\\u", "").replace("%u", ""))
        for character in units.decode("utf-16-be", "surrogatepass"):
            yield character, 6 * len(character.encode("utf-16-be", "surrogatepass")) // 2
    elif kind == "long":
        number = int(token[2:].strip("{}"), 16)
        if number < 0x110000:
            yield chr(number), len(token)
        else:
            yield token, len(token)
    elif kind in _MEANINGS:
        yield _MEANINGS[kind], len(token)
    elif kind == "doubled":
        yield token[0], 2
    elif kind == "entity":
        yield html.unescape(token), len(token)
    else:
        yield _LETTERS.get(token[1], token[1]), 2


def _of_bytes(digits: str, width: int) -> t.Iterator[tuple[str, int]]:
    """The characters of bytes in UTF-8, each with the width of its escapes; a byte that is no part of any stands for
    itself.
    """
    for character in bytes.fromhex(digits).decode("utf-8", "surrogateescape"):
        size = len(character.encode("utf-8", "surrogateescape"))
        if "\udc80" <= character <= "\udcff":
            character = chr(ord(character) - 0xDC00)
        yield character, width * size


def squeezed(view: View, more: str = "") -> View:
    """The reading without blanks, line breaks, quotes and backslashes, and without the characters in C(more)."""
    return _only(view, [place for place, character in enumerate(view.text) if not _is_loose(character, more)])


def _only(view: View, kept: t.Sequence[int]) -> View:
    """The reading without all but the characters at some places."""
    text = "".join([view.text[place] for place in kept])
    return View(text, [view.starts[place] for place in kept], [view.ends[place] for place in kept])


def squeezed_text(text: str) -> str:
    """The form in which a secret stands in C(folded(squeezed(levels(text)[-1], LOOSER)))."""
    last = levels(text)[-1].text
    return _lowered("".join(character for character in last if not _is_loose(character, LOOSER)))


def folded(view: View) -> View:
    """The reading in small letters: some databases write everything that they quote in capital ones."""
    return View(_lowered(view.text), view.starts, view.ends)


def _lowered(text: str) -> str:
    """A text in small letters, each as long as the letter it is made of."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(map(_lowered_letter, text))


def _lowered_letter(letter: str) -> str:
    lowered = letter.lower()
    if len(lowered) == 1:
        return lowered
    return letter


def without_tags(view: View) -> View | None:
    """The reading without the tags of HTML, at which a page may break a line; None when it has none."""
    text = view.text
    kept: list[int] = []
    position = 0
    for match in _TAG.finditer(text):
        kept += range(position, match.start())
        position = match.end()
    if position == 0:
        return None
    kept += range(position, len(text))
    return _only(view, kept)


def misread(text: str) -> t.Iterator[str]:
    """What becomes of a text in the hands of those who take it for one in another encoding, or part its accents from
    the letters.
    """
    if text.isascii():
        return
    as_bytes = text.encode("utf-8", "surrogatepass")
    yield as_bytes.decode("latin-1")
    yield as_bytes.decode("cp1252", "replace")
    yield text.encode("ascii", "replace").decode()
    yield text.encode("ascii", "replace").decode().replace("?", "\ufffd")
    yield unicodedata.normalize("NFD", text)
    yield unicodedata.normalize("NFC", text)


def _is_loose(character: str, more: str) -> bool:
    return character.isspace() or character in _LOOSE or character in more


def encoded(view: View) -> t.Iterator[View]:
    """What runs of base64 and of hexadecimal digits hold, as the bytes that they are, one character each."""
    for run in _BASE64.finditer(view.text):
        digits = run.group().replace("-", "+").replace("_", "/")
        # Where it begins isn't known: letters before it may be a word, or the end of a name.
        for shift in range(4):
            yield _view_of_bytes(view, run.start() + shift, _of_base64(digits[shift:]), 3, 4)
    for run in _HEX.finditer(view.text):
        for shift in range(2):
            digits = run.group()[shift:]
            yield _view_of_bytes(view, run.start() + shift, binascii.unhexlify(digits[: len(digits) // 2 * 2]), 1, 2)
    for run in _HEX_APART.finditer(view.text):
        yield _apart(view, run, _HEX_BYTE, 16)
    for run in _NUMBERS.finditer(view.text):
        yield _apart(view, run, _NUMBER, 10)


def _of_base64(digits: str) -> bytes:
    """What base64 holds whose padding is missing; a single digit at its end holds nothing."""
    rest = len(digits) % 4
    if rest == 1:
        digits = digits[:-1]
    elif rest:
        digits += "=" * (4 - rest)
    return base64.b64decode(digits)


def _apart(view: View, run: re.Match[str], number: re.Pattern[str], base: int) -> View:
    """The reading of bytes that stand there as numbers, with something between them."""
    found = list(number.finditer(view.text, run.start(), run.end()))
    values = [int(match.group(1), base) for match in found]
    text = "".join(map(_byte, values))
    return View(text, [view.starts[match.start()] for match in found], [view.ends[match.end() - 1] for match in found])


def _byte(number: int) -> str:
    """The byte that a number is; a zero for one that is none."""
    return chr(number) if number < 256 else "\0"


def _view_of_bytes(view: View, begin: int, content: bytes, size: int, width: int) -> View:
    """The reading of encoded bytes, C(size) of which take C(width) characters."""
    starts: list[int] = []
    ends: list[int] = []
    for place in range(len(content)):
        first = begin + place * width // size
        last = min(begin + -(-(place + 1) * width // size), len(view.text))
        starts.append(view.starts[first])
        ends.append(view.ends[last - 1])
    return View(content.decode("latin-1"), starts, ends)
