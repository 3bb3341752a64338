# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what was declared possible? Checked before the first write, first by itself, then against the source's live
specification.
"""

from __future__ import annotations

import base64
import difflib
import typing as t
from collections.abc import Mapping

from ansible_collections.qlikops.cloud.plugins.module_utils._declared.check_expiry import check_expiry
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.definition import Definition
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.kinds import kind_of
from ansible_collections.qlikops.cloud.plugins.module_utils._declared.previous import unknown_previous
from ansible_collections.qlikops.cloud.plugins.module_utils._errors import StatementError, one_line
from ansible_collections.qlikops.cloud.plugins.module_utils._model.connect_statement import (
    ConnectStatement,
    format_connect_statement,
    is_torn,
    parse_connect_statement,
    statement_text,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.data_source import PropertySpec, SourceSpec
from ansible_collections.qlikops.cloud.plugins.module_utils._model.fingerprint import KEY_LENGTH, Fingerprint
from ansible_collections.qlikops.cloud.plugins.module_utils._model.masking import (
    MASK,
    leaf_texts,
    mask_value,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.names import has_control_characters, id_problem
from ansible_collections.qlikops.cloud.plugins.module_utils._model.property_names import (
    CODE_PROPERTY,
    GATEWAY_PROPERTY,
    SEPARATION_PROPERTIES,
    STATEMENT_SIGN_IN,
    is_file,
    is_list_of_pairs,
    is_secret_name,
    split_secrets,
)
from ansible_collections.qlikops.cloud.plugins.module_utils._model.tags import is_reserved_tag
from ansible_collections.qlikops.cloud.plugins.module_utils._model.torn_secrets import Fragment

MAX_TAGS = 31
MAX_TAG_BYTES = 256
_NOT_TEXT = ("boolean", "integer", "number")
# As many names as an error lists where nothing comes near the one that was meant.
_A_DOZEN = 12
STATEMENT_SECRETS = (*STATEMENT_SIGN_IN.values(), *STATEMENT_SIGN_IN)


def check_definition(definition: Definition) -> list[str]:
    """What is wrong with a definition whatever the tenant holds: a sentence for each problem."""
    problems = _check_identity(definition)
    if definition.state == "absent":
        return problems
    problems += definition.contradictions
    problems += _check_masks(definition)
    if definition.credentials and definition.separate_credentials is False:
        problems.append("it declares credentials, and separate_credentials: false; credentials are separate ones.")
    problems += _check_tags(definition)
    problems += _check_memory(definition)
    problems += check_expiry(definition)
    problems += _check_previous(definition)
    if definition.statement:
        problems += _check_statement(definition)
    return problems


def _check_identity(definition: Definition) -> list[str]:
    problems = []
    if not definition.name and not definition.id:
        problems.append("it needs a name, or the id of an existing connection.")
    if definition.id and id_problem(definition.id):
        problems.append(id_problem(definition.id))
    if has_control_characters(definition.name):
        problems.append("its name holds a line break or another control character.")
    return problems


def _check_masks(definition: Definition) -> list[str]:
    """Values that a module or a report masked, and that somebody gave back as they were shown."""
    return [
        f"property '{name}' holds {MASK}, which a module shows in the place of what it hides: put the value itself"
        " there, or leave it out."
        for name, value in definition.sendable().items()
        if not isinstance(value, int) and _holds_mask(value)
    ]


def _holds_mask(value: t.Any) -> bool:
    if isinstance(value, str):
        return MASK in value
    return any(MASK in text for text in leaf_texts(value))


def _check_tags(definition: Definition) -> list[str]:
    tags = [tag for tag in definition.tags or () if not is_reserved_tag(tag)]
    if not tags:
        return []
    needed = _own_tags(definition)
    allowed = MAX_TAGS - needed
    problems = []
    if len(tags) > allowed:
        problems.append(
            f"it declares {len(tags)} tags; Qlik keeps {MAX_TAGS} at most, of which this collection needs {needed},"
            f" so {allowed} are left."
        )
    too_long = [tag for tag in tags if _bytes(tag) > MAX_TAG_BYTES]
    problems += [f"its tag '{tag[:40]}...' has more than {MAX_TAG_BYTES} bytes." for tag in too_long]
    if not all(map(str.strip, tags)):
        problems.append("it declares an empty tag.")
    return problems


def _own_tags(definition: Definition) -> int:
    """How many tags of this collection's own a connection of this definition has to have room for."""
    has_secrets = bool(definition.write_only)
    needed = [
        True,  # that it is managed
        has_secrets and bool(definition.fingerprint_key or definition.secrets_version),
        bool(definition.user_names),
        # Where the secrets went, and what became of them. Without these the first is left out where there is no room.
        has_secrets and bool(definition.is_tried or definition.secrets_previous),
        bool(definition.secrets_previous),
        bool(definition.expires or definition.expires_after),
        definition.is_tried,
    ]
    return sum(needed)


