# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values are secret, how they are kept out of sight, and how a change of theirs is known: the names under which
others import it.
"""

from __future__ import annotations

from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import (
    KEY_LENGTH,
    TAG_MANAGED,
    TAG_OWN,
    TAG_SECRETS,
    TAG_USER,
    Fingerprint,
    fingerprint,
    read_fingerprint,
    user_tag,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    NO_LOG_MASK,
    PROPERTY_OPTIONS,
    SECRET_OPTIONS,
    STATEMENT_OPTIONS,
    TELLING_LENGTH,
    leaf_texts,
    mask_certain,
    mask_for_export,
    mask_properties,
    mask_statement,
    mask_value,
    pasted_secrets,
    statement_secrets,
    uncertain_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.redactor import (
    Redactor,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.secret_names import (
    CREDENTIAL_NAMES,
    harmless_names,
    has_encrypted_items,
    is_file,
    is_secret_name,
    is_write_only,
    split_secrets,
)

__all__ = [
    "CREDENTIAL_NAMES",
    "KEY_LENGTH",
    "MASK",
    "NO_LOG_MASK",
    "PROPERTY_OPTIONS",
    "SECRET_OPTIONS",
    "STATEMENT_OPTIONS",
    "TAG_MANAGED",
    "TAG_OWN",
    "TAG_SECRETS",
    "TAG_USER",
    "TELLING_LENGTH",
    "Fingerprint",
    "Redactor",
    "fingerprint",
    "harmless_names",
    "has_encrypted_items",
    "is_file",
    "is_secret_name",
    "is_write_only",
    "leaf_texts",
    "mask_certain",
    "mask_for_export",
    "mask_properties",
    "mask_statement",
    "mask_value",
    "pasted_secrets",
    "read_fingerprint",
    "split_secrets",
    "statement_secrets",
    "uncertain_secrets",
    "user_tag",
]
