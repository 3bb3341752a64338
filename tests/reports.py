"""Results of tenants as qlik_data_connections gives them, made up for tests of the reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.qlikops.cloud.plugins.plugin_utils._report.model import Tenant, build

KEYED = "qlikops.cloud:secrets:hmac:0a1b2c3d:canary-keyed-digest"
USER = "qlikops.cloud:user:canary-user-digest"
COUNTED = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "replace": "replaced",
    "delete": "deleted",
    "none": "unchanged",
}
REGIONS = ("eu", "us", "ap")


def connection(
    name: str, action: str = "none", *, space: str = "Sales", changes: Iterable[str] = (), error: str = ""
) -> dict[str, Any]:
    """What became of one connection."""
    changes = list(changes) or ([] if action == "none" else [f"{action} for a reason"])
    return {"name": name, "space": space, "action": action, "changes": changes, "id": f"id-{name}", "error": error}


def sides(entry: Mapping[str, Any], **changed: tuple[Any, Any]) -> dict[str, Any]:
    """Before and after of a connection that changes; `changed` are its properties (before, after)."""
    shared = {
        "name": entry["name"],
        "space": entry["space"],
        "data_source": "postgres",
        "tags": ["finance", KEYED, USER],
    }
    header = f"acme / {entry['space']} / {entry['name']}"
    before, after = ({**shared, "properties": {name: pair[side] for name, pair in changed.items()}} for side in (0, 1))
    return {
        "space": entry["space"],
        "name": entry["name"],
        "before": before,
        "after": after,
        "before_header": header,
        "after_header": header,
    }


def digest(number: int) -> str:
    """A digest of a plan, in the form that they have."""
    return f"v2:{number:064x}"


def result(*connections: Mapping[str, Any], msg: str = "", diff: Iterable[Any] = (), **more: Any) -> dict[str, Any]:
    """The result of one tenant's task; failed with a `msg`."""
    summary = dict.fromkeys((*COUNTED.values(), "failed"), 0)
    for entry in connections:
        summary["failed" if entry["error"] else COUNTED[entry["action"]]] += 1
    return {
        "changed": any(entry["action"] != "none" and not entry["error"] for entry in connections),
        "results": list(connections),
        "spaces": [],
        "summary": summary,
        "plan_digest": digest(len(connections)),
        "diff": list(diff),
        "requests": {"reads": 4, "writes": 0, "retries": 1, "waited_seconds": 1.5, "seconds": 2.25},
        "warnings": [],
        "undeclared": [],
        **({"failed": not more.get("skipped"), "msg": msg} if msg else {}),
        **more,
    }


def undeclared(name: str, *, space: str = "Sales", managed: bool = False) -> dict[str, Any]:
    """A connection that no definition declares."""
    return {
        "name": name,
        "space": space,
        "id": f"id-{name}",
        "data_source": "rest",
        "owner_id": "user-1",
        "managed": managed,
    }


def tenant(host: str, task: Mapping[str, Any] | None, region: str = "eu", subscription: str = "oem") -> Tenant:
    """A host with its facts and its result."""
    facts = {
        "url": f"https://{host}.{region}.qlikcloud.com",
        "region": region,
        "country": "de",
        "subscription": subscription,
        "status": "active",
    }
    return Tenant(task, facts)


def small_fleet() -> dict[str, Tenant]:
    """One tenant of each kind, with each action somewhere."""
    orders = connection("Orders", "update", changes=["host: old.example.com -> db.example.com", f"tags: add {KEYED}"])
    weather, moved = (
        connection("Weather"),
        connection("Ledger", "move", space="Finance", changes=["rename: Books -> Ledger"]),
    )
    replaced = connection(
        "Events",
        "replace",
        space="Finance",
        changes=["replace the connection of data source 'mysql' by one of 'postgres'"],
    )
    broken = connection(
        "Stock",
        "update",
        changes=["port: 5432 -> 6432"],
        error="Qlik refused it: 403 DCERROR-0010, no right to update.",
    )
    drifted = result(
        orders,
        weather,
        moved,
        replaced,
        connection(
            "Archive", "delete", space="Finance", changes=["delete: managed by this collection, and no longer declared"]
        ),
        connection("Shop", "create", space="Marketing", changes=["create"]),
        diff=[
            {
                "before": {},
                "after": {"name": "Marketing"},
                "before_header": "acme / space Marketing",
                "after_header": "acme / space Marketing",
            },
            sides(
                orders,
                host=("old.example.com", "db.example.com"),
                port=("5432", "5432"),
                password=("********", "********"),
            ),
        ],
        spaces=[{"name": "Marketing", "action": "create", "changes": ["create"], "id": "", "error": ""}],
        undeclared=[undeclared("Private notes"), undeclared("Old orders", managed=True)],
        warnings=["Weather has secrets, and no fingerprint_key was given."],
    )
    same = result(*(connection(name) for name in ("Orders", "Weather")), connection("Ledger", space="Finance"))
    partly = result(connection("Orders"), broken, msg="initech: 1 of 2 changes failed:\n- initech: Sales: Stock: 403")
    no_key = {
        "failed": True,
        "changed": False,
        "msg": "hooli: the tenant refused the API key (401). Is it the right one, of this tenant?",
    }
    return {
        "acme": tenant("acme", drifted),
        "globex": tenant("globex", same, "us"),
        "initech": tenant("initech", partly, "us", "direct"),
        "hooli": tenant("hooli", no_key, "ap"),
        "umbrella": tenant("umbrella", None, "ap"),
    }


