"""Members of spaces: what is declared is held, nothing else is touched, and nobody locks themselves out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator import Tenant
from tests.jobs import fail, requests_of, run, succeed

SPACE = "qlik_space"
BULK = "qlik_data_connections"


@pytest.fixture
def people(acme: Tenant) -> Tenant:
    """A tenant with a space, some users and groups."""
    for name in ("jo", "kim", "lee"):
        acme.add_user(name, f"{name}@acme.example")
    acme.add_group("Analysts")
    acme.add_group("Finance", provider_type="custom")
    acme.add_space("Sales")
    return acme


def members_of(tenant: Tenant, space: str = "Sales") -> dict[str, list[str]]:
    """The roles of a space's members, by the names of users and groups."""
    names = {user.id: user.name for user in tenant.users.values()}
    names |= {group.id: group.name for group in tenant.groups.values()}
    rows = tenant.space(space).assignments.values()
    return {names.get(row.assignee_id, row.assignee_id): sorted(row.roles) for row in rows}


def declared(*members: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"name": "Sales", "members": list(members), **options}


def jo(*roles: str, **options: Any) -> dict[str, Any]:
    return {"user": "jo@acme.example", "roles": list(roles), **options}


def of_analysts(*roles: str, **options: Any) -> dict[str, Any]:
    return {"group": "Analysts", "roles": list(roles), **options}


@pytest.mark.parametrize("namespace", ["v1", "connectivity"])
def test_members_are_what_is_declared(people: Tenant, namespace: str) -> None:
    people.assign(people.space("Sales"), people.user("kim").id, ["consumer"])
    options = declared(jo("producer", "dataconsumer"), of_analysts("dataconsumer"), api_namespace=namespace)
    foreseen = succeed(SPACE, people, options, check=True)
    assert members_of(people) == {"kim": ["consumer"]}
    done = succeed(SPACE, people, options)
    assert done["changes"] == foreseen["changes"]
    assert done["changes"] == [
        "member user jo@acme.example: add (dataconsumer, producer)",
        "member group Analysts: add (dataconsumer)",
    ]
    assert (done["action"], done["diff"]) == ("update", foreseen["diff"])
    assert members_of(people) == {
        "kim": ["consumer"],
        "jo": ["dataconsumer", "producer"],
        "Analysts": ["dataconsumer"],
    }
    assert [member["roles"] for member in done["diff"]["before"]["members"]] == [["consumer"]]
    assert {"group": "Analysts", "roles": ["dataconsumer"], "id": people.group("Analysts").id} in done["space"][
        "members"
    ]
    again = succeed(SPACE, people, options)
    assert (again["changed"], again["action"], again["requests"]["writes"]) == (False, "none", 0)
    later = declared(jo("consumer"), of_analysts(state="absent", roles=["consumer"]), api_namespace=namespace)
    changed = succeed(SPACE, people, later)
    assert changed["changes"] == [
        "member user jo@acme.example: dataconsumer, producer -> consumer",
        "member group Analysts: remove (dataconsumer)",
    ]
    assert members_of(people) == {"kim": ["consumer"], "jo": ["consumer"]}


def test_exact_removes_the_others_by_name(people: Tenant) -> None:
    space = people.space("Sales")
    people.assign(space, people.user("kim").id, ["consumer"])
    people.assign(space, people.group("Finance").id, ["consumer"], "group")
    done = succeed(SPACE, people, declared(jo("consumer"), members_mode="exact"))
    assert done["changes"] == [
        "member user jo@acme.example: add (consumer)",
        "member user kim@acme.example: remove (consumer)",
        "member group Finance: remove (consumer)",
    ]
    assert members_of(people) == {"jo": ["consumer"]}
    assert succeed(SPACE, people, {"name": "Sales", "members": [], "members_mode": "exact"})["changed"]
    assert members_of(people) == {}


def test_exact_removes_no_more_than_it_may(people: Tenant) -> None:
    for index in range(11):
        user = people.add_user(f"u{index}", f"u{index}@acme.example")
        people.assign(people.space("Sales"), user.id, ["consumer"])
    options = declared(jo("consumer"), members_mode="exact")
    people.reset_log()
    message = fail(SPACE, people, options)
    assert "11 members that nobody declares would be removed, and max_member_removals allows 10: user u0@" in message
    assert people.writes() == []
    assert "allows 0" in fail(SPACE, people, {**options, "max_member_removals": 0})
    succeed(SPACE, people, {**options, "max_member_removals": 11})
    assert members_of(people) == {"jo": ["consumer"]}


