"""A secret is taken out of a text however it was written there, also in one spelling inside another."""

from __future__ import annotations

import base64
import html
import json
import re
import time
import urllib.parse
from collections.abc import Callable
from functools import reduce

from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import levels
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from hypothesis import example, given
from hypothesis import strategies as st

SPECIAL = "\"'\\/%&<>;:=+ äß€😀\n\t#@{}ab1"
SECRETS = st.text(st.sampled_from(SPECIAL), min_size=1, max_size=20).map("canary{}4711".format)


def unicode_escapes(text: str, form: str) -> str:
    """Every character as JSON may spell it, in one or the other case."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:{form}}" for at in range(0, len(units), 2))


def percent(text: str, form: str) -> str:
    """Every byte as a URL may spell it."""
    return "".join(f"%{byte:{form}}" for byte in text.encode())


SPELLINGS: dict[str, Callable[[str], str]] = {
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON with slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "unicode in upper case": lambda text: unicode_escapes(text, "04X"),
    "unicode in lower case": lambda text: unicode_escapes(text, "04x"),
    "Python": lambda text: repr(text)[1:-1],
    "Python's ascii": lambda text: ascii(text)[1:-1],
    "HTML": html.escape,
    "XML, decimal": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "XML, hexadecimal": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "XML, hexadecimal in upper case": lambda text: "".join(f"&#X{ord(character):X};" for character in text),
    "a URL": lambda text: urllib.parse.quote(text, safe=""),
    "a form": urllib.parse.quote_plus,
    "percent in upper case": lambda text: percent(text, "02X"),
    "percent in lower case": lambda text: percent(text, "02x"),
    "a connect statement": lambda text: text.replace("%", "%%"),
    "a text as it is": str,
}
# What these write may mean something else as well.
AMBIGUOUS: dict[str, Callable[[str], str]] = {
    "the URL of a statement": lambda text: text.replace("%", "%%").replace("=", "%2"),
    "a pattern of SQL": lambda text: re.sub(r"[\\%_']", r"\\\g<0>", text),
    "every mark escaped": lambda text: re.sub(r"[^A-Za-z0-9]", r"\\\g<0>", text),
    "braces of ODBC": lambda text: text.replace("}", "}}"),
    "brackets of SQL": lambda text: text.replace("]", "]]"),
    "quotes of SQL": lambda text: text.replace("'", "''"),
    "quotes of CSV": lambda text: text.replace('"', '""'),
}
ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 of user:password": lambda text: base64.b64encode(f"qlik_reader:{text}".encode()).decode(),
    "base64 of another user": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in upper case": lambda text: text.encode().hex().upper(),
}


def redacted(secret: str, text: str) -> str:
    """What is left of a text for somebody who knows the secret."""
    redact = Redactor()
    redact.learn([secret])
    return redact(text)


@example("canary\\%4711", ["a connect statement"])
@example("canary\\&4711", ["HTML"])
@example("canary\\%4711", ["a connect statement", "HTML"])
@given(SECRETS, st.lists(st.sampled_from(sorted(SPELLINGS)), max_size=3))
def test_one_spelling_in_another(secret: str, names: list[str]) -> None:
    spelt = reduce(lambda text, name: SPELLINGS[name](text), names, secret)
    assert redacted(secret, f"it was ({spelt}) all the time") == f"it was ({MASK}) all the time"


@example("canary%%4711", "every mark escaped", "a text as it is")
@example("canary=fade4711", "the URL of a statement", "a text as it is")
@given(
    st.text(st.sampled_from(f"{SPECIAL}[]2"), min_size=1, max_size=20).map("canary{}4711".format),
    st.sampled_from(sorted(AMBIGUOUS)),
    st.sampled_from(sorted(SPELLINGS)),
)
def test_spellings_that_may_mean_something_else(secret: str, ambiguous: str, spelling: str) -> None:
    spelt = SPELLINGS[spelling](AMBIGUOUS[ambiguous](secret))
    assert redacted(secret, f"it was ({spelt}) all the time") == f"it was ({MASK}) all the time"


@given(SECRETS, st.sampled_from(sorted(ENCODINGS)), st.sampled_from(sorted(SPELLINGS)))
def test_encodings(secret: str, encoding: str, spelling: str) -> None:
    spelt = SPELLINGS[spelling](ENCODINGS[encoding](secret))
    said = redacted(secret, f"Authorization: Basic {spelt}.")
    assert said.startswith("Authorization: Basic ")
    assert MASK in said
    assert len(said) < len(f"Authorization: Basic {MASK}.") + len(
        SPELLINGS[spelling](ENCODINGS[encoding]("qlik_reader:"))
    )
    for view in levels(said):
        assert ENCODINGS["base64"](secret)[4:-4] not in view.text


@given(SECRETS, st.integers(1, 6), st.sampled_from(["\n", "\r\n   ", " ", "\\n", "&#10;", "%0A"]))
def test_folded_lines(secret: str, width: int, fold: str) -> None:
    for text in (secret, base64.b64encode(secret.encode()).decode()):
        # A fold between the parts of an escape would be part of another one, so only whole characters are kept
        # together.
        folded = fold.join(text[at : at + width] for at in range(0, len(text), width))
        if "\\" in secret or "%" in secret or "&" in secret:
            folded = text
        assert MASK in redacted(secret, f"it was <{folded}>")


@given(st.text(st.sampled_from('ab ,.{}"\\u0%41&#x;'), max_size=200))
def test_a_text_without_the_secret_is_left_alone(text: str) -> None:
    assert redacted("canary-4711-\u00df", text) == text


def test_long_texts_take_time_for_their_length() -> None:
    def seconds(text: str) -> float:
        redact = Redactor()
        redact.learn(f"canary-{number}" for number in range(500))
        began = time.process_time()
        redact(text)
        return time.process_time() - began

    for unit in ("\\u0041", "%41", "&#65;", "YWJj", "\\\\\\\\", "a b ", "&&&&", "%%%%"):
        few, many = seconds(unit * 2000), seconds(unit * 16000)
        assert many < 30 * few + 0.5, unit