def big_fleet(tenants: int = 2000, connections: int = 100, *, differing: int = 7) -> dict[str, Tenant]:
    """Tenants with the same connections, of which every `differing`-th differs here and there; 1:
    all of them are new.
    """
    actions = ("update", "create", "move", "replace", "delete", "none")
    fleet = {}
    for row in range(tenants):
        entries, diff = [], []
        for column in range(connections):
            action = (
                "create"
                if differing == 1
                else actions[(row + column) % 6]
                if (row * 31 + column * 17) % (differing * 13) == 0
                else "none"
            )
            failed = "Qlik refused it: 400." if action == "replace" else ""
            entries.append(connection(f"Connection {column:03}", action, space=f"Space {column // 10}", error=failed))
            if action != "none":
                diff.append(
                    sides(
                        entries[-1],
                        host=("old.example.com", f"db-{row}.example.com"),
                        port=("5432", "5432"),
                        database=("a", "b"),
                    )
                )
        host = f"tenant-{row:04}"
        failed_one = any(entry["error"] for entry in entries)
        task = result(*entries, diff=diff, msg="one failed" if failed_one else "")
        fleet[host] = tenant(host, None if row % 97 == 96 else task, REGIONS[row % 3])
    return fleet


HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b]0;owned\x07\x1b[31mred\x9b31m",
    "=cmd|' /C calc'!A0",
    "@@details@@ @@style@@",
    "]]>&amp;&lt;\x00\ud800\ufffe\u202egnp.exe",
    "line\nbreak\ttab  'quotes' \"double\" \\ %s $& \u2028",
)


def fleet_with_findings() -> dict[str, Tenant]:
    """A tenant of each kind only an audit finds: against the policy, the same target, secrets that end, and members
    whom nobody declares.
    """
    place = {"space": "Sales", "name": "Orders", "id": "1", "data_source": "postgres"}
    breach = {**place, "rule": "no-evil", "severity": "fail", "reason": "it leads to evil", "message": "Ask Ada."}
    breaches = [{**breach, "declared": False}, {**breach, "rule": "soft", "severity": "warn"}]
    policy = {
        "rules": [{"name": "no-evil", "connections": 1}, {"name": "soft", "connections": 1}],
        "breaches": breaches,
    }
    shared = {**place, "target": "postgres h:5432", "others": [{"host": "b", "space": "", "name": "X"}], "more": 3}
    ending = [
        {**connection(name), "expires": day, "expires_in_days": days}
        for name, day, days in (("Soon", "2026-02-01", 30), ("Late", "2025-12-31", -2))
    ]
    member = {"user": "eve@example.com", "roles": ["consumer", "dataconsumer"]}
    spaces = [{"name": "Sales", "action": "none", "undeclared_members": [member]}]
    return {
        "acme": tenant("acme", result(*ending, policy=policy, same_targets=[shared], spaces=spaces)),
        "globex": tenant("globex", result(connection("Orders"), spaces=spaces)),
    }


def hostile_fleet() -> dict[str, Tenant]:
    """Tenants, spaces, connections, changes and errors whose names are attacks on whatever shows them."""
    fleet = {}
    for text in HOSTILE:
        entry = connection(text, "update", space=text, changes=[f"{text}: {text} -> {text}"])
        failed = connection(f"{text} failed", "create", space=text, error=text)
        task = result(
            entry,
            failed,
            diff=[sides(entry, **{text: (text, f"{text}!")})],
            msg=text,
            undeclared=[undeclared(text + "?", space=text)],
        )
        fleet[text] = Tenant(
            {**task, "warnings": [text]}, dict.fromkeys(("url", "region", "country", "subscription", "status"), text)
        )
    return fleet


def report(kind: str, fleet: Mapping[str, Tenant]) -> dict[str, Any]:
    """A report that was made at a certain time."""
    return build(kind, fleet, created="2026-01-02T03:04:05Z", version="1.2.3")