@pytest.mark.parametrize("declaration", [{"members": None}, {"members": []}, {}], ids=["null", "empty", "left out"])
def test_nothing_declared_is_nothing_read(people: Tenant, declaration: dict[str, Any]) -> None:
    people.assign(people.space("Sales"), people.user("kim").id, ["consumer"])
    people.reset_log()
    assert not succeed(SPACE, people, {"name": "Sales", **declaration})["changed"]
    assert requests_of(people) == ["GET v1/spaces"]
    people.reset_log()
    succeed(BULK, people, {"spaces": [{"name": "Sales", **declaration}]})
    assert "GET v1/spaces/<id>/assignments" not in requests_of(people)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (declared(jo()), "user 'jo@acme.example' has no roles: name at least one, or say state: absent"),
        (declared({"roles": ["consumer"]}), "member 1: it must say who it is by exactly one of user, group and bot"),
        (declared({**jo("consumer"), "group": "Analysts"}), "member 1: it must say who it is by exactly one of"),
        (declared(jo("consumer"), jo("producer")), "user 'jo@acme.example' is declared more than once"),
        (
            declared(jo("consumer"), {"user": "JO@acme.example", "roles": ["consumer"]}),
            "user 'JO@acme.example' is declared more than once",
        ),
        (declared(jo("consumr")), "a shared space has no role 'consumr'. Did you mean 'consumer'"),
        (declared(jo("DataConsumer")), "a shared space has no role 'DataConsumer'. Did you mean 'dataconsumer'?"),
        (declared(jo("publisher"), jo("x")), "declared more than once"),
        (declared(jo("publisher")), "a shared space has no role 'publisher'. "),
        ({"name": "Sales", "members_mode": "exact"}, "members_mode: exact needs members"),
        (declared(jo("consumer"), max_member_removals=-1), "max_member_removals must be 0 or more"),
        (
            declared({"group": "analysts", "roles": ["consumer"]}),
            "There is 'Analysts', which differs by case or blanks",
        ),
        (declared({"group": "analysts", "state": "absent"}), "There is 'Analysts', which differs by case or blanks"),
        (declared({"user": "jo", "roles": ["consumer"]}), "user 'jo': no user of this tenant has this id: give the"),
    ],
    ids=str,
)
@pytest.mark.parametrize("bulk", [False, True], ids=["one", "many"])
def test_mistakes_are_told_before_the_first_write(
    people: Tenant, options: dict[str, Any], problem: str, bulk: bool
) -> None:
    people.reset_log()
    message = fail(BULK, people, {"spaces": [options]}) if bulk else fail(SPACE, people, options)
    assert problem in message
    assert "space 'Sales'" in message
    assert people.writes() == []


def test_all_who_are_unknown_are_named_at_once(people: Tenant) -> None:
    people.add_space("HR")
    spaces = [
        declared({"user": "no@x", "roles": ["consumer"]}, {"group": "None", "roles": ["consumer"]}),
        {"name": "HR", "members": [{"user": "nor@y", "roles": ["consumer"]}, {"user": "0" * 24, "roles": ["king"]}]},
    ]
    message = fail(BULK, people, {"spaces": spaces})
    for one in ("user 'no@x'", "group 'None'", "user 'nor@y'", f"user '{'0' * 24}'", "no role 'king'"):
        assert one in message


def test_who_is_gone_from_the_tenant_is_absent(people: Tenant) -> None:
    gone = [{"user": "gone@x", "state": "absent"}, {"group": "Gone", "state": "absent"}]
    assert not succeed(SPACE, people, declared(*gone, {"user": "0" * 24, "state": "absent"}))["changed"]


def test_the_same_member_by_address_and_by_id(people: Tenant) -> None:
    by_id = {"user": people.user("jo").id, "roles": ["producer"]}
    assert "are the same: keep one of them" in fail(SPACE, people, declared(jo("consumer"), by_id))
    group = {"group": people.group("Analysts").id, "roles": ["producer"]}
    assert "are the same: keep one of them" in fail(SPACE, people, declared(of_analysts("consumer"), group))
    succeed(SPACE, people, declared(by_id, group))
    assert members_of(people) == {"jo": ["producer"], "Analysts": ["producer"]}
    people.reset_log()
    assert not succeed(SPACE, people, declared(by_id, group))["changed"]
    assert requests_of(people) == ["GET v1/spaces", "GET v1/spaces/<id>/assignments"], "who is there needs no look-up"


