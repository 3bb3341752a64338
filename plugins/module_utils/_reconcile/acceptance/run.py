# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole run: what is there before, the steps in their order, cleaning up, and what is there afterwards."""

from __future__ import annotations

import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance import (
    changing,
    creating,
    keeping,
    members,
    reading,
    scripts,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.clock import TimeError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.guard import GuardError
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.step import Step
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.acceptance.world import StepError, World

STEPS: tuple[Step, ...] = (
    reading.redirect,
    reading.wrong_token,
    reading.sources,
    reading.gateways,
    reading.foreign_user,
    reading.events,
    reading.unknown_ids,
    reading.of_disabled_sources,
    creating.spaces,
    creating.database,
    creating.separate,
    creating.other_forms,
    creating.unknown_property,
    creating.taken_names,
    creating.unknown_source,
    creating.disabled_source,
    creating.auth_code,
    reading.unknown_query,
    reading.limits,
    members.roles_in_list,
    members.limits,
    members.joined_filters,
    members.groups,
    members.nobody,
    members.named_group,
    reading.lookup,
    reading.lists,
    changing.plain_changes,
    changing.empty_patch,
    changing.capital_members,
    changing.missing_property,
    changing.patch_by_name,
    changing.enumerations,
    changing.hosts,
    keeping.read_credentials,
    keeping.change_credentials,
    changing.separate_host,
    changing.statement_rules,
    changing.several,
    keeping.credential_names,
    keeping.deletions,
    reading.pages,
)
# After the collection's own modules, which need both spaces.
LAST_STEPS: tuple[Step, ...] = (scripts.mistakes, scripts.logs, keeping.full_space, members.own_bot, keeping.owner)
# How many requests a run sends at most, the reading of the tenant's own lists left out; a test holds that.
MOST_READS = 240
MOST_WRITES = 130


def take(world: World, steps: t.Iterable[Step]) -> None:
    """Take steps, one after the other. One that can't be taken keeps none from being taken after it.

    A request that the guard stopped ends the run: then either the tenant lies, or this collection has a defect.
    """
    for step in steps:
        if world.findings.stopped:
            return
        try:
            world.clock.check(step.asks)
            step.act(world)
        except TimeError:
            _untaken(world, step, "there was no time left")
        except GuardError as error:
            world.findings.stopped = one_line(str(error))
            _untold(world, step, "the run was stopped")
        except StepError as error:
            _untold(world, step, one_line(str(error)))
        except QlikError as error:
            _untaken(world, step, f"a request failed: {one_line(str(error))}")


def _untaken(world: World, step: Step, why: str) -> None:
    """A step that wasn't taken to its end: what it would have tried wasn't."""
    world.findings.untaken[step.asks] = why
    _untold(world, step, why)


def _untold(world: World, step: Step, why: str) -> None:
    for name in step.tells:
        if name not in world.findings.seen:
            world.findings.cannot_tell(name, why)


def plan(options: t.Mapping[str, t.Any]) -> list[str]:
    """What a run with these options does, for a person."""
    if options.get("cleanup"):
        return ["Remove what an earlier run left"]
    own = "Create, check, repair, remove and export connections with the collection's own modules"
    asks = [step.asks for step in STEPS if _is_wanted(step, options)] + [own]
    asks += [step.asks for step in LAST_STEPS if _is_wanted(step, options)]
    return [*asks, "Remove all that was made"]


def _is_wanted(step: Step, options: t.Mapping[str, t.Any]) -> bool:
    return not step.option or bool(options.get(step.option))
