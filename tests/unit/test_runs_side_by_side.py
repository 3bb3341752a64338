"""Two runs at once over the same tenant, with an older and a newer definition: what tags tell stays true."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE = "qlik_data_connection"
KEYED: dict[str, Any] = {"fingerprint_key": "a fingerprint key of some length"}


def declared(secret: str, memory: dict[str, Any]) -> dict[str, Any]:
    properties = {"host": "h", "db": "d", "username": "u"}
    content = {"data_source": "postgres", "properties": properties, "secrets": {"password": secret}}
    return {"name": "Orders", "space": "Sales", **content, "credentials": "svc", **memory}


@pytest.mark.parametrize(("old", "new"), [(KEYED, KEYED), ({"secrets_version": "1"}, {"secrets_version": "2"})])
@pytest.mark.parametrize("after", [0, 1])
def test_a_connection_that_both_make_tells_of_the_secrets_that_were_sent_last(
    acme: Tenant, after: int, old: dict[str, Any], new: dict[str, Any]
) -> None:
    acme.add_space("Sales", "shared")
    succeed(ONE, acme, declared("older", old))
    acme.remove_connection(acme.connection("Orders", "Sales").id)  # its credentials stay

    acme.add_hook(
        "after",
        lambda _entry, _answer: run(ONE, acme, declared("newer", new)),
        match={"method": "POST|PATCH"},
        after=after,
    )
    run(ONE, acme, declared("older", old))
    tags = acme.connection("Orders", "Sales").tags
    kinds = [tag.split(":")[1] for tag in tags if tag.startswith("qlikops.cloud:")]
    assert sorted(kinds) == ["managed", "secrets", "sent", "user"]
    succeed(ONE, acme, declared("newer", new))
    assert acme.secrets_of(acme.connection("Orders", "Sales").id) == {"password": "newer"}
