"""Credentials: read without their secrets, renamed, rotated when told to, and never taken from a connection by
accident.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._api.resources import RESOURCES
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.credential import (
    CredentialDefinition,
    check_credential,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import ReadOnlyError
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import hidden_values
from ansible_collections.qlikops.cloud.plugins.module_utils._model.credential import Credential
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.credentials.decide import decide_credential
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import (
    Settings,
)

from tests.emulator import Tenant
from tests.emulator.records import Credential as Stored
from tests.jobs import fail, requests_of, run, succeed

pytestmark = pytest.mark.usefixtures("short_pauses")

ONE = "qlik_data_credential"
INFO = "qlik_data_credential_info"
MISSING = "00000000-0000-4000-8000-000000000000"


def add_credential(tenant: Tenant, name: str, *, uses: int = 0, source: str = "postgres", secret: str = "") -> Stored:
    """A separate credential that so many connections use."""
    properties = {"host": "h", "separateCredentials": "true"}
    first = tenant.add_connection(
        f"first of {name}",
        source,
        {**properties, "credentialsName": name, "username": "u"},
        secrets={"password": secret or "old"},
    )
    credential = tenant.credential_of(first)
    assert credential is not None
    for number in range(1, uses):
        tenant.add_connection(f"{number} of {name}", source, {**properties, "selectedCredentials": credential.id})
    if not uses:
        tenant.remove_connection(first.id)
    return credential


def applied(tenant: Tenant, *, repeats: bool = True, **options: Any) -> dict[str, Any]:
    """Foresee it in check mode, do it, and (`repeats`) find nothing to do afterwards; the result of the real run."""
    tenant.reset_log()
    foreseen = succeed(ONE, tenant, options, check=True)
    assert tenant.writes() == []
    tenant.reset_log()
    result = succeed(ONE, tenant, options)
    for member in ("changed", "action", "changes", "diff"):
        assert result[member] == foreseen[member], f"check mode foresaw another {member}"
    kept = {name: value for name, value in result["credential"].items() if name != "updated"}
    assert kept == {name: value for name, value in foreseen["credential"].items() if name != "updated"}
    assert bool(tenant.writes()) is result["changed"]
    log = tenant.log
    if repeats:
        again = succeed(ONE, tenant, options)
        assert (again["changed"], again["action"], again["changes"]) == (False, "none", [])
        assert again["requests"]["writes"] == 0
    tenant.log = log
    return result


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
@pytest.mark.parametrize("by", ["name", "id"])
def test_a_credential_is_read_by_name_or_id_without_anything_secret(acme: Tenant, by: str, namespace: str) -> None:
    held = add_credential(acme, "svc / 50% ä", uses=2, secret="swordfish")
    result = succeed(INFO, acme, {by: getattr(held, by), "api_namespace": namespace}, check=True)
    (credential,) = result["credentials"]
    assert set(credential) == {
        "id",
        "name",
        "type",
        "data_source",
        "connections",
        "separated",
        "created",
        "updated",
        "owner_id",
    }
    assert (credential["id"], credential["name"], credential["data_source"]) == (held.id, held.name, "postgres")
    assert (credential["connections"], credential["separated"]) == (2, True)
    assert credential["created"].startswith("20")
    assert "swordfish" not in json.dumps(result)
    assert result["requests"]["reads"] == len(acme.log) == 1


def test_a_credential_that_is_not_there_is_an_empty_list(acme: Tenant) -> None:
    assert succeed(INFO, acme, {"name": "nobody"})["credentials"] == []
    assert succeed(INFO, acme, {"id": MISSING})["credentials"] == []


def test_orphans_are_found_in_check_mode_too_and_count_as_read(acme: Tenant) -> None:
    add_credential(acme, "used", uses=1)
    for name, source in (("b", "postgres"), ("a", "postgres"), ("c", "mysql")):
        add_credential(acme, name, source=source)
    results = [succeed(INFO, acme, {"orphans": True, "owner": "any"}, check=check) for check in (True, False)]
    for result in results:
        result["requests"].pop("seconds")
    assert results[0] == results[1]
    assert [credential["name"] for credential in results[0]["credentials"]] == ["c", "a", "b"]
    assert (results[0]["requests"]["reads"], results[0]["requests"]["writes"]) == (1, 0)
    assert requests_of(acme) == ["POST v1/data-credentials/actions/filter-orphan"] * 2
    assert acme.writes() == []


@pytest.mark.parametrize("member_names", ["any_case", "exact"])
def test_orphans_are_narrowed_by_source_and_by_kind(acme: Tenant, member_names: str) -> None:
    acme.set_behaviours(embedded_credentials_on_delete="keep", member_names=member_names)
    add_credential(acme, "shared")
    add_credential(acme, "other", source="mysql")
    acme.remove_connection(acme.add_connection("own", "postgres", {"host": "h"}, secrets={"password": "p"}).id)

    def found(**narrowing: Any) -> list[str]:
        listed = succeed(INFO, acme, {"orphans": True, **narrowing})["credentials"]
        return [credential["name"].split("_")[0] for credential in listed]

    assert found() == ["other", "own", "shared"]
    assert found(separated=True) == ["other", "shared"]
    assert found(separated=False) == ["own"]
    assert found(data_source="postgres", separated=True) == ["shared"]
    assert found(datasourceID="mysql") == ["other"]
    assert found(data_source="teradata") == []


def test_orphans_are_the_callers_own_unless_somebody_else_is_named(acme: Tenant) -> None:
    """What clears away all that is returned must not take other people's credentials with it."""
    for name, owner in (("mine", "admin"), ("theirs", "analyst")):
        add_credential(acme, name)
        next(row for row in acme.credentials.values() if row.name == name).owner = acme.user(owner).id

    def found(**narrowing: Any) -> dict[str, str]:
        listed = succeed(INFO, acme, {"orphans": True, **narrowing})["credentials"]
        return {credential["name"]: credential["owner_id"] for credential in listed}

    mine, theirs = acme.user("admin").id, acme.user("analyst").id
    assert found() == {"mine": mine}
    assert found(owner="analyst@acme.example") == found(owner=theirs) == {"theirs": theirs}
    assert found(owner="any") == {"mine": mine, "theirs": theirs}
    assert found(owner="") == {"mine": mine}
    assert "no user has the e-mail address nobody@acme.example" in fail(
        INFO, acme, {"orphans": True, "owner": "nobody@acme.example"}
    )


