"""A policy over one tenant: what gets past it, what doesn't, and what a run does then."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.hosts_named import hosts_named

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

BULK = "qlik_data_connections"
DENIED = {"name": "no-evil", "hosts": {"deny": ["*.evil.example", "10.0.0.0/8", "fd00::/8"]}, "message": "Ask Ada."}
CANARY = "canary-pw-hunter2hunter2"


def declared(name: str = "Orders", source: str = "postgres", **more: Any) -> dict[str, Any]:
    properties = {"host": "db.good.example", "db": "orders", "username": "app", **more.pop("properties", {})}
    return {
        "name": name,
        "space": "Sales",
        "data_source": source,
        "properties": properties,
        "secrets": {"password": CANARY},
        **more,
    }


def options(*connections: dict[str, Any], policy: Any = (DENIED,), **more: Any) -> dict[str, Any]:
    return {"connections": list(connections), "policy": list(policy), "spaces": [{"name": "Sales"}], **more}


def breaches(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["rule"], f"{one['space']}:{one['name']}", one["severity"]) for one in result["policy"]["breaches"]]


def judged(tenant: Tenant, policy: Any, *connections: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The breaches that an audit lists."""
    given = options(*connections, policy=policy, breaches="list", list_undeclared="all", **more)
    found: list[dict[str, Any]] = succeed(BULK, tenant, given, check=True)["policy"]["breaches"]
    return found


@pytest.fixture
def sales(acme: Tenant) -> Tenant:
    acme.add_space("Sales")
    acme.reset_log()
    return acme


def writes(tenant: Tenant) -> list[str]:
    return [line for line in requests_of(tenant) if not line.startswith("GET")]


@pytest.mark.parametrize(
    "host",
    [
        "db.evil.example",
        "DB.EVIL.EXAMPLE",
        "db.evil.example.",
        "db.evil.example:5432",
        "db.evil.example,db.good.example",
        "db.good.example;db.evil.example",
        "good.example@db.evil.example",
        "\uff44\uff42.\uff45\uff56\uff49\uff4c.example",
        "db%2Eevil.example",
        "db.e\u00advil.example",
        "10.1.2.3",
        "167838211",
        167838211,
        "0x0a010203",
        "012.1.2.3",
        "10.66051",
        "::ffff:10.1.2.3",
        "[::ffff:a01:203]:5432",
        "64:ff9b::10.1.2.3",
        "fd12::1%eth0",
    ],
)
def test_no_spelling_gets_a_host_past_a_rule(sales: Tenant, host: Any) -> None:
    said = fail(BULK, sales, options(declared(properties={"host": host})))
    assert "space 'Sales': connection 'Orders': rule 'no-evil': it leads to" in said
    assert "Ask Ada." in said
    assert sales.url.split("//")[1].split(":")[0] in said
    assert writes(sales) == []
    assert CANARY not in said


@pytest.mark.parametrize(
    ("source", "properties"),
    [
        ("rest", {"url": "https://api.good.example@api.evil.example/v1"}),
        ("rest", {"url": "https://api.evil.example\\@api.good.example/v1"}),
        ("rest", {"url": "HTTPS://API.EVIL.EXAMPLE:8443/?x=y"}),
        ("rest", {"url": "https://good.example", "queryHeaders": [{"name": "Host", "value": "api.evil.example"}]}),
        ("snowflake", {"server": "x.evil.example"}),
        ("repsrc_oracle", {"server": "//db.evil.example:1521/svc", "agentId": "a"}),
        ("repsrc_oracle", {"server": "(DESCRIPTION=(ADDRESS=(HOST=db.evil.example)(PORT=1521)))", "agentId": "a"}),
        ("sfdc", {"envDomain": "my.evil.example"}),
    ],
)
def test_a_host_counts_wherever_it_stands(sales: Tenant, source: str, properties: dict[str, Any]) -> None:
    definition = {**declared(source=source), "properties": properties, "secrets": {}}
    given = options(definition, validate=False)
    assert "rule 'no-evil': it leads to" in fail(BULK, sales, given)
    assert writes(sales) == []


