"""The lookup tenant_hosts: a play without hosts must not look as if all of them had been done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.qlikops.cloud.plugins.lookup.tenant_hosts import LookupModule

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
GROUPS = {
    "all": ["acme", "globex", "db-prod"],
    "ungrouped": [],
    "qlik_tenants": ["acme", "globex"],
    "qlik_region_eu": ["acme"],
    "qlik_region_us": [],
    "databases": ["db-prod"],
}


def look(
    pattern: Any,
    *,
    limit: str | None = None,
    groups: Any = None,
    extra: Mapping[str, Any] | None = None,
    **options: Any,
) -> list[str]:
    variables = {
        "groups": GROUPS if groups is None else groups,
        **({"ansible_limit": limit} if limit else {}),
        **(extra or {}),
    }
    return LookupModule(templar=Templar(loader=DataLoader(), variables=variables)).run([pattern], variables, **options)


@pytest.fixture(autouse=True)
def no_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict())


@pytest.mark.parametrize(
    ("pattern", "limit"),
    [
        ("qlik_tenants", None),
        ("qlik_tenants", "acme"),
        ("qlik_tenants", "qlik_region_eu:db-prod"),
        ("qlik_tenants:&qlik_region_eu", None),
        ("globex,initech", None),
        ("*", "db-prod"),
        (["acme", "!globex"], "all"),
        ("qlik_tenants:!qlik_region_us", None),
        ("qlik_tenants:!glob*", None),
        ("qlik_tenants:!~glo.*", None),
        ("qlik_tenants:&qlik_region_eu[0]", None),
    ],
)
def test_a_pattern_that_some_host_matches_comes_back_as_it_is(pattern: Any, limit: str | None) -> None:
    assert look(pattern, limit=limit) == (pattern if isinstance(pattern, list) else [pattern])


@pytest.mark.parametrize(
    ("pattern", "limit", "reason"),
    [
        ("qlik_tenant", None, "The inventory has no 'qlik_tenant'. Did you mean 'qlik_tenants'?"),
        ("customers", None, "The inventory has no 'customers'. See whether Ansible warned"),
        ("qlik_region_us", None, "There is no host in 'qlik_region_us'."),
        ("qlik_tenants", "db-prod", "--limit db-prod leaves none of 'qlik_tenants'."),
        ("qlik_tenants:!acme", "acme", "--limit acme leaves none of 'qlik_tenants:!acme'."),
        ("qlik_tenants:&databases", None, "nothing matches 'qlik_tenants', '&databases'."),
        ("t*", None, "nothing matches 't*'."),
        ([], None, "No name was given."),
    ],
)
def test_where_no_host_matches_it_is_an_error_that_says_why(pattern: Any, limit: str | None, reason: str) -> None:
    with pytest.raises(AnsibleLookupError) as error:
        look(pattern, limit=limit)
    assert reason in str(error.value)
    assert "Nothing was done" in str(error.value)
    assert "-e qlik_allow_empty=true" in str(error.value)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("qlik_tenants:!acmee", "The inventory has no 'acmee'. Did you mean 'acme'?"),
        ("qlik_tenants,!globx,!zzz", "The inventory has no 'globx', 'zzz'. Did you mean 'globex'?"),
        (["qlik_tenants", "! acme"], "an exclamation mark or an ampersand stands by itself."),
        ("qlik_tenants:&qlik_region_eux", "The inventory has no 'qlik_region_eux'. Did you mean 'qlik_region_eu'?"),
        ("!zzz", "The inventory has no 'zzz'. See whether Ansible warned"),
        ("qlik_tenants:!acmee*", "In the inventory nothing matches 'acmee*'."),
        ("qlik_tenants:!~acmee.*", "In the inventory nothing matches '~acmee.*'."),
    ],
)
def test_a_misspelt_exclusion_does_not_widen_a_run(pattern: Any, reason: str, allowed: bool) -> None:
    with pytest.raises(AnsibleLookupError) as error:
        look(pattern, allow_empty=allowed)
    assert f"Nothing was done: {reason}" in str(error.value)
    assert "qlik_allow_empty" not in str(error.value), "it would be no cure"


@pytest.mark.parametrize("groups", [{}, {"all": [], "ungrouped": []}, {"all": [], "ungrouped": [], "qlik_tenants": []}])
def test_without_any_host_the_inventory_is_named(groups: Any) -> None:
    with pytest.raises(AnsibleLookupError, match="The inventory holds no host"):
        look("qlik_tenants", groups=groups)


def test_a_slice_that_holds_some_of_the_tenants_is_a_fleet() -> None:
    assert look("qlik_tenants", groups={"all": ["globex"], "ungrouped": [], "qlik_tenants": ["globex"]}) == [
        "qlik_tenants"
    ]
    with pytest.raises(AnsibleLookupError, match="There is no host in 'qlik_tenants'"):
        look("qlik_tenants", groups={"all": ["db-prod"], "ungrouped": [], "qlik_tenants": []})


@pytest.mark.parametrize("allowed", [True, "true", "yes"])
def test_an_empty_fleet_can_be_allowed(allowed: Any) -> None:
    assert look("qlik_region_us", allow_empty=allowed) == ["qlik_region_us"]


@pytest.mark.parametrize("allowed", [False, "false"])
def test_what_says_no_allows_nothing(allowed: Any) -> None:
    with pytest.raises(AnsibleLookupError):
        look("qlik_region_us", allow_empty=allowed)


@pytest.mark.parametrize("listing", ["syntax", "listhosts", "listtasks", "listtags"])
def test_what_runs_no_play_needs_no_host(monkeypatch: pytest.MonkeyPatch, listing: str) -> None:
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict({listing: True}))
    assert look("qlik_tenants", groups={}) == ["qlik_tenants"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("qlik_host", "qlik_hosts"), ("qlik_wave", "qlik_waves"), ("qlik_approved_plans", "qlik_approved_plan")),
        *(("qlik_aproved_plan", "qlik_approved_plan"), ("qlik_max_fail_percent", "qlik_max_failed_percent")),
        ("qlik_approval_require", "qlik_approval_required"),
    ],
)
def test_a_misspelt_variable_does_not_widen_a_run(name: str, meant: str) -> None:
    with pytest.raises(AnsibleLookupError, match=f"there is no variable '{name}'. Did you mean '{meant}'"):
        look("qlik_tenants", extra={name: "acme"})
    assert look("qlik_tenants", extra={name: "acme", meant: 1}) == ["qlik_tenants"]


def test_other_variables_are_nobody_elses_business() -> None:
    others = [
        "qlik_hostnames",
        "qlik_report_dir",
        "qlik_rollout_approved_plan",
        "qlik_connections_only",
        "my_qlik_host",
        "hosts",
        "waves",
    ]
    assert look("qlik_tenants", extra=dict.fromkeys(others, "x")) == ["qlik_tenants"]


@pytest.mark.parametrize("path", sorted(PLAYBOOKS.glob("*.yml")), ids=lambda path: path.stem)
def test_every_play_over_tenants_looks_for_hosts_and_names_its_strategy(path: Any) -> None:
    plays = [play for play in yaml.safe_load(path.read_text()) if play["hosts"] != "localhost"]
    assert plays or path.stem == "awx"
    for play in plays:
        assert "query('qlikops.cloud.tenant_hosts', " in play["hosts"]
        assert play["strategy"] == "linear"
        assert play["any_errors_fatal"] is False


def template(text: str) -> Any:
    """A text that is evaluated, as those of a playbook are: from ansible-core 2.19 on it says so itself."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return text
    return trust_as_template(text)


