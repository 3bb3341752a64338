"""Lets reloads proceed: the queue, the places, the run of a script."""

from __future__ import annotations

import dataclasses
import threading

from .apps import QUEUE_LIMIT, App, Reload
from .script import Script
from .script_log import ScriptLog
from .script_sources import RealEndMetError, Sources
from .state import Tenant


def proceed(tenant: Tenant) -> float:
    """Start every reload whose time has come; give the time. The lock is held."""
    now = tenant.clock()
    for reload in list(tenant.reloads.values()):
        if reload.started is None and now < reload.canceled:
            start = _start_of(tenant, reload)
            if start <= min(now, reload.created + QUEUE_LIMIT):
                _start(tenant, reload, start)
    return now


def _start_of(tenant: Tenant, reload: Reload) -> float:
    """Tell when a queued reload gets a place, as far as that is known by now."""
    settings = tenant.reload_settings
    ready = reload.created + settings.queued_seconds
    busy = sorted(
        other.free_at for other in tenant.reloads.values() if other.started is not None and other.free_at > ready
    )
    return ready if len(busy) < settings.slots else busy[len(busy) - settings.slots]


def _start(tenant: Tenant, reload: Reload, when: float) -> None:
    app = tenant.apps[reload.app_id]
    reload.started = when
    if tenant.reload_settings.failures:
        tenant.reload_settings.failures -= 1
        reload.abandoned = True
        reload.ended = when
        return
    before = len(tenant.ends.accesses)
    try:
        _run(tenant, reload, app, waits=False)
        reload.finish()
    except RealEndMetError:
        del tenant.ends.accesses[before:]
        reload.thread = threading.Thread(target=_wait, args=(tenant, reload, app), name="reload", daemon=True)
        reload.thread.start()


def _wait(tenant: Tenant, reload: Reload, app: App) -> None:
    _run(tenant, reload, app, waits=True)
    with tenant.lock:
        reload.finish()


def _run(tenant: Tenant, reload: Reload, app: App, *, waits: bool) -> None:
    behaviours = dataclasses.replace(tenant.behaviours)
    reload.log = ScriptLog(behaviours)
    sources = Sources(tenant, reload.caller, app.space, reload.log, waits=waits)
    reload.outcome = Script(sources, reload.log, behaviours, reload.variables).run(app.script)
