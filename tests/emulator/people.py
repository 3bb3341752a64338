"""The people of a tenant: users, and groups: what an identity provider brings, what somebody made, the built-in one."""

from __future__ import annotations

from collections.abc import Iterable

from .apps import Analytics
from .identifiers import hex24
from .records import Group, User

EVERYONE = "Everyone"
_MADE = 1767225600.0


class People(Analytics):
    """The users and groups of one tenant, by their ids."""

    def clear(self) -> None:
        """Forget all users, and all groups but the built-in one."""
        super().clear()
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.everyone = self.add_group(EVERYONE, is_system=True).id

    def now(self) -> float:
        """Give the present time, or that of seeding."""
        raise NotImplementedError

    def add_user(
        self,
        name: str,
        email: str = "",
        roles: Iterable[str] = (),
        id: str | None = None,  # noqa: A002
        subject: str | None = None,
        status: str = "active",
        groups: Iterable[str] = (),
    ) -> User:
        """Add a person (or bot), in these groups (ids or names); the id follows from the name."""
        user_id = id or hex24(self.name, "user", name)
        user = User(user_id, name, email, subject or f"auth0|{user_id}", list(roles), status, self.now())
        user.groups = [self.group(reference).id for reference in groups]
        with self.lock:
            self.users[user_id] = user
        return user

    def user(self, reference: str) -> User:
        """Find a user by id, e-mail or name; KeyError when there is none."""
        if reference in self.users:
            return self.users[reference]
        for user in self.users.values():
            if reference in (user.email, user.name):
                return user
        raise KeyError(f"tenant {self.name} has no user {reference!r}")

    def assignee(self, reference: str) -> tuple[str, str]:
        """Find who is meant: the id and `user`, `bot` or `group`; KeyError when there is neither user nor group."""
        try:
            user = self.user(reference)
        except KeyError:
            return self.group(reference).id, "group"
        return user.id, "bot" if user.subject.startswith("qlikbot") else "user"

    def add_group(
        self,
        name: str,
        status: str = "active",
        provider_type: str = "idp",
        id: str | None = None,  # noqa: A002
        is_system: bool = False,
    ) -> Group:
        """Add a group; the id follows from the name. Names are told apart by case."""
        group_id = id or hex24(self.name, "group", name)
        group = Group(group_id, name, status, provider_type, is_system, _MADE)
        with self.lock:
            self.groups[group_id] = group
        return group

    def group(self, reference: str) -> Group:
        """Find a group by id or exact name; KeyError when there is none."""
        if reference in self.groups:
            return self.groups[reference]
        for group in self.groups.values():
            if group.name == reference:
                return group
        raise KeyError(f"tenant {self.name} has no group {reference!r}")

    def groups_of(self, user: User) -> frozenset[str]:
        """Give the ids of the groups whose roles a user has: those that are active."""
        active = {group for group in user.groups if group in self.groups and self.groups[group].status == "active"}
        return frozenset({self.everyone, *active})
