"""Which values are secret, how they are masked, and how their change is known."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    fingerprint,
    read_fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    leaf_texts,
    mask_properties,
    mask_statement,
    pasted_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import is_secret_name, split_secrets
from ansible_collections.qlikops.cloud.plugins.module_utils._redaction.redactor import Redactor
from hypothesis import given
from hypothesis import strategies as st

KEY = "a key that nobody guesses"
PLACE = {"tenant_id": "t", "space_id": "s", "name": "n"}

SECRET_NAMES = [
    "password",
    "SFpassword",
    "sftoken",
    "secretKey",
    "accessKey",
    "s3SecretKey",
    "s3AccessKey",
    "serviceAccountKeyFile",
    "KeyFilePath",
    "jsonCredentials",
    "privateKey",
    "privateKeyFile",
    "PRIV_KEY_FILE",
    "privateKeyPassphrase",
    "P12CustomPwd",
    "mutualPfxCertificateFiles",
    "mutualPfxCertificateKey",
    "adlsclientappkey",
    "authCode",
    "clientSecret",
    "refreshToken",
    "token",
    "apiKey",
    "Pwd",
    "dbPassword",
    "client_secret",
]
OPEN_NAMES = [
    "host",
    "port",
    "db",
    "username",
    "separateCredentials",
    "selectedCredentials",
    "credentialsName",
    "SSLMode",
    "authSchema",
    "AuthMech",
    "OAuthMechanism",
    "publicKeyFingerprint",
    "publicKey",
    "tokenUrl",
    "passwordType",
    "region",
    "bucketName",
    "AuthenticationType",
    "allowNonSelectQueries",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", OPEN_NAMES)
def test_names_that_hold_no_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_pasted_secrets_and_files_are_parted_from_the_rest() -> None:
    pem = [{"name": "ca.pem", "value": "QUJD"}]
    headers = [{"name": "Accept", "value": "json"}, {"name": "X", "value": "top", "encrypt": True}]
    plain, secrets = split_secrets(
        {"host": "h", "password": "p", "TrustedCerts": pem, "queryHeaders": headers, "usePassword": True}
    )
    assert plain == {"host": "h", "queryHeaders": headers, "usePassword": True}
    assert secrets == {"password": "p", "TrustedCerts": pem}


def test_values_to_hide_include_encrypted_and_authorization_headers() -> None:
    properties = {
        "secretKey": "s1",
        "queryHeaders": [
            {"name": "A", "value": "s2", "encrypt": True},
            {"name": "Authorization", "value": "s3"},
            {"name": "B", "value": "b"},
        ],
        "KeyFilePath": [{"name": "key.json", "value": "s4"}],
    }
    assert pasted_secrets(properties) == {"s1", "s2", "s3", "s4"}


def test_masking_shows_what_is_no_secret() -> None:
    masked = mask_properties(
        {
            "host": "h",
            "password": "p",
            "url": "https://me:pw@api.example/v1?key=abc&page=2#x",
            "queryHeaders": "X-API-Key%2abc%1Accept%2json%1",
        }
    )
    assert masked["host"] == "h"
    assert masked["password"] == MASK
    assert "abc" not in str(masked)
    assert "pw@" not in masked["url"]
    assert "Accept%2json" in masked["queryHeaders"]


def test_statements_are_masked_pair_by_pair_and_unreadable_ones_altogether() -> None:
    assert (
        mask_statement('CUSTOM CONNECT TO "provider=P;host=h;Pwd=x;"')
        == f'CUSTOM CONNECT TO "provider=P;host=h;Pwd={MASK};"'
    )
    assert mask_statement("OLEDB CONNECT TO [Pwd=x]") == MASK
    assert mask_statement("") == ""


@given(
    st.recursive(
        st.text(min_size=1) | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_every_text_inside_a_secret_is_found(value: Any) -> None:
    found = leaf_texts(value)
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
        elif item is not None and not isinstance(item, bool) and item != "":
            assert str(item) in found


@given(secret=st.text(min_size=4, max_size=40), before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_learnt_secret_never_stays_in_a_text(secret: str, before: str, after: str) -> None:
    redact = Redactor()
    redact.learn([secret])
    if secret in MASK:
        return
    assert secret not in redact(f"{before}{secret}{after}").replace(MASK, "")


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8), st.text(max_size=12) | st.integers() | st.booleans(), min_size=1, max_size=5
    )
)
def test_the_fingerprint_minds_neither_order_nor_type(secrets: dict[str, Any]) -> None:
    def as_text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    turned = {name: as_text(value) for name, value in reversed(secrets.items())}
    assert fingerprint(KEY, secrets=secrets, **PLACE) == fingerprint(KEY, secrets=turned, **PLACE)


def test_the_fingerprint_differs_by_secret_place_and_key() -> None:
    one = fingerprint(KEY, secrets={"password": "p"}, **PLACE)
    others = [
        fingerprint(KEY, secrets={"password": "q"}, **PLACE),
        fingerprint(KEY, secrets={"passwords": "p"}, **PLACE),
        *(fingerprint(KEY, secrets={"password": "p"}, **{**PLACE, part: "other"}) for part in PLACE),
    ]
    assert all(other != one and other.key_id == one.key_id for other in others)
    assert fingerprint("another key, also long", secrets={"password": "p"}, **PLACE).key_id != one.key_id


def test_a_fingerprint_comes_back_from_its_tag_and_holds_no_secret() -> None:
    print_ = fingerprint(KEY, secrets={"password": "canary-pw"}, **PLACE)
    assert read_fingerprint(["x", "DcaasAPI:y", print_.tag()]) == print_
    assert "canary" not in print_.tag()
    assert len(print_.tag().encode()) <= 256
    assert read_fingerprint(["qlikops.cloud:secrets:hmac:broken", "qlikops.cloud:managed"]) is None
    assert read_fingerprint([]) is None


def test_the_user_tag_hides_the_name_and_minds_no_type() -> None:
    assert user_tag("t", {"username": 7}) == user_tag("t", {"username": "7"})
    assert user_tag("t", {"username": "canary"}) != user_tag("t", {"username": "other"})
    assert "canary" not in user_tag("t", {"username": "canary"})
    assert user_tag("t", {}) == ""
