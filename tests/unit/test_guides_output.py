"""What a page of docs/ says that a command prints is found in what each supported ansible-core prints."""

from __future__ import annotations

from tests.integration.guides import printed_lines


def test_a_failure_is_read_as_older_cores_print_it() -> None:
    text = 'fatal: [acme]: FAILED! => {"changed": false, "msg": "nothing was written:\\n- it leads to \\u00e4"}'
    assert list(printed_lines(text)) == [text, "nothing was written:", "- it leads to ä"]


def test_a_failed_item_is_read_too() -> None:
    text = 'failed: [acme] (item={"a": 1}) => {"item": {"a": 1}, "msg": "not there"}'
    assert "not there" in printed_lines(text)


def test_a_failure_is_read_as_newer_cores_print_it() -> None:
    text = '[ERROR]: Task failed: nothing was written:\n- it leads to ä\nfatal: [acme]: FAILED! => {\n    "msg": "x"\n}'
    assert list(printed_lines(text)) == text.splitlines()