def test_orphans_of_nobody_known_are_left_out_and_said(acme: Tenant) -> None:
    body = {"count": 1, "data": [{"qID": "1", "qName": "x", "qType": "t", "created": "", "updated": ""}]}
    acme.set_faults(
        [{"kind": "status", "status": 200, "body": body, "match": {"path": "filter-orphan"}, "times": None}]
    )
    result = succeed(INFO, acme, {"orphans": True})
    assert result["credentials"] == []
    assert "Qlik doesn't say whose 1 of the credentials are" in result["warnings"][0]
    assert len(succeed(INFO, acme, {"orphans": True, "owner": "any"})["credentials"]) == 1


def test_a_cut_list_of_orphans_is_pointed_out(acme: Tenant) -> None:
    body = {"count": 7, "data": [{"qID": "1", "qName": "x"}]}
    acme.set_faults([{"kind": "status", "status": 200, "body": body, "match": {"path": "filter-orphan"}}])
    result = succeed(INFO, acme, {"orphans": True, "owner": "any"})
    assert "counts 7 credentials that no connection uses, and gave only 1" in result["warnings"][0]
    (credential,) = result["credentials"]
    assert (credential["connections"], credential["separated"]) == (None, None)


@pytest.mark.parametrize("fault", ["reset", "lost_answer", "garble"])
def test_the_search_for_orphans_is_repeated_like_any_read(acme: Tenant, fault: str) -> None:
    add_credential(acme, "a")
    acme.set_faults([{"kind": fault, "match": {"method": "POST"}}])
    result = succeed(INFO, acme, {"orphans": True, "owner": "any"})
    assert [credential["name"] for credential in result["credentials"]] == ["a"]
    assert (result["requests"]["reads"], result["requests"]["retries"]) == (1, 1)


