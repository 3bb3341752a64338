"""By which authorities TLS is verified, and that they are read once, however many tenants there are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import TransportError
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session import connections, transport
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession
from ansible_collections.qlikops.cloud.plugins.module_utils._session.settings import Settings
from ansible_collections.qlikops.cloud.plugins.plugin_utils import _in_process
from urllib3.util.ssl_ import create_urllib3_context

from tests.emulator import Emulator, Tenant
from tests.tools.installed import INSTALLED

pytestmark = pytest.mark.usefixtures("short_pauses")

VARIABLES: tuple[dict[str, str], ...] = (
    {},
    {"REQUESTS_CA_BUNDLE": "/bundle.pem"},
    {"CURL_CA_BUNDLE": "/curl.pem"},
    {"REQUESTS_CA_BUNDLE": "/bundle.pem", "CURL_CA_BUNDLE": "/curl.pem"},
    {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "/curl.pem"},
    {"REQUESTS_CA_BUNDLE": ""},
    {"HTTPS_PROXY": "http://proxy.example:3128"},
    {"https_proxy": "http://proxy.example:3128", "no_proxy": "acme.example"},
    {"all_proxy": "socks5h://proxy.example:1080", "NO_PROXY": "*"},
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The contexts of TLS that were made."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    contexts: list[Any] = []
    ordinary = create_urllib3_context

    def counting(**given: Any) -> Any:
        contexts.append(ordinary(**given))
        return contexts[-1]

    monkeypatch.setattr(connections, "create_urllib3_context", counting)
    connections._made_context.cache_clear()
    return contexts


def read_spaces(tenant: Tenant, verify: bool | str) -> None:
    settings = Settings(url=tenant.url, access_token=tenant.api_key, verify=verify)
    session = TenantSession(settings, read_only=True, redact=Redactor())
    assert session.get("spaces")["data"] == []
    session.close()


@pytest.mark.parametrize("variables", VARIABLES, ids=str)
@pytest.mark.parametrize("verify", [True, False, "/own.pem"])
@pytest.mark.parametrize("url", ["https://acme.example", "http://acme.example", "https://other.example:8443"])
def test_the_environment_says_what_it_says_to_requests(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], verify: bool | str, url: str
) -> None:
    for name in [name for name in os.environ if name.lower().endswith(("_proxy", "_ca_bundle"))]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with requests.Session() as session:
        expected = session.merge_environment_settings(url, {}, None, verify, None)
    proxies, verified = transport._environment(Settings(url=url, access_token="key", verify=verify))
    assert dict(proxies) == dict(expected["proxies"])
    assert verified == expected["verify"]


def test_many_tenants_share_what_was_read_once(emulator: Emulator, made: list[Any]) -> None:
    tenants = [emulator.add_tenant({"name": f"secure{number}", "tls": True}) for number in range(3)]
    for tenant in tenants:
        read_spaces(tenant, str(emulator.ca_path))
    assert len(made) == 1


def test_a_tenant_that_is_not_verified_leaves_the_others_verified(emulator: Emulator, made: list[Any]) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    read_spaces(tenant, verify=False)
    for _twice in range(2):
        with pytest.raises(TransportError, match="TLS failed"):
            read_spaces(tenant, verify=True)
        read_spaces(tenant, verify=False)
    assert len(made) == 2


def test_authorities_that_are_replaced_count_from_the_next_tenant_on(
    emulator: Emulator, made: list[Any], tmp_path: Path
) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    authorities = tmp_path / "ca.pem"
    shutil.copy(requests.utils.DEFAULT_CA_BUNDLE_PATH, authorities)
    with pytest.raises(TransportError, match="TLS failed"):
        read_spaces(tenant, str(authorities))
    shutil.copy(emulator.ca_path, authorities)
    read_spaces(tenant, str(authorities))
    authorities.write_text("no certificate")
    with pytest.raises(TransportError, match="Check ca_path"):
        read_spaces(tenant, str(authorities))
    authorities.unlink()
    with pytest.raises(TransportError, match="Check ca_path"):
        read_spaces(tenant, str(authorities))
    assert len(made) == 3


def test_a_swapped_file_counts_whatever_its_size_and_time(emulator: Emulator, made: list[Any], tmp_path: Path) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    ours = Path(emulator.ca_path).read_bytes()
    theirs = Path(requests.utils.DEFAULT_CA_BUNDLE_PATH).read_bytes()
    most = max(len(ours), len(theirs))
    for name, content in (("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_bytes(content.ljust(most, b"\n"))
        os.utime(tmp_path / name, (1, 1))
    authorities = tmp_path / "ca.pem"
    for name in ("ours", "theirs", "ours"):
        # As where a folder of secrets is mounted: the link is put in the place of the one before.
        (tmp_path / "new").symlink_to(name)
        (tmp_path / "new").rename(authorities)
        if name == "ours":
            read_spaces(tenant, str(authorities))
        else:
            with pytest.raises(TransportError, match="TLS failed"):
                read_spaces(tenant, str(authorities))
    time.sleep(0.05)
    (tmp_path / "ours").write_bytes(theirs.ljust(most, b"\n"))
    os.utime(tmp_path / "ours", (1, 1))
    with pytest.raises(TransportError, match="TLS failed"):
        read_spaces(tenant, str(authorities))
    assert len(made) == 3


def test_what_a_folder_holds_no_more_is_trusted_no_more(emulator: Emulator, tmp_path: Path) -> None:
    tenant = emulator.add_tenant({"name": "secure", "tls": True})
    (tmp_path / f"{subject_hash(Path(emulator.ca_path))}.0").write_bytes(Path(emulator.ca_path).read_bytes())
    read_spaces(tenant, str(tmp_path))
    for path in tmp_path.iterdir():
        path.write_text("")  # which leaves the folder's own time as it is
    with pytest.raises(TransportError, match="TLS failed"):
        read_spaces(tenant, str(tmp_path))


def subject_hash(certificate: Path) -> str:
    """By which name OpenSSL looks for a certificate in a folder."""
    asked = ["openssl", "x509", "-noout", "-hash", "-in", str(certificate)]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def test_what_comes_by_a_pipe_is_read_once_for_all(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator, made: list[Any]
) -> None:
    """As from C(REQUESTS_CA_BUNDLE=<(cat own.pem usual.pem))."""
    tenants = [emulator.add_tenant({"name": f"secure{number}", "tls": True}) for number in range(2)]
    usual = Path(requests.utils.DEFAULT_CA_BUNDLE_PATH).read_bytes()
    written = Path(emulator.ca_path).read_bytes() + usual  # more than a pipe holds
    reading, writing = os.pipe()

    def write() -> None:
        time.sleep(0.05)
        with os.fdopen(writing, "wb") as stream:
            stream.write(written)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"/dev/fd/{reading}")
        connections.read_usual_authorities()
        for tenant in tenants:
            read_spaces(tenant, verify=True)
    finally:
        writer.join()
        os.close(reading)
    assert len(made) == 1


def refuse(*_given: object, **_named: object) -> None:
    raise ValueError("[digital envelope routines] unsupported")


@pytest.mark.parametrize("what", ["fingerprint", "user_tag", "read_usual_authorities"])
def test_what_cannot_be_done_beforehand_stops_no_task(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(_in_process, what, refuse)
    monkeypatch.setattr("gc.freeze", lambda: None)
    _in_process._prepare_to_be_forked()


def test_no_key_is_too_short_for_an_openssl_that_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[int] = []

    def digest(key: bytes, _message: bytes, _digest: str) -> bytes:
        keys.append(len(key))
        return bytes(32)

    monkeypatch.setattr("hmac.digest", digest)
    monkeypatch.setattr("gc.freeze", lambda: None)
    _in_process._prepare_to_be_forked()
    assert keys
    assert min(keys) * 8 >= 112  # NIST SP 800-131A


@pytest.mark.parametrize("content", ["no certificate", None])
def test_authorities_of_the_environment_that_cannot_be_read_are_the_tasks_to_tell(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator, made: list[Any], tmp_path: Path, content: str | None
) -> None:
    place = tmp_path / "ca.pem"
    if content is not None:
        place.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place))
    connections.read_usual_authorities()
    with pytest.raises(TransportError, match=r"no connection can be made.*Check ca_path"):
        read_spaces(emulator.add_tenant({"name": "secure", "tls": True}), verify=True)
    assert len(made) == (0 if content is None else 2)


FORKED = """
import os
from ansible_collections.qlikops.cloud.plugins.module_utils._session import connections
from ansible_collections.qlikops.cloud.plugins.action import qlik_tenant_info
before = connections._made_context.cache_info()
assert (before.misses, before.currsize) == (1, 1), before
connections.connections_to("https://acme.example", {}, connections.usual_authorities(), 8)
after = connections._made_context.cache_info()
assert (after.misses, after.hits) == (1, 1), after
"""


def test_they_are_read_when_ansible_loads_an_action_before_it_forks() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_CA_BUNDLE")}
    clean["PYTHONPATH"] = str(INSTALLED.parents[2])
    finished = subprocess.run([sys.executable, "-c", FORKED], env=clean, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
