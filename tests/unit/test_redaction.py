"""A secret that somebody quotes is taken out in whatever spelling it comes."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import MASK
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from hypothesis import given
from hypothesis import strategies as st

SECRETS = st.text(min_size=8, max_size=40).map("canary-{}".format)


@given(SECRETS.filter(lambda text: text.isprintable() or "\n" in text))
def test_every_spelling_is_known(secret: str) -> None:
    redact = Redactor()
    redact.learn([secret])
    spellings = [
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(secret.encode()).decode(),
    ]
    for spelling in spellings:
        said = redact(f"it was ({spelling}) all the time")
        assert MASK in said
        assert spelling.strip("'\"=") not in said


@pytest.mark.parametrize(
    ("secret", "spelt"),
    [
        ("Zebra9canary/Quux==", "Zebra9canary/Quux%2%2"),
        ("a%=b", "a%%%2b"),
        ("Zebra9canary=Fox", "Zebra9canary%2Fox"),
        ("Zebra9canary/ox", "Zebra9canary%2Fox"),
        ("canary%%4711", r"canary\%\%4711"),
        ("%canary&4711", r"\%canary\&4711"),
        (r"canary\%\&4711", r"canary\%\&4711"),
        ("a%%b", r"a\%\%b"),
        ("Zebra9canary}Quux", "Zebra9canary}}Quux"),
        ("a}b", "a}}b"),
        ("a]]b]", "a]]]]b]]"),
        ("Zebra'9canary", "Zebra''9canary"),
        ('Zebra"9canary', 'Zebra""9canary'),
    ],
)
def test_what_may_be_read_in_two_ways_is_read_in_both(secret: str, spelt: str) -> None:
    redact = Redactor()
    redact.learn([secret])
    assert redact(f"PWD={{{spelt}}};x [{spelt}]") == f"PWD={{{MASK}}};x [{MASK}]"


def test_what_is_learnt_later_is_known_too() -> None:
    redact = Redactor()
    redact.learn(["canary-1"])
    assert redact("canary-1 canary-2") == f"{MASK} canary-2"
    redact.learn(["canary-2", ""])
    assert redact("canary-1 canary-2") == f"{MASK} {MASK}"


def test_a_line_of_a_key_is_known() -> None:
    redact = Redactor()
    redact.learn(
        ["-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LWluLWEta2V5\nc2Vjb25kLWNhbmFyeS1saW5l\n-----END PRIVATE KEY-----"]
    )
    assert redact("can't read 'c2Vjb25kLWNhbmFyeS1saW5l' in line 3") == f"can't read '{MASK}' in line 3"


def test_what_a_key_file_holds_is_known() -> None:
    redact = Redactor()
    document = {
        "client_email": "reader@my-project.example",
        "private_key": "-----BEGIN-----\ncanary-in-the-key-file\n-----END-----",
    }
    redact.learn([base64.b64encode(json.dumps(document).encode()).decode()])
    assert (
        redact("can't use canary-in-the-key-file of reader@my-project.example")
        == f"can't use {MASK} of reader@my-project.example"
    )


def test_the_end_of_a_long_quotation_shows_no_half_of_a_secret() -> None:
    redact = Redactor()
    secret = "canary" * 10
    redact.learn([secret])
    for more in (0, 1, 29, 59):
        text = "x" * more + secret * 1200
        assert "canary" not in redact.quoted(text, 500)
