"""Who may do what: roles of the tenant, roles in spaces, ownership, OAuth scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .behaviours import Behaviours
from .records import Connection, Space, User

EDITING_ROLES = frozenset({"facilitator", "producer", "codeveloper", "contributor", "operator"})
CLEANING_ROLES = frozenset({"facilitator"})
ADMIN_ROLES = {"TenantAdmin": None, "AnalyticsAdmin": ("shared", "managed"), "DataAdmin": ("data",)}
GATEWAY_SCOPE = "direct-access-gateways:consume_data"
DEFAULT_SCOPES = ("user_default", "admin_classic", GATEWAY_SCOPE)

OWNER_OF_ALL = ("change_owner", "change_space", "delete", "list", "read", "update")
OWNER = ("change_space", "delete", "list", "read", "update")
ADMIN = ("change_owner", "change_space", "delete", "list", "read")
CLEANER = ("delete", "list", "read")
VIEWER = ("list", "read")
READER = ("read",)
NOTHING: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Who calls: a user, the scopes of the token (None for API keys, which have all of the user's rights), and the ids
    of the user's groups.
    """

    user: User
    scopes: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()

    def roles_in(self, space: Space) -> set[str]:
        """Give the caller's roles in a space, by assignments of their own and of their groups."""
        return space.roles_of({self.user.id, *self.groups})

    def has_scope(self, *scopes: str) -> bool:
        """Tell whether the token carries one of the scopes."""
        return self.scopes is None or not self.scopes.isdisjoint(scopes)

    def is_tenant_admin(self) -> bool:
        """Tell whether the caller may act as an administrator of the whole tenant."""
        return "TenantAdmin" in self.user.roles and self.has_scope("admin_classic")

    def is_some_admin(self) -> bool:
        """Tell whether the caller has any of the administrator roles."""
        return any(role in ADMIN_ROLES for role in self.user.roles) and self.has_scope("admin_classic")

    def administers(self, space: Space | None) -> bool:
        """Tell whether the caller is an administrator of a space (None: of personal content)."""
        if not self.has_scope("admin_classic"):
            return False
        for role in self.user.roles:
            if role == "TenantAdmin":
                return True
            types = ADMIN_ROLES.get(role)
            if types is not None and space is not None and space.type in types:
                return True
        return False

    def reads_connections(self) -> bool:
        """Tell whether the token may read connections at all."""
        return self.has_scope("user_default", "admin_classic", "data-connections", "data-connections:read")

    def writes_connections(self) -> bool:
        """Tell whether the token may change connections at all."""
        return self.has_scope("user_default", "admin_classic", "data-connections")

    def sees_space(self, space: Space) -> bool:
        """Tell whether a space exists for the caller."""
        return (
            space.owner_id == self.user.id or self.administers(space) or bool(self.roles_in(space))
        ) and self.has_scope(
            "user_default",
            "admin_classic",
            "admin.spaces",
            "admin.spaces:read",
            f"spaces.{space.type}",
            f"spaces.{space.type}:read",
        )

    def may_create_in(self, space: Space, behaviours: Behaviours) -> bool:
        """Tell whether the caller may put connections into a space."""
        if space.owner_id == self.user.id or not EDITING_ROLES.isdisjoint(self.roles_in(space)):
            return True
        return behaviours.admin_creates_in_spaces and self.administers(space)


def privileges_for(
    identity: Identity, spaces: dict[str, Space], behaviours: Behaviours
) -> Callable[[Connection], tuple[str, ...]]:
    """Give a function that tells the caller's privileges on a connection; it remembers each space."""
    user_id = identity.user.id
    narrowed = not identity.writes_connections()
    reads = identity.reads_connections()
    known: dict[tuple[bool, str | None, bool], tuple[str, ...]] = {}

    def compute(own: bool, space_id: str | None, datafiles: bool) -> tuple[str, ...]:
        space = spaces.get(space_id) if space_id else None
        admin = identity.administers(space)
        if datafiles:
            seen = own if space is None else (admin or identity.sees_space(space))
            return READER if seen else NOTHING
        may_edit = own and (space is None or identity.may_create_in(space, behaviours))
        if may_edit:
            return OWNER_OF_ALL if admin else OWNER
        if admin:
            return ADMIN
        if space is None:
            return NOTHING
        roles = identity.roles_in(space)
        if space.owner_id == user_id or not roles.isdisjoint(CLEANING_ROLES):
            return CLEANER
        return VIEWER if roles else NOTHING

    def privileges(connection: Connection) -> tuple[str, ...]:
        key = (connection.owner == user_id, connection.space, connection.datafiles)
        found = known.get(key)
        if found is None:
            found = compute(*key) if reads else NOTHING
            if narrowed:
                found = tuple(privilege for privilege in found if privilege in VIEWER)
            known[key] = found
        return found

    return privileges
