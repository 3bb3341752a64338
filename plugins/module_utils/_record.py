# Copyright (c) 2026, qlikops.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records: data that nobody changes once it is made, of which a tenant of many connections has tens of thousands.

Python has two kinds of its own. A named tuple is made at once, but has no base class, no property that is kept once it
was computed, and no member that its representation leaves out, as a secret must be. A dataclass has all that, but where
it is frozen, each member takes several times as long to be set. So it is frozen for the type checker only, which sees
every line of this collection. And until Python 3.12 a cached property takes a lock each time, for a member that any
number of threads may compute: they find the same.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields

Value = t.TypeVar("Value")

if t.TYPE_CHECKING:
    Class = t.TypeVar("Class")

    def member_with(
        *,
        default: t.Any = ...,
        default_factory: t.Callable[[], t.Any] = ...,
        repr: bool = True,  # noqa: A002 - as dataclasses call it
    ) -> t.Any:
        """A member with a default, or one that isn't shown: see dataclasses.field."""

    @t.dataclass_transform(frozen_default=True, field_specifiers=(member_with,))
    def record(cls: type[Class]) -> type[Class]:
        """A class whose annotated members are given when it is made, and stay."""

else:
    member_with = field

    def record(cls):
        made = dataclass(unsafe_hash=True)(cls)
        # Slots need another class in the place of this one, of which those that have a base class may speak.
        if made.__bases__ != (object,):
            return made
        members = [member.name for member in fields(made)]
        body = {name: held for name, held in vars(made).items() if name not in (*members, "__dict__", "__weakref__")}
        return type(made.__name__, (), {**body, "__slots__": (*members, "__dict__")})


class _Computed(t.Generic[Value]):
    """A property that is computed when it is first asked for, and then a member as others."""

    def __init__(self, compute: t.Callable[[t.Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, made: t.Any, _class: t.Any = None) -> Value:
        value = self._compute(made)
        setattr(made, self._name, value)
        return value


computed = _Computed
