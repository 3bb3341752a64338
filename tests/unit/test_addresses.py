"""Addresses that every program reads alike, and the domains where tenants may lie."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import AnswerError, SignInError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.addresses import (
    QLIK_DOMAINS,
    Domains,
    host_of,
    normal_url,
    shown_url,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.urls import Addresses
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant
from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.tenant import describe
from hypothesis import example, given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from tests.thoroughness import examples

ACME = "acme.eu.qlikcloud.com"
# Whatever one program may take for the end of a host, for a blank, for a dot or for nothing, and another not.
SIGNS = "\\@:/?#[]%.-_ \t\n\r\x00\x0b\x1f\x7f"
SIGNS += "\x85\xa0\xad\u3002\uff0e\uff61\u2100\u212a\u017f\u200b\u2028\ufeff\uff41éß"
PIECES = st.sampled_from(
    [ACME, "evil.example", "https://", "http://", "//", "127.0.0.1", "0x7f.1", "::1", "443", "%2e", "%40", *SIGNS]
)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (ACME, f"https://{ACME}"),
        (f"https://{ACME}/", f"https://{ACME}"),
        (f" https://{ACME}\n", f"https://{ACME}"),
        (f"HTTPS://{ACME.upper()}:443", f"https://{ACME}"),
        (f"{ACME}:8443", f"https://{ACME}:8443"),
        (f"{ACME}:", f"https://{ACME}"),
        (f"https://{ACME}.", f"https://{ACME}"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:80", "http://localhost"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://10.20.30.40", "https://10.20.30.40"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://qlik_test.example.com", "https://qlik_test.example.com"),
    ],
)
def test_addresses_in_their_plain_form(text: str, url: str) -> None:
    assert normal_url(text) == url


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https:/admin:canary@acme.example", "********@acme.example"),
        (r"https:\\admin:canary@acme.example", "********@acme.example"),
        ("admin:can:ary@acme.example", "********@acme.example"),
        ("jo@corp.example:canary@acme.example", "********@acme.example"),
        ("canary@acme.example", "********@acme.example"),
        ("https://acme.example:canary", "https://acme.example:********"),
        ("acme.example:canary/x", "acme.example:********"),
        ("https://acme.example:443/console", "https://acme.example:443/console"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://acme.example", "https://acme.example"),
    ],
)
def test_what_may_be_secret_in_an_address_is_shown_nowhere(text: str, shown: str) -> None:
    assert shown_url(text) == shown
    tenant = Tenant({"changed": False}, {"url": text})
    assert describe("plan", tenant)["url"] == shown


@pytest.mark.parametrize(
    "text",
    [
        rf"https://evil\.{ACME}",
        rf"https://evil.example\@{ACME}",
        rf"https://{ACME}\.evil.example",
        rf"https:\\evil.example\{ACME}",
        f"https://evil.example@{ACME}",
        f"https://{ACME}@evil.example",
        f"https://@{ACME}",
        f"https://evil.example%2f.{ACME}",
        f"https://evil.example%00.{ACME}",
        f"https://evil.example#.{ACME}",
        f"https://evil.example\t.{ACME}",
        f"https://ac\nme.{ACME}",
        f"\x0bhttps://{ACME}",
        f"https://{ACME}\x00",
        f"https://{ACME}\xa0",
        f"https://evil.example\u3002{ACME}",
        f"https://evil\uff0eexample/.{ACME}",
        "https://acme.eu.qli\u212acloud.com",
        "http\u017f://acme.eu.qlikcloud.com",
        "https://bücher.example",
        f"https://[{ACME}]",
        f"https://[::1]{ACME}",
        f"https://{ACME}[::1]",
        "https://[::1%25eth0]",
        "https://[127.0.0.1]",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://127.0.0.01",
        "https://256.0.0.1",
        f"https://{ACME}..",
        f"https://.{ACME}",
        f"https://evil..{ACME}",
        f"https://-evil.{ACME}",
        f"https://{'a' * 64}.example.com",
        f"https://{'a.' * 130}example.com",
        f"https://{ACME}:0",
        f"https://{ACME}:65536",
        f"https://{ACME}:443:443",
        f"https://{ACME}:+443",
        f"https://{ACME}:٤٤٣",
        f"https:/{ACME}",
        f"https:///{ACME}",
        f"ftp://{ACME}",
        f"https://{ACME}//",
        "https://",
        "",
    ],
)
def test_what_two_programs_may_read_as_different_hosts_is_no_address(text: str) -> None:
    with pytest.raises(SignInError, match=r"^tenant_url '"):
        normal_url(text)


@settings(max_examples=examples(300))
@given(st.lists(PIECES, max_size=8).map("".join))
@example(f"https://{ACME}.:")
def test_an_address_that_is_taken_is_read_alike_by_all_and_is_what_was_written(text: str) -> None:
    try:
        url = normal_url(text)
    except SignInError:
        return
    host = host_of(url)
    sent = requests.Request("GET", f"{url}/api/v1/items").prepare().url or ""
    assert urlsplit(sent).hostname == host
    assert (parse_url(sent).host or "").strip("[]") == host
    assert host in text.lower()
    assert normal_url(url) == url


@pytest.mark.parametrize(
    "host",
    [ACME, "acme.us.qlikcloudgov.com", "console.qlikcloud.com", "localhost", "127.0.0.1", "127.8.8.8", "::1"],
)
def test_the_domains_of_qlik_and_this_machine(host: str) -> None:
    assert Domains().hold(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "169.254.169.254",
            "10.0.0.1",
            "qlikcloud.com",
            "evilqlikcloud.com",
            "acme.eu.qlikcloud.com.evil.example",
        ),
        *("localhost.evil.example", "fe80::1", "0.0.0.0", "acme.qlikcloudgov.com.de", ""),
    ],
)
def test_other_domains_must_be_named(host: str) -> None:
    assert not Domains().hold(host)
    assert not host or Domains([*QLIK_DOMAINS, host]).hold(host)


def test_domains_that_are_named_are_all_there_are() -> None:
    domains = Domains(["*.Qlik.example.com", "one.example.org"])
    assert domains.hold("acme.qlik.example.com")
    assert domains.hold("one.example.org")
    assert not any(
        domains.hold(host) for host in ("qlik.example.com", "two.example.org", "a.one.example.org", ACME, "127.0.0.1")
    )


@pytest.mark.parametrize(
    "name", ["*", "*.com", "*.*", "acme.*.com", "https://acme.example", "acme.example:443", "", "*acme.example", "a b"]
)
def test_what_is_no_domain(name: str) -> None:
    with pytest.raises(SignInError, match="allowed_domains"):
        Domains([name])


@pytest.mark.parametrize(
    "link",
    [
        *(
            rf"https://evil.example\@{ACME}/x",
            rf"https://evil\.{ACME}/x",
            f"https://{ACME}@evil.example/x",
            "//evil.example/x",
        ),
        *(
            f"https://{ACME}:8443/x",
            f"http://{ACME}/x",
            f"https://@{ACME}/x",
            rf"https://{ACME}\@evil.example/x",
            "https://[::1]x/",
        ),
    ],
)
def test_a_link_to_another_host_is_not_followed(link: str) -> None:
    with pytest.raises(AnswerError):
        Addresses(Settings(url=f"https://{ACME}")).inside(f"https://{ACME}/api/v1/items", link, "redirects")


@given(st.lists(PIECES, max_size=8).map("".join))
def test_a_link_that_is_followed_stays_with_the_tenant(link: str) -> None:
    try:
        url = Addresses(Settings(url=f"https://{ACME}")).inside(f"https://{ACME}/api/v1/items", link, "redirects")
    except AnswerError:
        return
    sent = requests.Request("GET", url).prepare().url or ""
    assert parse_url(sent).host == ACME
    assert sent.startswith(f"https://{ACME}/")