def test_addresses_ignore_case_and_groups_do_not(people: Tenant) -> None:
    people.add_group("ANALYSTS")
    options = declared({"user": "Jo@ACME.example", "roles": ["consumer"]}, of_analysts("consumer"))
    succeed(SPACE, people, options)
    assert members_of(people) == {"jo": ["consumer"], "Analysts": ["consumer"]}
    assert not succeed(SPACE, people, options)["changed"]


def test_an_address_of_two_users_is_not_guessed(people: Tenant) -> None:
    other = people.add_user("jo 2", "jo@acme.example")
    message = fail(SPACE, people, declared(jo("consumer")))
    assert "several users have this e-mail address" in message
    assert other.id in message
    other.status = "disabled"
    succeed(SPACE, people, declared(jo("consumer")))
    other.status = "deleted"
    assert not succeed(SPACE, people, declared(jo("consumer")))["changed"]


def test_a_deleted_user_is_unknown_and_a_disabled_one_is_warned_of(people: Tenant) -> None:
    people.user("jo").status = "deleted"
    assert "no user of this tenant has this e-mail address" in fail(SPACE, people, declared(jo("consumer")))
    people.user("jo").status = "disabled"
    people.group("Analysts").status = "disabled"
    warnings = succeed(SPACE, people, declared(jo("consumer"), of_analysts("consumer")))["warnings"]
    assert [warning.split(" is disabled")[0] for warning in warnings] == [
        "space 'Sales': user 'jo@acme.example'",
        "space 'Sales': group 'Analysts'",
    ]


def test_bots_and_the_built_in_group(people: Tenant) -> None:
    bot = people.add_user("bot", subject="qlikbot\\1")
    options = declared({"bot": bot.id, "roles": ["producer"]}, {"group": "Everyone", "roles": ["consumer"]})
    succeed(SPACE, people, options)
    assert members_of(people) == {"bot": ["producer"], "Everyone": ["consumer"]}
    assert {row.type for row in people.space("Sales").assignments.values()} == {"bot", "group"}
    people.reset_log()
    assert not succeed(SPACE, people, options)["changed"]
    assert requests_of(people) == ["GET v1/spaces", "GET v1/spaces/<id>/assignments", "GET v1/groups"]
    assert "There is 'Everyone'" in fail(SPACE, people, declared({"group": "everyone", "roles": ["consumer"]}))


@pytest.mark.parametrize("kind", ["shared", "managed", "data"])
@pytest.mark.parametrize("listed", ["shown", "empty"])
def test_each_type_of_space_takes_its_roles(people: Tenant, kind: str, listed: str) -> None:
    people.set_behaviours(assignable_roles_listed=listed)
    takes = {"shared": "codeveloper", "managed": "contributor", "data": "operator"}
    people.add_space("Other", kind)
    for space_kind, role in takes.items():
        options = {"name": "Other", "members": [jo(role, "dataconsumer")]}
        new = {"name": f"New {space_kind}", "type": kind, "members": [jo(role, "dataconsumer")]}
        if space_kind == kind:
            succeed(SPACE, people, options)
            succeed(SPACE, people, new)
        else:
            assert f"a {kind} space has no role '{role}'" in fail(SPACE, people, options)
            assert f"a {kind} space has no role '{role}'" in fail(SPACE, people, new)
    assert members_of(people, "Other") == {"jo": sorted(["dataconsumer", takes[kind]])}