def test_only_posts_that_are_known_to_read_may_leave_as_queries(acme: Tenant) -> None:
    for read_only in (True, False):
        settings = Settings(url=acme.url, access_token=acme.api_key)
        session = TenantSession(settings, read_only=read_only, redact=Redactor(), resources=RESOURCES)
        for path in ("data-connections", "data-connections/actions/delete", "spaces"):
            with pytest.raises(ReadOnlyError):
                session.query(path, {})
        session.close()
    assert acme.log == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give a name, an id, or orphans=true"),
        ({"name": "a", "id": "b"}, "give one of the two"),
        ({"name": "a", "orphans": True}, "not several of them"),
        ({"name": "a", "separated": False}, "separated can only be given together with orphans=true"),
        ({"name": "a", "owner": "any"}, "owner can only be given together with orphans=true"),
        ({"id": "a", "data_source": "mysql"}, "data_source can only be given together with orphans=true"),
        ({"name": ".."}, "can't be a dot or two"),
    ],
)
def test_what_can_not_be_asked(acme: Tenant, options: dict[str, Any], said: str) -> None:
    assert said in fail(INFO, acme, options)
    assert acme.log == []


@pytest.mark.parametrize("member_names", ["any_case", "exact"])
@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
def test_a_credential_is_renamed_once(acme: Tenant, namespace: str, member_names: str) -> None:
    acme.set_behaviours(member_names=member_names, unknown_query="reject")
    held = add_credential(acme, "old", uses=2, secret="kept")
    result = applied(acme, name="old", new_name="new", api_namespace=namespace)
    assert (result["action"], result["changes"]) == ("update", ["name: old -> new"])
    assert (result["credential"]["id"], result["credential"]["name"], result["credential"]["connections"]) == (
        held.id,
        "new",
        2,
    )
    assert (result["diff"]["before"]["name"], result["diff"]["after"]["name"]) == ("old", "new")
    assert (held.name, held.username, held.secrets) == ("new", "u", {"password": "kept"})
    (write,) = acme.writes()
    assert write.body == [{"op": "replace", "path": "/qName", "value": "new"}]


def test_a_rename_by_id_and_to_the_same_name(acme: Tenant) -> None:
    held = add_credential(acme, "old")
    assert not applied(acme, name="old", new_name="old")["changed"]
    assert applied(acme, id=held.id, new_name="new")["changed"]
    assert held.name == "new"


def test_a_name_that_another_credential_has_is_refused_before_anything_is_written(acme: Tenant) -> None:
    add_credential(acme, "old")
    other = add_credential(acme, "new")
    acme.reset_log()
    for check in (True, False):
        message = fail(ONE, acme, {"name": "old", "new_name": "new"}, check=check)
        assert f"credential 'old': it can't be renamed: 'new' is the name of another one ({other.id})" in message
    assert acme.writes() == []


def test_a_rename_that_loses_its_answer_is_done_once_and_no_failure(acme: Tenant) -> None:
    held = add_credential(acme, "old")
    acme.set_faults([{"kind": "lost_answer", "match": {"method": "PATCH"}}])
    assert succeed(ONE, acme, {"name": "old", "new_name": "new"})["credential"]["name"] == "new"
    assert held.name == "new"


