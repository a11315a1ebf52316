"""The rows of the route table about invites to parties."""

from api.access import PARTY_INVITER, USER
from api.handlers import invites
from api.route import Route

INVITES = (
    Route(
        "GET",
        "/parties/{party_id}/invites",
        invites.index,
        "List the party's invites that are not over, the newest first.",
        access=PARTY_INVITER,
    ),
    Route(
        "POST",
        "/parties/{party_id}/invites",
        invites.create,
        "Invite somebody by username or e-mail address, or make a link; the link is shown this once.",
        access=PARTY_INVITER,
        status=201,
        confidential=True,
        problems=("ended", "conflict", "rate_limited"),
    ),
    Route(
        "DELETE",
        "/parties/{party_id}/invites/{invite_id}",
        invites.revoke,
        "Revoke an invite; who has come by it stays.",
        access=PARTY_INVITER,
        status=204,
    ),
    Route(
        "POST",
        "/invites/{token}/accept",
        invites.accept,
        "Enter a party by the token of its invite, or by the id of an invite that names you.",
        access=USER,
        problems=("not_found", "forbidden", "conflict", "ended"),
    ),
)