def test_hosts_in_statements_count_and_the_second_of_two_also(sales: Tenant) -> None:
    begin, good = 'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;', "host=db.good.example;"
    for host in ("host=db.evil.example;", f"{good}HOST=db.evil.example;", "HOST=db.evil.example;"):
        text = f'{begin}{host}db=x;"'
        definition = {
            "name": "Raw",
            "space": "Sales",
            "data_source": "postgres",
            "connect_statement": text,
            "username": "app",
            "password": CANARY,
        }
        said = fail(BULK, sales, options(definition))
        assert "rule 'no-evil': it leads to db.evil.example" in said
        assert CANARY not in said
    # Nobody may declare a name twice, letter by letter; a tenant may hold it.
    for number, hosts in enumerate((f"{good}host=db.evil.example;", f"host=db.evil.example;{good}")):
        sales.add_connection(f"Twice {number}", "postgres", space="Sales", connect_statement=f'{begin}{hosts}db=x;"')
    found = [one["name"] for one in judged(sales, [DENIED])]
    assert found == ["Twice 0", "Twice 1"]


def test_what_is_declared_as_a_secret_counts_as_well(sales: Tenant) -> None:
    """Qlik is sent one mapping of both."""
    hidden = declared()
    del hidden["properties"]["host"]
    hidden["secrets"]["host"] = "db.evil.example"
    assert "rule 'no-evil': it leads to" in fail(BULK, sales, options(hidden))
    succeed(BULK, sales, options(declared(), policy=()))
    assert "rule 'no-evil': it leads to" in fail(BULK, sales, options(hidden))
    header = {"name": "Host", "value": "api.evil.example", "encrypt": True}
    rest: dict[str, Any] = {"name": "R", "space": "Sales", "data_source": "rest"}
    rest["properties"] = {"url": "https://api.good.example", "queryHeaders": [header]}
    assert "rule 'no-evil': it leads to" in fail(BULK, sales, options(rest))


def test_only_check_mode_merely_lists_breaches(sales: Tenant) -> None:
    given = options(declared(properties={"host": "db.evil.example"}), breaches="list")
    assert breaches(succeed(BULK, sales, given, check=True)) == [("no-evil", "Sales:Orders", "fail")]
    assert "rule 'no-evil'" in fail(BULK, sales, given)
    assert writes(sales) == []


def test_a_file_on_another_machine_is_on_that_host() -> None:
    (named,) = hosts_named([("path", "\\\\files.evil.example\\share")]).hosts
    assert named.label == "files.evil.example"


def test_what_nobody_sees_in_a_name_makes_no_other_name_of_it(sales: Tenant) -> None:
    rule = {"name": "names", "names": {"deny": ["forbidden*"]}}
    assert "which is denied" in fail(BULK, sales, options(declared("Forbid\u200bden data"), policy=[rule]))


def test_what_is_as_it_should_be_is_written(sales: Tenant) -> None:
    result = succeed(BULK, sales, options(declared()))
    assert result["policy"]["breaches"] == []
    assert result["policy"]["rules"] == [{"name": "no-evil", "connections": 1}]
    assert result["summary"]["created"] == 1


def test_check_mode_says_the_same_and_another_connection_is_not_written_either(sales: Tenant) -> None:
    given = options(declared("Good"), declared("Bad", properties={"host": "db.evil.example"}))
    foreseen = run(BULK, sales, given, check=True)
    done = run(BULK, sales, given)
    assert foreseen["failed"]
    assert done["failed"]
    assert foreseen["msg"] == done["msg"]
    assert breaches(foreseen) == breaches(done) == [("no-evil", "Sales:Bad", "fail")]
    assert writes(sales) == []


