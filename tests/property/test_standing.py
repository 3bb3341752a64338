"""Where a rollout stands when a wave is over: as Ansible's own filters over the play's hosts would say it."""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.plugin_utils._look.kept import Found
from ansible_collections.qlikops.cloud.plugins.plugin_utils._standing import standing
from hypothesis import given
from hypothesis import strategies as st

HOSTS = [f"tenant-{number}" for number in range(9)]
EVERYONE = st.lists(st.sampled_from(HOSTS), min_size=1, unique=True)


@given(EVERYONE, st.data())
def test_every_host_stands_in_one_place(everyone: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(everyone) - 1))
    last = data.draw(st.integers(first, len(everyone) - 1))
    playing = data.draw(st.lists(st.sampled_from(everyone), unique=True))
    wave = everyone[first : last + 1]
    found = standing(everyone, playing, wave, Found())
    assert found.done == [host for host in everyone[:first] if host in playing]
    assert found.waiting == [host for host in everyone[last + 1 :] if host in playing]
    assert found.gone == [host for host in everyone if host not in [*playing, *wave]]
    placed = [*found.done, *found.wave, *found.waiting, *found.gone]
    assert sorted(placed) == sorted(everyone)
    assert found.counted == (wave if found.waiting else everyone)


@given(EVERYONE, EVERYONE, st.booleans())
def test_what_was_settled_beforehand_is_told_with_the_last_wave(
    everyone: list[str], settled: list[str], waits: bool
) -> None:
    looked = Found([*everyone, *settled], everyone, {host: {} for host in settled})
    play = [*everyone, "the last"] if waits else everyone
    found = standing(play, play, everyone, looked)
    assert list(found.settled) == ([] if waits else list(dict.fromkeys(settled)))
    assert found.counted == (everyone if waits else looked.hosts)
