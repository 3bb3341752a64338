"""A declared secret is shown nowhere in a result, whatever else is masked there, and in no spelling that is usual."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._model.known_secrets import known_secrets, known_spans
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    mask_statement,
    mask_value,
    shown_texts,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.spellings import LEVELS, levels, readings
from ansible_collections.qlikops.cloud.plugins.module_utils._model.targets import target_of
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.occurring import occurring
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.options import mask_options
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.results import without_secrets

from tests.emulator import Tenant
from tests.jobs import JOBS

MODULE = "qlik_data_connections"
KEY = "a fingerprint key of some length"
# A part of each looks like a name with its value.
LIKE_PAIRS = [
    "Zebra9canary/Token==",
    "canary-zebra6 pwd=9x",
    "Server=canary7;Pwd=zebra8",
    "canaryzebra --password quux99",
    "x-canary-key: 12",
    "canary/zebra@quux",
    "canary Bearer zebra7quux8",
]


def planned(tenant: Tenant, connections: list[dict[str, Any]]) -> dict[str, Any]:
    """What check mode says of definitions to whoever reads the output, with the options that C(-vvv) shows."""
    job, spec = JOBS[MODULE]
    given = {
        "tenant_url": tenant.url,
        "access_token": tenant.api_key,
        "fingerprint_key": KEY,
        "connections": connections,
    }
    options = ArgumentSpecValidator(spec()).validate(given).validated_parameters
    result, hidden = run_job(job, options, check_mode=True)
    with known_secrets(hidden):
        result["invocation"] = mask_options(options, spec())
    return without_secrets(result, occurring(hidden, shown_texts(result)))


def orders(database: str, *passwords: str) -> list[dict[str, Any]]:
    """A connection with a database, and more that only have passwords."""
    place = {"space": "Sales", "data_source": "postgres"}
    return [
        {
            **place,
            "name": f"Orders {number}",
            "properties": {"host": "db.example.com", "db": "x" if number else database, "username": "u"},
            "secrets": {"password": password},
        }
        for number, password in enumerate(passwords)
    ]


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def databases(tenant: Tenant, now: str, wanted: str, *passwords: str) -> list[str]:
    """A database as it was and as it will be, wherever a result says it."""
    properties = {"host": "db.example.com", "db": now, "username": "u"}
    tenant.add_connection("Orders 0", "postgres", properties, space="Sales")
    result = planned(tenant, orders(wanted, *passwords))
    (change,) = (change for change in result["results"][0]["changes"] if change.startswith("db: "))
    before, after = change.removeprefix("db: ").split(" -> ")
    (difference,) = (one for one in result["diff"] if one["name"] == "Orders 0")
    assert difference["before"]["properties"] == {"db": before}
    assert difference["after"]["properties"] == {"db": after}
    assert result["invocation"]["connections"][0]["properties"]["db"] == after
    return [before, after]


@pytest.mark.parametrize("secret", LIKE_PAIRS)
def test_a_secret_that_looks_like_a_name_with_its_value(tenant: Tenant, secret: str) -> None:
    assert databases(tenant, f"was {secret}", f"is {secret}", secret) == [f"was {MASK}", f"is {MASK}"]


@pytest.mark.parametrize("secret", LIKE_PAIRS)
def test_such_a_secret_in_a_statement(secret: str) -> None:
    for text in (f"see {secret}", f"https://hooks.example.com/{secret}"):
        statement = f'CUSTOM CONNECT TO "provider=P;host=h;db={text};x=y;"'
        with known_secrets([secret]):
            shown = mask_statement(statement)
        if ";" in secret:
            # Nobody can tell what it tore.
            assert shown == MASK
            continue
        assert without_secrets({"x": shown}, [secret])["x"].startswith(
            f'CUSTOM CONNECT TO "provider=P;host=h;db={text.replace(secret, MASK)};'
        )


def test_a_secret_in_the_path_of_a_url_whose_query_is_masked() -> None:
    with known_secrets(["Zebra9canary", "canary/Token", "Token=="]):
        assert mask_value("url", "https://h.example/Zebra9canary/Token==?k=v&page=2") == (
            f"https://h.example/{MASK}&page=2"
        )
        assert mask_value("url", "https://h.example/Zebra9canary?k=v&page=2") == (
            f"https://h.example/{MASK}?k={MASK}&page=2"
        )
        assert mask_value("url", "https://h.example/Zebra?k=v") == f"https://h.example/Zebra?k={MASK}"


def test_a_secret_at_which_a_long_target_is_cut() -> None:
    secret = "canary-zebra-" * 4
    for length in range(190, 240):
        with known_secrets([secret]):
            target = target_of("rest", [("url", f"https://h.example/{'x' * length}/{secret}")], ())
        assert len(target) <= 256
        assert "canary" not in target


def test_secrets_that_overlap(tenant: Tenant) -> None:
    secrets = ["canaryabcdef", "abcdefzebra", "canary"]
    text = "canaryabcdefzebra, canary"
    assert databases(tenant, f"was {text}", "is abcdef", *secrets) == [f"was {MASK}, {MASK}", "is abcdef"]
    redact = Redactor()
    redact.learn(secrets)
    assert redact(f"was {text}") == f"was {MASK}, {MASK}"


@pytest.mark.parametrize("others", [0, 30])
def test_a_secret_that_overlaps_itself_is_taken_out_as_one(others: int) -> None:
    """Where it begins anew at each character, there aren't as many finds as characters."""
    many = [f"other-secret-{number}" for number in range(others)]
    with known_secrets(["0" * 8, "a%" * 1_000, *many]):
        assert len(known_spans("0" * 100_000)) == 1
        assert len(known_spans("a%" * 100_000)) == 1
    # In time for the length of the text. It took the square of the secret's.
    half = "A" * 100_000
    secret = f"{half}b{half}"
    began = time.process_time()
    with known_secrets([secret, *many]):
        assert known_spans("b".join([half] * 6)) == [(0, 6 * 100_000 + 5)]
        assert len(known_spans(secret * 5)) == 5
    assert time.process_time() - began < 2
    for text, secret in (("xabababay", "abab"), ("xaaaay", "aaa"), ("xabcabcaby", "abcab")):
        assert without_secrets({"x": text}, [secret, *many])["x"] in (f"x{MASK}y", f"x{MASK}ay")


