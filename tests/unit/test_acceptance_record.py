"""The record of an acceptance run: no text of a tenant stays in it, and the words of Qlik's API do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.record import Replacer

MARK = "accept-0123456789abcdef"
CANARIES = ("Canary-Secret", "acmecorp", "db7.acme.example", "eve@acme.example", "Sales", "123456789012")
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    lambda text: quote(text, safe=""),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: f"No connection {text} found",
    lambda text: f"{MARK} {text}",
    lambda text: f"DC-{text}",
    lambda text: f"https://{text}/{text}",
    lambda text: f"/{text}/{text}",
)
OF_API = ("code", "title", "type", "status", "version", "qType", "path", "op", "privileges")
NAMES = (*OF_API, "link", "detail", "href", "qName")


@pytest.mark.parametrize("canary", CANARIES)
def test_no_text_of_a_tenant_is_taken_for_a_word(canary: str) -> None:
    told = ("qlikops", f"{MARK} database")
    for form in FORMS:
        for name in NAMES:
            body = {name: form(canary), "list": [{name: [form(canary)], form(canary): 1}]}
            shown = json.dumps(Replacer(told).value(body))
            assert canary.lower() not in shown.lower()
            assert base64.b64encode(canary.encode()).decode().rstrip("=") not in shown
            assert quote(canary, safe="") not in shown


def test_what_is_a_word_of_the_api_stays() -> None:
    replace = Replacer(["postgres", f"{MARK} database"])
    body = {"code": "DCERROR-0010", "title": "Connection not found", "status": 404, "qName": f"{MARK} database"}
    assert replace.value(body) == {**body, "qName": "<run> database"}
    assert replace.value({"qType": "QvOdbcConnectorPackage.exe", "datasourceID": "postgres"}) == {
        "qType": "QvOdbcConnectorPackage.exe",
        "datasourceID": "postgres",
    }
    names = dict.fromkeys(("qEngineObjectID", "datasourceID", "createdAt", "assignableRoles", "links", "spaceId"), True)
    assert replace.value(names) == names
    assert replace.value({"eve@acme.example": 123456789012, "port": 5432}) == {"<name-1>": "<number-1>", "port": 5432}
