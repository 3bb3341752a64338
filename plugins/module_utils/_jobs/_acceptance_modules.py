# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's own modules over the space of an acceptance run: create, nothing to do, repair, remove, export."""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._argspec import (
    Spec,
    data_connection_info_spec,
    data_connections_spec,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import Job, Result
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.guard import GuardError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import Step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import (
    HOST,
    Made,
    StepError,
    World,
)

_LABELS = ("own database", "own web")


class OwnModules(t.NamedTuple):
    """The jobs of two modules: of many connections, and of what there is."""

    many: Job
    info: Job


def step_of(jobs: OwnModules) -> Step:
    """The step that runs them."""
    return Step("Use the collection's own modules", (), lambda world: _use(world, jobs))


def _use(world: World, jobs: OwnModules) -> None:
    if not world.space_ids:
        raise StepError("the run has no space of its own")
    definitions = _definitions(world)
    done = _Runs(world, jobs)
    done.many("own_create", definitions, changed=True)
    if "own_create" in world.findings.broken:
        return
    done.many("own_unchanged", definitions, changed=False)
    _drift(world, done, definitions)
    _replace(world, done, definitions)
    _prune(world, done, definitions)


def _definitions(world: World) -> list[dict[str, t.Any]]:
    names = [world.name(label) for label in _LABELS]
    space = world.space_name("one")
    database: dict[str, t.Any] = {"name": names[0], "space": space, "data_source": "postgres"}
    database["properties"] = {"host": HOST, "port": "5432", "username": "qlikops"}
    database["secrets"] = {"password": world.secret}
    web: dict[str, t.Any] = {"name": names[1], "space": space, "data_source": "rest"}
    web["properties"] = {"url": f"https://{HOST}/", "timeout": "30"}
    return [definition for definition in (database, web) if definition["data_source"] in world.sources]


class _Runs:
    """Runs the modules, and compares what they say with what they should."""

    def __init__(self, world: World, jobs: OwnModules) -> None:
        self._world = world
        self._jobs = jobs

    def many(
        self,
        fact: str,
        definitions: t.Sequence[t.Mapping[str, t.Any]],
        *,
        changed: bool,
        check: bool = False,
        **more: t.Any,
    ) -> None:
        given = {"connections": list(definitions), "fingerprint_key": self._world.secret, "parallel": 1, **more}
        before = self._world.session.counts.writes
        result = self._run(fact, self._jobs.many, data_connections_spec(), given, check)
        if result is None:
            return
        is_quiet = not check or self._world.session.counts.writes == before
        is_right = bool(result.get("changed")) is changed and is_quiet
        self._world.findings.fact(fact, is_right, f"changed is {str(bool(result.get('changed'))).lower()}")

    def exported(self, fact: str) -> list[dict[str, t.Any]]:
        given = {"space": self._world.space, "managed": "yes", "definitions": True}
        result = self._run(fact, self._jobs.info, data_connection_info_spec(), given, check=False)
        return [] if result is None else list(result["definitions"])

    def _run(self, fact: str, job: Job, spec: Spec, given: t.Mapping[str, t.Any], check: bool) -> Result | None:
        options = ArgumentSpecValidator(spec).validate(dict(given)).validated_parameters
        try:
            return job(self._world.session, options, check)
        except GuardError:
            raise
        except QlikError as error:
            self._world.clock.check(fact)
            self._world.findings.fact(fact, False, one_line(str(error)))
            return None


def _drift(world: World, done: _Runs, definitions: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    """Change a connection by hand, and have it repaired; and compare the export with what was declared."""
    name = world.name("own web")
    answer = world.by_name(name, spaceId=world.space)
    made = Made(str(answer["qID"]), name, answer)
    if not answer.ok:
        return
    world.set(made, "/connectionProperties/timeout", "77")
    done.many("own_check", definitions, changed=True, check=True)
    done.many("own_repair", definitions, changed=True)
    done.many("own_repair", definitions, changed=False)
    definitions_again = done.exported("own_export")
    done.many("own_back", definitions_again, changed=False)
    exported = {one.get("name"): one for one in definitions_again}
    missing = [one["name"] for one in definitions if not _agrees(one, exported.get(one["name"]))]
    world.findings.fact("own_export", not missing, f"{len(missing)} definitions of {len(definitions)} differ")


def _agrees(declared: t.Mapping[str, t.Any], exported: t.Mapping[str, t.Any] | None) -> bool:
    """Whether an export says what was declared, as far as Qlik shows it."""
    if exported is None or exported.get("data_source") != declared["data_source"]:
        return False
    held = exported.get("properties") or {}
    for name in ("host", "url"):
        wanted = declared["properties"].get(name)
        if wanted is not None and held.get(name) != wanted:
            return False
    return True


def _replace(world: World, done: _Runs, definitions: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    """Declare another data source, for which a connection has to be replaced."""
    if len(definitions) < len(_LABELS):
        return
    database, web = definitions
    kept = {name: database[name] for name in ("space", "data_source", "properties", "secrets")}
    other = [database, {"name": web["name"], **kept}]
    done.many("own_replace", other, changed=True, check=True, replace="when_required")
    done.many("own_replace", other, changed=True, replace="when_required")
    done.many("own_replace", other, changed=False, replace="when_required")
    reply = world.by_name(web["name"], spaceId=world.space)
    is_replaced = reply.ok and reply["datasourceID"] == database["data_source"]
    world.findings.fact("own_replace", is_replaced, f"{reply.words}, data source {reply['datasourceID']}")


def _prune(world: World, done: _Runs, definitions: t.Sequence[t.Mapping[str, t.Any]]) -> None:
    space = world.space_name("one")
    done.many("own_prune", definitions[:1], changed=True, prune=True, prune_spaces=[space])
    listed = world.listed(limit=100)
    gone = world.name("own web") not in [row.get("qName") for row in listed.rows if isinstance(row, dict)]
    world.findings.fact("own_prune", gone or len(definitions) < len(_LABELS), listed.words)