def test_secrets_that_follow_one_another() -> None:
    assert without_secrets({"x": "aab canarycanary", "y": "aa"}, ["canary", "aa"]) == {
        "x": f"{MASK}b {MASK}{MASK}",
        "y": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
    }


SPELT = {
    "a URL": ("Zebra9 canary/Quux+8", "Zebra9%20canary%2FQuux%2B8"),
    "a URL with slashes": ("Zebra9 canary/Quux+8", "Zebra9%20canary/Quux%2B8"),
    "a URL in small letters": ("Zebra9 canary/Quux+8", "Zebra9%20canary%2fQuux%2b8"),
    "a form": ("Zebra9 canary/Quux+8", "Zebra9+canary%2FQuux%2B8"),
    "a statement": ("Zebra9%canary==Quux", "Zebra9%%canary%2%2Quux"),
    "the URL of a statement": ("Zebra9 canary=Fox", "Zebra9%%20canary%2Fox"),
    "JSON": ('Zebra9"canary\\ü', 'Zebra9\\"canary\\\\\\u00fc'),
    "HTML": ("Zebra9<canary&", "Zebra9&lt;canary&amp;"),
    "HTML that leaves what others escape": ("Zebra9<canary\\x%41", "Zebra9&lt;canary\\x%41"),
    "JSON that leaves what others escape": ('Zebra9"canary&lt;%41', 'Zebra9\\"canary&lt;%41'),
    "a URL that leaves what others escape": ("Zebra9 canary\\x&lt;", "Zebra9%20canary\\x&lt;"),
    "braces": ("Zebra9}canary", "Zebra9}}canary"),
    "all braces": ("Zebra{9}canary", "Zebra{{9}}canary"),
    "all brackets": ("Zebra[9]canary", "Zebra[[9]]canary"),
    "braces and brackets": ("Z}ebra9]canary", "Z}}ebra9]]canary"),
    "a blank in a form": ("zebra canary!x", "zebra+canary!x"),
    "a browser's form": ("z eb*canary@x", "z+eb*canary%40x"),
    "JavaScript": ("z@eb!r*canary(x)", "z%40eb!r*canary(x)"),
    "a URL with a dollar": ("z@eb!canary$", "z%40eb!canary$"),
    "a URL without a tilde": ("z@eb~canary", "z%40eb%7Ecanary"),
    "JSON of Go": ("z&eb<canary>x", "z\\u0026eb\\u003ccanary\\u003ex"),
    "JSON with slashes": ("zebra/canary", "zebra\\/canary"),
    "JSON in capitals": ("z\u00e4bra-can\u00e9", "z\\u00E4bra-can\\u00E9"),
    "JSON of .NET": ("ze'bra+canary", "ze\\u0027bra\\u002Bcanary"),
    "HTML with numbers": ("it's-\"canary", "it&#39;s-&#34;canary"),
    "XML": ("it's-\"canary", "it&apos;s-&quot;canary"),
    "no line break": ("Zebra9canary\n", "Zebra9canary"),
    "no blanks": ("  Zebra9canary ", "Zebra9canary"),
    "parted accents": ("Zebra9canär\u00fc", "Zebra9cana\u0308ru\u0308"),
    "a browser's form with line breaks": ("Zebra9\ncanary", "Zebra9%0D%0Acanary"),
    "a URL of JavaScript as it is": ("Zebra9#can\u00e4ry-x", "Zebra9#can%C3%A4ry-x"),
    "a query of browsers": ('Zebra{9}can ary"x', "Zebra{9}can%20ary%22x"),
    "a password in a URL of browsers": ("Zebra$9=canary!", "Zebra$9%3Dcanary!"),
    "a URL that leaves a percent sign": ("Zebra9%can/ary", "Zebra9%can%2Fary"),
    "JavaScript's escape": ("Zebra9\u20accan\u00e4ry", "Zebra9%u20ACcan%E4ry"),
    "a URL partly in small letters": ("Zebra9/can@ary", "Zebra9%2Fcan%40ary"),
    "XML with numbers": ("Zebra9can\u00e4ry", "Zebra9can&#228;ry"),
    "XML with hexadecimal numbers": ("Zebra9can\u00e4ry", "Zebra9can&#xE4;ry"),
    "XML that leaves an apostrophe": ("it's-\"canary", "it's-&quot;canary"),
    "an attribute of XML": ("Zebra9\ncanary", "Zebra9&#10;canary"),
    "HTML of PHP": ("it's-\"canary", "it&#039;s-&quot;canary"),
    "XML that leaves what closes": ("Zebra<9>canary", "Zebra&lt;9>canary"),
    "JSON of Gson": ("Zebra9canary==", "Zebra9canary\\u003d\\u003d"),
    "JSON with quotes as numbers": ('Zebra9"canary`x', "Zebra9\\u0022canary\\u0060x"),
    "braces that open": ("Zebra{9canary", "Zebra{{9canary"),
    "brackets that open": ("Zebra[9canary", "Zebra[[9canary"),
    "a statement that leaves percent signs": ("Zebra9=can%ary", "Zebra9%2can%ary"),
    "a part of it masked": ("Zebra9canary/Token==", "Zebra9canary%2FToken=="),
}


