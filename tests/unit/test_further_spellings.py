"""Secrets in what a server says, and in texts made of names and values, in spellings that nobody planned."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import mask_value, pasted_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor

PLAIN = "Canary-Zebra7Quux"
ODD = 'Can"ary\\Zeb;ra%2F7<Qu&ux>'
ACCENTED = "CänaryZëbraQüux9"


def said_of(secret: str, text: str) -> str:
    redact = Redactor()
    redact.learn([secret])
    return redact(f"the password {text} was refused for user admin")


def spelt(secret: str) -> dict[str, str]:
    """Spellings in which no four characters of the secret's own may be left."""
    utf8 = secret.encode()
    points = [ord(character) for character in secret]
    return {
        "capital": secret.upper(),
        "small": secret.lower(),
        "swapped": secret.swapcase(),
        "base64 of UTF-16": base64.b64encode(secret.encode("utf-16-le")).decode(),
        "hexadecimal UTF-16": secret.encode("utf-16-be").hex(),
        "base64 twice": base64.b64encode(base64.b64encode(utf8)).decode(),
        "base64 of JSON": base64.b64encode(json.dumps({"p": secret}).encode()).decode(),
        "bytes apart": utf8.hex(":"),
        "bytes with 0x": ", ".join(f"0x{byte:02x}" for byte in utf8),
        "bytes as numbers": json.dumps(list(utf8)),
        "octal": "".join(f"\\{byte:03o}" for byte in utf8),
        "braces": "".join(f"\\u{{{point:x}}}" for point in points),
        "percent u": "".join(f"%u{point:04x}" for point in points),
        "references without end": "".join(f"&#{point}" for point in points),
        "zero width": f"{secret[:5]}\u200b{secret[5:]}",
        "soft hyphen": f"{secret[:5]}&shy;{secret[5:]}",
        "a tag": f"{secret[:5]}<wbr>{secret[5:]}",
    }


@pytest.mark.parametrize("secret", [PLAIN, ODD, ACCENTED])
def test_spellings_of_a_server(secret: str) -> None:
    for kind, text in spelt(secret).items():
        said = said_of(secret, text)
        left = said.removeprefix("the password ").removesuffix(" was refused for user admin")
        assert left != said
        assert "********" in left, kind
        remains = left.replace("********", "")
        assert len(remains) <= len(text) // 2, (kind, said)
        assert not any(secret[place : place + 4].lower() in remains.lower() for place in range(len(secret) - 3)), (
            kind,
            said,
        )


@pytest.mark.parametrize(
    "text",
    [
        ACCENTED.encode().decode("latin-1"),
        ACCENTED.encode("ascii", "replace").decode(),
        ACCENTED.encode("latin-1").decode("utf-8", "replace"),
        "\0".join(PLAIN),
    ],
)
def test_a_text_taken_for_another_encoding(text: str) -> None:
    secret = PLAIN if "\0" in text else ACCENTED
    assert said_of(secret, text) == "the password ******** was refused for user admin"


@pytest.mark.parametrize("end", ["", "...", "…", "'", '…"'])
@pytest.mark.parametrize("length", [6, 9, 16])
def test_a_secret_that_the_server_cut(end: str, length: int) -> None:
    redact = Redactor()
    redact.learn([PLAIN, "another one"])
    assert redact.quoted(f"login failed with {PLAIN[:length]}{end}", 500) == f"login failed with ********{end}"
    assert redact.quoted("login failed with Canar", 500) == "login failed with Canar", (
        "as short as that it may be a word"
    )
    assert redact.quoted(f"{PLAIN[:9]} is no user", 500) == f"{PLAIN[:9]} is no user"


@pytest.mark.parametrize(
    "text",
    [
        "the host db.example.com can't be reached",
        "postgres listens at 5432",
        "there are [1, 2, 3, 4, 5, 6, 7] at 12:34:56:78:90:12:34",
        "Q2FuYXJ5 \\101 %u0041 &#65",
    ],
)
def test_harmless_words_stay(text: str) -> None:
    redact = Redactor()
    redact.learn([PLAIN, "postgres-2026"])
    assert redact(text) == text
    assert redact.quoted(text, 500) == text


# The secret is everything that holds CaNaRy; nothing of it may be left.
TEXTS = [
    "Server=h;Pwd={a}}CaNaRy};x=1",
    "Pwd=[x]CaNaRy;Host=h",
    'password="abc"CaNaRy;h=1',
    "password='a'CaNaRy",
    "password={abc}CaNaRy;",
    "jdbc:sqlserver://h;password={a}}CaNaRy};user=x",
    '<add key="Password" value="CaNaRy"/>',
    '<add name="ApiKey" value="CaNaRy"/>',
    '{"name": "password", "value": "CaNaRy"}',
    '[{"name":"Authorization","value":"Bearer CaNaRy"}]',
    '{\\"key\\":\\"X-Api-Key\\",\\"value\\":\\"CaNaRy\\"}',
    "Bearer CaNaRyabcdef",
    "Basic " + base64.b64encode(b"CaNaRy:CaNaRy").decode(),
    "-----BEGIN PRIVATE KEY-----\nCaNaRyMIIEvQ\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\\nCaNaRy\\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----CaNaRy",
    "--password CaNaRy --host h",
    "--token=CaNaRy",
    "-Dpassword=CaNaRy",
    'scott/"Ca@NaRy"@h',
    "<password><![CDATA[a</b CaNaRy]]></password>",
    "&lt;password&gt;CaNaRy&lt;/password&gt;",
    "%7B%22password%22%3A%22CaNaRy%22%7D",
    '"pass\\u0077ord":"CaNaRy"',
    "password:\n  CaNaRy",
    "password: |\n  one\n  CaNaRy\nhost: h",
    "Passwort=CaNaRy",
]


@pytest.mark.parametrize("text", TEXTS)
def test_secrets_in_texts_of_names_and_values(text: str) -> None:
    shown = mask_value("extra", text)
    assert "********" in shown
    assert "CaNa" not in shown
    assert "NaRy" not in shown
    assert base64.b64encode(b"CaNaRy:CaNaRy").decode() not in shown
    assert pasted_secrets({"extra": text}), "an error may quote it"


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication",
        "the bearer of this",
        "a --verbose run",
        '{"name": "Accept", "value": "text/html"}',
        "Driver={ODBC Driver 18};Server=h",
        "host=[::1];port=1",
        "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----",
        "100%25 of it, &amp; more",
    ],
)
def test_texts_without_a_secret_stay(text: str) -> None:
    assert mask_value("extra", text) == text
