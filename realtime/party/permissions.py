"""Who may do what: a table of least roles, the party's overrides on top, and the rule that nobody acts upward."""

from realtime.party.context import Actor
from realtime.party.refused import Refused
from realtime.party.state import Member, PartyState, Permission, Role

RANK: dict[Role, int] = {"guest": 0, "member": 1, "moderator": 2, "cohost": 3, "host": 4}
"""A role may do all that the ones below it may."""

DEFAULTS: dict[Permission, Role] = {
    "control": "cohost",
    "queue": "member",
    "chat": "guest",
    "react": "member",
    "vote": "member",
}
CONTROL: dict[str, Role] = {"host": "host", "cohosts": "cohost", "everyone": "guest"}
"""The setting `control`, as the least role."""


def role_of(state: PartyState, actor: Actor) -> Role:
    """Find the actor's role. Raises `Refused("forbidden")` for somebody who is not in the party."""
    if actor.member_id is None or actor.member_id == state.host_id:
        return "host"
    member = state.members.get(actor.member_id)
    if member is None or not member.present:
        raise Refused("forbidden", "Join the party first.")
    return member.role


def may(state: PartyState, role: Role, permission: Permission) -> bool:
    """Say whether a role has a permission in this party."""
    default = CONTROL[state.settings.control] if permission == "control" else DEFAULTS[permission]
    return RANK[role] >= RANK[state.settings.permissions.get(permission, default)]


def moderates(state: PartyState, member_id: str) -> bool:
    """Say whether a member may look after the others."""
    if member_id == state.host_id:
        return True
    member = state.members.get(member_id)
    return member is not None and member.present and RANK[member.role] >= RANK["moderator"]


def require(state: PartyState, actor: Actor, permission: Permission) -> Role:
    """Return the actor's role where it has the permission. Raises `Refused("forbidden")` otherwise."""
    role = role_of(state, actor)
    if not may(state, role, permission):
        raise Refused("forbidden", f"In this party your role ({role}) may not do that.")
    return role


def require_role(state: PartyState, actor: Actor, least: Role) -> Role:
    """Return the actor's role where it is at least `least`. Raises `Refused("forbidden")` otherwise."""
    role = role_of(state, actor)
    if RANK[role] < RANK[least]:
        raise Refused("forbidden", f"Only a {least} or above may do that.")
    return role


def target_of(state: PartyState, actor: Actor, member_id: str, least: Role) -> Member:
    """Find the member that a `least` acts upon: never oneself, never somebody of the same role or above."""
    role = require_role(state, actor, least)
    target = state.members.get(member_id)
    if target is None:
        raise Refused("not_found", "There is no such member.", path="member_id")
    if member_id == actor.member_id or (actor.member_id is not None and RANK[target.role] >= RANK[role]):
        raise Refused("forbidden", "Nobody acts on themselves, on an equal or upward.")
    return target
