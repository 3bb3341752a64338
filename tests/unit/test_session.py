"""The session to a tenant: what it repeats and what it doesn't, where the token goes, how errors read."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    ForbiddenError,
    OutcomeUnknownError,
    ReadOnlyError,
    ServerError,
    TransportError,
    UnauthorizedError,
    WaitError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session import session as session_module
from ansible_collections.qlikops.cloud.plugins.module_utils._session.rate_limit import READS, RELOADS, Pacer, WaitBudget
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.transport import _last_line

from tests.emulator import Emulator, Tenant

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture
def session(acme: Tenant) -> Iterator[TenantSession]:
    opened = open_session(acme)
    yield opened
    opened.close()


def open_session(tenant: Tenant, *, read_only: bool = False, **settings: Any) -> TenantSession:
    given = {"access_token": tenant.api_key} if "client_id" not in settings else {}
    chosen = Settings(url=tenant.url, **{**given, **settings})
    return TenantSession(chosen, read_only=read_only, redact=Redactor(), resources=RESOURCES)


def body(name: str, tenant: Tenant) -> dict[str, Any]:
    if not tenant.spaces:
        tenant.add_space("Sales", "shared")
    space = next(iter(tenant.spaces))
    properties = {"host": "h", "db": "d", "password": "p", "username": "u"}
    return {"datasourceID": "postgres", "qName": name, "space": space, "connectionProperties": properties}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 500},
        {"kind": "html"},
        {"kind": "truncate"},
        {"kind": "garble"},
        {"kind": "html", "status": 200},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_read_is_repeated_until_it_works(session: TenantSession, acme: Tenant, fault: dict[str, Any]) -> None:
    acme.set_faults([{**fault, "times": 2, "match": {"path": "/spaces"}}])
    assert session.get("spaces")["data"] == []
    assert (session.counts.reads, session.counts.retries) == (1, 2)


def test_a_tenant_that_stays_broken_is_reported(session: TenantSession, acme: Tenant) -> None:
    acme.set_faults([{"kind": "status", "status": 503, "times": None}])
    with pytest.raises(ServerError, match=r"GET /api/v1/spaces was answered with 503"):
        session.get("spaces")
    assert session.counts.retries == session_module.TRIES - 1


@pytest.mark.parametrize("kind", ["reset", "lost_answer", "status", "garble", "truncate"])
def test_a_create_whose_answer_is_lost_is_never_repeated_blindly(
    session: TenantSession, acme: Tenant, kind: str
) -> None:
    acme.set_faults([{"kind": kind, "match": {"method": "POST"}}])
    with pytest.raises(OutcomeUnknownError):
        session.write("POST", "data-connections", body("Orders", acme), repeatable=False)
    assert [entry.method for entry in acme.writes()] == ["POST"]


def test_a_repeatable_write_is_repeated(session: TenantSession, acme: Tenant) -> None:
    made = session.write("POST", "data-connections", body("Orders", acme), repeatable=False)
    acme.set_faults([{"kind": "lost_answer", "match": {"method": "PATCH"}}])
    session.write(
        "PATCH",
        f"data-connections/{made['qID']}",
        [{"op": "replace", "path": "/qName", "value": "New"}],
        repeatable=True,
    )
    assert acme.connection("New", "Sales").id == made["qID"]


def test_check_mode_stops_a_write_before_the_socket(acme: Tenant) -> None:
    session = open_session(acme, read_only=True)
    with pytest.raises(ReadOnlyError):
        session.write("POST", "data-connections", body("Orders", acme), repeatable=False)
    assert acme.log == []


def test_a_refusal_for_the_rate_limit_is_waited_out(session: TenantSession, acme: Tenant) -> None:
    acme.set_faults([{"kind": "status", "status": 429, "retry_after": 1, "match": {"path": "/spaces"}}])
    start = time.monotonic()
    session.get("spaces")
    assert time.monotonic() - start >= 1
    assert session.counts.retries == 1
    assert session.budget.waited >= 1


def test_no_more_is_waited_than_allowed(acme: Tenant) -> None:
    session = open_session(acme, max_wait=2)
    acme.set_faults([{"kind": "status", "status": 429, "retry_after": 60, "times": None}])
    with pytest.raises(WaitError, match="max_wait allows 2 s"):
        session.get("spaces")


def test_a_write_refused_for_the_rate_limit_is_repeated_since_it_did_not_happen(
    session: TenantSession, acme: Tenant
) -> None:
    acme.set_faults([{"kind": "status", "status": 429, "retry_after": 1, "match": {"method": "POST"}}])
    session.write("POST", "data-connections", body("Orders", acme), repeatable=False)
    assert [connection.name for connection in acme.connections.values()] == ["Orders"]


def test_me_is_found_behind_its_redirect_with_the_token_kept(session: TenantSession, acme: Tenant) -> None:
    assert session.get("users/me")["id"] in acme.users
    assert session.get("tenants/me")["id"] == acme.id


def test_the_token_goes_to_no_other_origin(session: TenantSession, acme: Tenant, emulator: Emulator) -> None:
    other = emulator.add_tenant({"name": "other"})
    acme.set_faults([{"kind": "redirect", "location": other.url}])
    with pytest.raises(AnswerError, match="another address"):
        session.get("spaces")
    acme.set_faults([{"kind": "foreign_next", "origin": other.url, "times": None}])
    for number in range(3):
        acme.add_space(f"S{number}", "shared")
    with pytest.raises(AnswerError, match="another address"):
        list(session.pages("spaces", {"limit": 1}))
    assert other.log == []


def test_lists_are_read_to_their_end(session: TenantSession, acme: Tenant) -> None:
    for number in range(7):
        acme.add_space(f"S{number}", "shared")
    rows = itertools.chain.from_iterable(page["data"] for page in session.pages("spaces", {"limit": 3}))
    assert len({row["id"] for row in rows}) == 7
    assert session.counts.reads == 3


def test_errors_say_where_what_and_what_to_do(acme: Tenant) -> None:
    with pytest.raises(UnauthorizedError) as caught:
        open_session(acme, access_token="canary-wrong-key").get("spaces")
    message = str(caught.value)
    assert message.startswith(f"{acme.host}: GET /api/v1/spaces was answered with 401")
    assert "wrong, expired or revoked" in message
    assert "trace id" in message
    assert "canary" not in message


def test_a_secret_quoted_by_the_tenant_is_not_repeated(session: TenantSession, acme: Tenant) -> None:
    session.redact.learn(["canary-pw"])
    errors = {"errors": [{"code": "DCERROR-0010", "title": "bad", "detail": "password canary-pw is too short"}]}
    acme.set_faults([{"kind": "status", "status": 400, "body": errors}])
    with pytest.raises(ApiError) as caught:
        session.get("spaces")
    assert "DCERROR-0010: bad: password ******** is too short" in str(caught.value)


@pytest.mark.parametrize("edge", ["html", "empty", "json"])
def test_a_401_in_any_form_is_understood(acme: Tenant, edge: str) -> None:
    acme.set_behaviours(edge_401=edge)
    with pytest.raises(UnauthorizedError):
        open_session(acme, access_token="wrong").get("spaces")


def test_a_403_is_not_retried(session: TenantSession, acme: Tenant) -> None:
    acme.set_faults([{"kind": "status", "status": 403}])
    with pytest.raises(ForbiddenError):
        session.get("spaces")
    assert session.counts.retries == 0


def test_an_unreachable_tenant_is_said_to_be_so() -> None:
    session = TenantSession(Settings(url="http://127.0.0.1:9", access_token="x"), read_only=False, redact=Redactor())
    with pytest.raises(TransportError, match=r"127\.0\.0\.1:9 can't be reached: .*refused"):
        session.get("spaces")


def test_tls_is_verified_and_its_failure_explained(emulator: Emulator) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    with pytest.raises(TransportError, match=r"TLS failed.*ca_path"):
        open_session(tenant).get("spaces")
    assert open_session(tenant, verify=emulator.ca_path).get("spaces")["data"] == []
    assert open_session(tenant, verify=False).get("spaces")["data"] == []


def test_authorities_of_the_environment_are_trusted(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(emulator.ca_path))
    assert open_session(tenant).get("spaces")["data"] == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    assert open_session(tenant, verify=emulator.ca_path).get("spaces")["data"] == [], "what the task says counts more"


def test_proxies_of_the_environment_are_used(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(TransportError, match="the proxy failed"):
        open_session(tenant, verify=emulator.ca_path).get("spaces")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert open_session(tenant, verify=emulator.ca_path).get("spaces")["data"] == []


def test_an_oauth_client_signs_in_once_for_all_sessions(acme: Tenant) -> None:
    for _session in range(3):
        open_session(acme, client_id="client-acme", client_secret="secret-acme").get("spaces")
    assert [entry.path for entry in acme.log].count("/oauth/token") == 1


def test_an_expired_token_is_renewed_in_the_middle_of_a_run(acme: Tenant) -> None:
    session = open_session(acme, client_id="client-acme", client_secret="secret-acme")
    session.get("spaces")
    for grant in acme.grants.values():
        grant.expires = 0.0 if grant.scopes is not None else grant.expires
    session.get("spaces")
    assert [entry.path for entry in acme.log].count("/oauth/token") == 2


def test_a_wrong_client_secret_is_explained(acme: Tenant) -> None:
    with pytest.raises(ApiError, match="Check client_id and client_secret") as caught:
        open_session(acme, client_id="client-acme", client_secret="canary-secret").get("spaces")
    assert "canary" not in str(caught.value)


def test_the_namespaced_form_is_used_for_its_resources_only(acme: Tenant) -> None:
    session = open_session(acme, api_namespace="connectivity")
    session.get("data-sources")
    session.get("spaces")
    assert [entry.path for entry in acme.log] == ["/api/connectivity/data-sources", "/api/v1/spaces"]


def test_a_deprecation_is_noted_once(session: TenantSession, acme: Tenant) -> None:
    acme.set_faults([{"kind": "deprecation", "times": None}])
    session.get("spaces")
    session.get("spaces")
    (text,) = session.deprecated.values()
    assert "v1/spaces" in text


def test_requests_are_held_back_before_the_limit_refuses_them() -> None:
    budget = WaitBudget(60)
    pacer = Pacer(budget, limits={1: 5}, window=0.4)
    start = time.monotonic()
    for _request in range(11):
        pacer.admit(1, "acme")
    assert time.monotonic() - start >= 0.8
    assert budget.waited >= 0.7


def test_reloads_have_a_limit_of_their_own_also_for_a_minute() -> None:
    budget = WaitBudget(60)
    pacer = Pacer(budget, window=2.0)
    for _request in range(50):
        pacer.admit(RELOADS, "acme")
    assert budget.waited == 0
    pacer.admit(READS, "acme")
    assert budget.waited == 0
    start = time.monotonic()
    pacer.admit(RELOADS, "acme")
    assert 0.3 <= time.monotonic() - start < 1.5


def test_a_request_counts_from_its_answer_on_and_not_at_all_when_it_is_refused() -> None:
    budget = WaitBudget(60)
    pacer = Pacer(budget, limits={1: 2}, window=0.3)
    slow = pacer.admit(1, "acme")
    refused = pacer.admit(1, "acme")
    pacer.refused(1, refused, 0)
    pacer.admit(1, "acme")
    assert budget.waited == 0
    time.sleep(0.2)
    slow.answered()
    pacer.admit(1, "acme")
    assert time.monotonic() >= slow.when + 0.3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "HTTPConnection(host='acme.example', port=80): Failed to establish a new connection: [Errno 111] Connection"
            " refused",
            "Failed to establish a new connection: Connection refused",
        ),
        (
            "<urllib3.connection.HTTPSConnection object at 0x7f>: Failed to resolve 'x' ([Errno -2] Name or service not"
            " known)",
            "Failed to resolve 'x' (Name or service not known)",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)",
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
        ),
        ("", "OSError"),
    ],
)
def test_reasons_are_told_without_representations_and_numbers(said: str, words: str) -> None:
    assert _last_line(OSError(said)) == words
