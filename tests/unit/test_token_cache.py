"""Kept tokens: for nobody else's eyes, useless without the client secret, and never believed when somebody touched
them.
"""

from __future__ import annotations

import hashlib
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._session import token_cache
from ansible_collections.qlikops.cloud.plugins.module_utils._session.token_cache import TokenCache

URL, CLIENT, SECRET, TOKEN = "https://acme.eu.qlikcloud.com", "client", "canary-client-secret", "canary-token"


def cache(folder: Path, *, url: str = URL, client: str = CLIENT, secret: str | None = None) -> TokenCache:
    """The cache of one client in a folder."""
    return TokenCache(url, client, secret or SECRET, {"QLIK_TOKEN_CACHE": str(folder)})


def soon() -> float:
    return time.time() + 600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which a token is kept."""
    cache(tmp_path / "kept").store(TOKEN, soon())
    return tmp_path / "kept"


def test_a_token_is_found_again_by_its_client_only(folder: Path) -> None:
    found = cache(folder).load()
    assert found is not None
    assert found[0] == TOKEN
    assert cache(folder, secret="another secret").load() is None
    assert cache(folder, client="another").load() is None
    assert cache(folder, url="https://other.eu.qlikcloud.com").load() is None


def test_the_file_is_private_and_tells_nothing(folder: Path) -> None:
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for text in (TOKEN, SECRET, CLIENT, "acme"):
        assert text.encode() not in file.read_bytes()
        assert text not in file.name


def test_a_file_that_was_tampered_with_is_ignored(folder: Path) -> None:
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for position in range(0, len(whole), 7):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        found = cache(folder).load()
        assert found is None or found[0] == TOKEN, position  # base64 has bits that mean nothing
    for broken in (b"", b"\n", b"x", whole[:40], whole[::-1], b"\xff" * 100_000):
        file.write_bytes(broken)
        assert cache(folder).load() is None
    other = cache(folder, client="another")
    other.store("another client's", soon())
    (foreign,) = (one for one in folder.iterdir() if one != file)
    foreign.replace(file)
    assert cache(folder).load() is None


def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    cache(shared).store(TOKEN, soon())
    assert list(shared.iterdir()) == []
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(private)
    cache(tmp_path / "link").store(TOKEN, soon())
    assert list(private.iterdir()) == []


def test_many_writers_at_once_leave_one_whole_token(folder: Path) -> None:
    def work(number: int) -> None:
        cache(folder).store(f"{TOKEN}-{number}", soon())
        found = cache(folder).load()
        assert found is not None
        assert found[0].startswith(TOKEN)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(60)))
    assert len(list(folder.iterdir())) == 1


def test_a_token_that_ended_is_not_given(folder: Path) -> None:
    cache(folder).store(TOKEN, time.time() - 1)
    assert cache(folder).load() is None


LONG = "0123456789abcdef" * 4
SHORT = "a secret of ours"


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rounds each key took."""
    rounds: list[int] = []
    ordinary = hashlib.pbkdf2_hmac

    def counting(name: str, secret: bytes, salt: bytes, iterations: int) -> bytes:
        rounds.append(iterations)
        return ordinary(name, secret, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    return rounds


@pytest.mark.parametrize(
    ("secret", "taken"),
    [
        (LONG, 1),
        (LONG.upper(), 1),
        (LONG[:32], 1),
        (LONG[:31], 20_000),
        (SHORT, 20_000),
        # Long, and thought of by somebody all the same: the last has 16 letters, which take 32 bytes.
        ("correct horse battery staple of 2026", 20_000),
        (f"{LONG}!", 20_000),
        ("п" * 16, 20_000),
    ],
)
def test_only_a_secret_that_may_be_guessed_takes_its_time(
    tmp_path: Path, derived: list[int], secret: str, taken: int
) -> None:
    environ = {"QLIK_TOKEN_CACHE": str(tmp_path / "tokens")}
    TokenCache("https://acme.example", "id", secret, environ).store("canary-token", time.time() + 600)
    loaded = TokenCache("https://acme.example", "id", secret, environ).load()
    assert loaded is not None
    assert loaded[0] == "canary-token"
    assert derived == [taken, taken]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "tokens").iterdir())
    assert b"canary" not in kept


@pytest.mark.parametrize("secret", [LONG, SHORT])
def test_what_an_earlier_version_kept_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, derived: list[int], secret: str
) -> None:
    environ = {"QLIK_TOKEN_CACHE": str(tmp_path / "tokens")}
    with monkeypatch.context() as earlier:
        earlier.setattr(token_cache, "_NOT_GUESSED", re.compile(b"none"))
        TokenCache("https://acme.example", "id", secret, environ).store("token", time.time() + 600)
    assert derived == [20_000]
    loaded = TokenCache("https://acme.example", "id", secret, environ).load()
    assert loaded is not None
    assert loaded[0] == "token"


@pytest.mark.parametrize("secret", [LONG, SHORT])
def test_another_secret_reads_nothing(tmp_path: Path, secret: str) -> None:
    environ = {"QLIK_TOKEN_CACHE": str(tmp_path / "tokens")}
    TokenCache("https://acme.example", "id", secret, environ).store("token", time.time() + 600)
    for other in (secret[:-1] + "X", secret.upper(), SHORT + LONG, SHORT[:-1], ""):
        assert TokenCache("https://acme.example", "id", other, environ).load() is None


class RefusedError(Exception):
    """As cryptography's own errors: of no kind that Python has."""


@pytest.mark.parametrize("error", [ValueError("disabled for FIPS"), RefusedError("unsupported")])
@pytest.mark.parametrize("where", ["key", "cipher"])
def test_cryptography_that_refuses_keeps_nothing_and_fails_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    def refused(*_given: object) -> None:
        raise error

    cache(folder).store(TOKEN, time.time() + 600)
    if where == "key":
        monkeypatch.setattr(hashlib, "pbkdf2_hmac", refused)
    else:
        monkeypatch.setattr(token_cache, "Fernet", refused)
    assert cache(folder).load() is None
    cache(folder).store(TOKEN, time.time() + 600)
    monkeypatch.undo()
    assert cache(folder).load() is not None, "what was kept before stays"
