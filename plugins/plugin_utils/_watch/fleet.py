# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching many tenants side by side: a look at each every so often, in threads, within bounds.

A tenant that fails, or answers slowly, holds up no other; it is asked less often, and an event says so once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError, ServerError, WaitError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.memory import Memory
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import WatchOptions
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.organization import (
    OrganizationLook,
    OrganizationWatch,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import (
    Look,
    TenantWatch,
    WatchedTenant,
    watched,
)
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.texts import without_templates

LONGEST_PAUSE_SECONDS = 3600.0
LONGEST_END_SECONDS = 5.0
LOG = logging.getLogger(__name__)

Answer = t.TypeVar("Answer")


class Sink(t.Protocol):
    """Where events go: the queue of ansible-rulebook."""

    async def put(self, item: t.Any) -> None:
        """Wait until there is room, and leave it there."""


@dataclass
class Known:
    """What is known of one that is watched, however it is reached: what was seen there, and that it failed."""

    memory: Memory | None = None
    failures: int = 0


class FleetWatch:
    """Watches until it is cancelled."""

    def __init__(self, sink: Sink, options: WatchOptions) -> None:
        self._sink = sink
        self._options = options
        self._threads = ThreadPoolExecutor(options.parallel, thread_name_prefix="qlik_connections")
        # By their ids in the organization, or else by their addresses.
        self._running: dict[str, asyncio.Task[None]] = {}
        self._watches: dict[str, TenantWatch] = {}
        self._known: dict[str, Known] = {}

    async def run(self) -> None:
        """Raises QlikError for options with which nothing can be watched."""
        try:
            if self._options.organization:
                await self._organization(OrganizationWatch(self._options))
            else:
                tenants = [watched({**self._options.connection, **one}, {}) for one in self._options.tenants]
                _insist_on_difference(tenants)
                for number, tenant in enumerate(tenants):
                    self._begin(tenant.settings.url, tenant, number / len(tenants))
                await asyncio.gather(*self._running.values())
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await self._end_of_threads()

    async def _end_of_threads(self) -> None:
        """No look goes on after this, unless one can't be broken off: the system's search for a name."""
        ending = asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        try:
            await asyncio.wait_for(ending, LONGEST_END_SECONDS)
        except asyncio.TimeoutError:
            LOG.warning("A look at a tenant goes on for %.0f s at most.", self._options.poll_seconds)

    async def _organization(self, watch: OrganizationWatch) -> None:
        """List the organization's tenants every so often; begin with those that are new, and end with those that are
        gone.
        """

        async def taken(look: OrganizationLook) -> None:
            await self._kept(watch.handed_over, look.seen)
            await self._follow(look)

        await self._look_again_and_again("organization", watch, lambda: watch.about, taken, Known())

    async def _follow(self, look: OrganizationLook) -> None:
        """Watch the tenants of a list and no others: what is known of one that has another address now, or can't be
        watched for a while, stays known.
        """
        for tenant_id, watch in list(self._watches.items()):
            tenant = look.tenants.get(tenant_id)
            if tenant is not None and tenant.settings.url == watch.tenant.settings.url:
                watch.tenant.about = tenant.about
                continue
            ended = self._running.pop(tenant_id)
            del self._watches[tenant_id]
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        for tenant_id in self._known.keys() - look.seen.keys() - look.unwatched.keys():
            del self._known[tenant_id]
        for tenant_id, unwatched in look.unwatched.items():
            known = self._known.setdefault(tenant_id, Known())
            if not known.failures:
                known.failures = 1
                await self._failed("tenant_failed", {"tenant": unwatched.about}, unwatched.reason)
        new = [tenant_id for tenant_id in look.tenants if tenant_id not in self._running]
        for number, tenant_id in enumerate(new):
            self._begin(tenant_id, look.tenants[tenant_id], number / len(new))

    def _begin(self, name: str, tenant: WatchedTenant, share: float) -> None:
        """Watch a tenant. The first looks at many are spread over the time until the second ones."""
        known = self._known.setdefault(name, Known())
        watch = TenantWatch(tenant, self._options, known.memory)
        known.memory = watch.memory
        if watch.problem:
            LOG.warning("%s", watch.problem)
        self._watches[name] = watch
        self._running[name] = asyncio.ensure_future(self._tenant(watch, share * self._options.interval, known))

    async def _tenant(self, watch: TenantWatch, delay: float, known: Known) -> None:
        async def taken(look: Look) -> None:
            await self._kept(watch.handed_over, look)

        await asyncio.sleep(delay)
        await self._look_again_and_again("tenant", watch, lambda: watch.about, taken, known)

    async def _look_again_and_again(
        self,
        what: str,
        watch: TenantWatch | OrganizationWatch,
        about: t.Callable[[], t.Any],
        taken: t.Callable[[t.Any], t.Awaitable[None]],
        known: Known,
    ) -> None:
        """Tell what each look finds, then say that it is C(taken): after a crash an event may come twice, but none is
        lost. C(what) and C(about) tell whose look failed, and that it goes again.
        """
        try:
            while True:
                look: Look | OrganizationLook | None = None
                failure: QlikError | None = None
                try:
                    look = await self._in_thread(watch.look)
                except QlikError as error:
                    failure = error
                failure = look.failure if look else failure
                least = 0.0
                if failure is not None:
                    first = not known.failures
                    # What can be read in part is looked at as often as ever.
                    known.failures = known.failures + 1 if look is None else 1
                    least = _asked_to_wait(failure)
                    await self._failed(f"{what}_failed", {what: about()}, watch.shown(failure), first=first)
                elif known.failures:
                    await self._recovered(f"{what}_recovered", {what: about()}, about()["host"])
                    known.failures = 0
                if look is not None:
                    for event in look.events:
                        await self._put(event)
                    await taken(look)
                await asyncio.sleep(self._pause(known.failures if look is None else 0, least))
        finally:
            watch.stop()

    async def _in_thread(self, ask: t.Callable[[], Answer]) -> Answer:
        """Raises QlikError, whatever happened: what a tenant answers must not end the watching of others."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except QlikError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect met with one tenant is no reason to be blind for all
            raise QlikError(f"Unexpected: {type(error).__name__}. Please report it.") from None

    async def _failed(self, kind: str, about: JsonObject, message: str, *, first: bool = True) -> None:
        """Say it once; how often it is tried again is nobody's event."""
        LOG.warning("%s", message)
        if first:
            await self._put({"event": kind, **about, "message": message})

    async def _recovered(self, kind: str, about: JsonObject, host: str) -> None:
        await self._put({"event": kind, **about, "message": f"{host} can be read again."})

    async def _put(self, event: JsonObject) -> None:
        await self._sink.put({"qlik": without_templates(event)})

    async def _kept(self, keep: t.Callable[[Answer], None], look: Answer) -> None:
        """Have it remembered, in a thread: a large file takes its time."""
        try:
            await self._in_thread(lambda: keep(look))
        except QlikError as error:
            LOG.warning("%s", error)

    def _pause(self, failures: int, least: float) -> float:
        """The seconds until the next look: longer after each failure, as long as the tenant demands, and never the same
        for all.
        """
        pause = self._options.interval
        if failures:
            pause = min(max(LONGEST_PAUSE_SECONDS, pause), pause * 2 ** min(failures, 16))
        return max(pause * random.uniform(0.9, 1.1), min(least, LONGEST_PAUSE_SECONDS))


def _asked_to_wait(error: QlikError) -> float:
    """The seconds for which a tenant doesn't want to be asked again."""
    if isinstance(error, WaitError):
        return error.seconds
    if isinstance(error, ServerError):
        return error.retry_after
    return 0.0


def _insist_on_difference(tenants: t.Sequence[WatchedTenant]) -> None:
    urls = [tenant.settings.url for tenant in tenants]
    for url in urls:
        if urls.count(url) > 1:
            raise QlikError(f"{url} is among the tenants twice.")
