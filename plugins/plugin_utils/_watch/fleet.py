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

from ansible_collections.qlikops.cloud.plugins.module_utils._errors import QlikError
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import JsonObject
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.options import WatchOptions
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.organization import OrganizationWatch
from ansible_collections.qlikops.cloud.plugins.plugin_utils._watch.tenant import (
    TenantWatch,
    WatchedTenant,
    shown,
    watched,
)

LONGEST_PAUSE_SECONDS = 3600.0
LOG = logging.getLogger(__name__)

Answer = t.TypeVar("Answer")


class Sink(t.Protocol):
    """Where events go: the queue of ansible-rulebook."""

    async def put(self, item: t.Any) -> None:
        """Wait until there is room, and leave it there."""


class FleetWatch:
    """Watches until it is cancelled."""

    def __init__(self, sink: Sink, options: WatchOptions) -> None:
        self._sink = sink
        self._options = options
        self._threads = ThreadPoolExecutor(options.parallel, thread_name_prefix="qlik_connections")
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Raises QlikError for options with which nothing can be watched."""
        try:
            if self._options.organization:
                await self._organization(OrganizationWatch(self._options))
            else:
                tenants = [watched({**self._options.connection, **one}, {}) for one in self._options.tenants]
                _insist_on_difference(tenants)
                for number, tenant in enumerate(tenants):
                    self._begin(tenant, number / len(tenants))
                await asyncio.gather(*self._running.values())
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _organization(self, watch: OrganizationWatch) -> None:
        """List the organization's tenants every so often; begin with those that are new, and end with those that are
        gone.
        """
        failures = 0
        about = {"organization": watch.about}
        while True:
            try:
                look = await self._in_thread(watch.look)
            except QlikError as error:
                failures += 1
                await self._failed("organization_failed", about, failures, watch.shown(error))
            else:
                await self._recovered("organization_recovered", about, failures)
                failures = 0
                for event in look.events:
                    await self._put(event)
                self._kept(watch.handed_over, look.seen)
                self._follow(look.tenants)
            await asyncio.sleep(self._pause(failures))

    def _follow(self, tenants: t.Mapping[str, WatchedTenant]) -> None:
        for url in set(self._running) - set(tenants):
            self._running.pop(url).cancel()
        new = [tenant for url, tenant in tenants.items() if url not in self._running]
        for number, tenant in enumerate(new):
            self._begin(tenant, number / len(new))

    def _begin(self, tenant: WatchedTenant, share: float) -> None:
        """Watch a tenant. The first looks at many are spread over the time until the second ones."""
        watch = TenantWatch(tenant, self._options)
        if watch.problem:
            LOG.warning("%s", watch.problem)
        self._running[tenant.settings.url] = asyncio.ensure_future(self._tenant(watch, share * self._options.interval))

    async def _tenant(self, watch: TenantWatch, delay: float) -> None:
        failures = 0
        about = {"tenant": watch.tenant.about}
        await asyncio.sleep(delay)
        while True:
            try:
                look = await self._in_thread(watch.look)
            except QlikError as error:
                failures += 1
                await self._failed("tenant_failed", about, failures, shown(watch, error))
            else:
                await self._recovered("tenant_recovered", about, failures)
                failures = 0
                for event in look.events:
                    await self._put(event)
                # Only now: after a crash an event may come twice, but none is lost.
                self._kept(watch.handed_over, look)
            await asyncio.sleep(self._pause(failures))

    async def _in_thread(self, ask: t.Callable[[], Answer]) -> Answer:
        """Raises QlikError, whatever happened: what a tenant answers must not end the watching of others."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except QlikError:
            raise
        except Exception as error:  # noqa: BLE001 - a defect met with one tenant is no reason to be blind for all
            raise QlikError(f"Unexpected: {type(error).__name__}. Please report it.") from None

    async def _failed(self, kind: str, about: JsonObject, failures: int, message: str) -> None:
        """Say it once; how often it is tried again is nobody's event."""
        LOG.warning("%s", message)
        if failures == 1:
            await self._put({"event": kind, **about, "message": message})

    async def _recovered(self, kind: str, about: JsonObject, failures: int) -> None:
        if failures:
            await self._put({"event": kind, **about})

    async def _put(self, event: JsonObject) -> None:
        await self._sink.put({"qlik": event})

    @staticmethod
    def _kept(keep: t.Callable[[Answer], None], look: Answer) -> None:
        try:
            keep(look)
        except QlikError as error:
            LOG.warning("%s", error)

    def _pause(self, failures: int) -> float:
        """The seconds until the next look: longer after each failure, and never the same for all."""
        pause = self._options.interval
        if failures:
            pause = min(max(LONGEST_PAUSE_SECONDS, pause), pause * 2 ** min(failures, 16))
        return pause * random.uniform(0.9, 1.1)


def _insist_on_difference(tenants: t.Sequence[WatchedTenant]) -> None:
    urls = [tenant.settings.url for tenant in tenants]
    for url in urls:
        if urls.count(url) > 1:
            raise QlikError(f"{url} is among the tenants twice.")