def test_a_space_that_this_run_makes(people: Tenant) -> None:
    options = {
        "spaces": [
            {"name": "New", "members": [jo("consumer"), {"user": "admin@acme.example", "roles": ["consumer"]}]},
        ],
        "connections": [
            {"name": "db", "space": "New", "data_source": "rest", "properties": {"url": "https://x.example"}}
        ],
    }
    foreseen = succeed(BULK, people, options, check=True)
    assert foreseen["spaces"][0]["changes"] == ["create (shared)", "member user jo@acme.example: add (consumer)"]
    assert foreseen["diff"][0]["after"]["members"] == [
        {"user": "jo@acme.example", "roles": ["consumer"], "id": people.user("jo").id}
    ]
    done = succeed(BULK, people, options)
    assert done["plan_digest"] == foreseen["plan_digest"]
    assert members_of(people, "New") == {"jo": ["consumer"]}
    warning = "space 'New': user 'admin@acme.example' owns the space and so holds every role in it: the declared roles"
    assert [text for text in done["warnings"] if text.startswith(warning)]
    assert not succeed(BULK, people, options)["changed"]


def test_the_owner_stays_who_it_is(people: Tenant) -> None:
    space = people.space("Sales")
    people.assign(space, people.user("jo").id, ["consumer"])
    space.owner_id = people.user("jo").id
    done = succeed(SPACE, people, declared({"user": "kim@acme.example", "roles": ["consumer"]}, members_mode="exact"))
    assert members_of(people) == {"jo": ["consumer"], "kim": ["consumer"]}
    assert done["changes"] == ["member user kim@acme.example: add (consumer)"]
    assert "owns the space, and an owner can't be taken out" in fail(SPACE, people, declared(jo(state="absent")))


def test_an_owner_who_gives_the_space_away_may_become_a_member(people: Tenant) -> None:
    space = people.space("Sales")
    space.owner_id = people.user("kim").id
    options = declared({"user": "kim@acme.example", "roles": ["producer"]}, jo("consumer"), owner="jo@acme.example")
    done = succeed(SPACE, people, options)
    assert "member user kim@acme.example: add (producer)" in done["changes"]
    assert (space.owner_id, members_of(people)) == (people.user("jo").id, {"kim": ["producer"]})
    assert not succeed(SPACE, people, options)["changed"]


def test_roles_that_this_version_does_not_know_are_left(people: Tenant) -> None:
    for name in ("jo", "kim"):
        people.assign(people.space("Sales"), people.user(name).id, ["datapreview"])
    done = succeed(SPACE, people, declared(jo("consumer")))
    assert done["changes"] == ["member user jo@acme.example: datapreview -> consumer"]
    assert members_of(people) == {"kim": ["datapreview"], "jo": ["consumer"]}


def test_many_members_in_pages(people: Tenant) -> None:
    for index in range(230):
        user = people.add_user(f"u{index}", f"u{index}@acme.example")
        people.assign(people.space("Sales"), user.id, ["consumer"])
    members = [{"user": f"u{index}@acme.example", "roles": ["consumer"]} for index in range(230)]
    people.reset_log()
    assert not succeed(SPACE, people, declared(*members))["changed"]
    asked = requests_of(people)
    assert asked.count("GET v1/spaces/<id>/assignments") == 3
    assert asked.count("GET v1/users") == 3, "the pages of the list, for all at once"


