"""What is measured: one tenant in all ways, a fleet, how cost grows, and reading far tenants."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import certifi

from tests.bench import estate, fan_out, floor, plays
from tests.bench.measuring import Command
from tests.bench.rows import Case, Row, side_by_side
from tests.bench.scale import Scale
from tests.emulator import Emulator, Tenant

EMPTY_PLAY = "empty play, same variables"
BARE_PLAY = "empty play, no variables"
FLOOR = "requests script (floor)"
URI = "uri loop"
SINGLE_MODULE = "single module, as module"
SINGLE = "single module, in process"
BULK_MODULE = "bulk module, as module"
BULK = "bulk module, in process"
BULK_FILE = "bulk module, definitions_from"
DEBUG = "debug task"
ROLE = "role"
ROLE_CHECKED = "role, checked by Ansible too"
PROVISION = "provision, one by one"
LOOK = "provision, looks first"
AUDIT = "audit, looks first"
THREADS = "one process, {} threads"
CHECK = "role in check mode, {} forks"


@dataclass(frozen=True)
class Bench:
    """Where files are kept, how much is measured, and where progress is told."""

    folder: Path
    scale: Scale
    say: Callable[[str], None]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def write(self, name: str, content: Any) -> Path:
        """Write a file that nothing else overwrites."""
        path = self.folder / f"{next(self.numbers)}-{name}"
        path.write_text(json.dumps(content))
        return path

    def environment(self, forks: int | None = None) -> dict[str, str]:
        return {
            "ANSIBLE_FORKS": str(forks or self.scale.forks),
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "QLIK_TOKEN_CACHE": str(self.folder / "tokens"),
            "PYTHONPATH": "",
        }


def one_tenant(bench: Bench) -> Iterator[list[Row]]:
    """All ways, for each size and state of a tenant. What takes seconds for each connection, where some have drifted
    only.
    """
    scale = bench.scale
    with Emulator() as emulator:
        tenant = emulator.tenant("acme")
        for size in scale.sizes:
            for state in scale.states:
                yield side_by_side(_ways(bench, tenant, size, state), scale.runs, bench.say, memory=state == "drifted")


def _ways(bench: Bench, tenant: Tenant, size: int, state: str) -> list[Case]:
    declared = estate.definitions(size)
    slow, some = min(size, bench.scale.slow_items), min(size, bench.scale.loop_items)
    as_module = ("-e", "qlik_in_process=false")

    def ansible(method: str, items: int, content: list[plays.Play], *arguments: str) -> Case:
        command = _local_play(
            bench, tenant, content, declared[:items], partial(estate.put, tenant, declared, state), *arguments
        )
        return Case("one tenant", method, state, size, items, 1, 0, command)

    bare = _local_play(bench, tenant, plays.empty(), [], partial(estate.put, tenant, declared, state))
    ways = [
        ansible(EMPTY_PLAY, size, plays.empty()),
        Case("one tenant", BARE_PLAY, state, size, size, 1, 0, bare),
        Case("one tenant", FLOOR, state, size, size, 1, 0, _floor(bench, tenant, declared, state)),
        ansible(BULK, size, plays.bulk()),
        ansible(BULK_FILE, size, plays.bulk_from_file()),
        Case("one tenant", ROLE, state, size, size, 1, 0, _role(bench, tenant, declared, state)),
    ]
    if state != "drifted":
        return ways
    return [
        *ways,
        ansible(BULK_MODULE, size, plays.bulk(), *as_module),
        ansible(SINGLE, some, plays.single()),
        ansible(SINGLE_MODULE, slow, plays.single(), *as_module),
        ansible(URI, slow, plays.uri_loop()),
    ]


def _local_play(
    bench: Bench,
    tenant: Tenant,
    content: list[plays.Play],
    declared: list[estate.Definition],
    prepare: Callable[[], None],
    *arguments: str,
) -> Command:
    """A play on localhost that gets everything as extra variables."""
    variables = {
        "url": tenant.url,
        "key": tenant.api_key,
        "fingerprint_key": estate.KEY,
        "spaces": estate.spaces(declared),
        "connections": declared,
    }
    if "definitions_file" in json.dumps(content):
        variables["connections"] = []
        variables["definitions_file"] = str(bench.write("definitions.json", declared))
    local = [{**one, "connection": "local"} for one in content]
    command = ["ansible-playbook", "-i", "localhost,", str(bench.write("play.yml", local)), *arguments]
    command += ["-e", f"@{bench.write('variables.json', variables)}"]
    return Command(command, bench.folder, prepare, [tenant], bench.environment())


def _floor(bench: Bench, tenant: Tenant, declared: list[estate.Definition], state: str) -> Command:
    estate.put(tenant, declared, "converged")
    task = {
        "url": tenant.url,
        "key": tenant.api_key,
        "statements": estate.statements(tenant),
        "connections": [
            {
                "datasourceID": one["data_source"],
                "qName": one["name"],
                "space": one["space"],
                "connectionProperties": {**one["properties"], **one["secrets"]},
            }
            for one in declared
        ],
    }
    where = bench.write("floor.json", task)
    command = [sys.executable, str(floor.__file__), str(where)]
    return Command(command, bench.folder, partial(estate.put, tenant, declared, state), [tenant], bench.environment())


@contextmanager
def _fleet(count: int, connections: int, *, tls: bool = False) -> Iterator[list[Tenant]]:
    """That many converged tenants."""
    names = [f"tenant-{number:04}" for number in range(count)]
    with Emulator({"tenants": [{"name": name, "tls": tls} for name in names]}) as emulator:
        tenants = [emulator.tenant(name) for name in names]
        for tenant in tenants:
            estate.put(tenant, estate.definitions(connections), "converged")
        yield tenants


def _role(bench: Bench, tenant: Tenant, declared: list[estate.Definition], state: str) -> Command:
    """The role, which takes its definitions from the variables of the host."""
    command = _over_tenants(bench, [tenant], declared, plays.role())
    return replace(command, prepare=partial(estate.put, tenant, declared, state))


def _over_tenants(
    bench: Bench,
    tenants: list[Tenant],
    declared: list[estate.Definition],
    content: list[plays.Play],
    *arguments: str,
    forks: int | None = None,
) -> Command:
    """A playbook over an inventory of these tenants."""
    inventory = {
        "qlik_tenants": {
            "hosts": {one.name: {"qlik_tenant_url": one.url, "qlik_access_token": one.api_key} for one in tenants},
            "vars": {
                "ansible_connection": "local",
                "qlik_connections_spaces": estate.spaces(declared),
                "qlik_connections_fingerprint_key": estate.KEY,
                "qlik_connections_definitions_00_all": declared,
            },
        }
    }
    where = bench.write("inventory.yml", inventory)
    playbook = bench.write("play.yml", content)
    command = ["ansible-playbook", "-i", str(where), str(playbook), *arguments]
    return Command(command, bench.folder, partial(_forget, tenants), tenants, bench.environment(forks))


def _forget(tenants: list[Tenant]) -> None:
    for tenant in tenants:
        tenant.reset_log()


def _far(tenants: list[Tenant], latency: int) -> None:
    for tenant in tenants:
        tenant.latency_ms = latency


def fleet(bench: Bench) -> Iterator[list[Row]]:
    """The role and the playbooks over converged tenants, beside a task that does nothing on the same hosts; then where
    some have drifted, and by TLS.
    """
    count, connections = bench.scale.fleet_tenants, bench.scale.fleet_connections
    near = (DEBUG, ROLE, PROVISION, LOOK, AUDIT)
    with _fleet(count, connections) as tenants:
        for latency in bench.scale.fleet_latencies:
            _far(tenants, latency)
            ways = (DEBUG, LOOK, AUDIT) if latency else near
            cases = _fleet_cases(bench, "converged", latency, tenants, ways)
            yield side_by_side(cases, bench.scale.runs, bench.say)
        _far(tenants, 0)
        yield _drifted(bench, tenants, bench.scale.fleet_drifted)
    aside = bench.scale.fleet_aside
    with _fleet(aside, connections) as tenants:
        cases = _fleet_cases(bench, "converged", 0, tenants, (DEBUG, ROLE_CHECKED))
        yield side_by_side(cases, bench.scale.runs, bench.say)
        for share in bench.scale.fleet_aside_drifted:
            yield _drifted(bench, tenants, share)
    with _fleet(aside, connections, tls=True) as tenants:
        cases = _fleet_cases(bench, "converged, TLS", 0, tenants, (DEBUG, ROLE, LOOK))
        yield side_by_side(_trusting(cases, bench, str(tenants[0].ca_path)), bench.scale.runs, bench.say)


def _fleet_cases(
    bench: Bench,
    state: str,
    latency: int,
    tenants: list[Tenant],
    ways: tuple[str, ...],
) -> list[Case]:
    connections = bench.scale.fleet_connections
    declared = estate.definitions(connections)
    content = {
        DEBUG: plays.debug(),
        ROLE: plays.role(),
        ROLE_CHECKED: plays.role_as_in_its_readme(),
        PROVISION: plays.provision(),
        LOOK: plays.provision(look_first=True),
        AUDIT: plays.audit(),
    }
    cases = []
    for way in ways:
        command = _over_tenants(bench, tenants, declared, content[way])
        cases.append(Case("fleet", way, state, connections, connections, len(tenants), latency, command))
    return cases


def _trusting(cases: list[Case], bench: Bench, authority: str) -> list[Case]:
    """The same, where the authority of the tenants is one among the usual ones, which are to be read as well."""
    trusted = bench.folder / "authorities.pem"
    trusted.write_bytes(b"\n".join(Path(path).read_bytes() for path in (certifi.where(), authority)))
    found = []
    for case in cases:
        environment = {**case.command.environment, "REQUESTS_CA_BUNDLE": str(trusted)}
        found.append(replace(case, command=replace(case.command, environment=environment)))
    return found


def _drifted(bench: Bench, tenants: list[Tenant], share: int) -> list[Row]:
    """A playbook that looks first, where this share of the tenants has drifted."""
    some = tenants[: max(1, len(tenants) * share // 100)]
    plain, looking = _fleet_cases(bench, f"{share} % drifted", 0, tenants, (DEBUG, LOOK))
    declared = estate.definitions(bench.scale.fleet_connections)
    command = replace(looking.command, prepare=partial(_drift, tenants, some, declared))
    return side_by_side([plain, replace(looking, command=command)], bench.scale.runs, bench.say)


def _drift(tenants: list[Tenant], some: list[Tenant], declared: list[estate.Definition]) -> None:
    """Of some tenants, every tenth connection is another one than declared."""
    for tenant in some:
        estate.put(tenant, declared, "drifted")
    _forget(tenants)


def more_connections(bench: Bench) -> Iterator[list[Row]]:
    """A converged tenant of more and more connections."""
    scale = bench.scale
    with Emulator() as emulator:
        tenant = emulator.tenant("acme")
        for size in scale.growing_connections:
            declared = estate.definitions(size)
            estate.put(tenant, declared, "converged")
            ways = {EMPTY_PLAY: plays.empty(), BULK: plays.bulk(), BULK_FILE: plays.bulk_from_file()}
            beside = {
                BARE_PLAY: _local_play(bench, tenant, plays.empty(), [], tenant.reset_log),
                FLOOR: replace(_floor(bench, tenant, declared, "converged"), prepare=tenant.reset_log),
            }
            cases = [
                Case("connections", method, "converged", size, size, 1, 0, command)
                for method, command in beside.items()
            ]
            cases += [
                Case(
                    "connections",
                    method,
                    "converged",
                    size,
                    size,
                    1,
                    0,
                    _local_play(bench, tenant, way, declared, tenant.reset_log),
                )
                for method, way in ways.items()
            ]
            yield side_by_side(cases, scale.runs, bench.say)


def more_tenants(bench: Bench) -> Iterator[list[Row]]:
    """More and more converged tenants."""
    scale = bench.scale
    few, sizes = scale.growing_tenants_connections, scale.growing_tenants
    declared = estate.definitions(few)
    with _fleet(max(sizes), few) as tenants:
        for count in sizes:
            ways = {DEBUG: plays.debug(), LOOK: plays.provision(look_first=True)}
            cases = [
                Case(
                    "tenants",
                    method,
                    "converged",
                    few,
                    few,
                    count,
                    0,
                    _over_tenants(bench, tenants[:count], declared, way),
                )
                for method, way in ways.items()
            ]
            yield side_by_side(cases, scale.runs, bench.say, memory=count in (min(sizes), max(sizes)))


def far(bench: Bench) -> Iterator[list[Row]]:
    """Reading tenants that answer slowly: Ansible's forks, and threads in one process."""
    count, connections, latency = (
        bench.scale.fan_out_tenants,
        bench.scale.fleet_connections,
        bench.scale.fan_out_latency,
    )
    declared = estate.definitions(connections)
    with _fleet(count, connections) as tenants:
        _far(tenants, latency)
        commands = {
            DEBUG: _over_tenants(bench, tenants, declared, plays.debug()),
            LOOK: _over_tenants(bench, tenants, declared, plays.provision(look_first=True)),
        }
        for forks in bench.scale.fan_out_forks:
            commands[CHECK.format(forks)] = _over_tenants(
                bench, tenants, declared, plays.role(), "--check", forks=forks
            )
        for threads in bench.scale.fan_out_threads:
            commands[THREADS.format(threads)] = _threads(bench, tenants, connections, threads)
        cases = [
            Case("far tenants", method, "converged", connections, connections, count, latency, command)
            for method, command in commands.items()
        ]
        yield side_by_side(cases, bench.scale.runs, bench.say)


def _threads(bench: Bench, tenants: list[Tenant], connections: int, threads: int) -> Command:
    declared = estate.definitions(connections)
    task = {
        "tenants": [{"url": tenant.url, "key": tenant.api_key} for tenant in tenants],
        "options": {"connections": declared, "spaces": estate.spaces(declared), "fingerprint_key": estate.KEY},
    }
    command = [sys.executable, str(fan_out.__file__), str(bench.write("far.json", task)), str(threads)]
    environment = {**bench.environment(), "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    return Command(command, bench.folder, partial(_forget, tenants), tenants, environment)


SECTIONS: dict[str, Callable[[Bench], Iterator[list[Row]]]] = {
    "tenant": one_tenant,
    "fleet": fleet,
    "connections": more_connections,
    "tenants": more_tenants,
    "far": far,
}