def test_an_update_a_move_a_rename_and_an_id_are_judged_as_they_will_be(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(), policy=()))
    held = next(iter(sales.connections.values()))
    by_host = options(declared(properties={"host": "db.evil.example"}))
    assert "rule 'no-evil'" in fail(BULK, sales, by_host)
    by_id = declared(properties={"host": "db.evil.example"})
    assert "rule 'no-evil'" in fail(BULK, sales, options({**by_id, "name": "", "space": None, "id": held.id}))
    names = {"name": "names", "names": {"deny": ["forbidden*"]}}
    renamed = declared("Forbidden data", previous_name="Orders")
    said = fail(BULK, sales, options(renamed, policy=[names]))
    assert "its name is 'Forbidden data', which is denied (forbidden*)" in said
    spaces = {"name": "spaces", "spaces": {"allow": ["Sales"]}}
    moved = declared(previous_space="Sales") | {"space": "Other"}
    given = options(moved, policy=[spaces]) | {"spaces": [{"name": "Sales"}, {"name": "Other"}]}
    assert "its space is 'Other', which isn't allowed" in fail(BULK, sales, given)


def test_a_replacement_under_another_source_is_judged_as_that(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(), policy=()))
    rule = {"name": "sources", "data_sources": {"deny": ["MySQL"]}}
    replaced = declared(source="mysql", replace="when_required")
    replaced["properties"] = {"host": "db.good.example", "database": "x", "username": "app"}
    assert "its data source is 'mysql', which is denied" in fail(BULK, sales, options(replaced, policy=[rule]))
    named = {**replaced, "data_source": "MySQL Enterprise Edition"}
    assert "its data source is 'mysql'" in fail(BULK, sales, options(named, policy=[rule]))


def test_undeclared_connections_obey_too_in_personal_spaces_also(sales: Tenant) -> None:
    held = {"host": "db.evil.example", "db": "x", "username": "app", "password": CANARY}
    sales.add_connection(name="Stranger", space="Sales", data_source="postgres", properties=held)
    sales.add_connection(name="Own", space=None, data_source="postgres", properties=held)
    said = fail(BULK, sales, options(declared()))
    assert "space 'Sales': undeclared connection 'Stranger': rule 'no-evil'" in said
    assert "a personal space: undeclared connection 'Own'" in said
    assert writes(sales) == []
    lenient = options(declared(), policy=[{**DENIED, "undeclared": "warn"}])
    result = succeed(BULK, sales, lenient)
    assert breaches(result) == [("no-evil", "Sales:Stranger", "warn"), ("no-evil", ":Own", "warn")]
    assert any("rule 'no-evil'" in warning for warning in result["warnings"])
    silent = succeed(BULK, sales, options(declared(), policy=[{**DENIED, "undeclared": "ignore"}]))
    assert breaches(silent) == []


def test_a_warning_stops_nothing_and_is_said(sales: Tenant) -> None:
    given = options(declared(properties={"host": "db.evil.example"}), policy=[{**DENIED, "severity": "warn"}])
    result = succeed(BULK, sales, given)
    assert result["changed"]
    assert "it leads to db.evil.example, which is denied" in "\n".join(result["warnings"])


def test_what_goes_need_not_obey(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(properties={"host": "db.evil.example"}), policy=()))
    result = succeed(BULK, sales, options(declared() | {"state": "absent"}))
    assert result["summary"]["deleted"] == 1


def test_what_is_pruned_need_not_obey(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(properties={"host": "db.evil.example"}), policy=()))
    result = succeed(BULK, sales, options(prune=True, prune_spaces=["Sales"]))
    assert result["summary"]["deleted"] == 1


def test_a_rotation_sends_no_secret_to_a_host_that_is_denied(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(properties={"host": "db.evil.example"}), policy=()))
    sales.reset_log()
    definition = declared(properties={"host": "db.evil.example"})
    assert "rule 'no-evil'" in fail(BULK, sales, options(definition, secrets_only=True) | {"spaces": []})
    assert writes(sales) == []