USUAL = template("{{ usual }}")


def look_with(extra: Mapping[str, Any]) -> list[str]:
    return look("qlik_tenants", extra={"usual": 5, **extra})


WAVES = [
    0,
    [0],
    -1,
    [1, -1],
    [],
    "",
    "abc",
    "[1, 2]",
    "1,2",
    "0%",
    "150%",
    ["-5%"],
    [1.5],
    [None],
    None,
    {"a": 1},
    True,
    [1, ""],
    "5 %",
    "50% ",
    ["50%\n"],
]
SHARES = [-1, "-1", "abc", "", "nan", float("nan"), float("inf"), 101, "101", "1e3", None, [], [5], True, "50 percent"]


@pytest.mark.parametrize("given", WAVES, ids=repr)
def test_sizes_that_ansible_takes_for_something_else_are_refused(given: Any) -> None:
    with pytest.raises(AnsibleLookupError, match="Nothing was done: qlik_waves are numbers of tenants"):
        look_with({"qlik_waves": given})


@pytest.mark.parametrize("given", SHARES, ids=repr)
def test_a_share_by_which_no_rollout_stops_or_each_does_is_refused(given: Any) -> None:
    for name in ("qlik_max_failed_percent", "qlik_plan_max_failed_percent"):
        with pytest.raises(AnsibleLookupError, match=f"Nothing was done: {name} is a number from 0 to 100"):
            look_with({name: given})


@pytest.mark.parametrize("given", [1, "1", [1, "10%", "100%"], "100%", ["2", 50], [" 50%", " 2 "], USUAL], ids=repr)
def test_sizes_of_waves_are_taken_as_ansible_takes_them(given: Any) -> None:
    assert look_with({"qlik_waves": given}) == ["qlik_tenants"]


@pytest.mark.parametrize("given", [0, 100, 33.4, "0", "50%", "33.4", "100.0", USUAL], ids=repr)
def test_shares_are_taken_as_ansible_takes_them(given: Any) -> None:
    for name in ("qlik_max_failed_percent", "qlik_plan_max_failed_percent"):
        assert look_with({name: given}) == ["qlik_tenants"]
