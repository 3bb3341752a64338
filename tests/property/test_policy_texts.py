"""Patterns and hosts as nobody draws them by hand: against other implementations, and within bounds."""

from __future__ import annotations

import contextlib
import fnmatch
import ipaddress
import re
import time

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.policy import read_policy
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import DefinitionError
from ansible_collections.qlikops.cloud.plugins.module_utils._model.host_spellings import (
    is_in,
    read_host,
    read_network,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import hosts_named
from ansible_collections.qlikops.cloud.plugins.module_utils._model.wildcards import Pattern, pattern_problem
from hypothesis import given
from hypothesis import strategies as st

NARROW = st.text("ab*?[]!-", min_size=1, max_size=24)
PARTS = st.integers(0, 255)


@given(NARROW, st.text("ab-!]", max_size=24))
def test_patterns_are_those_of_fnmatch(pattern: str, text: str) -> None:
    """As far as both take them: a bracket without its end, and a range that holds nothing, are refused here."""
    if pattern_problem(pattern) or "[" in text:
        return
    # In a bracket fnmatch has marks of regular expressions, and keeps a hyphen at its ends.
    if re.search(r"\[[^\]]*-", pattern):
        return
    assert Pattern(pattern, alike=False).matches(text) == fnmatch.fnmatchcase(text, pattern)


@given(st.text(max_size=300))
def test_any_text_is_a_pattern_or_is_refused_with_a_reason(text: str) -> None:
    if not pattern_problem(text):
        assert Pattern(text, alike=True).matches("x") in (True, False)


@given(st.text(max_size=256))
def test_what_is_no_mark_is_of_itself(text: str) -> None:
    plain = re.sub(r"[*?\[]", "", text)
    if not pattern_problem(plain):
        assert Pattern(plain, alike=False).matches(plain)
        assert Pattern(plain, alike=True).matches(plain.strip()) or not plain.strip()


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    for pattern in ("*a" * 128, "*" * 256, "*a?" * 85, "[ab]*" * 51, "*[!c]" * 51 + "c"):
        Pattern(pattern, alike=True).matches("a" * 255 + "b")
    assert time.process_time() - began < 1


def spellings(parts: tuple[int, int, int, int]) -> list[str]:
    a, b, c, d = parts
    value = (a << 24) + (b << 16) + (c << 8) + d
    return [
        f"{a}.{b}.{c}.{d}",
        f"{a}.{b}.{c}.{d}.",
        str(value),
        hex(value).upper(),
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0x{a:x}.{b}.{c}.{d}",
        f"{a}.{b}.{(c << 8) + d}",
        f"{a}.{(b << 16) + (c << 8) + d}",
        f"[::ffff:{a}.{b}.{c}.{d}]",
        f"[::ffff:{value >> 16:x}:{value & 0xFFFF:x}]:5432",
        f"[64:ff9b::{a}.{b}.{c}.{d}]",
        f"[2002:{value >> 16:x}:{value & 0xFFFF:x}::1]",
        f"https://user:secret@{a}.{b}.{c}.{d}:8443/path?x=y",
        f"jdbc:postgresql://{value}:5432/db",
        f"{a}%2E{b}%2E{c}%2E{d}",
        f"{a}\uff0e{b}\u3002{c}.{d}",
    ]


@given(st.tuples(st.integers(1, 255), PARTS, PARTS, st.integers(1, 255)))
def test_an_address_is_in_its_network_however_it_is_spelt(parts: tuple[int, int, int, int]) -> None:
    network = ipaddress.ip_network(f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3]}/32")
    for spelling in spellings(parts):
        hosts = [named.host for named in hosts_named([("host", spelling)]).hosts]
        assert any(is_in(host, network) for host in hosts), spelling


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_hosts(text: str) -> None:
    for name in ("host", "url", "anything"):
        for named in hosts_named([(name, text)]).hosts:
            assert named.host.names
            assert named.label
    read_host(text)
    read_network(text)


def test_no_host_takes_long() -> None:
    began = time.process_time()
    for text in ("a=" * 20000, "://" * 20000, "0" * 60000, ".".join("1" * 30000), "@" * 60000, "x://" + "a\\" * 30000):
        hosts_named([("host", text), ("other", text)])
    assert time.process_time() - began < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["required", "fail", "10.0.0.0/8"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "hosts", "where", "allow", "deny", "tags", "tls", "spaces", "severity", "x"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_data_is_a_policy_or_is_refused_with_reasons(data: object) -> None:
    with contextlib.suppress(DefinitionError):
        read_policy(data)