@pytest.mark.parametrize("kind", SPELT)
def test_a_secret_in_a_usual_spelling(tenant: Tenant, kind: str) -> None:
    secret, spelt = SPELT[kind]
    assert databases(tenant, f"was {spelt}", f"is {spelt}", secret) == [f"was {MASK}", f"is {MASK}"]


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("ab$cd ef!x", "a%1{ab%%24cd%%20ef%%21x}%1"),
        ("ab$cd ef*x", "a%1{ab%%24cd%%20ef*x}%1"),
        ("C0ffee/abc+d=", "note%2{C0ffee%2Fabc%2Bd%3D}%1"),
        ("cafe&babe1", "LIKE '%{cafe%26babe1}%'"),
        ("n\u00e4ssword1", "DOM\\{n\\u00e4ssword1}"),
        ("lt;abc&defg", "a&{lt;abc&amp;defg}"),
    ],
)
def test_what_stands_before_a_secret_is_no_part_of_its_first_escape(secret: str, text: str) -> None:
    before, spelt, after = re.split("[{}]", text)
    with known_secrets([secret]):
        assert (len(before), len(before + spelt)) in known_spans(before + spelt + after)
    result = {"x": before + spelt + after}
    assert without_secrets(result, occurring([secret], result.values())) == {"x": before + MASK + after}


def test_a_short_secret_is_found_letter_by_letter() -> None:
    texts = {"x": "a%20b and a b", "y": " ab "}
    secrets = ["a b", " ab"]
    assert without_secrets(texts, occurring(secrets, texts.values())) == {"x": f"a%20b and {MASK}", "y": f"{MASK} "}


def test_a_text_that_can_be_read_otherwise_stays_as_it_is() -> None:
    text = r"C:\new\%41 100%% of a+b, x%2y, {a}}b}, [a]]b], &amp;"
    assert without_secrets({"x": text, "y": "canary"}, ["canary"]) == {
        "x": text,
        "y": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
    }


def test_less_is_read_in_a_long_text() -> None:
    unit = r"\%%2}}]]+"
    assert len(readings(unit)) > LEVELS
    assert len(readings(unit * 10_000)) <= LEVELS + 1
    assert len(readings(unit * 100_000)) == len(levels(unit * 100_000))


def test_a_secret_that_reaches_into_the_name_of_a_pair_uncovers_nothing() -> None:
    for secret, pairs in (
        ("Admin-2024;p", "db=Admin-2024;password=hunter2;"),
        ("d=h", "db=x;password=hunter2;"),
        ("Admin;pass", "db=Admin;password=hunter2;"),
    ):
        with known_secrets([secret]):
            assert "unter2" not in mask_statement(f'CUSTOM CONNECT TO "provider=P;{pairs}"')


def test_many_long_secrets_take_no_long_time_where_texts_are_escaped() -> None:
    """Spelling each of a thousand keys in all ways took a minute, and hundreds of megabytes."""
    keys = {"\n".join(["-----BEGIN PRIVATE KEY-----", *(f"{number:05}+/line=" * 4,) * 26]) for number in range(1_000)}
    texts = [f"{number} changed: db: a+b -> c%20d" for number in range(3_000)]
    began = time.process_time()
    assert occurring(keys, texts) == set()
    assert time.process_time() - began < 8
