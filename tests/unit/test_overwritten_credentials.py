"""Separate credentials that were written for something else than the connection whose fingerprint speaks of them: what
is declared is there after one run, or the run says why not.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.emulator import Tenant
from tests.emulator.records import Credential
from tests.jobs import fail, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE, MANY = "qlik_data_connection", "qlik_data_connections"
KEY = "a fingerprint key of some length"
WRITES = {"method": "POST|PATCH|DELETE", "path": "data-connections"}
BY_KEY: dict[str, Any] = {"fingerprint_key": KEY}


@pytest.fixture
def tenant(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    return acme


def login(name: str, secret: str | None, source: str = "postgres", **changes: Any) -> dict[str, Any]:
    """A connection with the credentials `svc`."""
    properties = {"host": "h", **({"username": "u"} if secret else {})}
    definition = {"name": name, "space": "Sales", "data_source": source, "properties": properties}
    if secret:
        definition["secrets"] = {"password": secret}
    return {**definition, "separate_credentials": True, "credentials": "svc", **changes}


def options(*connections: dict[str, Any], **memory: Any) -> dict[str, Any]:
    whole = {"replace": "when_required", "parallel": 1, "max_wait": 5, "prune": True, "prune_spaces": ["Sales"]}
    return {**whole, **(memory or BY_KEY), "connections": list(connections)}


def svc(tenant: Tenant, name: str = "svc") -> Credential:
    return next(row for row in tenant.credentials.values() if row.name == name)


def settle(tenant: Tenant, wanted: dict[str, Any]) -> list[str]:
    """A run that check mode foresees, and after which none has more to do; its changes."""
    foreseen = succeed(MANY, tenant, wanted, check=True)
    done = succeed(MANY, tenant, wanted)
    assert [item["changes"] for item in done["results"]] == [item["changes"] for item in foreseen["results"]]
    assert done["plan_digest"] == foreseen["plan_digest"]
    tenant.reset_log()
    assert not succeed(MANY, tenant, wanted)["changed"]
    assert tenant.writes() == []
    return [line for item in done["results"] for line in item["changes"]]


def cut_off(tenant: Tenant, wanted: dict[str, Any], writes: int, kind: str = "reset") -> bool:
    """A run that does so many writes and no more; whether it failed."""
    tenant.set_faults(
        [
            {"kind": kind, "match": WRITES, "after": writes, "times": 1},
            {"kind": "reset", "match": WRITES, "after": writes + 1, "times": None},
        ]
    )
    failed = bool(run(MANY, tenant, wanted).get("failed"))
    tenant.set_faults([])
    return failed


def start(tenant: Tenant, wanted: dict[str, Any]) -> None:
    """The tenant with only what is wanted, and nothing of what was there before."""
    for connection_id in list(tenant.connections):
        tenant.remove_connection(connection_id)
    tenant.credentials.clear()
    tenant.changed()
    succeed(MANY, tenant, wanted)


MEMORIES: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "key": (BY_KEY, {}),
    "version": (
        {"update_secrets": "on_change"},
        {source: {"secrets_version": source} for source in ("postgres", "mysql", "mssql")},
    ),
}
SOURCES = {"postgres": "first", "mysql": "replaced", "mssql": "third"}


def declared(source: str, memory: str, **changes: Any) -> dict[str, Any]:
    common, own = MEMORIES[memory]
    return options(login("Orders", SOURCES[source], source, **own.get(source, {}), **changes), **common)


@pytest.mark.exhaustive
@pytest.mark.parametrize("then", SOURCES)
@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
def test_wherever_a_replacement_is_cut_off_its_credentials_hold_what_is_declared_then(
    tenant: Tenant, kind: str, memory: str, then: str
) -> None:
    for writes in itertools.count():
        start(tenant, declared("postgres", memory))
        failed = cut_off(tenant, declared("mysql", memory), writes, kind)
        settle(tenant, declared(then, memory))
        assert svc(tenant).secrets == {"password": SOURCES[then]}, writes
        if not failed:
            break
    assert writes >= 4


@pytest.mark.exhaustive
@pytest.mark.parametrize("then", SOURCES)
@pytest.mark.parametrize("between", ["postgres", "mssql"])
def test_a_way_back_that_is_cut_off_too_is_gone_to_its_end(tenant: Tenant, between: str, then: str) -> None:
    for first, second in itertools.product((2, 3, 4), range(6)):
        start(tenant, declared("postgres", "key"))
        cut_off(tenant, declared("mysql", "key"), first)
        cut_off(tenant, declared(between, "key"), second)
        settle(tenant, declared(then, "key"))
        assert svc(tenant).secrets == {"password": SOURCES[then]}, (first, second)


def test_a_replacement_that_somebody_removed_by_hand_leaves_no_claim(tenant: Tenant) -> None:
    start(tenant, declared("postgres", "key"))
    cut_off(tenant, declared("mysql", "key"), 3)
    assert svc(tenant).secrets == {"password": "replaced"}
    waiting = next(row for row in tenant.connections.values() if "becoming" in row.name)
    tenant.remove_connection(waiting.id)
    settle(tenant, declared("postgres", "key"))
    assert svc(tenant).secrets == {"password": "first"}


def leave_waiting(tenant: Tenant, *names: str) -> None:
    """A replacement beside its predecessor, and others with the same credentials, as versions left them that took no
    fingerprint away.
    """
    start(tenant, options(login("Orders", "first"), *(login(name, "first") for name in names)))
    tags = {row.id: list(row.tags) for row in tenant.connections.values()}
    tenant.set_faults([{"kind": "reset", "match": {"method": "DELETE"}, "times": None}])
    assert run(MANY, tenant, options(login("Orders", "replaced", "mysql"), prune=False, **BY_KEY))["failed"]
    tenant.set_faults([])
    for row in tenant.connections.values():
        row.tags = tags.get(row.id, row.tags)
    assert svc(tenant).secrets == {"password": "replaced"}


@pytest.mark.parametrize("shown", ["always", "single", "never"])
@pytest.mark.parametrize("policy", ["on_change", "on_create", "always"])
def test_one_that_waits_is_no_ground_for_trust(tenant: Tenant, policy: str, shown: str) -> None:
    leave_waiting(tenant)
    tenant.set_behaviours(credentials_id_shown=shown)
    changes = settle_unless(tenant, options(login("Orders", "first", update_secrets=policy)), policy)
    assert any("send, because" in line for line in changes)
    assert svc(tenant).secrets == {"password": "first"}


def settle_unless(tenant: Tenant, wanted: dict[str, Any], policy: str) -> list[str]:
    """The changes of a run; where secrets are sent always, there is more to do for ever."""
    if policy != "always":
        return settle(tenant, wanted)
    return [line for item in succeed(MANY, tenant, wanted)["results"] for line in item["changes"]]


def test_secrets_that_were_sent_without_a_memory_are_no_ground_for_trust_either(tenant: Tenant) -> None:
    start(tenant, options(login("Orders", "first")))
    cut_off(tenant, options(login("Orders", "replaced", "mysql"), update_secrets="always"), 3)
    assert svc(tenant).secrets == {"password": "replaced"}
    settle(tenant, options(login("Orders", "first")))
    assert svc(tenant).secrets == {"password": "first"}


@pytest.mark.parametrize(
    "orders", [None, login("Orders", None), {"name": "Orders", "space": "Sales", "state": "absent"}]
)
def test_another_connection_with_the_same_credentials_gets_its_secrets_back(
    tenant: Tenant, orders: dict[str, Any] | None
) -> None:
    leave_waiting(tenant, "Beside")
    declared_now = [one for one in (orders, login("Beside", "first")) if one is not None]
    settle(tenant, options(*declared_now))
    assert svc(tenant).secrets == {"password": "first"}


@pytest.mark.parametrize("secret", ["first", "rotated by hand"])
def test_without_one_that_waits_nothing_is_sent(tenant: Tenant, secret: str) -> None:
    """Fingerprints that differ show only that secrets were changed, and not which of them is newer."""
    start(tenant, options(login("Orders", "first"), login("Beside", None)))
    beside = tenant.connection("Beside", "Sales")
    beside.tags = [*beside.tags, f"qlikops.cloud:secrets:hmac:{'0' * 8}:{'0' * 40}"]
    svc(tenant).secrets = {"password": secret}
    settle(tenant, options(login("Orders", "first"), login("Beside", None)))
    assert tenant.writes() == []
    assert svc(tenant).secrets == {"password": secret}


def alone(*connections: dict[str, Any], **memory: Any) -> dict[str, Any]:
    """A run about some of the connections only."""
    return options(*connections, prune=False, **(memory or BY_KEY))


def test_who_sends_others_takes_the_fingerprints_of_the_rest_away(tenant: Tenant) -> None:
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    changes = settle(tenant, alone(login("Orders", "second")))
    assert "fingerprint of 'Beside': remove, because its credentials get other secrets" in changes
    settle(tenant, alone(login("Beside", "first")))
    assert svc(tenant).secrets == {"password": "first"}
    settle(tenant, alone(login("Orders", "second")))
    assert svc(tenant).secrets == {"password": "second"}


@pytest.mark.parametrize("name", ["Beside", "Beside (new)"])
def test_a_fingerprint_that_is_taken_away_is_not_put_back_by_the_same_run(tenant: Tenant, name: str) -> None:
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    other = login(name, None, tags=["t"], previous_name="Beside" if name != "Beside" else None)
    settle(tenant, options(login("Orders", "second"), other))
    assert tenant.connection(name, "Sales").tags.count("t") == 1
    assert not any("secrets:" in tag for tag in tenant.connection(name, "Sales").tags)
    settle(tenant, alone(login(name, "first")))
    assert svc(tenant).secrets == {"password": "first"}


def test_those_that_declare_the_same_keep_theirs(tenant: Tenant) -> None:
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    changes = settle(tenant, options(login("Orders", "second"), login("Beside", "second")))
    assert not any("fingerprint" in line and "remove" in line for line in changes)
    assert svc(tenant).secrets == {"password": "second"}


def test_where_a_fingerprint_stays_the_secrets_stay_too(tenant: Tenant) -> None:
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    beside = tenant.connection("Beside", "Sales").id
    tenant.set_faults([{"kind": "status", "status": 400, "match": {"method": "PATCH", "path": beside}, "times": None}])
    message = fail(MANY, tenant, alone(login("Orders", "second")))
    assert "the fingerprint of 'Beside', which has the same credentials, stays" in message
    assert svc(tenant).secrets == {"password": "first"}


def test_definitions_that_disagree_are_refused_when_one_would_send(tenant: Tenant) -> None:
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    tenant.reset_log()
    for wanted in (
        options(login("Orders", "second"), login("Beside", "first")),
        options(login("Orders", "first"), login("Beside", "second")),
        options(login("Orders", "second", "mysql"), login("Beside", "first")),
    ):
        assert "declares other secrets for the credentials 'svc'" in fail(MANY, tenant, wanted)
        assert "declares other secrets for the credentials 'svc'" in fail(MANY, tenant, wanted, check=True)
    rotation = {**options(login("Orders", "first"), login("Beside", "second")), "secrets_only": True}
    del rotation["prune"], rotation["prune_spaces"]
    assert "declares other secrets for its credentials" in fail(MANY, tenant, rotation)
    assert tenant.writes() == []


def test_a_converged_tenant_of_definitions_that_disagree_stays_as_it_is(tenant: Tenant) -> None:
    """Versions before let two connections send different secrets to the same credentials, one after the other."""
    start(tenant, options(login("Orders", "first"), login("Beside", "first")))
    tags = list(tenant.connection("Orders", "Sales").tags)
    succeed(MANY, tenant, alone(login("Beside", "second")))
    tenant.connection("Orders", "Sales").tags = tags
    wanted = options(login("Orders", "first"), login("Beside", "second"))
    tenant.reset_log()
    result = succeed(MANY, tenant, wanted)
    assert not result["changed"]
    assert tenant.writes() == []
    assert any("declares other secrets for the credentials 'svc'" in text for text in result["warnings"])


def with_others(tenant: Tenant, first: dict[str, Any]) -> None:
    start(tenant, options(first))
    properties = {"host": "h", "separateCredentials": "true", "credentialsName": "other"}
    tenant.add_connection("Foreign", "postgres", properties, secrets={"password": "theirs"})


@pytest.mark.parametrize("by", ["name", "id"])
@pytest.mark.parametrize("first", [{}, {"credentials": None, "separate_credentials": None}])
def test_a_fingerprint_says_nothing_of_credentials_that_are_attached_now(
    tenant: Tenant, first: dict[str, Any], by: str
) -> None:
    with_others(tenant, login("Orders", "first", **first))
    other = "other" if by == "name" else svc(tenant, "other").id
    changes = settle(tenant, options(login("Orders", "first", credentials=other)))
    assert any("no fingerprint says that they hold them" in line for line in changes)
    assert svc(tenant, "other").secrets == {"password": "first"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["reset", "lost_answer"])
@pytest.mark.parametrize("host", ["h", "elsewhere"])
@pytest.mark.parametrize("then", ["svc", "other"])
def test_a_change_of_credentials_that_is_cut_off_leaves_the_declared_secrets(
    tenant: Tenant, then: str, host: str, kind: str
) -> None:
    moved = {"host": host, "username": "u"}
    for writes in itertools.count():
        with_others(tenant, login("Orders", "first"))
        failed = cut_off(
            tenant, options(login("Orders", "second", credentials="other", properties=moved)), writes, kind
        )
        settle(tenant, options(login("Orders", "first", credentials=then, properties=moved)))
        assert svc(tenant, then).secrets == {"password": "first"}, writes
        if not failed:
            break
    assert writes >= 2


def test_between_a_new_host_and_the_last_write_no_fingerprint_is_kept(tenant: Tenant) -> None:
    """Whether Qlik still stores what comes with a host in the credentials that it detaches isn't documented."""
    start(tenant, options(login("Orders", "first")))
    cut_off(tenant, options(login("Orders", "second", properties={"host": "new", "username": "u"})), 1)
    svc(tenant).secrets = {"password": "second"}
    settle(tenant, options(login("Orders", "first")))
    assert svc(tenant).secrets == {"password": "first"}