def _check_memory(definition: Definition) -> list[str]:
    problems = []
    if definition.fingerprint_key and len(definition.fingerprint_key) < KEY_LENGTH:
        problems.append(
            f"fingerprint_key has fewer than {KEY_LENGTH} characters; every viewer of a connection can read its"
            " fingerprint, so the key must not be guessable."
        )
    if not definition.secrets_version:
        return problems
    tag = Fingerprint("version", "", definition.secrets_version).tag()
    if _bytes(tag) > MAX_TAG_BYTES or has_control_characters(definition.secrets_version):
        problems.append("secrets_version is too long for a tag, or holds a control character.")
    return problems


def _check_previous(definition: Definition) -> list[str]:
    unknown = unknown_previous(definition) if definition.secrets_previous else []
    if not unknown:
        return []
    return [
        f"secrets_previous names {', '.join(map(one_line, unknown))}, which isn't among its secrets now, nor a user"
        " name of its properties: what was rotated has the same names as before."
    ]


def _bytes(text: str) -> int:
    """The length of a text in UTF-8, in which JSON may have brought half a character."""
    return len(text.encode("utf-8", "surrogatepass"))


def _check_statement(definition: Definition) -> list[str]:
    if definition.properties:
        return ["it declares connect_statement and properties; one of them describes a connection."]
    try:
        statement = parse_connect_statement(definition.statement)
        format_connect_statement(statement.provider, statement.properties)
    except StatementError as error:
        if is_torn(definition.statement):  # the name in the message may be a part of a secret
            return ["its connect_statement holds a line break, or a mark that none can hold, in a secret or behind it."]
        return [str(error)]
    if statement.doubled:
        return [
            f"its connect_statement holds {_shown_name(statement, name)} more than once, with different values, and"
            " nobody can tell which of them Qlik takes: leave one."
            for name in statement.doubled
        ]
    unknown = sorted(set(definition.secrets) - set(STATEMENT_SECRETS))
    if unknown:
        return [f"with connect_statement, secrets can be {', '.join(STATEMENT_SECRETS)}; not {', '.join(unknown)}."]
    _plain, secrets = split_secrets(statement.properties)
    inside = sorted({_shown_name(statement, name) for name, value in secrets.items() if value})
    if inside:
        return [f"its connect_statement holds {', '.join(inside)}, which every viewer could read; give it in secrets."]
    return []


def _shown_name(statement: ConnectStatement, name: str) -> str:
    """A name in a statement as messages call it."""
    if isinstance(statement.properties.get(name), Fragment):
        return "something that may be a part of a secret"
    return one_line(name)


def check_properties(definition: Definition, spec: SourceSpec, held: t.Iterable[str] = ()) -> list[str]:
    """What the source's specification has against the declared properties and secrets.

    C(held) are names that the connection has already: those are known, whatever the specification lists.
    """
    if definition.statement or not spec.properties:
        return []
    problems = []
    known = set(spec.properties) | set(SEPARATION_PROPERTIES)
    for name, value in definition.sendable().items():
        specified = spec.properties.get(name)
        if specified is not None:
            problems += _check_value(name, value, specified)
        elif name not in known and name not in held:
            lister = f"qlik_data_source_info with data_source={spec.id} and specs=true"
            hint = suggest(name, known, lister=lister)
            problems.append(f"property '{name}' is not known to data source '{spec.id}'.{hint}")
    return problems


def check_sent(values: t.Mapping[str, t.Any], spec: SourceSpec | None = None) -> list[str]:
    """What is wrong with values that are about to be sent and that Qlik never shows, so that nobody would see it
    afterwards.

    Secrets of which YAML made a boolean or a number, and files that aren't base64: Qlik takes both, and signs in with
    something else.
    """
    problems = []
    for name, value in values.items():
        if isinstance(value, (list, tuple)):
            problems += _check_items(name, value)
        elif is_secret_name(name) and _is_no_text(value) and not _is_number_or_switch(name, spec):
            problems.append(
                f"secret '{name}' is {kind_of(value)}, which YAML made of it, and not the text that was written: put"
                " it in quotes."
            )
    return problems


def _is_number_or_switch(name: str, spec: SourceSpec | None) -> bool:
    """Whether the source says that a property isn't a text."""
    return spec is not None and name in spec.properties and spec.properties[name].type in _NOT_TEXT


def _is_no_text(value: t.Any) -> bool:
    return isinstance(value, (bool, int, float))


def _check_items(name: str, items: t.Sequence[t.Any]) -> list[str]:
    """The same for the items of a list: encrypted ones, and files."""
    holds_files = is_file(items) and not is_list_of_pairs(name)
    problems = []
    for item in items:
        if not isinstance(item, Mapping):
            continue
        label, value = one_line(str(item.get("name"))), item.get("value")
        if item.get("encrypt") and _is_no_text(value):
            problems.append(f"property '{name}': the encrypted value of '{label}' is no text: put it in quotes.")
        elif holds_files and not _is_base64(value):
            problems.append(
                f"property '{name}': the content of the file '{label}' isn't base64, so that Qlik would keep something"
                " else than the file."
                " Give {path: ...} instead of name and value, which reads and encodes the file, or encode it with the"
                " filter b64encode."
            )
    return problems