def test_user_name_and_password_are_sent_with_rotate_only(acme: Tenant) -> None:
    held = add_credential(acme, "svc", uses=1)
    given: dict[str, Any] = {"name": "svc", "username": "qlik_reader", "password": "swordfish"}
    assert not applied(acme, **given)["changed"]
    assert (held.username, held.secrets) == ("u", {"password": "old"})
    result = applied(acme, **given, rotate=True, repeats=False)
    assert result["changes"] == ["username: sent, because of rotate", "password: sent, because of rotate"]
    assert (held.username, held.secrets) == ("qlik_reader", {"qPassword": "swordfish"})
    assert "swordfish" not in json.dumps(result)
    assert result["diff"]["before"]["password"] == "********"
    assert result["diff"]["after"]["password"] == "******** (new)"
    (write,) = acme.writes()
    assert [(item["op"], item["path"]) for item in write.body] == [("replace", "/qUsername"), ("replace", "/qPassword")]
    assert succeed(ONE, acme, {**given, "rotate": True})["changed"], (
        "nobody can tell whether Qlik holds the same ones already"
    )


def test_one_of_the_two_can_be_sent_alone(acme: Tenant) -> None:
    held = add_credential(acme, "svc")
    applied(acme, name="svc", password="new", rotate=True, repeats=False)
    assert (held.username, held.secrets) == ("u", {"qPassword": "new"})
    applied(acme, name="svc", username="v", password="", rotate=True, repeats=False)
    assert (held.username, held.secrets) == ("v", {"qPassword": "new"})


def test_renaming_and_rotating_is_one_request_and_goes_on_after_the_rename(acme: Tenant) -> None:
    held = add_credential(acme, "old")
    options = {"name": "old", "new_name": "new", "password": "first", "rotate": True}
    applied(acme, **options, repeats=False)
    assert len(acme.writes()) == 1
    applied(acme, **{**options, "password": "second"}, repeats=False)
    assert (held.name, held.secrets) == ("new", {"qPassword": "second"})


def test_a_password_that_the_tenant_quotes_is_not_repeated(acme: Tenant) -> None:
    add_credential(acme, "svc")
    errors = {"errors": [{"code": "DCERROR-0010", "title": "bad", "detail": "password canary-pw is too short"}]}
    acme.set_faults([{"kind": "status", "status": 400, "body": errors, "match": {"method": "PATCH"}}])
    message = fail(ONE, acme, {"name": "svc", "password": "canary-pw", "rotate": True})
    assert message.startswith(f"{acme.host}: credential 'svc': ")
    assert "password ******** is too short" in message


@pytest.mark.parametrize("spelling", ["password", "qPassword"])
def test_the_password_is_hidden_under_either_name(spelling: str) -> None:
    assert hidden_values({"name": "svc", spelling: "canary-pw"}) == {"canary-pw"}
    assert "canary-pw" not in repr(CredentialDefinition.from_options({"name": "svc", "password": "canary-pw"}))


def test_an_unused_credential_is_removed_and_its_absence_is_fine(acme: Tenant) -> None:
    held = add_credential(acme, "svc")
    result = applied(acme, name="svc", state="absent")
    assert (result["action"], result["changes"]) == ("delete", ["delete"])
    assert (result["credential"]["id"], result["diff"]["before"]["id"], result["diff"]["after"]) == (
        held.id,
        held.id,
        "",
    )
    assert acme.credentials == {}
    assert succeed(ONE, acme, {"name": "svc", "state": "absent"})["credential"] == {}
    assert succeed(ONE, acme, {"id": MISSING, "state": "absent"})["action"] == "none"


def test_a_credential_in_use_is_removed_by_force_only(acme: Tenant) -> None:
    held = add_credential(acme, "svc", uses=3)
    acme.reset_log()
    for check in (True, False):
        message = fail(ONE, acme, {"name": "svc", "state": "absent"}, check=check)
        assert "credential 'svc': 3 connections use it" in message
        assert "force" in message
    assert acme.writes() == []
    assert applied(acme, id=held.id, state="absent", force=True)["action"] == "delete"
    assert acme.credentials == {}
    assert len(acme.connections) == 3


