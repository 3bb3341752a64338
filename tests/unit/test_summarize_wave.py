"""What a person reads after each wave."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.qlikops.cloud.plugins.filter.summarize_wave import summarize_wave

REQUESTS = {"reads": 3, "writes": 4, "retries": 0, "waited_seconds": 0.0}
NOTHING = dict.fromkeys(("created", "updated", "moved", "replaced", "deleted", "unchanged", "failed"), 0)


def result(changed: bool = True, *, spaces: Any = (), msg: str = "", **summary: int) -> dict[str, Any]:
    failed = {"failed": True, "msg": msg} if msg else {}
    return {
        "changed": changed,
        "summary": {**NOTHING, **summary},
        "spaces": list(spaces),
        "requests": REQUESTS,
        **failed,
    }


def test_a_line_for_each_tenant_that_changed_and_one_for_all_that_did_not() -> None:
    space = {"name": "Sales", "action": "create", "error": ""}
    results = {
        "acme": result(
            created=3, updated=1, unchanged=2, spaces=[space, {"name": "HR", "action": "none", "error": ""}]
        ),
        "globex": result(False, unchanged=6),
        "initech": result(deleted=1),
        "umbrella": result(False, unchanged=6),
    }
    assert summarize_wave(results) == [
        "acme: 1 space created, 3 connections created, 1 connection updated, 2 as declared (7 requests)",
        "initech: 1 deleted (7 requests)",
        "globex, umbrella: as declared, nothing to change (14 requests)",
    ]


def test_check_mode_says_what_would_be() -> None:
    assert summarize_wave({"acme": result(created=3, moved=1)}, check_mode=True) == [
        "Check mode: nothing was written. This is what a real run would do.",
        "acme: 3 to create, 1 to move (7 requests)",
    ]


def test_waiting_for_rate_limits_shows() -> None:
    waited = {**result(created=3), "requests": {**REQUESTS, "waited_seconds": 12.4}}
    assert summarize_wave({"acme": waited}) == ["acme: 3 created (7 requests, waited 12 s)"]


def test_a_failed_tenant_says_why_in_all_its_lines_and_what_was_done_nevertheless() -> None:
    lines = summarize_wave(
        {
            "acme": result(created=2, failed=1, msg="acme: 1 of 3 changes failed:\n- acme: space 'Sales': no"),
            "globex": {},
        }
    )
    assert lines[:3] == [
        "acme: FAILED, 2 created, 1 failed (7 requests): acme: 1 of 3 changes failed:",
        "  - acme: space 'Sales': no",
        "globex: FAILED, nothing was tried",
    ]


@pytest.mark.parametrize(
    ("failed", "size", "waiting", "allowed", "verdict"),
    [
        (1, 1, ["b", "c"], 0, "the rollout stops here. Not reached: b, c."),
        (1, 10, ["b"], 0, "the rollout stops here"),
        (1, 10, ["b"], 10, "allows that, so the rollout goes on"),
        (2, 10, ["b"], 10, "the rollout stops here"),
        (1, 2, ["b"], 49.999999999, "more than qlik_max_failed_percent (49.999999999) allows"),
        # Ansible itself ends a play in which a whole wave failed.
        (
            2,
            2,
            ["b"],
            100,
            "A rollout stops when all tenants of a wave fail, whatever qlik_max_failed_percent (100) allows.",
        ),
        (1, 10, [], 0, "It was the last wave"),
        (1, 10, [str(number) for number in range(12)], 0, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"),
    ],
)
def test_the_last_line_says_how_it_goes_on(
    failed: int, size: int, waiting: list[str], allowed: float, verdict: str
) -> None:
    results = {f"t{number}": result(msg="no") if number < failed else result(created=1) for number in range(size)}
    last = summarize_wave(results, waiting=waiting, max_failed_percent=allowed)[-1]
    assert last.startswith(f"{failed} of {size} ")
    assert verdict in last


def test_it_takes_results_by_host() -> None:
    with pytest.raises(AnsibleFilterError, match="results by host name"):
        summarize_wave([result()])


def test_a_stopped_rollout_says_what_was_done_before() -> None:
    lines = summarize_wave({"acme": {}}, done=["globex"], waiting=["initech"])
    assert lines[-1].endswith(
        "stops here. Done in earlier waves: globex. Not reached: initech. Fix the cause and run again."
    )


def test_a_tenant_that_was_skipped_says_why_and_is_no_failure() -> None:
    why = "acme: nothing was written, since the plan is not the one that was approved"
    skipped = {**result(False), "skipped": True, "msg": why}
    assert summarize_wave({"acme": skipped}) == [f"acme: SKIPPED, nothing was changed: {why}"]


def test_an_unreachable_tenant_has_failed() -> None:
    results = {"acme": {"unreachable": True, "changed": False, "msg": "no route"}, "globex": result(created=1)}
    lines = summarize_wave(results, waiting=["initech"])
    assert lines[0] == "acme: FAILED, nothing was changed: no route"
    assert "the rollout stops here. Not reached: initech" in lines[-1]


def test_tenants_that_take_no_part_are_named() -> None:
    assert summarize_wave({"acme": result(created=1)}, lost=["globex", "acme"])[1:] == [
        "globex: NOT REACHED, since something before this rollout failed there"
    ]


def test_where_all_failed_none_is_called_done() -> None:
    assert (
        summarize_wave({"acme": {}})[-1]
        == "1 of 1 tenant in this wave failed: acme. It was the last wave. Fix the cause and run again."
    )


@pytest.mark.parametrize(
    ("allowed", "said"), [(0, "stops here. Not reached: globex"), (50, "depends on how many"), (49, "stops here. Not")]
)
def test_whether_a_rollout_stops_is_not_claimed_where_ansible_may_count_otherwise(allowed: float, said: str) -> None:
    assert said in summarize_wave({"acme": {}}, lost=["gone"], waiting=["globex"], max_failed_percent=allowed)[-1]


@pytest.mark.parametrize(("verbose", "behind"), [(False, []), (True, ["  t0, t1, t2, t3, t4, t5"])])
def test_more_than_five_tenants_are_counted_and_named_only_to_who_asks(verbose: bool, behind: list[str]) -> None:
    many = [f"t{number}" for number in range(6)]
    entry = {"space": "Sales", "name": "Orders", "action": "create", "changes": ["create"], "error": ""}
    made = {**result(created=1), "results": [entry]}
    assert summarize_wave(dict.fromkeys(many, made), verbose=verbose) == [
        "6 tenants: 1 created (42 requests)",
        *behind,
        "  Sales:Orders: create",
    ]
    assert summarize_wave(dict.fromkeys(many, result(False)), verbose=verbose) == [
        "6 tenants: as declared, nothing to change (42 requests)",
        *behind,
    ]
    failed = summarize_wave(dict.fromkeys(many), verbose=verbose)
    assert failed[: 1 + len(behind)] == ["6 tenants: FAILED, nothing was tried", *behind]
    lost = summarize_wave({"acme": result(created=1)}, lost=many)
    assert lost[1] == "6 tenants: NOT REACHED, since something before this rollout failed there"


def test_all_changes_and_their_whole_texts_are_shown_only_to_who_asks() -> None:
    updated = {"space": "Sales", "action": "update", "error": ""}
    entries = [{**updated, "name": f"C{number:02}", "changes": [f"port: {number} -> 1"]} for number in range(11)]
    entries.append({**entries[0], "name": "Long", "changes": [f"host: {'x' * 400} -> h"]})
    made = {**result(updated=12), "results": entries}
    short = summarize_wave({"acme": made})
    assert (len(short), short[-1]) == (12, "  and 2 more: -v shows all")
    long = summarize_wave({"acme": made}, verbose=True)
    assert (len(long), len(long[-1])) == (13, len("  Sales:Long: host: ") + 400 + len(" -> h"))
    same = [{**entry, "changes": ["tag 'nightly': add"]} for entry in entries]
    together = {**result(updated=12), "results": same}
    assert summarize_wave({"acme": together})[1].endswith("Sales:C09 and 2 more: tag 'nightly': add")
    assert summarize_wave({"acme": together}, verbose=True)[1].endswith("Sales:C10, Sales:Long: tag 'nightly': add")


def test_a_plan_speaks_of_a_plan() -> None:
    results = {"acme": result(created=1), "globex": result(False, msg="no")}
    lines = summarize_wave(results, check_mode=True, planning=True)
    assert lines == [
        "Nothing was written. This is what a run would do.",
        "globex: NOT PLANNED: no",
        "acme: 1 to create (7 requests)",
        "1 of 2 tenants could not be planned: globex. Fix the cause and plan again.",
    ]


def test_check_mode_is_said_once_in_a_rollout() -> None:
    later = summarize_wave({"acme": result(created=1)}, check_mode=True, done=["globex"])
    assert later == ["acme: 1 to create (7 requests)"]


def test_what_was_tried_is_said_with_what_was_done() -> None:
    works = {"verified": {"works": 1, "failed": 0, "unknown": 0}}
    mixed = {"verified": {"works": 2, "failed": 1, "unknown": 3}, "failed": True, "msg": "no"}
    returned = {**works, "failed": True, "msg": "no", "results": [{"name": "Orders", "put_back": True}]}
    results = {
        "t1": {**result(updated=1), **works},
        "t2": {**result(changed=False), **works},
        "t3": {**result(updated=6), **mixed},
        "t4": {**result(updated=1), **returned},
        "t5": {**result(updated=1), "verified": {"works": None, "failed": "x", "unknown": []}},
    }
    lines = "\n".join(summarize_wave(results))
    assert "t1: 1 updated; tried: 1 works (" in lines
    assert "t2: as declared, nothing to change; tried: 1 works (" in lines
    assert "t3: FAILED, 6 updated; tried: 2 work, 1 does not, 3 unknown (" in lines
    assert "t4: FAILED, 1 updated, 1 put back; tried: 1 works (" in lines
    assert "t5: 1 updated (" in lines
    assert "tried" not in "\n".join(summarize_wave({"t1": results["t1"]}, check_mode=True))


@pytest.mark.parametrize(("passed", "told"), [([], True), (["umbrella"], False)])
def test_those_that_were_as_declared_beforehand_are_told_where_a_whole_wave_failed(
    passed: list[str], told: bool
) -> None:
    """Where one of the wave passed, they are told with it, and not once more."""
    results = {
        "acme": result(False, unchanged=6),
        "globex": result(False, failed=1, msg="globex: no"),
        "initech": result(False, unchanged=6),
        "umbrella": result(created=1),
    }
    results = {host: found for host, found in results.items() if host != "umbrella" or passed}
    words: dict[str, Any] = {"hosts": ["globex", *passed], "settled": ["acme", "initech"], "reasons": False}
    settled = "acme, initech: as declared, nothing to change (14 requests)"
    lines = summarize_wave(results, part="failed", total=True, **words)
    assert lines.count(settled) == told
    assert "(2 more were as declared beforehand)" in str(lines)
    both = [*summarize_wave(results, part="passed", **words), *lines] if passed else lines
    assert both.count(settled) == 1
