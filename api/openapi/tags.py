"""What the groups of routes are about; a route's group is the first word of its path."""

TAGS: dict[str, str] = {
    "auth": "Accounts: registration, sign-in, sessions, passwords, and tickets for websockets.",
    "users": "People: one's own account and profile, and those of others.",
    "videos": "Films: announced, uploaded in pieces, played by ranges.",
    "parties": "Watch parties: made, entered, steered, and read again afterwards.",
    "invites": "The ways into a party for those who were asked.",
    "notifications": "What one is told, where and when.",
    "search": "Finding films, parties and people; nothing is found that one may not see.",
    "reports": "Telling the staff of what should not be there.",
    "integrations": "Films from elsewhere.",
    "events": "What players measure, for the dashboards.",
    "dashboards": "Figures, each with its definition and the number of sessions behind it.",
    "metrics-dictionary": "What each figure means.",
    "mobile": "One call for one screen, devices, and what changed since.",
    "admin": "For staff; whatever changes something is written to the audit log.",
    "health": "The server itself: alive, ready, which version, this document.",
}


def described(tags: set[str]) -> list[dict[str, str]]:
    """List the groups that are there, in the order of the table."""
    return [{"name": name, "description": text} for name, text in TAGS.items() if name in tags]