def test_what_a_run_is_not_about_does_not_stop_it(sales: Tenant) -> None:
    """With only, the others aren't read, and what isn't read isn't judged."""
    given = options(declared(), declared("Bad", properties={"host": "db.evil.example"}), only=["Orders"])
    assert succeed(BULK, sales, given)["summary"]["created"] == 1


def test_an_approval_covers_the_policy(sales: Tenant) -> None:
    given = options(declared())
    approved = succeed(BULK, sales, given, check=True)["plan_digest"]
    stricter = options(declared(), policy=[DENIED, {"name": "tagged", "tags": ["t*"], "severity": "warn"}])
    said = fail(BULK, sales, {**stricter, "approved_plan": approved})
    assert "the definitions or the policy changed since" in said
    without = fail(BULK, sales, {**options(declared(), policy=()), "approved_plan": approved})
    assert "not the one that was approved" in without
    assert writes(sales) == []
    succeed(BULK, sales, {**given, "approved_plan": approved})


TLS = {"name": "tls", "tls": "required"}


@pytest.mark.parametrize(
    ("source", "properties", "said"),
    [
        ("postgres", {"host": "h", "SSLMode": "require"}, ""),
        ("postgres", {"host": "h", "SSLMode": "verify-full"}, ""),
        ("postgres", {"host": "h", "SSLMode": "disable"}, "it isn't encrypted for sure: its sslmode is 'disable'"),
        ("postgres", {"host": "h"}, "it isn't encrypted for sure: its sslmode is 'prefer'"),
        ("databricks", {"host": "h"}, ""),
        ("databricks", {"host": "h", "SSL": False}, "its ssl is 'false'"),
        ("rest", {"url": "https://h"}, ""),
        ("rest", {"url": "http://h"}, "its url isn't one of https"),
        ("mysql", {"host": "h"}, "it can't be told whether it is encrypted: data source 'mysql'"),
        ("snowflake", {"server": "h"}, ""),
        ("File_AmazonS3ConnectorV2", {"bucketName": "b"}, ""),
    ],
)
def test_encryption_is_what_the_source_says_or_cannot_be_told(
    sales: Tenant, source: str, properties: dict[str, Any], said: str
) -> None:
    definition = {"name": "X", "space": "Sales", "data_source": source, "properties": properties, "secrets": {}}
    found = judged(sales, [TLS], definition)
    assert [said in one["reason"] for one in found] == ([True] if said else [])
    assert all(one["told"] == ("can't be told" not in one["reason"]) for one in found)


def test_what_the_server_would_decide_is_not_taken_for_encrypted(sales: Tenant) -> None:
    """Without the source's specification nobody knows its default."""
    found = judged(sales, [TLS], declared(), validate=False)
    assert "nothing says what its sslmode is" in found[0]["reason"]
    assert found[0]["severity"] == "fail"
    assert judged(sales, [{**TLS, "when_unknown": "warn"}], declared(), validate=False)[0]["severity"] == "warn"


def test_a_connection_without_a_host_is_never_allowed(sales: Tenant) -> None:
    bare = declared()
    del bare["properties"]["host"]
    allow = {"name": "ours", "hosts": {"allow": ["*.good.example", "192.168.0.0/16"]}}
    assert "it can't be told where it leads" in judged(sales, [allow], bare)[0]["reason"]
    assert "it can't be told where it leads" in judged(sales, [DENIED], bare)[0]["reason"]
    bucket: dict[str, Any] = {"name": "B", "space": "Sales", "data_source": "File_AmazonS3ConnectorV2"}
    bucket["properties"] = {"bucketName": "b"}
    assert judged(sales, [DENIED], bucket) == []
    assert "it names no host" in judged(sales, [allow], bucket)[0]["reason"]
    assert judged(sales, [allow], declared()) == []
    assert judged(sales, [allow], declared(properties={"host": "192.168.3.4"})) == []
    for host in ("good.example.evil.example", "a.good.example,b.other.example", "192.169.0.1", "010.0.0.1"):
        assert "isn't allowed" in judged(sales, [allow], declared(properties={"host": host}))[0]["reason"]