def test_orphaned_leaves_alone_what_connections_use(acme: Tenant) -> None:
    add_credential(acme, "used", uses=1)
    add_credential(acme, "unused")
    kept = applied(acme, name="used", state="absent", orphaned=True)
    assert (kept["changed"], kept["credential"]["connections"]) == (False, 1)
    assert not applied(acme, name="used", new_name="other", password="p", rotate=True, orphaned=True)["changed"]
    assert applied(acme, name="unused", new_name="still unused", orphaned=True)["changed"]
    assert applied(acme, name="still unused", state="absent", orphaned=True)["changed"]
    assert [credential.name for credential in acme.credentials.values()] == ["used"]


def test_all_orphans_can_be_cleared_away(acme: Tenant) -> None:
    add_credential(acme, "used", uses=1)
    for number in range(3):
        add_credential(acme, f"unused {number}")
    for credential in succeed(INFO, acme, {"orphans": True, "separated": True})["credentials"]:
        applied(acme, id=credential["id"], state="absent", orphaned=True)
    assert [credential.name for credential in acme.credentials.values()] == ["used"]


@pytest.mark.parametrize("kind", ["lost_answer", "status", "reset"])
def test_a_removal_whose_answer_is_lost_is_no_failure(acme: Tenant, kind: str) -> None:
    add_credential(acme, "svc")
    acme.set_faults([{"kind": kind, "match": {"method": "DELETE"}}])
    assert succeed(ONE, acme, {"name": "svc", "state": "absent"})["action"] == "delete"
    assert acme.credentials == {}


