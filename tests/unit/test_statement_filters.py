"""The filters for connect statements, as a template uses them."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter import format_connect_statement, parse_connect_statement

parse = parse_connect_statement.FilterModule().filters()["parse_connect_statement"]
write = format_connect_statement.FilterModule().filters()["format_connect_statement"]


@pytest.mark.parametrize(
    "text",
    [
        'CUSTOM CONNECT TO "provider=P;driver=postgres;host=a=b:c/d?e&f%g;SSLMode=require;"',
        "CUSTOM CONNECT TO 'Provider=P;host=h'",
        'CUSTOM CONNECT TO "provider=QvRestConnector.exe;queryHeaders=X-API-Key%2%1Accept%2json%1;";',
        'CUSTOM CONNECT TO "host=h;"',
    ],
)
def test_what_is_parsed_and_written_again_means_the_same(text: str) -> None:
    assert parse(write(parse(text))) == parse(text)


def test_a_list_is_written_in_qliks_encoding() -> None:
    statement = {"provider": "P", "properties": {"queryHeaders": [{"name": "k", "value": "50%", "encrypt": False}]}}
    assert write(statement) == 'CUSTOM CONNECT TO "provider=P;queryHeaders=k%250%%%1;"'


@pytest.mark.parametrize("value", ["a;b", 'a"b', {"a": 1}])
def test_what_no_statement_can_hold_is_refused(value: object) -> None:
    with pytest.raises(AnsibleFilterError, match="'host'"):
        write({"provider": "P", "properties": {"host": value}})


def test_other_statements_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="CUSTOM CONNECT TO"):
        parse("OLEDB CONNECT TO [x]")