class TestWaysIn:
    """A run that would lock its own caller out is refused before it writes anything."""

    @pytest.fixture
    def caller(self, people: Tenant) -> dict[str, str]:
        """A client who manages the space as kim, without any role in the tenant."""
        people.add_api_key("key-kim", "kim")
        return {"access_token": "key-kim"}

    def refused(self, people: Tenant, options: dict[str, Any], words: str) -> None:
        people.reset_log()
        before = members_of(people)
        assert words in fail(SPACE, people, options, check=True)
        assert words in fail(SPACE, people, options)
        assert (people.writes(), members_of(people)) == ([], before)

    def test_by_leaving_it_out(self, people: Tenant, caller: dict[str, str]) -> None:
        people.assign(people.space("Sales"), people.user("kim").id, ["facilitator"])
        options = declared(jo("consumer"), members_mode="exact", **caller)
        self.refused(people, options, "would remove the caller itself (kim@acme.example")
        kim = {"user": "kim@acme.example", "roles": ["facilitator"]}
        succeed(SPACE, people, declared(jo("consumer"), kim, members_mode="exact", **caller))
        assert members_of(people) == {"kim": ["facilitator"], "jo": ["consumer"]}

    @pytest.mark.parametrize("change", [{"roles": ["consumer"]}, {"state": "absent"}], ids=["less", "absent"])
    def test_by_declaring_it(self, people: Tenant, caller: dict[str, str], change: dict[str, Any]) -> None:
        people.assign(people.space("Sales"), people.user("kim").id, ["facilitator"])
        kim = {"user": "kim@acme.example", **change}
        self.refused(people, declared(kim, **caller), "could not change this space's members any more")
        succeed(SPACE, people, declared(kim))
        assert "facilitator" not in members_of(people).get("kim", [])

    @pytest.mark.parametrize("mode", ["merge", "exact"])
    def test_by_a_group(self, people: Tenant, caller: dict[str, str], mode: str) -> None:
        group = people.group("Analysts")
        people.user("kim").groups.append(group.id)
        people.assign(people.space("Sales"), group.id, ["facilitator"], "group")
        members = [of_analysts(state="absent")] if mode == "merge" else [jo("consumer")]
        options = declared(*members, members_mode=mode, **caller)
        self.refused(people, options, "could not change this space's members any more")
        kim = {"user": "kim@acme.example", "roles": ["facilitator"]}
        succeed(SPACE, people, declared(*members, kim, members_mode=mode, **caller))
        assert members_of(people)["kim"] == ["facilitator"]
        assert "Analysts" not in members_of(people)

    def test_by_giving_the_space_away(self, people: Tenant, caller: dict[str, str]) -> None:
        people.space("Sales").owner_id = people.user("kim").id
        kim = {"user": "kim@acme.example", "roles": ["facilitator"]}
        options = declared(of_analysts("consumer"), kim, owner="jo@acme.example", **caller)
        self.refused(people, options, "could not change this space's members any more")
        people.user("kim").groups.append(people.group("Analysts").id)
        succeed(SPACE, people, declared(of_analysts("facilitator"), owner="jo@acme.example", **caller))
        assert people.space("Sales").owner_id == people.user("jo").id
        assert not succeed(SPACE, people, declared(of_analysts("facilitator"), owner="jo@acme.example", **caller))[
            "changed"
        ]

    def test_an_administrator_is_never_locked_out(self, people: Tenant) -> None:
        space = people.space("Sales")
        space.owner_id = people.user("jo").id
        people.assign(space, people.user("admin").id, ["facilitator"])
        succeed(SPACE, people, declared({"user": "admin@acme.example", "state": "absent"}))
        assert members_of(people) == {}


class TestRights:
    """Who may not read or change members is told which right that takes."""

    def test_reading(self, people: Tenant) -> None:
        people.set_behaviours(assignments_read_by="managers")
        people.assign(people.space("Sales"), people.user("analyst").id, ["consumer"])
        message = fail(SPACE, people, declared(jo("consumer"), access_token="key-analyst"))
        assert "the caller may not read the members of this space" in message
        assert "the role facilitator (Can manage) in the space" in message

    @pytest.mark.parametrize("listed", ["shown", "empty"])
    def test_changing(self, people: Tenant, listed: str) -> None:
        people.set_behaviours(assignable_roles_listed=listed)
        people.assign(people.space("Sales"), people.user("analyst").id, ["consumer"])
        people.reset_log()
        options = declared(jo("consumer"), access_token="key-analyst")
        for check in (True, False):
            message = fail(SPACE, people, options, check=check)
            assert "the caller can't change who is a member of this space. That takes the role facilitator" in message
        assert people.writes() == []
        kept = declared({"user": "analyst@acme.example", "roles": ["consumer"]}, access_token="key-analyst")
        assert not succeed(SPACE, people, kept)["changed"], "what is as declared needs no right"

    def test_looking_groups_up(self, people: Tenant) -> None:
        people.set_behaviours(groups_read_by="admins")
        people.assign(people.space("Sales"), people.user("analyst").id, ["facilitator"])
        message = fail(SPACE, people, declared(of_analysts("consumer"), access_token="key-analyst"))
        assert "group 'Analysts': the caller may not look up groups: that takes an administrator's role" in message

    def test_a_write_that_is_refused(self, people: Tenant) -> None:
        people.add_fault("status", match={"method": "POST", "path": "assignments"}, status=403)
        result = run(SPACE, people, declared(jo("consumer"), of_analysts("consumer")))
        assert "1 of 2 changes of members failed: member " in result["msg"]
        assert "That takes the role facilitator" in result["msg"]
        assert len(members_of(people)) == 1, "one that fails doesn't stop the other"
