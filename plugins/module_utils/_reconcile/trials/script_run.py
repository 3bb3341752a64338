# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running one script to its end, or to where nothing moves any more.

Source: qlik.dev, "Reloads", and Qlik's help: C(FLUSHLOG) writes the log, so that how far a running script is can be
seen there. No statement has a time limit of its own.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.qlikops.cloud.plugins.module_utils._api.reloads import Reload, Reloads
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import (
    BAD_REQUEST,
    AnswerError,
    ApiError,
    NotFoundError,
    OutcomeUnknownError,
    QlikError,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.probe_log import LogReading, read_log
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.batches import End, Ended
from ansible_collections.qlikops.cloud.plugins.module_utils._reconcile.trials.test_app import TestApp
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

FIRST_POLL_SECONDS = 0.5
_GROWTH = 1.5
LONGEST_POLL_SECONDS = 5.0
# How long a reload may take to stop, and a log to appear.
CANCEL_SECONDS = 30.0
_LOG_TRIES = 3
# How often the log is looked at, of the time in which something has to move.
_LOOKS = 4
_APPS = 3


class _NoAnswerError(QlikError):
    """Whether a reload was started isn't known: this app may be busy."""


class ScriptRun:
    """Runs scripts in an app, one after the other. C(timeout) is for how many seconds nothing may move; C(queue) how
    long a reload may wait for its turn.
    """

    def __init__(self, session: TenantSession, app: TestApp, *, timeout: float, queue: float) -> None:
        self._session = session
        self._reloads = Reloads(session)
        self._app = app
        self._timeout = timeout
        self._queue = queue

    def run(self, script: str, word: str) -> Ended:
        """Run a script whose marks hold this word. Raises QlikError when it can't be run."""
        for _app in range(_APPS - 1):
            ended = self._try(script, word)
            if isinstance(ended, Ended):
                return ended
            self._app.renew()
        ended = self._try(script, word)
        if isinstance(ended, Ended):
            return ended
        raise QlikError(str(ended))

    def _try(self, script: str, word: str) -> Ended | QlikError:
        """How it ended, or why it needs another app: another run of the same caller takes this one for a leftover, or
        it is busy, nobody knows with what.
        """
        try:
            self._app.set_script(script)
            return self._watch(self._start(), word)
        except (NotFoundError, _NoAnswerError) as error:
            return error

    def _start(self) -> Reload:
        """Start a reload, as soon as none of this app is pending."""
        waits = _Pauses(self._timeout)
        deadline = time.monotonic() + CANCEL_SECONDS
        while True:
            try:
                started = self._reloads.start(self._app.id)
            except (OutcomeUnknownError, AnswerError) as error:
                raise _NoAnswerError(str(error)) from None
            except ApiError as error:
                if error.status == BAD_REQUEST:  # as an app that is gone is answered
                    raise _NoAnswerError(str(error)) from None
                raise
            if started is not None:
                return started
            if time.monotonic() >= deadline:
                raise _NoAnswerError(f"{self._session.tenant}: another reload of the app doesn't end.")
            waits.pause()

    def _watch(self, reload: Reload, word: str) -> Ended:
        """Wait until it is over, and read its log."""
        watch = _Watch(self._reloads, self._app.id, word, self._timeout)
        waits = _Pauses(self._timeout)
        asked = time.monotonic()
        while not reload.is_over:
            waits.pause()
            reload = self._reloads.get(reload.id)
            if reload.is_waiting:
                waited = time.monotonic() - asked
                if waited > self._queue:
                    return self._not_begun(reload, waited)
                self._session.progress.note(f"the reload that tries connections is queued since {waited:.0f} s")
            elif not reload.is_over and watch.is_stuck(reload):
                return self._stopped(reload, word)
        end, why = _end(reload)
        if end != "finished" and self._app.is_gone():
            raise _NoAnswerError(f"{self._session.tenant}: {why}, and its app is gone.")
        return Ended(end, self._log(reload, word), why)

    def _not_begun(self, reload: Reload, waited: float) -> Ended:
        self._reloads.cancel(reload.id)
        return Ended("stopped", LogReading({}, None), f"the tenant didn't begin the reload within {waited:.0f} s")

    def _stopped(self, reload: Reload, word: str) -> Ended:
        """Cancel a reload that doesn't move, and read how far it was."""
        self._reloads.cancel(reload.id)
        deadline = time.monotonic() + CANCEL_SECONDS
        waits = _Pauses(self._timeout)
        while not reload.is_over and time.monotonic() < deadline:
            waits.pause()
            reload = self._reloads.get(reload.id)
        log = self._log(reload, word)
        if not reload.is_over:
            self._app.renew()
        return Ended("finished" if reload.status == "SUCCEEDED" else "hung", log)

    def _log(self, reload: Reload, word: str) -> LogReading:
        """What the log says, as soon as there is one: that of the script, or the short one of the reload's record."""
        short = read_log(reload.summary, word)
        waits = _Pauses(self._timeout)
        for left in reversed(range(_LOG_TRIES)):
            whole = read_log(self._script_log(reload), word)
            if whole.marks or not left:
                break
            waits.pause()
        return whole if whole.marks >= short.marks else short

    def _script_log(self, reload: Reload) -> str:
        try:
            return self._reloads.log(self._app.id, reload.id)
        except AnswerError:
            return ""  # such as one that is too long


class _Watch:
    """Sees whether a running reload moves: each mark in its log is a step."""

    def __init__(self, reloads: Reloads, app_id: str, word: str, timeout: float) -> None:
        self._reloads = reloads
        self._app_id = app_id
        self._word = word
        self._timeout = timeout
        self._marks = 0
        self._moved = self._looked = -1.0

    def is_stuck(self, reload: Reload) -> bool:
        """Whether nothing has moved for too long."""
        now = time.monotonic()
        if self._moved < 0:
            self._moved = self._looked = now
        marks = read_log(reload.summary, self._word).marks
        late = now - self._moved >= self._timeout
        if marks <= self._marks and (late or now - self._looked >= self._timeout / _LOOKS):
            self._looked = now
            marks = max(marks, read_log(self._reloads.log(self._app_id, reload.id), self._word).marks)
        if marks > self._marks:
            self._marks, self._moved = marks, now
            return False
        return late


class _Pauses:
    """Sleeps longer and longer between two looks."""

    def __init__(self, timeout: float) -> None:
        self._longest = min(LONGEST_POLL_SECONDS, timeout / _LOOKS)
        self._next = min(FIRST_POLL_SECONDS, self._longest)

    def pause(self) -> None:
        time.sleep(self._next)
        self._next = min(self._next * _GROWTH, self._longest)


def _end(reload: Reload) -> tuple[End, str]:
    """How a reload ended that nobody here stopped, and why as far as Qlik says."""
    error = ": ".join(part for part in (reload.error_code, reload.error_message) if part)
    if reload.status == "SUCCEEDED":
        return "finished", ""
    if reload.status == "FAILED":
        return "failed", f"the reload failed ({error})" if error else "the reload failed"
    reasons: t.Mapping[str, str] = {
        "CANCELED": "somebody cancelled the reload",
        "EXCEEDED_LIMIT": "the tenant's limit for reloads is exceeded",
    }
    reason = reasons.get(reload.status, f"the reload ended as {reload.status}")
    return "stopped", f"{reason} ({error})" if error else reason