def test_what_is_drifted_is_judged_as_it_is_by_an_audit(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(properties={"host": "db.evil.example"}), policy=()))
    found = judged(sales, [DENIED], declared())
    assert [one["reason"] for one in found] == ["it leads to db.evil.example, which is denied"]
    # What a run makes of it obeys, so that the run goes on.
    assert succeed(BULK, sales, options(declared()), check=True)["policy"]["breaches"] == []


def test_gateways_separate_credentials_tags_and_owners(sales: Tenant) -> None:
    rules = [
        {"name": "gateway", "gateway": "required"},
        {"name": "separate", "separate_credentials": "required"},
        {"name": "any-tag", "tags": "required"},
        {"name": "team-tag", "tags": ["team-*", "cost-*"]},
        {"name": "owners", "owners": {"allow": [next(iter(sales.users.values())).email]}},
        {"name": "strangers", "owners": {"allow": ["somebody@example.org"]}},
    ]
    found = {one["rule"]: one["reason"] for one in judged(sales, rules, declared())}
    assert found["gateway"] == "it goes through no gateway"
    assert found["separate"].startswith("its users share one user's credentials")
    assert found["any-tag"] == "it has no tag"
    assert found["team-tag"] == "it lacks the tag team-*, cost-*"
    assert "isn't allowed" in found["strangers"]
    tagged = judged(sales, rules, declared(tags=["team-a", "cost-7"], separate_credentials=True))
    assert {one["rule"] for one in tagged} >= {"gateway", "strangers"}
    assert not {one["rule"] for one in tagged} & {"any-tag", "team-tag", "separate"}


def test_where_and_except_pick_out_what_a_rule_is_about(sales: Tenant) -> None:
    two = (declared("Orders"), declared("Returns"))
    rule = {"name": "tagged", "tags": "required", "where": {"spaces": ["sales"], "names": ["ord*"]}}
    assert [one["name"] for one in judged(sales, [rule], *two)] == ["Orders"]
    but = {"name": "tagged", "tags": "required", "except": {"tenants": ["*"], "names": ["Orders"]}}
    assert [one["name"] for one in judged(sales, [but], *two)] == ["Returns"]
    # Nothing is excepted by a name that is only like it.
    assert len(judged(sales, [{**but, "except": {"names": ["orders"]}}], *two)) == 2
    nothing = {"name": "tagged", "tags": "required", "where": {"spaces": ["Prodd"]}}
    given = options(*two, policy=[nothing], breaches="list")
    assert succeed(BULK, sales, given, check=True)["policy"]["rules"] == [{"name": "tagged", "connections": 0}]


def test_a_policy_that_cannot_be_used_stops_the_run_before_anything_is_read(sales: Tenant) -> None:
    said = fail(BULK, sales, options(declared(), policy=[{"name": "x", "tsl": "required"}]))
    assert "Did you mean 'tls'?" in said
    assert requests_of(sales) == []


def test_without_a_policy_nothing_more_is_asked_and_with_one_a_list_of_all(sales: Tenant) -> None:
    succeed(BULK, sales, options(declared(), policy=()))
    sales.reset_log()
    result = succeed(BULK, sales, options(declared(), policy=()))
    without = requests_of(sales)
    assert "policy" not in result
    sales.reset_log()
    succeed(BULK, sales, options(declared()))
    assert len(requests_of(sales)) <= len(without) + 1


def test_texts_of_a_tenant_are_never_code(sales: Tenant) -> None:
    name = "{{ lookup('pipe', 'touch x') }} *?[a-z]"
    sales.add_connection(name=name, space="Sales", data_source="postgres", properties={"host": "db.evil.example"})
    said = fail(BULK, sales, options(declared()))
    assert f"undeclared connection '{name}'" in said