@pytest.mark.parametrize("secret", ["first", None])
def test_what_is_attached_as_it_is_gets_no_claim(tenant: Tenant, secret: str | None) -> None:
    with_others(tenant, login("Orders", "first"))
    attached = login("Orders", secret, credentials="other", update_secrets="on_create")
    result = succeed(MANY, tenant, options(attached))
    assert bool(secret) is any("are attached as they are" in text for text in result.get("warnings", []))
    assert svc(tenant, "other").secrets == {"password": "theirs"}
    settle(tenant, options(login("Orders", "first", credentials="other")))
    assert svc(tenant, "other").secrets == {"password": "first"}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "memory",
    [BY_KEY, {"secrets_version": "1"}, {"update_secrets": "on_change"}, {"update_secrets": "on_create"}],
    ids=["key", "version", "none", "on_create"],
)
@pytest.mark.parametrize(("in_statement", "parsed"), [(True, "username"), (False, "full"), (False, "none")])
@pytest.mark.parametrize("source", ["mysql", "mssql"])
def test_another_user_name_goes_to_the_credentials_that_a_replacement_takes_over(
    tenant: Tenant, source: str, in_statement: bool, parsed: str, memory: dict[str, Any]
) -> None:
    tenant.set_behaviours(username_in_statement=in_statement, parse_credentials=parsed)
    common = {name: value for name, value in memory.items() if name != "secrets_version"}
    own = {name: value for name, value in memory.items() if name == "secrets_version"}
    common = common or {"update_secrets": "on_change"}
    start(tenant, options(login("Orders", "first", **own), **common))
    other = {"host": "h", "username": "v"}
    settle(tenant, options(login("Orders", "first", source, properties=other, **own), **common))
    assert (svc(tenant).username, svc(tenant).secrets) == ("v", {"password": "first"})


@pytest.mark.parametrize("writes", range(5))
def test_a_user_name_alone_goes_there_too(tenant: Tenant, writes: int) -> None:
    tenant.set_behaviours(username_in_statement=True)
    start(tenant, options(login("Orders", "first")))
    wanted = options(login("Orders", None, "mysql", properties={"host": "h", "username": "v"}))
    cut_off(tenant, wanted, writes)
    settle(tenant, wanted)
    assert (svc(tenant).username, svc(tenant).secrets) == ("v", {"password": "first"})