def _is_base64(value: t.Any) -> bool:
    """Whether a text is base64 of the common alphabet;
    line breaks are allowed in it, as the command base64 makes them.
    """
    if not isinstance(value, str):
        return False
    try:
        base64.b64decode(value.replace("\r", "").replace("\n", "").encode(), validate=True)
    except (ValueError, UnicodeError):
        return False
    return True


def is_gateway_source(source_id: str) -> bool:
    """Whether the connections of a source go through a Direct Access gateway (qlik.dev, "Data sources")."""
    return source_id.startswith("DG_")


def check_creation(definition: Definition, source_id: str, spec: SourceSpec | None) -> list[str]:
    """What a new connection of a source lacks, and Qlik would say only once others were written."""
    if definition.statement:
        return []
    problems = []
    if is_gateway_source(source_id) and not definition.properties.get(GATEWAY_PROPERTY):
        problems.append(
            f"data source '{source_id}' goes through a Direct Access gateway: name it in the property"
            f" {GATEWAY_PROPERTY}. qlik_data_source_info with gateways: true lists them."
        )
    signs_in = spec is not None and CODE_PROPERTY in spec.properties
    if signs_in and not (definition.auth_code or definition.write_only or definition.separate_credentials):
        problems.append(sign_in_problem(source_id))
    return problems


def sign_in_problem(source_id: str) -> str:
    """What is missing when somebody has to sign in to a source before a connection can be made."""
    return (
        f"data source '{source_id}' needs a sign-in, and the definition declares neither secrets nor auth_code. With"
        " auth_url_only: true"
        " the address at which to sign in is returned; the code that it gives is the auth_code."
    )


def suggest(word: str, known: t.Iterable[str], otherwise: str = "It knows", lister: str = "") -> str:
    """C( Did you mean ...?), or a dozen of what there is when nothing comes near. C(lister): what lists all."""
    names = sorted(known)
    near = did_you_mean(word, names)
    if near or not names:
        return near
    listed = ", ".join(names[:_A_DOZEN])
    more = len(names) - _A_DOZEN
    if more <= 0:
        return f" {otherwise}: {listed}."
    all_of_them = f" {lister} lists all." if lister else ""
    return f" {otherwise}: {listed}, and {more} more.{all_of_them}"


def did_you_mean(word: str, known: t.Iterable[str]) -> str:
    """C( Did you mean ...?); empty when nothing comes near."""
    near = _near(word, sorted(known))
    if not near:
        return ""
    return " Did you mean '" + "' or '".join(near) + "'?"


def _near(word: str, names: t.Sequence[str]) -> list[str]:
    """The names that may be meant by a word: those that differ by case only, or else the two that come nearest."""
    lowered = word.lower()
    near = [name for name in names if name.lower() == lowered]
    if near:
        return near
    by_lowered = {name.lower(): name for name in names}
    return [by_lowered[name] for name in difflib.get_close_matches(lowered, by_lowered, n=2, cutoff=0.6)]


def _check_value(name: str, value: t.Any, spec: PropertySpec) -> list[str]:
    problem = _check_type(name, value, spec.type)
    if not problem and spec.enum and not isinstance(value, (list, tuple)):
        problem = _check_choice(name, value, spec.enum)
    return [problem] if problem else []


def _check_choice(name: str, value: t.Any, enum: t.Sequence[t.Any]) -> str:
    text = statement_text(value)
    allowed = list(map(statement_text, enum))
    if text in allowed:
        return ""
    problem = f"property '{name}' is '{mask_value(name, text)}', but must be one of: {', '.join(allowed)}."
    for item in allowed:
        if item.lower() == text.lower():
            return f"{problem} Did you mean '{item}'?"
    return problem


def _check_type(name: str, value: t.Any, expected: str) -> str:
    """What is wrong with the type of a value; empty when nothing is, also for types that nobody here knows."""
    if expected == "array":
        return _check_array(name, value)
    if isinstance(value, (list, tuple)):
        return f"property '{name}' must be {_article(expected)}, not a list."
    if isinstance(value, dict):
        return f"property '{name}' must be {_article(expected)}, not a mapping."
    text = statement_text(value).strip()
    kind = _article(expected)
    if expected == "boolean":
        kind, fits = "true or false", text.lower() in ("true", "false", "0", "1")
    elif expected == "integer":
        fits = _can_be(int, text)
    elif expected == "number":
        fits = _can_be(float, text)
    else:
        return ""
    if fits:
        return ""
    return f"property '{name}' must be {kind}; it is '{statement_text(mask_value(name, value))}'."


def _check_array(name: str, value: t.Any) -> str:
    if isinstance(value, (list, tuple)):
        if all(isinstance(item, Mapping) and "name" in item for item in value):
            return ""
        return f"property '{name}': every item must have a name and a value."
    shown = "a dictionary"
    if not isinstance(value, Mapping):
        shown = f"'{statement_text(mask_value(name, value))}'"
    return (
        f"property '{name}' must be a list of items with name and value (a file: name, and value in base64, or path);"
        f" it is {shown}."
    )


def _can_be(kind: t.Callable[[str], float], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
