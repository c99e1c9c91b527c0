"""Who may do what: a table, and a pure function of it that every function of core asks.

A tenant is the project: it has members with roles, a quota, and all that was made in it. A caller's rights come from the role in the
tenant that a thing belongs to; who made the thing counts in `default` alone, where everybody works for themselves. The administrators of
the platform may do everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from mlplatform.errors import Problem
from mlplatform.models.base import Text
from mlplatform.models.tenant import TenantRole
from mlplatform.scheduler.state import DEFAULT_TENANT
from mlplatform.tokens import Caller

ROLES: tuple[TenantRole, ...] = get_args(TenantRole)
"""Weakest first; each may do what those before it may."""
Need = TenantRole | Literal["platform"]
Action = Literal[
    "see", "infer", "upload", "register", "submit", "cancel", "pause", "prioritise", "prioritise_others", "publish", "take_down",
    "set_members", "describe_tenant", "pause_queue", "read_audit", "manage_users",
]  # fmt: skip
LEAST: Mapping[Action, Need] = {
    "see": "viewer",
    "infer": "viewer",
    "upload": "editor",
    "register": "editor",
    "submit": "editor",
    "cancel": "editor",
    "pause": "editor",
    "prioritise": "editor",
    "publish": "editor",
    "take_down": "editor",
    "prioritise_others": "admin",
    "set_members": "admin",
    "describe_tenant": "platform",
    "pause_queue": "platform",
    "read_audit": "platform",
    "manage_users": "platform",
}
"""The least role that each action takes; `platform` is the administrators'."""

_FORBIDDEN = Text(en="Your role does not allow this.", zh="您的角色不允许此操作。")
_ADMINS = Text(en="This is for administrators.", zh="仅限管理员。")


class Owned(Protocol):
    """What belongs to a tenant: rows and views of tasks, services and artifacts."""

    @property
    def tenant(self) -> str: ...
    @property
    def owner(self) -> str: ...


@dataclass(frozen=True)
class Place:
    """A tenant itself, or what is to be made in it."""

    tenant: str
    owner: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether an action is allowed, and why not."""

    allowed: bool
    seen: bool
    """What is not seen is treated as not there."""
    has: TenantRole | None
    """The caller's role where the thing belongs."""
    needs: Need


def role_on(caller: Caller, on: Owned) -> TenantRole | None:
    """The caller's role towards a thing; None for a stranger."""
    if caller.role == "admin":
        return "admin"
    granted = caller.grants.get(on.tenant)
    own = on.tenant == DEFAULT_TENANT and on.owner == caller.subject
    return "editor" if own and granted != "admin" else granted


def decide(caller: Caller, action: Action, on: Owned) -> Verdict:
    """Whether the caller may do this with that."""
    has, needs = role_on(caller, on), LEAST[action]
    if needs == "platform":
        return Verdict(caller.role == "admin", has is not None, has, needs)
    return Verdict(has is not None and ROLES.index(has) >= ROLES.index(needs), has is not None, has, needs)


def is_own(caller: Caller, owner: str) -> bool:
    """Whether what belongs to no tenant is the caller's business: a workflow's text, a schedule, an operator that was registered. They are
    their owner's and the administrators'."""
    return caller.role == "admin" or owner == caller.subject


def sees(caller: Caller, on: Owned) -> bool:
    """Whether a thing is there for the caller."""
    return decide(caller, "see", on).allowed


def require(caller: Caller, action: Action, on: Owned, missing: Problem) -> None:
    """Go on only when the caller may.

    Args:
        missing: what is raised when the caller does not even see it.

    Raises:
        Problem: `missing`; 403 with the role that it takes.
    """
    verdict = decide(caller, action, on)
    if not verdict.seen:
        raise missing
    if not verdict.allowed:
        said = f"{action} takes the role {verdict.needs} in the tenant {on.tenant}; {caller.subject} has {verdict.has}"
        raise Problem(403, "forbidden", _FORBIDDEN, said, needs=verdict.needs, has=verdict.has, tenant=on.tenant)


def require_platform(caller: Caller, action: Action) -> None:
    """Go on only for administrators of the platform: for what belongs to no tenant.

    Raises:
        Problem: 403.
    """
    if caller.role != "admin":
        said = f"{action} takes the role admin of the platform; {caller.subject} has {caller.role}"
        raise Problem(403, "forbidden", _ADMINS, said, needs="platform", has=caller.role)
