# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a rollout stands when a wave is over, from what Ansible says of the play's hosts. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence

from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found


class Standing(t.NamedTuple):
    """The hosts of the wave; those that are told of with it, of which some were C(settled) beforehand; those of earlier
    waves that didn't fail, and of later ones; and those that take no part any more, other than the wave's.
    """

    wave: Sequence[str]
    counted: Sequence[str]
    settled: Sequence[str]
    done: Sequence[str]
    waiting: Sequence[str]
    gone: Sequence[str]


def standing(everyone: Sequence[str], playing: Sequence[str], wave: Sequence[str], looked: Found) -> Standing:
    """C(everyone) are the play's hosts in its order, C(playing) those that haven't failed, C(wave) is not empty: what
    Ansible calls ansible_play_hosts_all, ansible_play_hosts and ansible_play_batch. C(looked) is what was found before
    the first wave; the hosts that were as declared belong to none, and are told of with the last one.
    """
    still, here = set(playing), set(wave)
    before, after = everyone.index(wave[0]), everyone.index(wave[-1]) + 1
    waiting = [host for host in everyone[after:] if host in still]
    return Standing(
        wave=wave,
        counted=wave if waiting else looked.hosts or everyone,
        settled=() if waiting else list(looked.results),
        done=[host for host in everyone[:before] if host in still],
        waiting=waiting,
        gone=[host for host in everyone if host not in still and host not in here],
    )
