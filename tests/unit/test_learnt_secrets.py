"""Every secret that a run comes by is known to what masks errors, wherever the run has it from."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.qlikops.cloud.plugins.module_utils._jobs._runner import run_job
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from ansible_collections.qlikops.cloud.plugins.module_utils._session.choose import (
    resolve_settings,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._session.session import TenantSession

from tests.emulator import Tenant
from tests.jobs import JOBS, fail, succeed

CLIENT = {"access_token": None, "client_id": "bot", "client_secret": "canary-client-secret"}


def tokens_of(tenant: Tenant) -> list[str]:
    """The access tokens that the tenant has handed out."""
    return [key for key, grant in tenant.grants.items() if grant.scopes is not None]


def quote(tenant: Tenant, *texts: str, **settings: Any) -> None:
    """Have the tenant refuse what it is asked next, and quote texts."""
    body = json.dumps({"errors": [{"code": "X-1", "title": "refused", "detail": " and ".join(texts)}]})
    tenant.add_fault("status", status=400, body=body, **settings)


def test_a_token_that_an_earlier_run_kept(acme: Tenant) -> None:
    acme.add_oauth_client("bot", "canary-client-secret")
    succeed("qlik_tenant_info", acme, CLIENT)
    (token,) = tokens_of(acme)
    quote(acme, f"Bearer {token}", json.dumps(token), base64.b64encode(token.encode()).decode())
    message = fail("qlik_tenant_info", acme, CLIENT)
    assert tokens_of(acme) == [token], "the kept token was used"
    assert "refused: Bearer ********" in message
    assert token not in message


def test_a_token_that_has_been_renewed(acme: Tenant) -> None:
    acme.add_oauth_client("bot", "canary-client-secret")
    succeed("qlik_tenant_info", acme, CLIENT)
    acme.expire_tokens()
    (before,) = tokens_of(acme)
    quote(acme, before, "the former one", match={"path": "users/me|tenants/me"}, after=1, times=None)
    message = fail("qlik_tenant_info", acme, CLIENT)
    assert len(tokens_of(acme)) == 2
    assert "********" in message
    assert before not in message


def test_a_kept_token_that_stands_in_the_tenants_own_data(acme: Tenant) -> None:
    acme.add_oauth_client("bot", "canary-client-secret")
    succeed("qlik_tenant_info", acme, CLIENT)
    (token,) = tokens_of(acme)
    job, spec = JOBS["qlik_tenant_info"]
    options = ArgumentSpecValidator(spec()).validate(
        {"tenant_url": acme.url, "client_id": "bot", "client_secret": "canary-client-secret"}
    )
    _result, hidden = run_job(job, options.validated_parameters, check_mode=False)
    assert token in hidden


def test_both_secrets_of_a_context(acme: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.add_oauth_client("bot", "canary-context-secret")
    context = {"server": acme.url, "oauth-client-id": "bot", "oauth-client-secret": "canary-context-secret"}
    file = tmp_path / ".qlik" / "contexts.yml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump({"contexts": {"acme": context}}))
    file.chmod(0o600)
    monkeypatch.setenv("QLIK_CLI_USER_HOME_DIR", str(tmp_path))
    options = {"tenant_url": None, "access_token": None, "context": "acme"}
    succeed("qlik_tenant_info", acme, options)
    (token,) = tokens_of(acme)
    quote(acme, token, "canary-context-secret")
    assert "refused: ******** and ********" in fail("qlik_tenant_info", acme, options)


def test_secrets_of_the_environment_that_are_not_used(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLIK_CLIENT_ID", "bot")
    monkeypatch.setenv("QLIK_CLIENT_SECRET", "canary-of-the-environment")
    quote(acme, "canary-of-the-environment")
    assert "refused: ********" in fail("qlik_tenant_info", acme)


def test_what_an_answer_with_a_token_holds_beside_it(acme: Tenant) -> None:
    """A token of another kind in the answer is a secret too, although nobody uses it."""
    redact = Redactor()
    session = TenantSession(
        resolve_settings({"tenant_url": acme.url, "access_token": "key-acme"}), read_only=True, redact=redact
    )
    answer = {"access_token": "canary-access", "refresh_token": "canary-refresh", "expires_in": 60}
    session._json = lambda *_arguments, **_more: answer  # type: ignore[method-assign] # stands in for the tenant
    session._fetch_token()
    session.close()
    assert redact("canary-access canary-refresh 60") == "******** ******** 60"


@pytest.mark.parametrize("password", ["canary-proxy", "canary%2Fproxy%40"])
def test_the_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{password}@proxy.example:3128")
    redact = Redactor()
    TenantSession(
        resolve_settings({"tenant_url": "https://acme.example", "access_token": "k"}), read_only=True, redact=redact
    ).close()
    plain = password.replace("%2F", "/").replace("%40", "@")
    sent = base64.b64encode(f"me:{plain}".encode()).decode()
    for text in (f"http://me:{password}@proxy.example:3128", plain, f"Proxy-Authorization: Basic {sent}"):
        said = redact(text)
        assert "********" in said
        assert "canary" not in said
        assert sent[8:] not in said