@pytest.mark.parametrize("options", [{"name": "nobody"}, {"id": MISSING}, {"name": "nobody", "new_name": "no one"}])
def test_a_credential_is_not_created_and_the_error_says_how_it_is(acme: Tenant, options: dict[str, Any]) -> None:
    message = fail(ONE, acme, {**options, "password": "p", "rotate": True}, check=True)
    assert "doesn't exist, or the caller can't see it" in message
    assert "only created together with a connection" in message
    assert ("'no one'" in message) == ("new_name" in options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give one of the two"),
        ({"name": "a", "id": "b"}, "give one of the two"),
        ({"name": "a", "rotate": True}, "rotate needs a password, a username or both"),
        ({"name": "a", "rotate": True, "password": ""}, "rotate needs a password, a username or both"),
        ({"name": "a", "state": "absent", "new_name": "b"}, "new_name can't be given with state=absent"),
        ({"name": "a", "state": "absent", "force": True, "orphaned": True}, "choose one of the two"),
        ({"name": ".."}, "can't be a dot or two"),
        ({"name": "a", "new_name": "a\nb"}, "line break"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_asked(
    acme: Tenant, options: dict[str, Any], said: str
) -> None:
    message = fail(ONE, acme, options)
    assert message.startswith(f"{acme.host}: credential")
    assert said in message
    assert acme.log == []


def test_an_id_that_the_tenant_refuses_is_named(acme: Tenant) -> None:
    message = fail(ONE, acme, {"id": "not-an-id", "state": "absent"})
    assert message.startswith(f"{acme.host}: credential not-an-id: ")
    assert "the id of a credential is a UUID" in message


def test_the_credentials_of_others_are_out_of_reach(acme: Tenant) -> None:
    add_credential(acme, "svc")
    assert "the caller can't see it" in fail(
        ONE, acme, {"name": "svc", "new_name": "mine", "access_token": "key-analyst"}
    )


def test_an_answer_about_another_name_is_not_taken(acme: Tenant) -> None:
    held = add_credential(acme, "Svc")
    body = {"qID": held.id, "qName": "Svc", "qConnCount": 0}
    acme.set_faults([{"kind": "status", "status": 200, "body": body, "match": {"method": "GET"}, "times": None}])
    assert succeed(ONE, acme, {"name": "svc", "state": "absent"})["action"] == "none"
    assert acme.credentials == {held.id: held}


def test_a_run_cut_off_at_any_request_is_finished_by_the_next(acme: Tenant) -> None:
    held = add_credential(acme, "old")
    options = {"name": "old", "new_name": "new", "password": "p", "rotate": True}
    for cut in itertools.count():
        held.name, held.secrets = "old", {"password": "old"}
        acme.set_faults(
            [{"kind": "lost_answer", "after": cut, "times": 1}, {"kind": "reset", "after": cut + 1, "times": None}]
        )
        done = not run(ONE, acme, options).get("failed")
        acme.set_faults([])
        succeed(ONE, acme, options)
        assert (held.name, held.secrets) == ("new", {"qPassword": "p"})
        if done:
            break
    assert cut == 4


def test_what_qlik_does_not_say_is_not_taken_for_unused() -> None:
    unknown = Credential.from_api({"qID": "1", "qName": "svc"})
    assert (unknown.connections, unknown.separated, unknown.created) == (None, None, "")
    absent = CredentialDefinition(name="svc", state="absent")
    assert "Qlik doesn't say how many connections use it" in decide_credential(absent, unknown).problem
    alone = decide_credential(CredentialDefinition(name="svc", state="absent", orphaned=True), unknown)
    assert (alone.kind, alone.problem) == ("none", "")
    assert decide_credential(CredentialDefinition(name="svc", state="absent", force=True), unknown).kind == "delete"


def test_either_form_of_an_answer_is_understood() -> None:
    v1 = {"qID": "1", "qName": "svc", "qSeparated": 0, "qConnCount": 1, "created": "then"}
    namespaced = {"qID": "1", "qName": "svc", "qSeparated": False, "qConnCount": "1", "createdAt": "then"}
    assert (
        Credential.from_api(v1)
        == Credential.from_api(namespaced)
        == Credential("1", "svc", connections=1, separated=False, created="then")
    )


def test_one_connection_is_one() -> None:
    used = Credential("1", "svc", connections=1)
    assert decide_credential(CredentialDefinition(name="svc", state="absent"), used).problem.startswith(
        "1 connection uses it"
    )


def test_a_sound_definition_has_no_problem() -> None:
    assert check_credential(CredentialDefinition(name="svc", new_name="new", password="p", rotate=True)) == ""
    assert check_credential(CredentialDefinition(id=MISSING, state="absent", orphaned=True)) == ""


READINGS: list[dict[str, Any]] = [
    {},
    {"credential_names_unique": "owner"},
    {"credential_names_unique": "no"},
    {"credential_names_case_sensitive": False},
    {"credential_separated_shown": False},
    {"credential_count_shown": False},
    {"credential_patch_add": "reject"},
    {"credential_password_alone": "reject"},
]
READINGS.append({name: value for reading in READINGS for name, value in reading.items()})


def separate(name: str, **changes: Any) -> dict[str, Any]:
    """A connection whose users bring credentials of their own."""
    properties = {"host": "h", "db": "d"}
    place = {
        "name": name,
        "space": "Sales",
        "data_source": "postgres",
        "fingerprint_key": "a fingerprint key of some length",
    }
    return {**place, "properties": properties, "separate_credentials": True, "credentials": "svc", **changes}


@pytest.mark.parametrize(
    "reading", READINGS, ids=lambda reading: "-".join(f"{k}={v}" for k, v in reading.items())[:60] or "defaults"
)
def test_the_life_of_a_credential_is_the_same(acme: Tenant, reading: dict[str, Any]) -> None:
    acme.add_space("Sales")
    acme.set_behaviours(**reading)
    first = separate("First", secrets={"password": "one"}, properties={"host": "h", "db": "d", "username": "u"})
    assert succeed("qlik_data_connection", acme, first)["changed"]
    assert succeed("qlik_data_connection", acme, separate("Second"))["changed"]
    for again in (first, separate("Second")):
        assert not succeed("qlik_data_connection", acme, again)["changed"]
    (held,) = acme.credentials.values()
    assert {connection.credentials_id for connection in acme.connections.values()} == {held.id}

    applied(acme, name="svc", new_name="svc 2")
    applied(acme, name="svc 2", username="v", password="two", rotate=True, repeats=False)
    assert (held.name, held.username, held.secrets) == ("svc 2", "v", {"qPassword": "two"})
    (read,) = succeed(INFO, acme, {"name": "svc 2"})["credentials"]
    assert read["connections"] in (2, None)

    acme.reset_log()
    assert "force" in fail(ONE, acme, {"name": "svc 2", "state": "absent"})
    assert not succeed(ONE, acme, {"name": "svc 2", "state": "absent", "orphaned": True})["changed"]
    assert acme.writes() == []
    for connection in list(acme.connections):
        acme.remove_connection(connection)
    for unused in succeed(INFO, acme, {"orphans": True, "separated": True})["credentials"]:
        applied(acme, id=unused["id"], state="absent", orphaned=True)
    assert acme.credentials == {}


@pytest.mark.parametrize("alone", ["accept", "reject"])
def test_a_password_alone_is_sent_or_its_refusal_explained(acme: Tenant, alone: str) -> None:
    held = add_credential(acme, "svc")
    acme.set_behaviours(credential_password_alone=alone)
    result = run(ONE, acme, {"name": "svc", "password": "new", "rotate": True})
    assert result.get("failed", False) is (alone == "reject")
    if alone == "reject":
        assert "username and password have to come together: give both" in result["msg"]
    assert (held.username, held.secrets) == ("u", {"password": "old"} if alone == "reject" else {"qPassword": "new"})
    applied(acme, name="svc", username="v", password="newer", rotate=True, repeats=False)
    assert (held.username, held.secrets) == ("v", {"qPassword": "newer"})


@pytest.mark.parametrize("sensitive", [True, False])
def test_credentials_whose_names_differ_by_case(acme: Tenant, sensitive: bool) -> None:
    acme.add_space("Sales")
    lower, other = add_credential(acme, "svc", uses=1), add_credential(acme, "other")
    acme.set_behaviours(credential_names_case_sensitive=sensitive)
    acme.reset_log()
    attaching = separate("First", credentials="SVC", secrets={"password": "p"})
    if sensitive:
        assert succeed("qlik_data_connection", acme, attaching)["changed"]
        assert sorted(row.name for row in acme.credentials.values()) == ["SVC", "other", "svc"]
        assert applied(acme, name="other", new_name="Svc")["changed"]
    else:
        assert f"takes credentials 'SVC' for 'svc' ({lower.id}): give that name" in fail(
            "qlik_data_connection", acme, attaching
        )
        assert f"'Svc' is the name of another one ({lower.id})" in fail(ONE, acme, {"name": "other", "new_name": "Svc"})
        assert acme.writes() == []
    assert lower.secrets == {"password": "old"}
    assert not succeed(ONE, acme, {"name": "OTHER", "state": "absent"})["changed"]
    assert applied(acme, id=other.id, new_name="OTHER")["changed"], "a name may change by case alone"


@pytest.mark.parametrize(("unique", "taken"), [("separate", True), ("owner", False), ("no", False)])
def test_a_name_that_somebody_else_took_is_the_tenants_to_refuse(acme: Tenant, unique: str, taken: bool) -> None:
    mine, theirs = add_credential(acme, "mine"), add_credential(acme, "theirs")
    mine.owner = acme.user("analyst").id
    acme.set_behaviours(credential_names_unique=unique)
    result = run(ONE, acme, {"name": "mine", "new_name": "theirs", "access_token": "key-analyst"})
    assert result.get("failed", False) is taken
    assert ("was answered with 409" in result.get("msg", "")) is taken
    assert (mine.name, theirs.name) == ("mine" if taken else "theirs", "theirs")
